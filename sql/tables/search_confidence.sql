-- Searches say how sure their rows are.
alter type search_result add attribute confidence float8;
alter type search_explanation add attribute confidence float8;
alter table query_log add column confidence real check (confidence between 0 and 1);
comment on column query_log.confidence is
'How sure the surest result was, also where that was too little to be shown; null where no calibration says it.';
