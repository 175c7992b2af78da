-- Reads the BM25 of given slots out of lexical_scores.
create or replace function lexical_score_at(blocks int [], scores vector [], slots bigint [])
returns table (slot bigint, score float8)
language sql stable rows 100
as $$
    select s.slot, (b.score_array)[s.slot % 8192 + 1]::float8
    from (select z.block, z.score::real[] as score_array from unnest(blocks, scores) as z(block, score)
          where z.block in (select u / 8192 from unnest(slots) u) offset 0) b
    join unnest(slots) as s(slot) on s.slot / 8192 = b.block
$$;
comment on function lexical_score_at(int [], vector [], bigint []) is 'Reads the BM25 of given slots out of lexical_scores.';
