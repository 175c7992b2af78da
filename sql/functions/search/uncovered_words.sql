-- The words of a query that none of some chunks have, in their order; empty where they have all. A word that needs no
-- answer (query.stop_words) is uncovered only beside others.
create or replace function uncovered_words(query text, chunks bigint []) returns text
language plpgsql stable
set search_path from current
as $$
declare
    covered text [] := array(select distinct t from chunk c, unnest(tsvector_to_array(c.lexemes)) t
        where c.chunk_id = any(chunks));
    stop_words jsonb := current_setting_value('query.stop_words');
    left_over text;
    asks boolean;
begin
    select string_agg(w.word, ' ' order by w.place), bool_or(exists (select from unnest(w.terms) t
        where not stop_words ? t))
    into left_over, asks
    from (select u.word, u.place, query_terms(u.word) as terms
          from regexp_split_to_table(query, '\s+') with ordinality as u(word, place)) w
    where w.terms <> '{}' and not w.terms <@ covered;
    return case when asks then left_over else '' end;
end
$$;
comment on function uncovered_words(text, bigint []) is 'The words of a query that none of some chunks have.';
