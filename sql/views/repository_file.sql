-- The files of each repository, with their content wherever it is stored. Chunks are those of stored_file_id.
create or replace view repository_file with (security_invoker = true) as
select r.name as repository, f.path, coalesce(f.content, b.content) as content, f.size_bytes, coalesce(b.language, f.language) as language,
       f.path_flags, f.repository_id, f.file_id, coalesce(f.base_file_id, f.file_id) as stored_file_id, f.base_file_id is not null as shared
from source_file f
join repository r on r.repository_id = f.repository_id
left join source_file b on b.file_id = f.base_file_id;
comment on view repository_file is 'The files of each repository, with their content wherever it is stored.';
