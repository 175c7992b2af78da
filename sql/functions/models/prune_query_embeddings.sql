-- Keeps the most recently used query embeddings of models in use, up to query_cache.max_entries; returns how many went.
-- The counts of those that go are kept, so that the hit rate stays true.
create or replace function prune_query_embeddings() returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    most int := setting_number('query_cache.max_entries');
    removed int;
begin
    with ranked as (
        select c.ctid as place, m.status not in ('active', 'candidate') as unused,
               row_number() over (order by c.used_at desc) as age_rank
        from query_embedding_cache c join model_version m on m.model_version_id = c.model_version_id),
    gone as (
        delete from query_embedding_cache
        where ctid in (select c.ctid from query_embedding_cache c
                       where c.ctid in (select r.place from ranked r
                           where r.unused or r.age_rank > most) for update skip locked)
        returning model_version_id, hits),
    counted as (
        insert into query_embedding_count as t (model_version_id, hits, misses)
        select g.model_version_id, sum(g.hits), count(*) from gone g group by g.model_version_id
        on conflict (model_version_id) do update set hits = t.hits + excluded.hits, misses = t.misses + excluded.misses)
    select count(*) into removed from gone;
    return removed;
end
$$;
comment on function prune_query_embeddings() is 'Keeps the most recently used query embeddings; returns how many went.';
revoke all on function prune_query_embeddings() from public;
