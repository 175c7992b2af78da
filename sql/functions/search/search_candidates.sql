-- The candidates of both legs and of the symbol look-up, each with its exact BM25, whichever found it, so that fusion
-- never guesses; candidate_features does the same with distances. vector_rank and lexical_rank are the ranks a leg
-- gave. Where several repositories are searched, a chunk whose whole text an older chunk of another one has is left
-- out: it would take the place of another answer.
create or replace function search_candidates(
    asked query_parts, query_embedding halfvec, model_version_id int, mode text, scope search_scope,
    filters jsonb, wanted int
)
returns setof search_candidate
language plpgsql stable rows 150
set search_path from current
as $$
declare
    wanted_level smallint := (filters ->> 'level')::smallint;
    narrowed boolean := filters - 'level' <> '{}';
    blocks int [];
    scores vector [];
    bound float8;
    mean float8;
    deviation float8;
    allowed bigint [];
    exact boolean := mode = 'exact';
    lexical_slots bigint [];
    lexical_ids bigint [];
    near_ids bigint [];
    near float8 [];
    standard lexical_standard := (select s from unnest(scope.standards) s where s.level = wanted_level);
    named bigint [];
    everything bigint [];
    fetched int;
    copies bigint [] := '{}';
    several boolean := cardinality(scope.repositories) > 1;
    -- Mode pipeline recalls widely by words and keeps what is nearest by vector.
    recalled int := case when mode = 'pipeline' then greatest(wanted, setting_number('pipeline.recall')::int)
        else wanted end;
begin
    if narrowed or not scope.everything then
        allowed := allowed_chunks(scope, filters);
        if several and allowed is not null then
            allowed := array(select a.id from unnest(allowed) a(id) except select o.id
                from unnest(copied_chunks(allowed, scope)) o(id));
        end if;
    end if;

    if mode <> 'vector' and mode <> 'exact' and cardinality(asked.terms) > 0 then
        select l.blocks, l.scores, l.bound, l.mean, l.deviation into blocks, scores, bound, mean, deviation
        from lexical_scores(asked.terms, scope.repositories, wanted_level, standard) l;
    end if;
    if blocks is not null then
        -- The scores are of the repositories that are searched: only a filter needs a look at each allowed chunk.
        if narrowed and allowed is not null then
            select array_agg(s.chunk_id) into lexical_ids
            from (select c.chunk_id from chunk c
                  join lexical_score_at(blocks, scores,
                      array(select x.slot from chunk x where x.chunk_id = any(allowed))) l on l.slot = c.slot
                  where l.score > 1e-6 order by l.score desc, c.chunk_id limit recalled) s;
        else
            fetched := recalled;
            loop
                lexical_slots := array(select t.slot from lexical_top(blocks, scores, bound, fetched) t);
                if several then
                    copies := copied_chunks(array(select c.chunk_id from chunk c where c.slot = any(lexical_slots)),
                        scope);
                end if;
                select array_agg(s.chunk_id order by s.place) into lexical_ids
                from (select c.chunk_id, u.place
                      from unnest(lexical_slots) with ordinality as u(slot, place)
                      join searched_chunks(scope.branches, case when narrowed then filters end) c on c.slot = u.slot
                      where c.repository_id = any(scope.repositories) and c.chunk_id <> all(copies)
                      order by u.place limit recalled) s;
                exit when coalesce(cardinality(lexical_ids), 0) >= recalled or cardinality(lexical_slots) < fetched;
                fetched := fetched * 8;
            end loop;
        end if;
    end if;

    if mode <> 'lexical' and query_embedding is not null then
        select v.chunk_ids, v.distances into near_ids, near
        from vector_candidates(model_version_id, query_embedding, wanted, scope,
                               case when mode = 'pipeline' then coalesce(lexical_ids, '{}') else allowed end, exact,
                               case when narrowed then filters end) v;
    end if;

    if mode not in ('vector', 'exact') then
        named := named_chunks(asked, scope, filters, wanted);
    end if;
    everything := array(select distinct u.id
        from unnest(case when mode = 'pipeline' then near_ids else lexical_ids || near_ids end || named) as u(id)
                        where u.id is not null);
    if several then
        copies := copied_chunks(everything, scope);
        everything := array(select id from unnest(everything) u(id) where id <> all(copies));
    end if;

    return query
    select c.chunk_id, c.version_id, s.score,
           case when blocks is null then null else (coalesce(s.score, 0) - mean) / deviation end,
           l.place::int, v.place::int, v.distance, coalesce(c.chunk_id = any(named), false)
    from chunk c
    left join unnest(lexical_ids) with ordinality as l(id, place) on l.id = c.chunk_id
    left join unnest(near_ids, near) with ordinality as v(id, distance, place) on v.id = c.chunk_id
    left join lateral lexical_score_at(blocks, scores, array[c.slot]) s on true
    where c.chunk_id = any(everything) and c.level = wanted_level;
end
$$;
comment on function search_candidates(query_parts, halfvec, int, text, search_scope, jsonb, int) is
'The candidates of both legs and of the symbol look-up, each with its exact BM25.';
