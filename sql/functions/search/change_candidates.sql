-- The commits nearest to a query: by BM25 of their messages, names and paths, and by the exact cosine of their vectors;
-- each with what both say, so that fusion never guesses. allowed: those that pass the filters, null for all that the
-- branches reach.
create or replace function change_candidates(
    terms text [], query_embedding halfvec, model_version_id int, scope search_scope, allowed bigint [], wanted int
)
returns table (commit_id bigint, lexical_z float8, lexical_rank int, cosine float8, vector_rank int)
language plpgsql stable rows 150
set search_path from current
as $$
#variable_conflict use_column
declare
    words record;
    slots bigint [];
    by_words bigint [];
    by_vector bigint [];
    ids bigint [];
    fetched int := wanted;
    reached int8multirange := (select range_agg(b.commits) from branch_history b
        where b.branch_id = any(scope.branches));
begin
    select l.* into words from lexical_scores(terms, scope.repositories, 2::smallint) l;
    if words.blocks is not null and allowed is not null then
        by_words := array(select s.slot from lexical_score_at(words.blocks, words.scores, allowed) s
                          where s.score > 1e-6 order by s.score desc, s.slot desc limit wanted);
    elsif words.blocks is not null then
        loop
            slots := array(select t.slot from lexical_top(words.blocks, words.scores, words.bound, fetched) t);
            by_words := array(select u.slot from unnest(slots) with ordinality as u(slot, place)
                              join searched_commits(scope) c on c.commit_id = u.slot
                              order by u.place limit wanted);
            exit when cardinality(by_words) >= wanted or cardinality(slots) < fetched;
            fetched := fetched * 8;
        end loop;
    end if;
    if query_embedding is not null then
        by_vector := array(
            select e.commit_id from commit_embedding e
            where e.model_version_id = change_candidates.model_version_id
              and e.repository_id = any(scope.repositories)
              and (allowed is null or e.commit_id = any(allowed))
              and reached @> e.commit_id
            order by e.embedding <=> query_embedding, e.commit_id desc limit wanted);
    end if;
    ids := array(select unnest(by_words) union select unnest(by_vector));
    return query
    select u.id, (coalesce(s.score, 0) - words.mean) / nullif(words.deviation, 0), w.place::int,
           1 - (e.embedding <=> query_embedding), v.place::int
    from unnest(ids) u(id)
    left join unnest(by_words) with ordinality as w(id, place) on w.id = u.id
    left join unnest(by_vector) with ordinality as v(id, place) on v.id = u.id
    left join lexical_score_at(words.blocks, words.scores, ids) s on s.slot = u.id
    left join commit_embedding e on e.commit_id = u.id and e.model_version_id = change_candidates.model_version_id;
end
$$;
comment on function change_candidates(text [], halfvec, int, search_scope, bigint [], int) is
'The commits nearest to a query by words and by vectors, each with what both say.';
