-- How many chunks there are in each level here, and how many have each of some terms.
create or replace function shard_frequencies(terms text [], address text) returns setof lexical_standard
language plpgsql stable rows 2
set search_path from current
as $$
declare
    scope search_scope := scope_of(address);
begin
    return query
    select n.level, n.chunks, d.terms, d.frequencies, null::float8, null::float8, null::float8
    from (select s.level, sum(s.chunk_count)::numeric as chunks from lexical_statistic s
          where s.repository_id = any(scope.repositories) and s.level in (0, 1) group by s.level) n
    left join (
        select t.level, array_agg(t.term) as terms, array_agg(t.frequency) as frequencies
        from (select p.level, p.term, sum(p.chunk_count)::numeric as frequency from posting p
              where p.repository_id = any(scope.repositories) and p.level in (0, 1)
                  and p.term = any(shard_frequencies.terms)
              group by p.level, p.term having sum(p.chunk_count) > 0) t
        group by t.level) d on d.level = n.level;
end
$$;
comment on function shard_frequencies(text [], text) is
'How many chunks there are in each level here, and how many have each of some terms.';
