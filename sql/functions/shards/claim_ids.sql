-- Gives this database the numbers of a shard: what it numbers from now on, no other shard does, and the number says the
-- shard (shard_of_id). A database that has chunks can only be the first.
create or replace function claim_ids(shard_number int) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    first_id bigint := (shard_number::bigint << 40) + 1;
    item record;
    highest bigint;
begin
    for item in
        select * from (values ('chunk', 'chunk_id'), ('file_version', 'version_id'), ('query_log', 'query_id'))
            as i(relation, id)
    loop
        execute format('select max(%I) from codesearch.%I', item.id, item.relation) into highest;
        if highest is not null and highest >> 40 <> claim_ids.shard_number then
            raise exception using errcode = 'CS019',
                message = format('this database has rows that are numbered as those of shard %s are', highest >> 40),
                hint = 'only the first shard may have been used before; add an empty database and move repositories';
        elsif highest is null then
            execute format('alter table codesearch.%I alter column %I restart with %s', item.relation, item.id,
                first_id);
        end if;
    end loop;
end
$$;
comment on function claim_ids(int) is 'Gives this database the numbers of a shard.';
revoke all on function claim_ids(int) from public;
