-- Logs a search and what it showed, but no text that holds a secret. The caller needs no right on the log. A read-only transaction or a standby logs
-- nothing. asked_at is the statement's time where the log is the first thing that the transaction writes: query_log_commit
-- tells by it a search that is a transaction of its own, which need not wait for the disk.
create or replace function log_query(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, hits hit [],
    started timestamptz
)
returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    logged bigint;
    -- Before the insert: a sequence may be the first to write.
    alone boolean := pg_current_xact_id_if_assigned() is null;
    keeps_text boolean := current_setting_value('log.query_text')::boolean and not looks_secret(query);
begin
    if current_setting('transaction_read_only')::boolean or not current_setting_value('log.enabled')::boolean then
        return null;
    end if;
    insert into query_log (asked_at, asked_by, query, query_hash, query_class, mode, model_version_id, filters, k, result_count, top_score, latency_ms,
                           from_cache)
    values (case when alone then statement_timestamp() else clock_timestamp() end,
            asking_role(), case when keeps_text then query end, md5(query)::uuid,
            coalesce(hits[1].features ->> 'query_class', classify_query(query)), mode, model_id,
            jsonb_strip_nulls(jsonb_build_object('repository', repository, 'path', case when not looks_secret(path) then path end, 'language', language, 'kind', kind)),
            k, cardinality(hits), hits[1].score, extract(epoch from clock_timestamp() - started) * 1000,
            coalesce(hits[1].features ? 'kept', false))
    returning query_log.query_id into logged;
    insert into query_results (query_id, rank, chunk_id, repository_id, content_hash, score, lexical_rank, vector_rank)
    select logged, h.rank, h.chunk_id, h.repository_id, h.content_hash, h.score, h.lexical_rank, h.vector_rank
    from unnest(hits) h;
    return logged;
end
$$;
comment on function log_query(text, int, text, text, text, text, text, int, hit [], timestamptz) is 'Logs a search and what it showed.';
revoke all on function log_query(text, int, text, text, text, text, text, int, hit [], timestamptz) from public;
