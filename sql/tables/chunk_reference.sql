-- The names in a chunk, and where the file says that each is from: the edges of the code graph, resolved when asked.
-- Lines are counted from the chunk's first, so that a chunk that moves keeps its rows. Before, chunk_call had the names
-- that are called, without their lines: those have none until their file is indexed again.
create table chunk_reference (
    chunk_id bigint not null,
    ordinal int not null,
    repository_id int not null,
    kind text not null check (kind in ('definition', 'call', 'import', 'inherits', 'use')),
    name text collate "C" not null,
    qualifier text collate "C" not null default '',
    origin text collate "C" not null default '',
    alias text collate "C" not null default '',
    owner text collate "C" not null default '',
    lines int [] not null default '{}',
    name_key text collate "C" generated always as (case when kind = 'definition' then lower(name) end) stored,
    primary key (chunk_id, ordinal, repository_id),
    foreign key (chunk_id, repository_id) references chunk (chunk_id, repository_id) on delete cascade
);
comment on table chunk_reference is
'The names in a chunk: what it defines, calls, imports, inherits and uses otherwise, one row for each meaning.';
comment on column chunk_reference.name is 'As its definition has it.';
comment on column chunk_reference.qualifier is
'What is written before it, with dots: receiver, module or class; () for an expression. The scope of a definition.';
comment on column chunk_reference.origin is
'The module, and type, that it is a name of, as far as the file says by imports, types of variables and the class.';
comment on column chunk_reference.alias is 'What it is called here, where that is another name.';
comment on column chunk_reference.owner is
'The class that a definition is a member of, that inherits, or that a bare call stands in.';
comment on column chunk_reference.lines is
'Where, counted from the chunk''s first line, which is 0; empty where it is not known.';
comment on column chunk_reference.name_key is
'The name of a definition in lower case: a column, because lower(name) = … is no leakproof condition.';
create index chunk_reference_name on chunk_reference (repository_id, name);
create index chunk_reference_definition on chunk_reference (repository_id, name_key) where name_key is not null;

insert into chunk_reference (chunk_id, ordinal, repository_id, kind, name, qualifier, owner)
select c.chunk_id, 0, c.repository_id, 'definition', c.name, c.scope,
       case when c.kind = 'method' then regexp_replace(c.scope, '^.*\.', '') else '' end
from chunk c where c.level = 0 and c.name <> '' and length(c.name) <= 200 and length(c.scope) <= 200;
insert into chunk_reference (chunk_id, ordinal, repository_id, kind, name)
select k.chunk_id, row_number() over (partition by k.chunk_id order by k.name), k.repository_id, 'call', k.name
from chunk_call k;
-- Taken out of the extension first: it keeps a list of tables to dump, which a dropped one does not leave by itself.
do $$
begin
    if exists (select from pg_extension e join pg_depend d on d.refobjid = e.oid and d.deptype = 'e'
               where e.extname = 'pgcodesearch' and d.objid = 'chunk_call'::regclass) then
        alter extension pgcodesearch drop table chunk_call;
    end if;
    drop table chunk_call;
end
$$;
