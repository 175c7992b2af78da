-- What a question is after, by its words alone, and what it is about: 'who calls Session.send?' is after the usages of
-- Session.send. Only what is asked in so many words of one name is anything but general. The patterns are matched a
-- group at a time: PostgreSQL keeps 32 compiled expressions, and to compile one costs more than all else here.
create or replace function query_intent(query text, out intent text, out subject text)
language sql immutable strict
as $$
    with asked as (
        select regexp_replace(trim(regexp_replace(left(query, 400), '\s+', ' ', 'g')), '[ ?!.]+$', '') as words
    ), grouped as (
        select p.intent, p.named, min(p.place) as place, string_agg(p.pattern, '|' order by p.place) as pattern
        from codesearch.intent_patterns() p group by p.intent, p.named
    ), matched as (
        select g.place, g.intent, g.named, f.name as typed, trim(both '`''"' from f.name) as name
        from asked a
        cross join grouped g
        cross join lateral (select m.name from unnest(regexp_match(a.words collate "C", g.pattern, 'i')) m(name)
                            where m.name is not null limit 1) f
        where length(a.words) <= 300
    )
    select coalesce(f.intent, 'general'), coalesce(f.name, query)
    from (select true) one
    left join lateral (
        select m.intent, m.name from matched m
        where m.named = 'words' or m.name ~ '[[:alpha:]]' and length(m.name) <= 200
            and lower(m.name) <> all('{this,that,it,these,those,them,what,which,anything}')
            and (m.named = 'any' or m.typed ~ '^`' or m.name ~ '/.*\.\w+$'
                or codesearch.query_symbols(m.name) <> '{}' or m.named = 'capital' and m.name ~ '^[A-Z]')
        order by m.place limit 1) f on true
$$;
comment on function query_intent(text) is 'What a question is after, by its words alone, and what it is about.';
