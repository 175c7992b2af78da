-- Where strong positives stand in the index today: places that a model can be judged by. A result that moved is found
-- by its content; one that was changed since is left out. Grade 3 is a copy or a yes, 2 half a minute of reading, the
-- best counts.
create or replace function used_places()
returns table (
    query text, repository text, query_class text, path text, symbol text, start_line int, end_line int, grade int
)
language sql stable rows 1000
set search_path from current
as $$
    select q.query, q.filters ->> 'repository', min(q.query_class), f.path, c.symbol, c.start_line, c.end_line,
           max(case p.signal when 'dwell' then 2 else 3 end)
    from feedback_positive p
    join query_log q on q.query_id = p.query_id and q.query is not null
    join query_results r on r.query_id = p.query_id and r.content_hash = p.content_hash
    join chunk c on c.content_hash = p.content_hash and c.repository_id = r.repository_id and c.level = 0
    join file_version f on f.version_id = c.version_id
    group by q.query, q.filters ->> 'repository', f.path, c.symbol, c.start_line, c.end_line
    order by q.query, q.filters ->> 'repository', f.path, c.start_line
$$;
comment on function used_places() is
'Where strong positives of feedback stand in the index today, with a grade: places that a model can be judged by.';
