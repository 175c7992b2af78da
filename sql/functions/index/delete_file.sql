-- Removes one file of a repository's default branch, or of 'name@branch', with what no other branch has of it; true
-- where it was there.
create or replace function delete_file(repository text, path text) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
begin
    delete from source_file f using find_branch(delete_file.repository, writable_repositories()) b
    where f.branch_id = b.branch_id and f.path = delete_file.path;
    return found;
end
$$;
comment on function delete_file(text, text) is
'Removes one file with its chunks, vectors and postings; true where it was there.';
revoke all on function delete_file(text, text) from public;
