-- Stores commits of a branch's history, parents before their children: [{hash, author, authored_at (seconds), subject,
-- body, is_merge, detail, file_count, files: [{path, old_path, status, added, removed, lines, symbols}]}]. Those that
-- are stored already stay as they are. A message is found by its words, and by its files and the names it changed,
-- which count as documentation does. Returns how many are new.
create or replace function store_commits(branch_id int, commits jsonb) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    owner_id int := branch_repository(store_commits.branch_id);
    weights real [] := coalesce((select n.field_weights from lexical_norm n
        where n.repository_id = owner_id and n.level = 2), field_weights());
    added posting_change [];
begin
    perform lock_repository(owner_id);
    perform lock_postings(owner_id);
    with given as (
        select c.*, t.place,
               chunk_lexemes(c.subject, '', coalesce(n.names, ''), '', c.body) as lexemes
        from jsonb_array_elements(commits) with ordinality as t(value, place)
        cross join lateral jsonb_to_record(t.value) as c(hash text, author text, authored_at float8, subject text,
            body text, is_merge boolean, detail text, file_count int, files jsonb)
        left join lateral (
            select string_agg(x.words, ' ') as names
            from (select v.value ->> 'path' || ' ' || coalesce((select string_agg(y.name, ' ')
                             from jsonb_array_elements_text(v.value -> 'symbols') y(name)), '') as words
                  from jsonb_array_elements(c.files) v(value) limit 20) x) n on true
        offset 0),
    stored as (
        insert into git_commit as g (repository_id, hash, author, authored_at, subject, body, is_merge, detail,
            file_count, lexemes, lexical_length)
        select owner_id, decode(c.hash, 'hex'), c.author, to_timestamp(c.authored_at), c.subject, c.body, c.is_merge,
               c.detail, c.file_count, c.lexemes, lexical_length(c.lexemes, weights)
        from given c order by c.place
        on conflict (repository_id, hash) do nothing
        returning g.commit_id, g.hash, g.lexemes, g.lexical_length),
    files as (
        insert into commit_file (commit_id, repository_id, path, old_path, status, added, removed, lines, symbols)
        select s.commit_id, owner_id, f.path, f.old_path, f.status, f.added, f.removed, f.lines,
               coalesce(f.symbols, '{}')
        from given c
        join stored s on s.hash = decode(c.hash, 'hex')
        cross join lateral jsonb_to_recordset(c.files) as f(path text, old_path text, status text, added int,
            removed int, lines int4multirange, symbols text [])
        on conflict do nothing)
    select array_agg(row(owner_id, 2, s.commit_id, s.lexemes, s.lexical_length, 1)::posting_change)
    into added from stored s;
    perform append_postings(added);
    perform queue_history(owner_id) where added is not null;
    return coalesce(cardinality(added), 0);
end
$$;
comment on function store_commits(int, jsonb) is
'Stores commits of a branch''s history, parents before their children; returns how many are new.';
revoke all on function store_commits(int, jsonb) from public;
