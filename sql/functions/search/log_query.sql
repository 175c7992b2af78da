-- Logs a search, what it showed and how sure the surest result was, but no text that holds a secret. The caller needs
-- no right on the log. A read-only transaction or a standby logs nothing. asked_at is the statement's time where the
-- log is the first thing that the transaction writes: query_log_commit tells by it a search that is a transaction of
-- its own, which need not wait for the disk. A reader may call it with anything, so only what a search could have
-- shown is taken: chunks that the asking role may see, with their own repository and content, in bounded numbers; and
-- the time is that of this statement at most.
create or replace function log_query(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, hits hit [],
    started timestamptz, session text default null, surest float8 default null, packed boolean default false
)
returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    logged bigint;
    -- Before the insert: a sequence may be the first to write.
    alone boolean := pg_current_xact_id_if_assigned() is null;
    class text := hits[1].features ->> 'query_class';
    encoder text := hits[1].features ->> 'encoder';
    filters jsonb := jsonb_build_object('repository', repository, 'path', path, 'language', language, 'kind', kind);
begin
    if not current_setting_value('log.enabled')::boolean then
        return null;
    elsif current_setting('transaction_read_only')::boolean then
        if current_setting('codesearch.said_unlogged', true) is distinct from 'on' then
            perform set_config('codesearch.said_unlogged', 'on', false);
            raise notice 'searches of a read-only session are not logged'
            using hint = 'log => false says that this is meant';
        end if;
        return null;
    end if;
    if coalesce(query, '') !~ '\S' or length(query) > setting_number('query.max_length') or k is null or k not between 1
        and setting_number('search.max_results')
       or mode is null or mode <> all(search_modes())
       or hits is null or cardinality(hits) > k or length(filters::text) > 10000 then
        raise exception using errcode = 'CS001', message = 'no search has such arguments or results',
            hint = 'searches log themselves: codesearch.search';
    end if;
    filters := jsonb_strip_nulls(filters - case when looks_secret(path) then '{path}' else '{}' end::text []);
    if class is null or class not in ('identifier', 'mixed', 'semantic') then
        class := classify_query(query);
    end if;
    hits := array(select row(h.rank, c.chunk_id, c.repository_id, c.content_hash, h.score, h.lexical_rank,
        h.vector_rank, h.focus_line, h.features)::hit
                  from unnest(hits) h join chunk c on c.chunk_id = h.chunk_id
                  where h.rank between 1 and k and abs(h.score) < 1e6
                    and c.repository_id = any(own)
                  order by h.rank);
    insert into query_log (asked_at, asked_by, query, query_hash, query_class, mode, model_version_id, filters, k,
        result_count, top_score, latency_ms,
                           from_cache, encoder, confidence, session, packed)
    values (case when alone then statement_timestamp() else clock_timestamp() end,
            asking_role(), case when current_setting_value('log.query_text')::boolean
                and not looks_secret(query) then query end, md5(query)::uuid,
            class, mode, (select m.model_version_id from model_version m where m.model_version_id = model_id), filters,
            k, cardinality(hits), hits[1].score,
            -- The clock goes on between two looks at it.
            greatest(0, extract(epoch from clock_timestamp()
                - greatest(least(started, clock_timestamp()), statement_timestamp())) * 1000),
            coalesce(hits[1].features ? 'kept', false),
            case when encoder in ('caller', 'table', 'model') then encoder end,
            (select max(s.confidence) from (select case when jsonb_typeof(h.features -> 'confidence') = 'number'
                then (h.features ->> 'confidence')::numeric end as confidence from unnest(hits) h
                union all select surest::numeric) s
             where s.confidence between 0 and 1), left(session, 200),
            coalesce(packed, false))
    returning query_log.query_id into logged;
    insert into query_results (query_id, rank, chunk_id, repository_id, content_hash, score, lexical_rank, vector_rank)
    select logged, h.rank, h.chunk_id, h.repository_id, h.content_hash, h.score, h.lexical_rank, h.vector_rank
    from unnest(hits) h;
    return logged;
end
$$;
comment on function log_query(text, int, text, text, text, text, text, int, hit [], timestamptz, text, float8,
    boolean) is
'Logs a search and what it showed.';
revoke all on function log_query(text, int, text, text, text, text, text, int, hit [], timestamptz, text, float8,
    boolean) from public;
