-- Keeps the hits of a search for the next that asks the same. The snapshot is one from before they were found. Not of a
-- search that took minutes: prune_answers counts on it. The first hit is marked, which log_query looks for. A reader
-- may call it with anything: it answers the asking role alone, is bounded in size, and a snapshot of another time is
-- not taken, because changes are kept for the oldest.
create or replace function keep_answer(key uuid, snapshot pg_snapshot, hits hit [], started timestamptz) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    newest bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
begin
    if coalesce(cardinality(hits), 0) not between 1 and 200 or current_setting('transaction_read_only')::boolean
       or started is null or clock_timestamp() - started not between interval '0' and interval '10 minutes'
       or pg_snapshot_xmax(snapshot)::text::bigint > newest
           or pg_snapshot_xmin(snapshot)::text::bigint < newest - 10000000 then
        return;
    end if;
    insert into result_cache (answer_key, answered_for, snapshot, hits)
    select key, asking_role(), keep_answer.snapshot,
           array_agg(row(h.rank, h.chunk_id, h.repository_id, h.content_hash, h.score, h.lexical_rank, h.vector_rank,
               h.focus_line,
                         jsonb_build_object('query_class', left(h.features ->> 'query_class', 20), 'confidence',
                             case when jsonb_typeof(h.features -> 'confidence') = 'number'
                                 then (h.features ->> 'confidence')::float8 end)
                         || case when h.place = 1 then '{"kept": true}' else '{}' end::jsonb)::hit order by h.place)
    from unnest(keep_answer.hits) with ordinality
        as h(rank, chunk_id, repository_id, content_hash, score, lexical_rank, vector_rank, focus_line, features,
            place);
    if random() < 0.004 then
        perform prune_answers();
    end if;
end
$$;
comment on function keep_answer(uuid, pg_snapshot, hit [], timestamptz) is
'Keeps the hits of a search for the next that asks the same.';
revoke all on function keep_answer(uuid, pg_snapshot, hit [], timestamptz) from public;
