-- Makes a repository's inverted index anew from its chunks and commits: drops the traces of deleted ones, brings
-- impacts to today's average length and field weights, and multiplies the idf in: that of all repositories where
-- shared_idf has it, else that of this one. It is multiplied as merge_postings does, in single precision, so that what
-- a later part takes out cancels to zero. The caller holds the repository's lock.
create or replace function rebuild_postings(repository_id int) returns void
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := rebuild_postings.repository_id;
    k1 float8 := setting_number('lexical.k1');
    b float8 := setting_number('lexical.b');
begin
    if exists (select from lexical_norm n where n.repository_id = wanted
        and n.field_weights is distinct from field_weights()) then
        update chunk set lexical_length = lexical_length(lexemes, field_weights()) where repository_id = wanted;
        update git_commit set lexical_length = lexical_length(lexemes, field_weights()) where repository_id = wanted;
    end if;
    drop table if exists pg_temp.term_frequency;
    create temporary table term_frequency on commit drop as
    select p.level, p.term, coalesce(i.idf, bm25_idf(n.chunks, sum(p.chunk_count))) as idf
    from posting p
    join (select level, sum(chunk_count) as chunks from lexical_statistic where repository_id = wanted group by level) n
        on n.level = p.level
    left join shared_idf i on i.level = p.level and i.term = p.term
    where p.repository_id = wanted
    group by p.level, p.term, n.chunks, i.idf having sum(p.chunk_count) > 0;
    analyze pg_temp.term_frequency;
    delete from posting where repository_id = wanted;
    delete from lexical_statistic where repository_id = wanted;
    delete from lexical_norm where repository_id = wanted;
    insert into lexical_statistic (repository_id, level, part, chunk_count, total_length)
    select wanted, c.level, 0, count(*), sum(c.lexical_length::float8) from lexical_documents(wanted) c
        group by c.level;
    insert into lexical_norm (repository_id, level, average_length, field_weights)
    select wanted, s.level, greatest(sum(s.total_length) / sum(s.chunk_count), 1), field_weights()
    from lexical_statistic s where s.repository_id = wanted group by s.level having sum(s.chunk_count) > 0;
    insert into posting (repository_id, level, term, block, part, chunk_count, weight, impacts)
    select wanted, c.level, t.term, (c.slot / 8192)::int, 0, count(*), min(coalesce(d.idf, 1)),
           ('{' || string_agg((c.slot % 8192 + 1) || ':' || (coalesce(d.idf, 1)
                * (t.frequency / (t.frequency + k1 * (1 - b + b * c.lexical_length / n.average_length)))::real), ',')
            || '}/8192')::sparsevec
    from lexical_documents(wanted) c
    join lexical_norm n on n.repository_id = wanted and n.level = c.level
    cross join lateral term_weights(c.lexemes, n.field_weights) t
    left join pg_temp.term_frequency d on d.term = t.term and d.level = c.level
    where t.frequency > 0
    group by c.level, t.term, (c.slot / 8192)::int;
end
$$;
comment on function rebuild_postings(int) is 'Makes a repository''s inverted index anew from its chunks and commits.';
revoke all on function rebuild_postings(int) from public;
