-- Keeps the newest orders of language models, those of each role in turn, and none older than 30 days: the same name
-- may mean another model by then. Never waits. Returns how many went.
create or replace function prune_reranks() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    most int := setting_number('rerank.max_entries');
    removed int;
begin
    delete from rerank_cache
    where rerank_id in (
        select r.rerank_id from rerank_cache r
        where r.answered_at < now() - interval '30 days'
           or r.rerank_id in (select n.rerank_id
                              from (select c.rerank_id,
                                  row_number() over (partition by c.answered_for order by c.rerank_id desc) as age
                                    from rerank_cache c) n
                              order by n.age, n.rerank_id desc offset most)
        for update skip locked);
    get diagnostics removed = row_count;
    return removed;
end
$$;
comment on function prune_reranks() is 'Keeps the newest orders of language models; returns how many went.';
revoke all on function prune_reranks() from public;
