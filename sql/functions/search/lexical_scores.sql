-- BM25 of every chunk in some repositories, as one dense vector a block of 8,192 slots: the blocks of the query's
-- terms are added up in C by pgvector, which costs the same for frequent and rare terms and is exact. scores is null
-- where no term occurs. mean and deviation are over all chunks, those that score 0 too. With a standard they are its
-- own, or, where it has none yet, this database's share: means and mean squares of all databases add up to those of
-- all.
create or replace function lexical_scores(
    terms text [], repositories int [], level smallint, standard lexical_standard default null,
    out blocks int [], out scores vector [], out bound float8, out mean float8, out deviation float8
)
language plpgsql stable
as $$
declare
    chunks numeric;
    matched text [];
    weights real [];
begin
    chunks := coalesce(standard.chunks, (
        select sum(s.chunk_count) from codesearch.lexical_statistic s
        where s.repository_id = any(repositories) and s.level = lexical_scores.level));

    -- The idf that was counted for all repositories, while it is as good as exact: most rows have it multiplied in.
    select array_agg(i.term), array_agg(coalesce(c.idf, i.idf)) into matched, weights
    from codesearch.term_idf(terms, repositories, lexical_scores.level, standard) i
    left join codesearch.shared_idf c
        on standard.level is null and c.level = lexical_scores.level and c.term = i.term
            and abs(c.idf - i.idf) < 0.05;
    if matched is null then
        return;
    end if;
    bound := (select sum(w) from unnest(weights) w);

    select coalesce(array_agg(b.block), '{}'), coalesce(array_agg(b.score), '{}') into blocks, scores
    from (select p.block,
                 sum(case when p.weight = q.weight then p.impacts::vector
                     else p.impacts::vector * codesearch.constant_vector(q.weight / p.weight) end) as score
          from unnest(matched, weights) as q(term, weight)
          join codesearch.posting p
            on p.repository_id = any(repositories) and p.level = lexical_scores.level and p.term = q.term
          group by p.block) b;

    mean := standard.mean;
    deviation := standard.deviation;
    if mean is null then
        select coalesce(sum(-(s <#> ones)), 0) / chunks,
            sqrt(greatest(coalesce(sum(-(s <#> s)), 0) / chunks::float8
                - (coalesce(sum(-(s <#> ones)), 0) / chunks::float8) ^ 2, 1e-12))
        into mean, deviation
        from unnest(scores) s, (select codesearch.constant_vector(1) as ones offset 0) o;
    end if;
end
$$;
comment on function lexical_scores(text [], int [], smallint, lexical_standard) is
'BM25 of every chunk in some repositories, as one dense vector for each block of 8,192 slots.';
