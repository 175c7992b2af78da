-- Chunks, files, skipped files and jobs name branches and versions from here on.
alter table chunk drop constraint chunk_file_id_repository_id_fkey;
alter table chunk rename column file_id to version_id;
alter table chunk add foreign key (version_id, repository_id) references file_version (version_id, repository_id)
    on delete cascade;
alter index chunk_file rename to chunk_version;

alter table source_file add column branch_id int, add column version_id bigint;
update source_file f set branch_id = b.branch_id, version_id = (select v.version_id from file_version v
    where v.version_id = f.file_id)
from branch b where b.repository_id = f.repository_id;
alter table source_file
drop column language, drop column parser, drop column has_errors, drop column path_flags, drop column path_stems,
drop column indexed_hash, drop column indexed_at,
drop constraint source_file_repository_id_path_key,
alter column branch_id set not null,
add constraint source_file_branch_path unique (branch_id, path, repository_id),
add foreign key (branch_id, repository_id) references branch (branch_id, repository_id) on delete cascade,
add foreign key (version_id, repository_id) references file_version (version_id, repository_id);
comment on table source_file is
'The text of each file of each branch; any change to a row is queued for indexing by a trigger.';
comment on column source_file.branch_id is 'The default branch where an INSERT leaves it out.';
comment on column source_file.version_id is
'What searches find of the file; another path or content than the row''s until a worker has indexed the change.';
create index source_file_version on source_file (version_id) include (branch_id);

alter table skipped_file add column branch_id int;
update skipped_file s set branch_id = b.branch_id from branch b where b.repository_id = s.repository_id;
alter table skipped_file
drop constraint skipped_file_pkey,
alter column branch_id set not null,
add primary key (branch_id, path, repository_id),
add foreign key (branch_id, repository_id) references branch (branch_id, repository_id) on delete cascade;

-- Chunking is owed to a file, embedding to a version.
alter table index_job
drop constraint index_job_file_id_stage_model_version_id_key,
drop constraint index_job_file_id_repository_id_fkey,
alter column file_id drop not null,
add column version_id bigint;
delete from index_job j where j.stage = 'embed' and not exists (select from file_version v
    where v.version_id = j.file_id);
update index_job set version_id = file_id, file_id = null where stage = 'embed';
alter table index_job
add constraint index_job_work unique nulls not distinct (file_id, version_id, model_version_id),
add constraint index_job_subject check ((file_id is not null) = (stage = 'chunk')
    and (version_id is not null) = (stage = 'embed')),
add foreign key (file_id, repository_id) references source_file (file_id, repository_id) on delete cascade
    on update cascade,
add foreign key (version_id, repository_id) references file_version (version_id, repository_id) on delete cascade;
create index index_job_version on index_job (version_id) where version_id is not null;
comment on table index_job is
'The queue: at most one job for a file, and one for a version and a model. failed is the dead-letter state; '
'retry_failed_jobs queues it again.';
