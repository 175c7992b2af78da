-- What happens when a shard does not answer.

create or replace function ping_shard(shard_number int) returns int
language plproxy
as $$
    cluster 'codesearch_shards';
    run on shard_number;
    select 1;
$$;
comment on function ping_shard(int) is 'Whether a shard answers.';

-- What to do about an error of a question to shards. An error that is a shard's own answer is raised as the shard has
-- said it. Shards that are away are left out for a moment, for the question to be asked again; where only all may
-- answer, or none is left to ask, that is an error.
create or replace function settle_failure(state text, message text, hint text) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    -- PL/Proxy says whose error it is, before what it is.
    answered text := substring(message from '^[^:]*: \[[^]]*\] REMOTE ERROR: (.*)$');
    numbers int [];
    gone int [] := '{}';
    names text;
    number int;
    reason text;
begin
    if answered is not null and left(state, 2) not in ('08', '57') then
        raise exception using errcode = state, message = answered, hint = coalesce(nullif(hint, ''), '');
    elsif state ~ '^(CS|22|23|42)' then
        raise exception using errcode = state, message = message, hint = coalesce(nullif(hint, ''), '');
    end if;
    numbers := all_shards();
    foreach number in array numbers loop
        begin
            perform ping_shard(number);
        exception when others then
            gone := gone || number;
            reason := sqlerrm;
        end;
    end loop;
    if gone = '{}' then
        -- A connection that had died is made anew by the next question; once.
        if current_setting('codesearch.asked_again', true) = 'on' then
            perform set_config('codesearch.asked_again', 'off', true);
            raise exception using errcode = state, message = message, hint = coalesce(nullif(hint, ''), '');
        end if;
        perform set_config('codesearch.asked_again', 'on', true);
        return;
    end if;
    names := shard_names(gone);
    -- A question that goes to one that is known to be away is for that one alone.
    if gone <@ away_shards() or not answers_partially() or cardinality(gone) = cardinality(numbers) then
        raise exception using errcode = 'CS019', message = format('shard %s does not answer', names),
            detail = reason,
            hint = 'pgcodesearch shards status says more; set codesearch.partial = on answers without it';
    end if;
    perform set_config('codesearch.away', array_to_string(
        array(select format('%s:%s', n, extract(epoch from clock_timestamp()) + setting_number('shards.away_seconds'))
              from unnest(gone) n)
        || nullif(current_setting('codesearch.away', true), ''), ','), false);
end
$$;
comment on function settle_failure(text, text, text) is 'What to do about an error of a question to shards.';

-- Says of an answer of all shards that some of them have not answered, once a statement.
create or replace function say_partial(address text) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    away int [] := away_shards();
    now_asked text := statement_timestamp()::text;
begin
    if address is null and away <> '{}'
        and current_setting('codesearch.said_partial', true) is distinct from now_asked then
        perform set_config('codesearch.said_partial', now_asked, false);
        raise warning using errcode = 'CS019',
            message = format('the answer is partial: shard %s does not answer', shard_names(away)),
            hint = 'set codesearch.partial = off makes it an error';
    end if;
end
$$;
comment on function say_partial(text) is
'Says of an answer of all shards that some of them have not answered.';

create or replace function all_shards() returns int []
language sql stable security definer
set search_path from current
as $$
    select coalesce(array_agg(s.shard_number order by s.shard_number), '{}') from shard s
$$;
comment on function all_shards() is 'The numbers of all shards.';
revoke all on function all_shards() from public;

create or replace function shard_names(numbers int []) returns text
language sql stable security definer
set search_path from current
as $$
    select string_agg(s.name, ', ' order by s.shard_number) from shard s where s.shard_number = any(numbers)
$$;
comment on function shard_names(int []) is 'The names of shards.';
revoke all on function shard_names(int []) from public;
