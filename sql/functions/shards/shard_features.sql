-- What is known of those of some candidates that are of this database.
create or replace function shard_features(
    asked query_parts, address text, model text, query_embedding halfvec, mode text, settings jsonb,
    around caller_context, standards lexical_standard [], candidates search_candidate []
)
returns table (
    chunk_id bigint, version_id bigint, repository_id int, content_hash uuid, lexical_rank int, vector_rank int,
    features vector, largest_file float8
)
language plpgsql stable rows 150
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
begin
    return query
    select f.chunk_id, f.version_id, f.repository_id, f.content_hash, f.lexical_rank, f.vector_rank,
           f.features::vector, f.largest_file
    from candidate_features(asked, shard_scope(address, standards), null, resolve_model(model), query_embedding, mode,
        null, settings, around,
        array(select row(u.*)::search_candidate from unnest(candidates) u
              where exists (select from chunk c where c.chunk_id = u.chunk_id))) f;
end
$$;
comment on function shard_features(
    query_parts, text, text, halfvec, text, jsonb, caller_context, lexical_standard [], search_candidate []
) is 'What is known of those of some candidates that are of this database.';
