-- Keeps the newest answers of each role, as many of each as there is place for in result_cache.max_entries, and forgets
-- the changes that none of them is older than. A change goes an hour after it was first seen committed, not at once: a
-- search that began before may still keep its answer. Never waits. Returns how many answers went.
create or replace function prune_answers() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    most int := setting_number('result_cache.max_entries');
    removed int;
begin
    delete from result_cache
    where answer_id in (
        select r.answer_id from result_cache r
        where r.answered_at < now() - interval '1 day'
           or r.answer_id in (select n.answer_id
                              from (select a.answer_id,
                                  row_number() over (partition by a.answered_for order by a.answer_id desc) as age
                                    from result_cache a) n
                              order by n.age, n.answer_id desc offset most)
        for update skip locked);
    get diagnostics removed = row_count;
    delete from index_change
    where ctid in (
        select c.ctid from index_change c
        where c.settled_at < clock_timestamp() - interval '1 hour'
          and not exists (select from result_cache r where pg_snapshot_xmin(r.snapshot) <= c.transaction)
        for update skip locked);
    update index_change set settled_at = clock_timestamp()
    where ctid in (select c.ctid from index_change c where c.settled_at is null for update skip locked);
    return removed;
end
$$;
comment on function prune_answers() is 'Keeps the newest answers of the result cache; returns how many went.';
revoke all on function prune_answers() from public;
