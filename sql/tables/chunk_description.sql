-- What a chunk does, in words of people: another text of it beside the whole and its windows, and so another vector.
-- Kept by the chunk's content, because a language model may have been paid for it: a file that is renamed, another
-- branch, or another chunker's cut with the same content has it at once.
create table chunk_description (
    repository_id int not null references repository on delete cascade,
    content_hash uuid not null,
    wording text not null check (wording in ('documentation', 'formal', 'short', 'query')),
    text text not null,
    described_by text not null,
    described_at timestamptz not null default now(),
    primary key (repository_id, content_hash, wording)
);
comment on table chunk_description is
'Descriptions of chunks by the hash of their content, each embedded as a text of its own (chunk_text).';
comment on column chunk_description.text is 'Empty where there is nothing to say, so that nobody asks again.';
comment on column chunk_description.described_by is
'The language model that said it; empty: it is the documentation''s own.';

alter table chunk_text drop constraint if exists chunk_text_role_check;
alter table chunk_text add constraint chunk_text_role_check
check (role in ('whole', 'window', 'summary', 'description'));
