-- Counts anew what terms in 32 rows of the inverted index or more weigh over all repositories, where these have enough
-- blocks for that and a quarter more or fewer chunks than the last time. Repositories folded before are folded anew by
-- refresh_lexical_index. Not under row-level security: it would tell of all repositories. Returns whether it did.
-- The caller is the one run of maintenance.
create or replace function count_shared_idf() returns boolean
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    many constant int := 32;
begin
    if exists (select from row_level_security) then
        return false;
    end if;
    perform from (select level, sum(chunk_count) as chunks,
                         count(distinct repository_id) + sum(chunk_count) / 8192 as most_rows
                  from lexical_statistic group by level) n
    left join (select level, max(chunk_count) as chunks from shared_idf group by level) s on s.level = n.level
    where n.most_rows >= many and n.chunks > 0 and (s.chunks is null or abs(ln(n.chunks / s.chunks)) > ln(1.25));
    if not found then
        return false;
    end if;
    delete from shared_idf;
    insert into shared_idf (level, term, idf, chunk_count)
    select p.level, p.term, bm25_idf(n.chunks, sum(p.chunk_count)), n.chunks
    from posting p
    join (select level, sum(chunk_count) as chunks from lexical_statistic group by level) n on n.level = p.level
    group by p.level, p.term, n.chunks having count(*) >= many and sum(p.chunk_count) > 0;
    return true;
end
$$;
comment on function count_shared_idf() is
'Counts anew what terms in many rows of the inverted index weigh over all repositories, where that has changed.';
revoke all on function count_shared_idf() from public;
