-- Queues what lacks a vector in repositories that are older than this installation: a restored dump may lack its queue,
-- which the extension's does. Once, because it reads every text; from then on whoever stores a text queues it in the
-- same transaction, and maintenance looks for what was lost. Not for a tenant, who could queue no other's, and yet say
-- that it is done.
create or replace function queue_restored_embeddings() returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    item record;
    queued int := 0;
begin
    if writes_everywhere() and exists (select from work_lock w join repository r on r.created_at < w.since
        where w.purpose = 'vectors') then
        perform hold_work_lock('vectors');
        for item in select r.repository_id from work_lock w join repository r on r.created_at < w.since
                    where w.purpose = 'vectors' order by r.repository_id loop
            queued := queued + queue_missing_embeddings(item.repository_id);
        end loop;
        update work_lock set since = '-infinity' where purpose = 'vectors';
    end if;
    return queued;
end
$$;
comment on function queue_restored_embeddings() is
'Queues what lacks a vector in a database that was restored; how many files.';
revoke all on function queue_restored_embeddings() from public;
