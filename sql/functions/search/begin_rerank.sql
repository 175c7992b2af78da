-- Before a client asks a language model: the order that the model gave the asking role for the same before; else
-- whether it may be asked, and then the tokens are taken from the role's day. settle_rerank gives back what was not
-- used. A session that can't count asks only where there is no limit.
create or replace function begin_rerank(key uuid, query text, tokens int, out places int [], out refused text)
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    a_call int := setting_number('rerank.tokens_a_call');
    a_day bigint := setting_number('rerank.tokens_a_day');
    role name := asking_role();
begin
    select c.places into places from rerank_cache c
    where c.rerank_key = key and c.answered_for = role and c.answered_at > now() - interval '30 days'
    order by c.rerank_id desc limit 1;
    if places is not null then
        return;
    elsif looks_secret(query) then
        refused := 'the query looks as if it held a key or password';
    elsif begin_rerank.tokens is null or begin_rerank.tokens not between 1 and a_call then
        refused := format('it takes %s tokens, and rerank.tokens_a_call is %s', begin_rerank.tokens, a_call);
    elsif current_setting('transaction_read_only')::boolean then
        refused := case when a_day > 0 then 'a read-only session cannot count what it takes of rerank.tokens_a_day' end;
    else
        insert into rerank_use as u (used_on, asked_by, calls, tokens)
        select (clock_timestamp() at time zone 'UTC')::date, role, 1, begin_rerank.tokens
        where a_day = 0 or begin_rerank.tokens <= a_day
        on conflict (used_on, asked_by) do update set calls = u.calls + 1, tokens = u.tokens + excluded.tokens
        where a_day = 0 or u.tokens + excluded.tokens <= a_day;
        if not found then
            refused := format('the day''s tokens are used up: rerank.tokens_a_day is %s', a_day);
        end if;
    end if;
end
$$;
comment on function begin_rerank(uuid, text, int) is
'Before a language model is asked: the order it gave before, or why it may not be asked.';
revoke all on function begin_rerank(uuid, text, int) from public;
