-- What a first pass by bits would find of the ten nearest vectors, by how many are read for each that is kept: what to
-- know before an index of bits is built. All vectors are compared, so an index finds no more. read is what a search
-- reads then.
create or replace function measure_first_pass(
    model_version_id int, samples int default null, overfetches float8 [] default '{1,2,4,8,16}'
)
returns table (overfetch float8, read int, recall float8, sample_count int, sampled_from text)
language plpgsql volatile rows 5
set search_path from current
set jit = off
as $$
#variable_conflict use_column
declare
    wanted int := measure_first_pass.model_version_id;
    kept float8 := setting_number('search.candidates') * setting_number('vector.overfetch');
    lengths int [] := array(select ceil(kept * o) from unnest(overfetches) with ordinality as u(o, nth) order by nth);
    -- Something added: no index gives this order.
    expression text := format('(%s) + 0', (select v.expression from vector_order(wanted, first_pass => 'bit') v));
    sampled record;
begin
    select * into sampled from recall_queries(wanted, coalesce(samples,
        setting_number('maintenance.recall_samples')::int));
    return query
    select overfetches [u.nth], u.length, sum(u.near)::float8 / nullif(sum(f.possible), 0),
           cardinality(sampled.embeddings), sampled.sampled_from
    from unnest(sampled.embeddings) as q(embedding)
    cross join lateral nearest_found(wanted, q.embedding, expression, lengths) f
    cross join lateral unnest(lengths, f.near_counts) with ordinality as u(length, near, nth)
    group by u.nth, u.length
    order by u.nth;
end
$$;
comment on function measure_first_pass(int, int, float8 []) is
'What a first pass by bits would find of the ten nearest vectors, by how many are read.';
revoke all on function measure_first_pass(int, int, float8 []) from public;
