-- Removes one file, its chunks, vectors and postings; true where it was there.
create or replace function delete_file(repository text, path text) returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
    delete from source_file f using repository r
    where r.name = delete_file.repository and f.repository_id = r.repository_id and f.path = delete_file.path;
    return found;
end
$$;
comment on function delete_file(text, text) is 'Removes one file with its chunks, vectors and postings; true where it was there.';
