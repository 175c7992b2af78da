-- Refuses to write a repository that is moved to another shard: what came after its copy would be lost.
create or replace function refuse_moving(repository text) returns void
language plpgsql stable security definer
set search_path from current
as $$
declare
    moved record;
begin
    select m.state, m.shard into moved from moved_repository m
    where m.repository = refuse_moving.repository and m.state in ('leaving', 'left');
    if found then
        raise exception using errcode = 'CS019',
            message = format('repository %L %s shard %s', repository,
                case moved.state when 'left' then 'has moved to' else 'is being moved to' end, moved.shard),
            hint = 'write through the coordinator, which knows where it is';
    end if;
end
$$;
comment on function refuse_moving(text) is 'Refuses to write a repository that is moved to another shard.';
revoke all on function refuse_moving(text) from public;
