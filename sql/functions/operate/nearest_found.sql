-- How many of the ten nearest vectors are among the first so many in another order, for each length of list, and how
-- many there were to find. A vector as near as the tenth counts as found, so that equal texts are no loss.
create or replace function nearest_found(
    model_version_id int, query_embedding halfvec, expression text, lengths int [], out near_counts int [],
    out possible int
)
language plpgsql volatile
set search_path from current
as $$
begin
    execute format(
        'with nearest as materialized (
             select max(t.distance) as farthest, count(*)::int as total
             from (select e.embedding <=> $1 as distance from %1$s e order by (e.embedding <=> $1) + 0 limit 10) t
         ), read as materialized (
             select l.distance, row_number() over () as place
             from (select e.embedding <=> $1 as distance from %1$s e order by %2$s limit %3$s) l)
         select array(select least(n.total, (select count(*) from read r
                                             where r.place <= u.length and r.distance <= n.farthest + 1e-6))
                      from unnest($2) with ordinality as u(length, nth) order by u.nth)::int [], n.total
         from nearest n', embedding_table(model_version_id), expression, (select max(l) from unnest(lengths) l))
    into near_counts, possible using query_embedding, lengths;
end
$$;
comment on function nearest_found(int, halfvec, text, int []) is
'How many of the ten nearest vectors are among the first so many in another order.';
revoke all on function nearest_found(int, halfvec, text, int []) from public;
