-- Logs a search, what it showed and how sure the surest result was, but no text that holds a secret (checked_log). The
-- caller needs no right on the log. A read-only transaction or a standby logs nothing, unless the client does
-- (log_by_client): then the entry is given to it, and a provisional id. asked_at is the statement's time where the
-- log is the first thing that the transaction writes: query_log_commit tells by it a search that is a transaction of
-- its own, which need not wait for the disk. A reader may call it with anything; the time is that of this statement at
-- most.
create or replace function log_query(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, hits hit [],
    started timestamptz, session text default null, surest float8 default null, packed boolean default false
)
returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    -- Before the insert: a sequence may be the first to write.
    alone boolean := pg_current_xact_id_if_assigned() is null;
    by_client boolean := coalesce(current_setting('codesearch.log_by_client', true), '') = 'on';
    entry query_log;
    shown hit [];
    confidence numeric;
begin
    if not current_setting_value('log.enabled')::boolean then
        return null;
    elsif current_setting('transaction_read_only')::boolean and not by_client then
        if current_setting('codesearch.said_unlogged', true) is distinct from 'on' then
            perform set_config('codesearch.said_unlogged', 'on', false);
            raise notice 'searches of a read-only session are not logged'
            using hint = 'log => false says that this is meant, log => codesearch.log_by_client() gives you the entry';
        end if;
        return null;
    end if;
    -- Forged features must not end the statement by an error of their type.
    select max(s.confidence) into confidence
    from (select case when jsonb_typeof(h.features -> 'confidence') = 'number'
              then (h.features ->> 'confidence')::numeric end as confidence from unnest(hits) h
          union all select surest::numeric) s
    where s.confidence between 0 and 1;
    entry.asked_at := case when alone and not by_client then statement_timestamp() else clock_timestamp() end;
    entry.query := coalesce(query, '');
    entry.query_class := hits[1].features ->> 'query_class';
    entry.mode := mode;
    entry.model_version_id := model_id;
    entry.filters := jsonb_build_object('repository', repository, 'path', path, 'language', language, 'kind', kind);
    entry.k := k;
    -- The clock goes on between two looks at it.
    entry.latency_ms := greatest(0, extract(epoch from clock_timestamp()
        - greatest(least(started, clock_timestamp()), statement_timestamp())) * 1000);
    entry.from_cache := hits[1].features ? 'kept';
    entry.encoder := hits[1].features ->> 'encoder';
    entry.confidence := confidence;
    entry.session := session;
    entry.packed := packed;
    shown := loggable_hits(hits, k);
    entry := checked_log(entry, shown);
    if not by_client then
        return write_log(entry, shown);
    end if;
    entry.provisional_id := provisional_ids() + floor(random() * provisional_ids())::bigint;
    raise notice 'the client logs this search'
    using table = 'query_log', detail = jsonb_strip_nulls(to_jsonb(entry) || jsonb_build_object('hits',
        (select coalesce(jsonb_agg(to_jsonb(h)), '[]') from unnest(shown) h)));
    return entry.provisional_id;
end
$$;
comment on function log_query(text, int, text, text, text, text, text, int, hit [], timestamptz, text, float8,
    boolean) is
'Logs a search and what it showed.';
revoke all on function log_query(text, int, text, text, text, text, text, int, hit [], timestamptz, text, float8,
    boolean) from public;
