-- The terms that occur in some repositories, with their inverse document frequency. For one that shares files with a base (sharing)
-- it is the base's, which is multiplied into the base's rows already; a term that the base lacks has the repository's own. Without a
-- search_path of its own, so that the planner sees through it.
create or replace function term_idf(terms text [], repositories int [], level smallint, sharing int default null)
returns table (term text, idf real)
language sql stable rows 10
as $$
    select d.term, codesearch.bm25_idf(
        (select coalesce(nullif(sum(s.chunk_count) filter (where s.repository_id is distinct from sharing), 0), sum(s.chunk_count))
         from codesearch.lexical_statistic s
         where s.repository_id = any(repositories) and s.level = term_idf.level), d.frequency)
    from (select p.term, coalesce(nullif(sum(p.chunk_count) filter (where p.repository_id is distinct from sharing), 0),
                                  sum(p.chunk_count)) as frequency
          from codesearch.posting p
          where p.repository_id = any(repositories) and p.level = term_idf.level and p.term = any(terms)
          group by p.term having sum(p.chunk_count) > 0) d
$$;
comment on function term_idf(text [], int [], smallint, int) is
'The terms that occur in some repositories, with their inverse document frequency.';
