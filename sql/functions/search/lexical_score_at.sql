-- Reads the BM25 of given slots out of lexical_scores: by subscripts, because a join would copy every block.
create or replace function lexical_score_at(blocks int [], scores vector [], slots bigint [])
returns table (slot bigint, score float8)
language sql stable rows 100
as $$
    select p.slot, -(subvector(scores[p.place], (p.slot % 8192 + 1)::int, 1) <#> '[1]')
    from (select s.slot, array_position(blocks, (s.slot / 8192)::int) as place from unnest(slots) as s(slot) offset 0) p
    where p.place is not null
$$;
comment on function lexical_score_at(int [], vector [], bigint []) is
'Reads the BM25 of given slots out of lexical_scores.';
