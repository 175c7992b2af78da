-- The index terms of a query, without the words that no query needs.
create or replace function query_terms(query text) returns text []
language sql stable strict parallel safe
set search_path from current
as $$
    with t as (select distinct unnest(tokenize(left(query, 4000))) as term),
    kept as (
        select t.term from t
        where not current_setting_value('query.stop_words') ? t.term)
    select coalesce(array_agg(c.term), '{}')
    from (select k.term from kept k
          union all
          select t.term from t where not exists (select from kept)) c
$$;
comment on function query_terms(text) is 'The index terms of a query, without the words that no query needs.';
