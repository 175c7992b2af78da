-- A repository has branches, the first of them its default. A file is a row of source_file for each branch that has it,
-- always with its own content.
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
