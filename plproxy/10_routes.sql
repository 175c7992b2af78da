-- Where a question goes. PL/Proxy calls these after RUN ON; they read tables that callers may not.

-- The shards that this session found away, until when it does not ask them again: the same all through a statement.
create or replace function away_shards() returns int []
language sql stable
set search_path from current
as $$
    select coalesce(array_agg(split_part(a, ':', 1)::int), '{}')
    from string_to_table(nullif(current_setting('codesearch.away', true), ''), ',') a
    where split_part(a, ':', 2)::float8 > extract(epoch from statement_timestamp())
$$;
comment on function away_shards() is 'The shards that this session found away, and does not ask for a moment.';

-- Whether what some shards answer is an answer: the setting, unless the session says otherwise.
create or replace function answers_partially() returns boolean
language sql stable
set search_path from current
as $$
    select coalesce(nullif(current_setting('codesearch.partial', true), ''),
        current_setting_value('shards.partial')::text)::boolean
$$;
comment on function answers_partially() is 'Whether what some shards answer is an answer.';

-- The shard of a repository. A name that is placed nowhere is for the first to refuse.
create or replace function shard_of(address text) returns int
language sql stable security definer
set search_path from current
as $$
    select coalesce((select p.shard_number from repository_place p
                     where p.repository = (split_address(address)).repository), 0)
$$;
comment on function shard_of(text) is 'The shard of a repository.';
revoke all on function shard_of(text) from public;

-- The shards that a question is for: the repository's own, or all, without those that are away.
create or replace function shards_of(address text) returns setof int
language plpgsql stable security definer
set search_path from current
as $$
begin
    if address is not null then
        return next shard_of(address);
    else
        return query select s.shard_number from shard s
        where s.shard_number <> all(away_shards()) or not answers_partially();
    end if;
end
$$;
comment on function shards_of(text) is 'The shards that a question is for, without those that are away.';
revoke all on function shards_of(text) from public;

-- The shard that a question for one repository is for.
create or replace function one_shard(address text) returns int
language plpgsql stable security definer
set search_path from current
as $$
begin
    if address is null and (select count(*) from shard) > 1 then
        raise exception using errcode = 'CS019', message = 'this is answered by one shard at a time',
            hint = 'name a repository';
    end if;
    return shard_of(address);
end
$$;
comment on function one_shard(text) is 'The shard that a question for one repository is for.';
revoke all on function one_shard(text) from public;

-- The shard that numbered a chunk or a search (claim_ids). A number that none gave is for the first to refuse.
create or replace function shard_of_id(id bigint) returns int
language sql stable security definer
set search_path from current
as $$
    select coalesce((select s.shard_number from shard s where s.shard_number = id >> 40), 0)
$$;
comment on function shard_of_id(bigint) is 'The shard that numbered a chunk or a search.';
revoke all on function shard_of_id(bigint) from public;

-- The shard that a repository is written in, held until the transaction ends, so that it is not moved meanwhile; a new
-- one is placed where the fewest are.
create or replace function writing_shard(address text) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    wanted text := (split_address(address)).repository;
    number int;
begin
    if coalesce(wanted, '') = '' then
        return 0;  -- for the shard to refuse
    end if;
    insert into repository_place (repository, shard_number)
    select wanted, s.shard_number from shard s
    left join repository_place p on p.shard_number = s.shard_number
    where not exists (select from repository_place o where o.repository = wanted)
    group by s.shard_number order by count(p.repository), s.shard_number limit 1
    on conflict do nothing;
    select p.shard_number into number from repository_place p where p.repository = wanted for share;
    return number;
end
$$;
comment on function writing_shard(text) is
'The shard that a repository is written in, held until the transaction ends.';
revoke all on function writing_shard(text) from public;
