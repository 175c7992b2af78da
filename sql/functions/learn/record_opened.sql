-- Records that a session opened a file, at a line, that no search of it led to: by its path, from an import, by hand.
-- The searches that looked for it learn that it was there (tie_opened). For sessions of the asking role, and files that
-- it may see; a file that is not indexed says nothing. Returns how many searches it was tied to.
create or replace function record_opened(session text, repository text, path text, line int default 1) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    last_query bigint := (select max(q.query_id) from query_log q
                          where q.session = record_opened.session and q.asked_by = asking_role());
    opened bigint;
begin
    if coalesce(record_opened.session, '') !~ '\S' or coalesce(line, 0) < 1 then
        raise exception using errcode = 'CS001', message = 'a session and a line from 1 on are needed',
            hint = 'search with context => ''{"session": "…"}'', then record_opened with the same name';
    end if;
    select (chunk_at(f.version_id, line)).chunk_id into opened
    from find_branch(record_opened.repository, writable_repositories()) b
    join source_file f on f.branch_id = b.branch_id
    where f.path = record_opened.path;
    return case when last_query is null or opened is null then 0
                else tie_opened(last_query, opened, leads => false) end;
end
$$;
comment on function record_opened(text, text, text, int) is
'Records that a session opened a file that no search led to; returns how many searches learn from it.';
revoke all on function record_opened(text, text, text, int) from public;
