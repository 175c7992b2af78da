-- The embedding of a query for a search that was given none: from the cache, else computed; null where the server can't
-- (no PL/Python, no model), so that the lexical leg answers alone. Never waits for another session. Under row-level
-- security each role has cache entries of its own: how fast an answer comes tells nobody what others asked.
create or replace function query_embedding_for(query text, model_version_id int) returns halfvec
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := query_embedding_for.model_version_id;
    model_name text := (select m.name from model_version m where m.model_version_id = wanted);
    writable boolean := not current_setting('transaction_read_only')::boolean;
    separate boolean := (select c.relrowsecurity from pg_class c where c.oid = 'codesearch.query_log'::regclass);
    hash uuid := md5(case when separate then asking_role()::text || e'\x01' else '' end || query)::uuid;
    found_embedding halfvec;
begin
    if model_name is null or query is null or query !~ '\S' or length(query) > setting_number('query.max_length')
       or to_regprocedure('codesearch.embed_in_server(text,integer)') is null then
        return null;
    end if;
    -- As in log_query: a search that is a transaction of its own does not wait for the disk.
    if writable and statement_timestamp() = transaction_timestamp() and pg_current_xact_id_if_assigned() is null then
        perform set_config('synchronous_commit', 'off', true);
    end if;
    select c.embedding into found_embedding from query_embedding_cache c
    where c.model_version_id = wanted and c.query_hash = hash;
    if found then
        if writable then
            update query_embedding_cache set hits = hits + 1, used_at = clock_timestamp()
            where ctid in (select c.ctid from query_embedding_cache c
                           where c.model_version_id = wanted and c.query_hash = hash for update skip locked);
        end if;
        return found_embedding;
    end if;
    begin
        found_embedding := embed_query(query, model_name);
    exception when others then
        raise warning using message = format('the query was not embedded: %s', sqlerrm),
            hint = 'the answer is lexical only; see the server''s log, or pass query_embedding';
        return null;
    end;
    if writable and pg_try_advisory_xact_lock(1886872437, hashtext(hash::text)) then
        insert into query_embedding_cache (model_version_id, query_hash, embedding)
            values (wanted, hash, found_embedding)
        on conflict (model_version_id, query_hash) do nothing;
        if random() < 0.004 then
            perform prune_query_embeddings();
        end if;
    end if;
    return found_embedding;
end
$$;
comment on function query_embedding_for(text, int) is
'The embedding of a query from the cache or computed in the server; null where the server can''t.';
revoke all on function query_embedding_for(text, int) from public;
