-- What a definition is in its language, and whether it is the definition itself.
alter table chunk
add column entity text collate "C" not null default '',
add column role text not null default 'definition' check (role in ('definition', 'part', 'extension', 'declaration'));
comment on column chunk.entity is
'struct, trait, macro …: what its language calls it; empty where it has no word for it.';
comment on column chunk.role is
'definition; part of one (partial); extension of what is defined elsewhere; declaration without a body.';
-- The module's chunk of each candidate's file is looked up in every search.
create index chunk_module on chunk (version_id) where level = 1;
