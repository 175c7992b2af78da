-- Writes a checked log entry and what it showed; an entry with the provisional id of another of the role's is the same
-- one, sent again. Returns the number that the log has for it.
create or replace function write_log(entry query_log, hits hit []) returns bigint
language plpgsql volatile
set search_path from current
as $$
declare
    logged bigint;
begin
    insert into query_log (asked_at, asked_by, query, query_hash, query_class, mode, model_version_id, filters, k,
        result_count, top_score, latency_ms, from_cache, encoder, confidence, session, packed, provisional_id)
    values (entry.asked_at, entry.asked_by, entry.query, entry.query_hash, entry.query_class, entry.mode,
        entry.model_version_id, entry.filters, entry.k, entry.result_count, entry.top_score, entry.latency_ms,
        entry.from_cache, entry.encoder, entry.confidence, entry.session, entry.packed, entry.provisional_id)
    on conflict (provisional_id, asked_by) where provisional_id is not null do nothing
    returning query_log.query_id into logged;
    if logged is null then
        return logged_query(entry.provisional_id);
    end if;
    insert into query_results (query_id, rank, chunk_id, repository_id, content_hash, score, lexical_rank, vector_rank)
    select logged, h.rank, h.chunk_id, h.repository_id, h.content_hash, h.score, h.lexical_rank, h.vector_rank
    from unnest(hits) h;
    return logged;
end
$$;
comment on function write_log(query_log, hit []) is 'Writes a checked log entry and what it showed, once.';
