-- Appends chunks that enter or leave to the inverted index, as one part: rows are only ever inserted, so that writers
-- never wait for each other or deadlock over frequent terms. Impacts use the repository's pinned average length
-- (lexical_norm), so that what is taken out is exactly what was put in.
create or replace function append_postings(changes posting_change []) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    new_part bigint := nextval('posting_part_seq');
    k1 float8 := setting_number('lexical.k1');
    b float8 := setting_number('lexical.b');
begin
    if cardinality(changes) is not distinct from 0 or changes is null then
        return;
    end if;
    insert into lexical_norm (repository_id, level, average_length, field_weights)
    select c.repository_id, c.level, greatest(avg(c.lexical_length), 1), field_weights()
    from unnest(changes) c
    where c.sign > 0
    group by c.repository_id, c.level
    order by c.repository_id, c.level
    on conflict do nothing;

    insert into lexical_statistic (repository_id, level, part, chunk_count, total_length)
    select c.repository_id, c.level, new_part, sum(c.sign), sum(c.sign * c.lexical_length::float8)
    from unnest(changes) c group by c.repository_id, c.level;

    insert into posting (repository_id, level, term, block, part, chunk_count, weight, impacts)
    select c.repository_id, c.level, t.term, (c.slot / 8192)::int, new_part, sum(c.sign), 1,
           ('{' || string_agg((c.slot % 8192 + 1) || ':' ||
                              (c.sign * t.frequency
                                  / (t.frequency + k1 * (1 - b + b * c.lexical_length / n.average_length)))::real, ',')
            || '}/8192')::sparsevec
    from unnest(changes) c
    join lexical_norm n on n.repository_id = c.repository_id and n.level = c.level,
         term_weights(c.lexemes, n.field_weights) t
    where t.frequency > 0
    group by c.repository_id, c.level, t.term, (c.slot / 8192)::int;
end
$$;
comment on function append_postings(posting_change []) is
'Appends chunks that enter or leave to the inverted index, as one part.';
revoke all on function append_postings(posting_change []) from public;
