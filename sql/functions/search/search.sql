-- The answer to a question in one call. Runs as the caller: row-level security holds. Without a query embedding the
-- hybrid mode answers from the lexical leg. Rows are best first; score is comparable within one query only.
create or replace function search(
    query text, k int default 10, repository text default null, path text default null, language text default null,
    kind text default null, mode text default 'hybrid', model text default null, context jsonb default null,
    query_embedding halfvec default null, min_score float8 default null, log boolean default true
)
returns setof search_result
language plpgsql volatile rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    started timestamptz := clock_timestamp();
    -- Once: a switch of the active model in the middle of a search must not show in half of it.
    model_id int := resolve_model(model);
    hits hit [];
    logged bigint;
    class_lines int := setting_number('search.class_lines');
    -- An answer is kept with a snapshot that is no younger than what it was found in, and only of a transaction that changed
    -- nothing before: what that changes later must make it invalid.
    snapshot pg_snapshot := pg_current_snapshot();
    unchanged boolean := pg_current_xact_id_if_assigned() is null;
    repositories int [];
    key uuid;
    kept boolean := false;
begin
    if query_embedding is null and mode <> 'lexical' then
        query_embedding := query_embedding_for(query, model_id);
    end if;
    if log and setting_number('result_cache.max_entries') > 0 then
        repositories := searched_repositories(search.repository);
        key := answer_key(query, k, repositories, search.repository is null, row_security_active('codesearch.chunk'), search.path,
                          search.language, search.kind, mode, model_id, context, query_embedding, min_score);
        hits := kept_answer(key, repositories);
        kept := hits is not null;
    end if;
    if not kept then
        hits := search_hits(query, k, search.repository, search.path, search.language, search.kind, mode, model_id, context,
                            query_embedding, min_score);
    end if;
    if log then
        logged := log_query(query, k, search.repository, search.path, search.language, search.kind, mode, model_id, hits, started);
        -- After the log, which looks whether it is the first to write.
        if key is not null and unchanged and not kept then
            perform keep_answer(key, snapshot, hits, started);
        end if;
    end if;
    return query
    select h.rank, h.chunk_id, coalesce(search.repository, r.name), f.path, c.start_line,
           -- A class is shown from its head on; what is below are methods, which are chunks of their own.
           case when c.kind = 'class' then least(c.end_line, c.start_line + class_lines - 1) else c.end_line end, c.kind, c.symbol, h.score, h.lexical_rank, h.vector_rank,
           snippet(c.content, c.start_line, h.focus_line), logged
    from unnest(hits) h
    join chunk c on c.chunk_id = h.chunk_id
    join source_file f on f.file_id = c.file_id
    join repository r on r.repository_id = c.repository_id
    order by h.rank;
end
$$;
comment on function search(text, int, text, text, text, text, text, text, jsonb, halfvec, float8, boolean) is
'Answers a question with the best chunks of code: BM25 and vectors fused, in one call.';
