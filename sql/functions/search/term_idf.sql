-- The terms that occur in some repositories, with their inverse document frequency. For one that shares files with a base (sharing)
-- it is the base's, which is multiplied into the base's rows already; that of a term that the base lacks is of both. Without a
-- search_path of its own, so that the planner sees through it.
create or replace function term_idf(terms text [], repositories int [], level smallint, sharing int default null)
returns table (term text, idf real)
language sql stable rows 10
as $$
    select d.term, case when d.base_frequency > 0 then codesearch.bm25_idf(n.base_chunks, d.base_frequency)
                   else codesearch.bm25_idf(n.chunks, d.frequency) end
    from (select p.term, sum(p.chunk_count) as frequency,
                 sum(p.chunk_count) filter (where p.repository_id is distinct from sharing) as base_frequency
          from codesearch.posting p
          where p.repository_id = any(repositories) and p.level = term_idf.level and p.term = any(terms)
          group by p.term having sum(p.chunk_count) > 0) d,
         (select sum(s.chunk_count) as chunks, sum(s.chunk_count) filter (where s.repository_id is distinct from sharing) as base_chunks
          from codesearch.lexical_statistic s
          where s.repository_id = any(repositories) and s.level = term_idf.level) n
$$;
comment on function term_idf(text [], int [], smallint, int) is
'The terms that occur in some repositories, with their inverse document frequency.';
