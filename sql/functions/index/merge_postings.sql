-- Folds the parts that writes appended to a repository's inverted index into the rows they belong to, and leaves every
-- other row alone: it costs what changed. Each row keeps the idf it was given (weight), a new one takes its term's:
-- what an appended part takes out is then, to the last bit, what is in the row. Returns how many rows were made anew.
-- The caller holds the repository's lock.
create or replace function merge_postings(repository_id int) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := merge_postings.repository_id;
    folded int;
begin
    -- Each step with statistics of what it reads: a plan that guesses would read the whole index for each term.
    drop table if exists pg_temp.appended_posting, pg_temp.merged_posting;
    create temporary table appended_posting on commit drop as
    select p.level, p.term, p.block from posting p where p.repository_id = wanted and p.part > 0 group by 1, 2, 3;
    analyze pg_temp.appended_posting;
    create temporary table merged_posting on commit drop as
    select a.level, a.term, a.block, m.chunk_count, coalesce(g.weight, 1) as weight, m.impacts
    from (select t.level, t.term, w.weight, constant_vector(nullif(w.weight, 1)) as factor
          from (select level, term from pg_temp.appended_posting group by 1, 2) t
          left join lateral (select p.weight from posting p
                             where p.repository_id = wanted and p.level = t.level and p.term = t.term
                                 and p.part = 0 limit 1) w on true
          offset 0) g
    join pg_temp.appended_posting a on a.level = g.level and a.term = g.term
    cross join lateral (
        select sum(p.chunk_count)::int as chunk_count,
               sum(case when p.part = 0 or g.factor is null then p.impacts::vector
                   else p.impacts::vector * g.factor end)::sparsevec(8192) as impacts
        from posting p
        where p.repository_id = wanted and p.level = a.level and p.term = a.term and p.block = a.block) m;
    analyze pg_temp.merged_posting;

    delete from posting p using pg_temp.merged_posting m
    where p.repository_id = wanted and p.level = m.level and p.term = m.term and p.block = m.block;
    insert into posting (repository_id, level, term, block, part, chunk_count, weight, impacts)
    select wanted, m.level, m.term, m.block, 0, m.chunk_count, m.weight, m.impacts
    from pg_temp.merged_posting m where m.chunk_count > 0;
    get diagnostics folded = row_count;

    with parts as (
        delete from lexical_statistic s where s.repository_id = wanted returning s.level, s.chunk_count, s.total_length)
    insert into lexical_statistic (repository_id, level, part, chunk_count, total_length)
    select wanted, p.level, 0, sum(p.chunk_count), sum(p.total_length) from parts p group by p.level;
    return folded;
end
$$;
comment on function merge_postings(int) is
'Folds the parts that writes appended to a repository''s inverted index; returns how many rows were made anew.';
revoke all on function merge_postings(int) from public;
