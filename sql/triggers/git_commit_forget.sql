-- Takes deleted commits out of the inverted index, however they were deleted.
create or replace function git_commit_forget() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    -- Where the repository itself is being deleted its postings go with it.
    perform append_postings(array(
        select row(o.repository_id, 2, o.commit_id, o.lexemes, o.lexical_length, -1)::posting_change
        from old_rows o
        where exists (select from repository r where r.repository_id = o.repository_id)));
    return null;
end
$$;
comment on function git_commit_forget() is 'Takes deleted commits out of the inverted index.';
revoke all on function git_commit_forget() from public;

create or replace trigger git_commit_forget
after delete on git_commit
referencing old table as old_rows
for each statement execute function git_commit_forget();
