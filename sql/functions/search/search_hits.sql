-- The hits of find_hits alone, for who asks for all of them. The defaults are for searches of 0.1.0 that go on while
-- they are upgraded, too.
create or replace function search_hits(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, context jsonb,
    query_embedding halfvec, min_score float8, per_file int default null, min_confidence float8 default null
)
returns hit []
language sql stable
set search_path from current
as $$
    select f.hits
    from find_hits(query, k, repository, path, language, kind, mode, model_id, context, query_embedding, min_score,
        per_file, min_confidence) f
$$;
comment on function search_hits(
    text, int, text, text, text, text, text, int, jsonb, halfvec, float8, int, float8
) is 'The best k hits of a search.';
