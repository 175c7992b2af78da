-- Slots for new chunks of a repository: out of blocks that several share, or from 512 chunks on, of its own. Tiny ones
-- share, because a block takes as long to add up however few chunks it has. Writers never wait for each other: one that
-- finds all that is begun in use begins another block.
create or replace function take_slots(repository_id int, wanted int) returns bigint []
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    block_slots constant int := 8192;
    own int := take_slots.repository_id;
    slots bigint [] := '{}';
    begun slot_run;
    taken int;
begin
    if coalesce((select sum(s.chunk_count) from lexical_statistic s
                 where s.repository_id = own and s.level in (0, 1)), 0) < 512 then
        return array(select nextval('chunk_slot_seq') from generate_series(1, wanted));
    end if;
    while cardinality(slots) < wanted loop
        select r.* into begun from slot_run r where r.repository_id = own order by r.end_slot
        limit 1 for update skip locked;
        if not found then
            begun.next_slot := nextval('slot_block_seq') * block_slots::bigint;
            begun.end_slot := begun.next_slot + block_slots;
            insert into slot_run values (own, begun.next_slot, begun.end_slot);
        end if;
        taken := least(wanted - cardinality(slots), begun.end_slot - begun.next_slot);
        slots := slots || array(select generate_series(begun.next_slot, begun.next_slot + taken - 1));
        if begun.next_slot + taken = begun.end_slot then
            delete from slot_run r where r.repository_id = own and r.end_slot = begun.end_slot;
        else
            update slot_run r set next_slot = begun.next_slot + taken
            where r.repository_id = own and r.end_slot = begun.end_slot;
        end if;
    end loop;
    return slots;
end
$$;
comment on function take_slots(int, int) is
'Slots for new chunks of a repository, in blocks of its own where it is large.';
revoke all on function take_slots(int, int) from public;
