-- Marks the words of a snippet that the query's terms match, between « and ».
create or replace function highlight(snippet text, terms text []) returns text
language sql stable parallel safe
set search_path from current
as $$
    select coalesce(string_agg(case when m.word ~ '[[:alnum:]]' and tokenize(m.word) && terms then '«' || m.word || '»'
        else m.word end, '' order by m.place), '')
    from (select p.parts[1] as word, p.place
          from regexp_matches(snippet, '([[:alnum:]_]+|[^[:alnum:]_]+)', 'g') with ordinality as p(parts, place)) m
$$;
comment on function highlight(text, text []) is 'Marks the words of a snippet that the query''s terms match.';
