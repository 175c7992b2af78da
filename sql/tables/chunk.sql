-- Chunks, the exact texts that are embedded for them, and the calls found in them.
create sequence chunk_slot_seq as bigint;
comment on sequence chunk_slot_seq is 'Places of chunks in the posting blocks; see posting.';

create table chunk (
    chunk_id bigint generated always as identity,
    repository_id int not null,
    file_id bigint not null,
    level smallint not null check (level in (0, 1)),
    kind text not null check (kind in ('function', 'method', 'class', 'module', 'block')),
    name text collate "C" not null,
    name_key text collate "C" generated always as (lower(name)) stored,
    symbol text collate "C" not null,
    scope text not null,
    signature text not null,
    doc text not null,
    start_line int not null,
    end_line int not null check (end_line >= start_line and start_line >= 1),
    content text not null,
    content_hash uuid not null,
    imports text [] not null default '{}',
    name_stems text [] not null default '{}',
    slot bigint not null,
    lexemes tsvector not null,
    lexical_length real not null,
    primary key (chunk_id, repository_id),
    foreign key (file_id, repository_id) references source_file (file_id, repository_id) on delete cascade
);
comment on table chunk is 'The unit of retrieval. Level 0 partitions a file into functions, classes and blocks; level 1 is the file as a whole.';
comment on column chunk.content is 'Source of the lines; members that are chunks of their own are elided to their signature.';
comment on column chunk.slot is 'Place in the posting blocks: block slot / 8192, dimension slot % 8192 + 1.';
comment on column chunk.lexical_length is 'Weighted token count, the document length of BM25.';
create index chunk_file on chunk (file_id);
create unique index chunk_slot on chunk (slot, repository_id);
-- A column, because lower(name) = ... is no leakproof condition: under row-level security it could not use the index.
create index chunk_name on chunk (repository_id, name_key) where level = 0 and name <> '';

create table chunk_text (
    chunk_id bigint not null,
    unit smallint not null,
    repository_id int not null,
    role text not null check (role in ('whole', 'window', 'summary')),
    start_line int not null,
    end_line int not null,
    text_hash uuid not null,
    text text not null,
    primary key (chunk_id, unit, repository_id),
    foreign key (chunk_id, repository_id) references chunk (chunk_id, repository_id) on delete cascade
);
comment on table chunk_text is 'The exact text that is embedded: one for the whole chunk, one for each window of a long one, one of its names and comments.';

create table chunk_call (
    chunk_id bigint not null,
    repository_id int not null,
    name text collate "C" not null,
    primary key (chunk_id, name, repository_id),
    foreign key (chunk_id, repository_id) references chunk (chunk_id, repository_id) on delete cascade
);
comment on table chunk_call is 'Names called or constructed in a chunk; the edges of the call graph, resolved by name when asked.';
create index chunk_call_name on chunk_call (repository_id, name);
