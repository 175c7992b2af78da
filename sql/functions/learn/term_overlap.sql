-- The share of terms that two chunks have in common (Jaccard); 1 where both have none. Terms are sets of stems: a copy
-- with other formatting, comments or argument order stays near 1, two functions of one module are mostly below 0.5.
create or replace function term_overlap(one text [], other text []) returns float8
language sql immutable parallel safe
as $$
    select coalesce(count(*) filter (where t.places = 2)::float8 / nullif(count(*), 0), 1)
    from (select count(*) as places
          from (select distinct unnest(one) as term union all select distinct unnest(other)) b group by b.term) t
$$;
comment on function term_overlap(text [], text []) is 'The share of terms that two chunks have in common (Jaccard).';
