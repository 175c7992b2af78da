-- The terms that occur in some repositories, or in all that standard is of, with their inverse document frequency.
-- Without a search_path of its own, so that the planner sees through it.
create or replace function term_idf(
    terms text [], repositories int [], level smallint, standard lexical_standard default null
)
returns table (term text, idf real)
language sql stable rows 10
as $$
    select d.term, codesearch.bm25_idf(n.chunks, d.frequency)
    from (select p.term, sum(p.chunk_count) as frequency
          from codesearch.posting p
          where standard.level is null and p.repository_id = any(repositories) and p.level = term_idf.level
              and p.term = any(terms)
          group by p.term having sum(p.chunk_count) > 0) d,
         (select sum(s.chunk_count) as chunks
          from codesearch.lexical_statistic s
          where s.repository_id = any(repositories) and s.level = term_idf.level) n
    union all
    select g.term, codesearch.bm25_idf(standard.chunks, g.frequency)
    from unnest(standard.terms, standard.frequencies) as g(term, frequency)
$$;
comment on function term_idf(text [], int [], smallint, lexical_standard) is
'The terms that occur in some repositories, with their inverse document frequency.';
