-- The hits of a search, kept ones where they hold still, with the rows that show them. A function of its own, because
-- all that it reads is of one snapshot: hits found in one and joined in a later one go missing while files are indexed.
-- key is null where no answer may be kept.
create or replace function answer(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, context jsonb,
    query_embedding halfvec, min_score float8, per_file int, min_confidence float8, key uuid, repositories int [],
    out hits hit [], out rows search_result [], out kept boolean, out surest float8
)
language plpgsql stable
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    -- Once: a look-up costs more than a row.
    settings jsonb := current_settings(model_id);
    class_lines int := settings ->> 'search.class_lines';
begin
    hits := case when key is not null then kept_answer(key, repositories) end;
    kept := hits is not null;
    if not kept then
        select f.hits, f.surest into hits, surest
        from find_hits(query, k, answer.repository, answer.path, answer.language, answer.kind, mode, model_id,
            context, query_embedding, min_score, per_file, min_confidence) f;
    end if;
    rows := array(
        select row(h.rank, h.chunk_id, coalesce(answer.repository, r.name), v.path, c.start_line,
                   last_shown_line(c.kind, c.start_line, c.end_line, class_lines),
                   c.kind, c.symbol, h.score, h.lexical_rank, h.vector_rank,
                   snippet(c.content, c.start_line, h.focus_line, settings), null,
                   (h.features ->> 'confidence')::float8)::search_result
        from unnest(hits) h
        join chunk c on c.chunk_id = h.chunk_id and c.repository_id = h.repository_id
        join file_version v on v.version_id = c.version_id
        join repository r on r.repository_id = c.repository_id
        order by h.rank);
end
$$;
comment on function answer(
    text, int, text, text, text, text, text, int, jsonb, halfvec, float8, int, float8, uuid, int []
) is
'The hits of a search with the rows that show them, all of one snapshot.';
