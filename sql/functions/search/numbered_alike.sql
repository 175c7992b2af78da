-- Which of some numbers the database gave that numbered another one: the shard's in the bits from 40 on (claim_ids).
-- What a client logs has no database's number yet.
create or replace function numbered_alike(numbers bigint [], id bigint) returns bigint
language sql immutable
set search_path from current
as $$
    select n from unnest(numbers) n where n >> 40 = id >> 40 or n >= provisional_ids() limit 1
$$;
comment on function numbered_alike(bigint [], bigint) is
'Which of some numbers the database gave that numbered another one.';
