-- The index terms of a query, without the words that no query needs.
create or replace function query_terms(query text) returns text []
language plpgsql stable strict parallel safe
set search_path from current
as $$
declare
    terms text [] := tsvector_to_array(to_tsvector('codesearch.code', split_identifiers(left(query, 4000))));
    stop_words jsonb := current_setting_value('query.stop_words');
    -- of 库存 the pair alone: its single letters are for queries of one
    kept text [] := array(
        select t from unnest(terms) t
        where not stop_words ? t
            and not (length(t) = 1 and octet_length(t) > 2 and exists (
                select from unnest(terms) pair where length(pair) = 2 and position(t in pair) > 0)));
begin
    return case when kept = '{}' then terms else kept end;
end
$$;
comment on function query_terms(text) is 'The index terms of a query, without the words that no query needs.';
