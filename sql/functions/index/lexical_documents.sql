-- What a repository's inverted index is made of: chunks, at levels 0 and 1, and commits at level 2, whose number is
-- their slot. Planned in the place of its call: no search_path of its own.
create or replace function lexical_documents(repository_id int)
returns table (level smallint, slot bigint, lexemes tsvector, lexical_length real)
language sql stable rows 10000
as $$
    select c.level, c.slot, c.lexemes, c.lexical_length
    from codesearch.chunk c where c.repository_id = lexical_documents.repository_id
    union all
    select 2::smallint, g.commit_id, g.lexemes, g.lexical_length
    from codesearch.git_commit g where g.repository_id = lexical_documents.repository_id
$$;
comment on function lexical_documents(int) is 'What a repository''s inverted index is made of: chunks and commits.';
