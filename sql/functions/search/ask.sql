-- The answer to a question by the strategy that fits it, as rows of one shape. What is asked is recognised by its words
-- (query_intent), or said by intent. What is recognised and has no answer, as a word that no code has for a name, is
-- searched for like any other question; what was said by intent is not. A bare name is answered by its definitions and
-- goes on with what search finds. Runs as the caller.
create or replace function ask(
    query text, intent text default null, k int default 10, repository text default null, context jsonb default null,
    log boolean default true
)
returns setof answered_place
language plpgsql volatile rows 10
set search_path from current
as $$
#variable_conflict use_column
declare
    meant record;
    wanted text;
    found answered_place [] := '{}';
begin
    perform check_search(ask.query, ask.k, 'lexical', null, null);
    if ask.intent <> all(intents()) then
        raise exception using errcode = 'CS001', message = format('intent %L is not known', ask.intent),
            hint = 'intents: ' || array_to_string(intents(), ', ');
    end if;
    select * into meant from query_intent(ask.query);
    wanted := coalesce(ask.intent, meant.intent);
    if wanted = 'history' then
        found := array(
            select row(c.rank, 'history', c.repository, coalesce(p.code ->> 'path', c.paths [1]),
                   (p.code ->> 'start_line')::int, (p.code ->> 'end_line')::int, (p.code ->> 'chunk_id')::bigint,
                   'change', p.code ->> 'symbol', c.subject, '{}',
                   format('%s of %s by %s', left(c.hash, 10), c.authored_at::date, c.author), null,
                   null)::answered_place
            from search_changes(meant.subject, ask.k, ask.repository) c
            cross join lateral (select c.code -> 0 as code) p
            order by c.rank);
    elsif wanted <> 'general' then
        found := array(select g from ask_graph(wanted, meant.subject, ask.k, ask.repository) g);
    end if;
    if wanted = 'general' or ask.intent is null
            and (found = '{}' or meant.intent = 'definition' and trim(ask.query) = meant.subject) then
        found := found || array(
            select row(s.rank, 'general', s.repository, s.path, s.start_line, s.end_line, s.chunk_id, 'match', s.symbol,
                   s.snippet, '{}', concat_ws(', ', 'place ' || s.lexical_rank || ' by words',
                       'place ' || s.vector_rank || ' by meaning'), s.confidence, s.query_id)::answered_place
            from search(ask.query, ask.k, ask.repository, context => ask.context, log => ask.log) s
            where s.chunk_id <> all(select f.chunk_id from unnest(found) f)
            order by s.rank);
    end if;
    return query
    select f.number::int, f.intent, f.repository, f.path, f.start_line, f.end_line, f.chunk_id, f.role, f.symbol,
           f.text, f.lines, f.reason, f.confidence, f.query_id
    from unnest(found) with ordinality as f(rank, intent, repository, path, start_line, end_line, chunk_id, role,
        symbol, text, lines, reason, confidence, query_id, number)
    order by f.number limit ask.k;
end
$$;
comment on function ask(text, text, int, text, jsonb, boolean) is
'The answer to a question by the strategy that fits it: definition, usages, implementation, similar, impact, history, '
'or search.';
