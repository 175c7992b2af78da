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
begin
    hits := case when key is not null then kept_answer(key, repositories) end;
    kept := hits is not null;
    if not kept then
        select f.hits, f.surest into hits, surest
        from find_hits(query, k, answer.repository, answer.path, answer.language, answer.kind, mode, model_id,
            context, query_embedding, min_score, per_file, min_confidence) f;
    end if;
    rows := array(select row(r.*)::search_result from hit_rows(hits, answer.repository, current_settings(model_id)) r);
end
$$;
comment on function answer(
    text, int, text, text, text, text, text, int, jsonb, halfvec, float8, int, float8, uuid, int []
) is
'The hits of a search with the rows that show them, all of one snapshot.';
