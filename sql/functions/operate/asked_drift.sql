-- Whether other things are asked than before, and than was judged. The newest searches that have words, as many of each
-- role, are cut in three windows of equal size; each role has the same share of all three, so that none who asks more
-- than before shifts anything. asked_classes is the share of searches that another class has now (total variation
-- between the two newest windows); asked_words the share of words that the window before did not have, beside the same
-- of that window (baseline); asked_distance how far what is asked is from the nearest judged query, beside how far
-- judged ones are from each other (mean cosine distances of the query table's vectors). new_baseline leaves out what
-- was asked before now, from now on.
create or replace function asked_drift(model_version_id int, new_baseline boolean default false)
returns table (measure text, value float8, baseline float8, sample_count int, details jsonb)
language sql stable rows 3
set search_path from current
as $$
    with setting as materialized (
        select (s ->> 'drift.searches')::int as wanted, (s ->> 'drift.texts')::int as texts,
               (s ->> 'drift.min_judged')::int as least_judged,
               case when new_baseline then (select max(q.query_id) from query_log q)
                    else (select (d.details ->> 'since_query')::bigint from drift_measure d
                          where d.model_version_id = asked_drift.model_version_id and d.measure = 'asked_classes'
                          order by d.measured_at desc limit 1) end as since_query
        from current_settings(asked_drift.model_version_id) s
    ), asked as materialized (
        select n.asked_by, n.query, n.query_class,
               row_number() over (partition by n.asked_by order by n.query_id desc) - 1 as age,
               count(*) over (partition by n.asked_by) as own
        from (select q.* from query_log q, setting s
              where q.query_id > coalesce(s.since_query, 0) and q.query is not null
              order by q.query_id desc limit (select 4 * wanted from setting)) n
    ), windowed as materialized (
        select a.query, a.query_class, a.age / w.size as place
        from asked a cross join setting s
        cross join lateral (select greatest(1, least(a.own / 3, ceil(s.wanted::float8
            / (select count(distinct x.asked_by) from asked x))::int)) as size) w
        where a.age / w.size <= 2 and a.own >= 3
    ), size as materialized (
        select count(*)::int as searches from windowed w where w.place = 0
    ), class as (
        select w.query_class, count(*) filter (where w.place = 0)::float8 as now,
            count(*) filter (where w.place = 1)::float8 as before
        from windowed w group by w.query_class
    ), word as materialized (
        select w.place, t.term, count(*) as times
        from windowed w cross join lateral unnest(query_terms(w.query)) t(term) group by w.place, t.term
    ), news as (
        select w.place, coalesce(sum(w.times) filter (where b.term is null), 0) / sum(w.times) as share
        from word w left join word b on b.term = w.term and b.place = w.place + 1
        where w.place <= 1 group by w.place
    ), asked_vector as materialized (
        select embed_by_table(d.query, asked_drift.model_version_id) as embedding
        from (select w.query from windowed w where w.place = 0 group by w.query
              order by md5(w.query) limit (select texts from setting)) d
        where (select e.encoder from query_encoder(asked_drift.model_version_id) e) = 'table'
    ), judged_vector as materialized (
        select j.query, j.place, embed_by_table(j.query, asked_drift.model_version_id) as embedding
        from (select q.query, row_number() over (order by md5(q.query)) as place from judged_query q group by q.query
              order by md5(q.query) limit 1000) j
        where exists (select from asked_vector)
    ), distance as materialized (
        select (select avg((select min(j.embedding <=> a.embedding) from judged_vector j)) from asked_vector a)
                   as asked,
               (select avg((select min(o.embedding <=> j.embedding) from judged_vector o where o.query <> j.query))
                from judged_vector j where j.place <= s.texts) as judged,
               case when (select count(*) from judged_vector) >= greatest(s.least_judged, 2)
                   then (select count(*)::int from asked_vector) else 0 end as sampled
        from setting s
    )
    select m.measure, m.value, m.baseline, m.sample_count,
        jsonb_strip_nulls(jsonb_build_object('since_query', s.since_query))
    from setting s cross join size z cross join distance d
    cross join lateral (values
        ('asked_classes', (select sum(abs(c.now - c.before)) / 2 / nullif(z.searches, 0) from class c), null::float8,
            z.searches),
        ('asked_words', (select n.share::float8 from news n where n.place = 0),
            (select n.share::float8 from news n where n.place = 1), z.searches),
        ('asked_distance', d.asked, d.judged, d.sampled)) m(measure, value, baseline, sample_count)
$$;
comment on function asked_drift(int, boolean) is
'Whether other things are asked than before, and than was judged: by classes, by words, by distance.';
revoke all on function asked_drift(int, boolean) from public;
