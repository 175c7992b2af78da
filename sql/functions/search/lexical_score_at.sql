-- Reads the BM25 of given slots out of lexical_scores.
create or replace function lexical_score_at(blocks int [], scores vector [], slots bigint [])
returns table (slot bigint, score float8)
language sql stable rows 100
as $$
    select s.slot, -(subvector(b.score, (s.slot % 8192 + 1)::int, 1) <#> '[1]')
    from unnest(slots) as s(slot)
    join unnest(blocks, scores) as b(block, score) on b.block = s.slot / 8192
$$;
comment on function lexical_score_at(int [], vector [], bigint []) is
'Reads the BM25 of given slots out of lexical_scores.';
