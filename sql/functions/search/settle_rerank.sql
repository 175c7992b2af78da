-- After a client asked a language model: what that took of what was reserved, and the order it gave, null where it gave
-- none. Only a permutation is kept, whatever the caller was told, and for the asking role alone.
create or replace function settle_rerank(key uuid, reserved int, used int, places int [] default null) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    most int := setting_number('rerank.max_entries');
begin
    if current_setting('transaction_read_only')::boolean then
        return;
    end if;
    update rerank_use u
    set tokens = greatest(0, u.tokens + least(greatest(coalesce(used, reserved, 0), 0), 10000000)
            - least(greatest(coalesce(reserved, 0), 0), setting_number('rerank.tokens_a_call')::int)),
        failures = u.failures + (places is null)::int
    where u.used_on = (clock_timestamp() at time zone 'UTC')::date and u.asked_by = asking_role();
    if most > 0 and key is not null and cardinality(places) between 2 and 200
       and (select array_agg(p order by p) from unnest(places) p) = array(
           select n from generate_series(1, cardinality(places)) n) then
        insert into rerank_cache (rerank_key, answered_for, places) values (key, asking_role(), settle_rerank.places);
        if random() < 0.02 then
            perform prune_reranks();
        end if;
    end if;
end
$$;
comment on function settle_rerank(uuid, int, int, int []) is
'After a language model was asked: the tokens it took and the order it gave.';
revoke all on function settle_rerank(uuid, int, int, int []) from public;
