-- Logs what a search of several shards showed of this one. Takes what log_query takes, the model by its name.
create or replace function shard_log(
    query text, k int, address text, path text, language text, kind text, mode text, model text, hits hit [],
    session text, surest float8
)
returns setof bigint
language plpgsql volatile
set search_path from current
as $$
declare
    own hit [] := array(select row(h.*)::hit from unnest(hits) h
        where exists (select from chunk c where c.chunk_id = h.chunk_id) order by h.rank);
begin
    if cardinality(own) > 0 then
        return next log_query(query, k, address, path, language, kind, mode, resolve_model(model), own,
            clock_timestamp(), session, surest);
    end if;
end
$$;
comment on function shard_log(
    text, int, text, text, text, text, text, text, hit [], text, float8
) is 'Logs what a search of several shards showed of this one.';
