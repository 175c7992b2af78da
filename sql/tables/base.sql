-- A repository may have a base: another one that most of its files are the same in, as a branch or a fork has. A file that is the
-- same there, path and content, is a row without content that names the base's row: what is large, its content, chunks,
-- texts and postings, is stored once, with the base.
alter table repository
add column base_id int references repository on delete set null,
add check (base_id <> repository_id);
comment on column repository.base_id is 'The repository that holds what is the same in both; see share_repository.';
create index repository_base on repository (base_id) where base_id is not null;

alter table source_file
alter column content drop not null,
add column base_file_id bigint,
add column base_repository_id int,
add constraint source_file_content_or_base check ((content is null) = (base_file_id is not null)),
add constraint source_file_whole_base check ((base_file_id is null) = (base_repository_id is null)),
-- Triggers give what is shared back to its sharers before this: it removes files of repositories that go in the same statement.
add constraint source_file_base foreign key (base_file_id, base_repository_id)
references source_file (file_id, repository_id) on delete cascade;
comment on column source_file.content is 'Null where the file is the base''s; the view repository_file has it for every file.';
comment on column source_file.base_file_id is 'The file of the base that has this one''s content and chunks; null where it has its own.';
create index source_file_base_file on source_file (base_file_id, repository_id) where base_file_id is not null;

-- Each has an argument more.
drop function if exists allowed_chunks(int [], jsonb);
drop function if exists lexical_scores(text [], int [], smallint);
drop function if exists named_chunks(text, int [], jsonb, int);
drop function if exists vector_candidates(int, halfvec, int, int [], boolean, bigint [], boolean, jsonb);
drop function if exists search_candidates(text, halfvec, int, text, int [], boolean, jsonb, int);
