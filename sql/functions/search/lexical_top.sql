-- The best slots of lexical_scores: finds a threshold that between wanted and 4 x wanted chunks pass (regula falsi on
-- the logarithm of the count, counting with binary_quantize and bit_count in C), then reads just those.
create or replace function lexical_top(blocks int [], scores vector [], bound float8, wanted int)
returns table (slot bigint, score float8)
language plpgsql stable rows 100
as $$
declare
    low float8 := 1e-6;
    high float8 := bound;
    low_count float8;
    high_count float8 := 1;
    threshold float8 := bound * 0.45;
    passed bigint;
    cut vector;
begin
    for round in 1 .. 14 loop
        cut := codesearch.constant_vector(threshold);
        select sum(bit_count(binary_quantize(s - cut))) into passed from unnest(scores) s;
        exit when passed between wanted and 4 * wanted or (passed < wanted and threshold <= 1e-6);
        if passed < wanted then
            high := threshold;
            high_count := greatest(passed, 1);
        else
            low := threshold;
            low_count := passed;
        end if;
        exit when high - low < bound * 1e-5 and passed >= wanted;
        -- The first probes below may pass too few: the floor itself is the last resort.
        if low_count is null then
            threshold := case when round > 5 then 1e-6 else threshold * 0.6 end;
        else
            threshold := low + (high - low) * greatest(0.08, least(0.92,
                (ln(low_count) - ln(1.8 * wanted)) / greatest(ln(low_count) - ln(high_count), 1e-9)));
            if high - low < bound * 1e-5 then
                threshold := low;
            end if;
        end if;
    end loop;

    return query
    select b.block * 8192::bigint + p.place - 1, (b.score_array)[p.place]::float8
    from (select z.block, z.score::real[] as score_array, binary_quantize(z.score - cut)::text as bits
          from unnest(blocks, scores) as z(block, score)
          where bit_count(binary_quantize(z.score - cut)) > 0
          offset 0) b,
         lateral (select sum(length(piece) + 1) over (rows unbounded preceding)::int as place
                  from string_to_table(b.bits, '1') piece) p
    where p.place <= 8192
    order by 2 desc, 1
    limit wanted;
end
$$;
comment on function lexical_top(int [], vector [], float8, int) is 'The best slots of lexical_scores, with their exact BM25.';
