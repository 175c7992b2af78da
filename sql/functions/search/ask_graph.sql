-- The answer of the code graph, or of vectors, to a question about one symbol. A function is implemented by its own
-- definition and by what overrides it, a type by what inherits from it.
create or replace function ask_graph(intent text, subject text, k int, repository text) returns setof answered_place
language plpgsql volatile rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    -- Rows are chunks, and a chunk may use a symbol on several lines.
    lines int := least(10 * ask_graph.k, setting_number('search.max_results')::int);
begin
    if ask_graph.intent = 'usages' then
        return query
        select * from answered_places(
            -- An import alone does nothing with it.
            array(select u::code_place from find_usages(ask_graph.subject, lines, ask_graph.repository) u
                  order by u.kind = 'import', u.confidence desc, cardinality(path_flags(u.path)), u.repository, u.path,
                      u.line),
            'usages', null, ask_graph.subject) limit ask_graph.k;
    elsif ask_graph.intent in ('definition', 'implementation') then
        return query
        select * from answered_places(
            array(select d from find_definition(ask_graph.subject, ask_graph.k, ask_graph.repository) d
                  where ask_graph.intent = 'definition' or d.kind in ('function', 'method')),
            ask_graph.intent, 'definition', ask_graph.subject);
        if ask_graph.intent = 'implementation' then
            return query
            select * from answered_places(
                array(select i from find_implementations(ask_graph.subject, ask_graph.k, ask_graph.repository) i),
                'implementation', 'implementation', ask_graph.subject);
        end if;
    elsif ask_graph.intent = 'similar' then
        return query
        select s.rank, 'similar', s.repository, s.path, s.start_line, s.end_line, s.chunk_id, 'similar', s.symbol,
               s.snippet, '{}'::int [], 'is like ' || t.symbol,
               case when s.vector_rank is not null then s.score end, null::bigint
        from (select g.chunk_id, g.symbol from impact_targets(ask_graph.subject, scope_of(ask_graph.repository)) g
              where g.chunk_id is not null order by g.confidence desc, g.path, g.line limit 1) t
        cross join lateral find_similar(t.chunk_id, ask_graph.k, ask_graph.repository) s;
    elsif ask_graph.intent = 'impact' then
        return query select * from impact(ask_graph.subject, ask_graph.k, ask_graph.repository);
    end if;
end
$$;
comment on function ask_graph(text, text, int, text) is
'The answer of the code graph, or of vectors, to a question about one symbol.';
