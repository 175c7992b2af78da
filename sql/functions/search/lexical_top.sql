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
    passed float8;
    cut vector;
    -- Which slots of each block are over the threshold.
    over bit varying [];
    -- Early probes look at a sample of the blocks, and their counts are scaled up.
    step int := greatest(cardinality(scores) / 3, 1);
    sample vector [] := array(select s from unnest(scores) with ordinality as u(s, n) where n % step = 0);
    share float8 := cardinality(sample)::float8 / greatest(cardinality(scores), 1);
    sampling boolean := step > 1;
    least_share float8 := case when step > 1 then 1.3 else 1 end;
begin
    if cardinality(scores) = 0 then
        return;
    end if;
    for probe in 1 .. 20 loop
        cut := codesearch.constant_vector(threshold);
        if sampling then
            select sum(bit_count(binary_quantize(s - cut))) / share into passed from unnest(sample) s;
        else
            select sum(bit_count(q.bits)), array_agg(q.bits) into passed, over
            from (select binary_quantize(s - cut) as bits from unnest(scores) s offset 0) q;
        end if;
        if (passed >= wanted * least_share and passed <= 4 * wanted)
           or (passed < wanted and threshold <= 1e-6) or (sampling and probe > 4) then
            exit when not sampling;
            -- The sample's threshold is the first probe of all blocks.
            sampling := false;
            least_share := 1;
            low := 1e-6;
            high := bound;
            low_count := null;
            high_count := 1;
            continue;
        end if;
        if passed < wanted then
            high := threshold;
            high_count := greatest(passed, 1);
        else
            low := threshold;
            low_count := passed;
        end if;
        exit when high - low < bound * 1e-5 and passed >= wanted and not sampling;
        -- The first probes below may pass too few: the floor itself is the last resort.
        if low_count is null then
            threshold := case when threshold < bound * 0.1 then 1e-6 else threshold * 0.7 end;
        else
            threshold := low + (high - low) * greatest(0.08, least(0.92,
                (ln(low_count) - ln(1.8 * wanted)) / greatest(ln(low_count) - ln(high_count), 1e-9)));
            if high - low < bound * 1e-5 then
                threshold := low;
            end if;
        end if;
    end loop;
    if passed < wanted and threshold > 1e-6 then
        -- Two groups of scores far apart, with nothing between: the probes found no threshold that splits them.
        cut := codesearch.constant_vector(case when low_count is null or sampling then 1e-6 else low end);
        over := array(select binary_quantize(s - cut) from unnest(scores) s);
    end if;

    -- One element at a time: a cast of the whole vector to an array costs more than all else here.
    return query
    select b.block * 8192::bigint + p.place - 1, -(subvector(scores[b.n], p.place, 1) <#> '[1]')
    from (select u.block, u.n, u.bits::text as bits
          from unnest(blocks, over) with ordinality as u(block, bits, n)
          where bit_count(u.bits) > 0
          offset 0) b,
         lateral (select sum(length(piece) + 1) over (rows unbounded preceding)::int as place
                  from string_to_table(b.bits, '1') piece) p
    where p.place <= 8192
    order by 2 desc, 1
    limit wanted;
end
$$;
comment on function lexical_top(int [], vector [], float8, int) is
'The best slots of lexical_scores, with their exact BM25.';
