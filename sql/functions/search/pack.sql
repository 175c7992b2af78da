-- The answer to a question for a reader who has room for so many tokens (token_count), and never more: the best chunks
-- whole, then the signatures of the rest; the rows' texts, one behind the other, are the answer. Of a session no code
-- is given twice, so that asking again goes on. Runs as the caller. Logged as a search that showed the code it gives.
create or replace function pack(
    query text, tokens int default 2000, repository text default null, path text default null,
    language text default null, kind text default null, mode text default 'hybrid', model text default null,
    context jsonb default null, query_embedding halfvec default null, session text default null,
    log boolean default true
)
returns setof packed_code
language plpgsql volatile rows 30
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_variable
declare
    started timestamptz := clock_timestamp();
    model_id int := resolve_model(model);
    -- More than have room, but not so many that near copies are kept.
    most int;
    hits hit [];
    answer packed_code [];
    total int;
    whole int;
    logged bigint;
begin
    perform check_pack(tokens, session, log);
    most := least(100, greatest(20, tokens / 25));
    hits := search_hits(query, most, repository, path, language, kind, mode, model_id, context, query_embedding, null);
    answer := array(select p from packed_rows(hits, case when session is null then '{}'
        else session_contents(session) end, repository, tokens) p);
    select coalesce(sum(a.tokens), 0) into total from unnest(answer) a;
    whole := file_tokens(array(select c from unnest(answer) a, unnest(a.chunk_ids) c), scope_of(repository),
        (select string_agg(a.text, '') from unnest(answer) a));
    if log then
        logged := log_query(query, most, repository, path, language, kind, mode, model_id,
            array(select h from unnest(hits) h where h.chunk_id in
                (select c from unnest(answer) a, unnest(a.chunk_ids) c where a.form = 'code')), started, session,
            packed => true);
        if logged is null and session is not null then
            raise notice 'the session remembers nothing: searches are not logged'
                using hint = 'see the setting log.enabled; a read-only transaction logs nothing';
        end if;
    end if;
    if answer = '{}' and hits <> '{}' then
        raise notice 'nothing of % hits has room in % tokens, or all was given in this session', cardinality(hits),
            tokens;
    end if;
    return query
    select a.place, a.form, a.repository, a.path, a.start_line, a.end_line, a.symbols, a.chunk_ids, a.tokens, a.text,
        total, greatest(whole - total, 0), logged
    from unnest(answer) a;
end
$$;
comment on function pack(
    text, int, text, text, text, text, text, text, jsonb, halfvec, text, boolean
) is 'The answer to a question in so many tokens: the best chunks whole, then signatures.';
