-- Results go with their search by a trigger (query_log_forget): the foreign key looked the search up once for each of
-- them.
alter table query_results drop constraint if exists query_results_query_id_fkey;
