-- Keeps the hits of a search for the next that asks the same. The snapshot is one from before they were found. Not of a
-- search that took minutes: prune_answers counts on it. The first hit is marked, which log_query looks for.
create or replace function keep_answer(key uuid, snapshot pg_snapshot, hits hit [], started timestamptz) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    first_hit hit := hits[1];
begin
    if hits = '{}' or current_setting('transaction_read_only')::boolean or clock_timestamp() - started > interval '10 minutes' then
        return;
    end if;
    first_hit.features := first_hit.features || '{"kept": true}';
    hits[1] := first_hit;
    insert into result_cache (answer_key, answered_for, snapshot, hits) values (key, asking_role(), keep_answer.snapshot, keep_answer.hits);
    if random() < 0.004 then
        perform prune_answers();
    end if;
end
$$;
comment on function keep_answer(uuid, pg_snapshot, hit [], timestamptz) is 'Keeps the hits of a search for the next that asks the same.';
revoke all on function keep_answer(uuid, pg_snapshot, hit [], timestamptz) from public;
