-- The files of each branch, by the names that search takes, with what is known of their versions.
create or replace view repository_file with (security_invoker = true) as
select r.name as repository, b.name as branch, f.path, f.content, f.size_bytes, v.language, v.path_flags, b.is_default,
    f.repository_id, f.branch_id,
       f.file_id, f.version_id, (v.path, v.content_hash) is not distinct from (f.path, f.content_hash) as is_indexed
from source_file f
join branch b on b.branch_id = f.branch_id
join repository r on r.repository_id = f.repository_id
left join file_version v on v.version_id = f.version_id;
comment on view repository_file is
'The files of each branch, by the names that search takes, with what is known of their versions.';
