-- The answer to a question in one call. Runs as the caller: row-level security holds. A query without an embedding is
-- embedded here (encode_query). Rows are best first; score is comparable within one query only, confidence (0 to 1, the
-- probability that a row is right) is comparable between queries.
create or replace function search(
    query text, k int default 10, repository text default null, path text default null, language text default null,
    kind text default null, mode text default 'hybrid', model text default null, context jsonb default null,
    query_embedding halfvec default null, min_score float8 default null, log boolean default true,
    per_file int default null, min_confidence float8 default null
)
returns setof search_result
language plpgsql volatile rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    started timestamptz := clock_timestamp();
    -- Once: a switch of the active model in the middle of a search must not show in half of it.
    model_id int := resolve_model(model);
    answered record;
    logged bigint [];
    -- An answer is kept with a snapshot that is no younger than what it was found in, and only of a transaction that
    -- changed nothing before: what that changes later must make it invalid.
    snapshot pg_snapshot := pg_current_snapshot();
    unchanged boolean := pg_current_xact_id_if_assigned() is null;
    scope search_scope;
    key uuid;
begin
    if log and setting_number('result_cache.max_entries') > 0 then
        scope := scope_of(search.repository);
        key := answer_key(query, k, scope, row_security_active('codesearch.chunk'), search.path, search.language,
            search.kind, mode, model_id, context, query_embedding, min_score, per_file, min_confidence);
    end if;
    select a.* into answered
    from answer(query, k, search.repository, search.path, search.language, search.kind, mode, model_id, context,
        query_embedding, min_score, per_file, min_confidence, key, scope.repositories) a;
    if log then
        logged := log_search(query, k, search.repository, search.path, search.language, search.kind, mode, model_id,
            answered.hits, started, context ->> 'session', answered.surest);
        -- After the log, which looks whether it is the first to write.
        if key is not null and unchanged and not answered.kept then
            perform keep_answer(key, snapshot, answered.hits, started);
        end if;
    end if;
    return query
    select r.rank, r.chunk_id, r.repository, r.path, r.start_line, r.end_line, r.kind, r.symbol, r.score,
        r.lexical_rank,
           r.vector_rank, r.snippet, numbered_alike(logged, r.chunk_id), r.confidence
    from unnest(answered.rows) r;
end
$$;
comment on function search(
    text, int, text, text, text, text, text, text, jsonb, halfvec, float8, boolean, int, float8
) is
'Answers a question with the best chunks of code: BM25 and vectors fused, in one call.';
