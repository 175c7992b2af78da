-- A repository has branches, the first of them its default. A file is a row of source_file for each branch that has it,
-- always with its own content. What is derived from a file (chunks, texts, postings, calls) belongs to a version: a
-- path and a content as one version of the chunker cuts it. A row points to its version, rows of several branches to
-- the same one; nothing is copied when a branch moves on, and a version that no row points to is collected. Rows of
-- 0.1.0 are moved: each file is its version, by number too.

-- Views are made again after the tables, and some read columns that go.
do $$
declare
    names text := (select string_agg(format('codesearch.%I', c.relname), ', ')
                   from pg_class c where c.relnamespace = 'codesearch'::regnamespace and c.relkind = 'v');
begin
    if names is not null then
        execute 'drop view ' || names;
    end if;
end
$$;

-- An argument or a column is another now.
drop function if exists known_files(int);
drop function if exists store_files(int, jsonb);
drop function if exists skip_files(int, jsonb);
drop function if exists forget_files(int, text []);
drop function if exists rename_files(int, text [], text []);
drop function if exists adopt_moved_files(int, text []);
drop function if exists keep_stored_texts(text []);
drop function if exists pending_texts(int, bigint []);
drop function if exists allowed_chunks(int [], jsonb);
drop function if exists named_chunks(text, int [], jsonb, int);
drop function if exists copied_chunks(bigint [], int []);
drop function if exists vector_candidates(int, halfvec, int, int [], boolean, bigint [], boolean, jsonb);
drop function if exists search_candidates(text, halfvec, int, text, int [], boolean, jsonb, int);
drop function if exists score_candidates(text, text, halfvec, int, text, int [], boolean, jsonb, int, jsonb);
drop function if exists fused_legs(text, int, text, halfvec, int);
drop trigger if exists source_file_delete on source_file;
drop function if exists source_file_delete();

create table branch (
    branch_id int generated always as identity,
    repository_id int not null references repository on delete cascade,
    name text not null check (name <> '' and length(name) <= 400),
    is_default boolean not null default false,
    indexed_commit text,
    indexed_at timestamptz,
    primary key (branch_id, repository_id),
    unique (repository_id, name)
);
comment on table branch is
'The branches of a repository. The default one, HEAD, is what a folder holds; a search asks one of each repository.';
comment on column branch.indexed_commit is 'The git commit of the last complete index run, null outside git.';
create unique index branch_default on branch (repository_id) where is_default;

insert into branch (repository_id, name, is_default, indexed_commit, indexed_at)
select r.repository_id, 'HEAD', true, r.indexed_commit, r.indexed_at from repository r order by 1;
alter table repository drop column indexed_commit, drop column indexed_at, drop column last_error;

create table file_version (
    version_id bigint generated always as identity,
    repository_id int not null references repository on delete cascade,
    path text collate "C" not null,
    content_hash bytea not null,
    chunker text not null,
    language text,
    parser text,
    has_errors boolean not null default false,
    path_flags text [] not null default '{}',
    path_stems text [] not null default '{}',
    chunk_count int not null default 0,
    indexed_at timestamptz not null default now(),
    primary key (version_id, repository_id),
    unique (repository_id, path, content_hash, chunker)
);
comment on table file_version is
'A path with a content: what chunks, texts, postings and calls belong to, whichever branches have it.';
comment on column file_version.chunker is 'The version of the chunker that cut it; empty where it is not known.';
comment on column file_version.path_flags is
'What the path says of the file: test, example, generated, vendored, legacy, docs, entry.';
comment on column file_version.chunk_count is 'Its chunks of level 0.';

insert into file_version (
    version_id, repository_id, path, content_hash, chunker, language, parser, has_errors, path_flags, path_stems,
        chunk_count, indexed_at
)
overriding system value
select f.file_id, f.repository_id, f.path, coalesce(f.indexed_hash, f.content_hash), '', f.language, f.parser,
    f.has_errors,
       f.path_flags, f.path_stems, c.chunks, coalesce(f.indexed_at, now())
from source_file f
cross join lateral (select count(*) filter (where k.level = 0) as chunks, count(*) as found from chunk k
    where k.file_id = f.file_id) c
where c.found > 0 or f.indexed_hash is not null;
select setval(pg_get_serial_sequence('codesearch.file_version', 'version_id'), coalesce(max(v.version_id), 0) + 1,
    false)
from file_version v;

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

create type search_scope as (repositories int [], branches int [], everything boolean);
comment on type search_scope is
'What a search is over: the repositories whose statistics count, a branch of each, and whether that is all there is.';
