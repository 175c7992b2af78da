-- The two legs alone, fused by plain reciprocal rank fusion: no signals, no log. What benchmarks compare with other
-- engines.
create or replace function fused_legs(
    query text, k int default 10, repository text default null, query_embedding halfvec default null,
        candidates int default 50
)
returns table (rank int, chunk_id bigint, score float8)
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    scope search_scope := scope_of(fused_legs.repository);
    model_id int := resolve_model(null);
    blocks int [];
    scores vector [];
    bound float8;
    found_lexical bigint [];
    found_near bigint [];
begin
    select l.blocks, l.scores, l.bound into blocks, scores, bound
    from lexical_scores(query_terms(query), scope.repositories, 0::smallint) l;
    if blocks is not null then
        select (array_agg(c.chunk_id order by t.score desc, c.chunk_id))[:candidates] into found_lexical
        from lexical_top(blocks, scores, bound, candidates) t
        join searched_chunks(scope.branches) c on c.slot = t.slot;
    end if;
    if query_embedding is not null then
        found_near := (select v.chunk_ids from vector_candidates(model_id, query_embedding, candidates, scope,
            case when not scope.everything then allowed_chunks(scope, '{"level": 0}') end, false, null) v);
    end if;
    return query
    select row_number() over (order by sum(1.0 / (60 + u.place)) desc, u.id)::int, u.id,
        sum(1.0 / (60 + u.place))::float8
    from (select * from unnest(found_lexical) with ordinality as x(id, place)
          union all
          select * from unnest(found_near) with ordinality as y(id, place)) u
    group by u.id
    order by 1
    limit k;
end
$$;
comment on function fused_legs(text, int, text, halfvec, int) is
'The two legs alone, fused by plain reciprocal rank fusion, for benchmarks.';
