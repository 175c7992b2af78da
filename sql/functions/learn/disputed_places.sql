-- Places that two judges graded otherwise, or that only one of them graded, each in a set of his own.
create or replace function disputed_places(one text, other text)
returns table (
    query_key text, query text, repository text, path text, start_line int, end_line int, symbol text,
    grade_one int, grade_other int
)
language sql stable rows 50
set search_path from current
as $$
    select q.query_key, q.query, q.repository, coalesce(a.path, b.path), coalesce(a.start_line, b.start_line),
           coalesce(a.end_line, b.end_line), coalesce(a.symbol, b.symbol), a.grade, b.grade
    from (select j.* from judgment j where j.query_set = disputed_places.one) a
    full join (select j.* from judgment j where j.query_set = disputed_places.other) b
        on (b.query_key, b.path, b.start_line, b.end_line) = (a.query_key, a.path, a.start_line, a.end_line)
    join judged_query q on q.query_set = disputed_places.one and q.query_key = coalesce(a.query_key, b.query_key)
    where a.grade is distinct from b.grade
        and exists (select from judged_query o
                    where o.query_set = disputed_places.other and o.query_key = q.query_key)
    order by q.query_key, 4, 5
$$;
comment on function disputed_places(text, text) is 'Places that two judges graded otherwise.';
