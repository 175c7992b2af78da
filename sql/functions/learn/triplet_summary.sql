-- What there is to learn from: feedback by signal, positives, why shown chunks became negatives or not, triplets; with
-- a sample for review that changes from call to call only with the data.
create or replace function triplet_summary(sample int default 20) returns jsonb
language sql stable
set search_path from current
as $$
    select jsonb_build_object(
        'feedback', (select coalesce(jsonb_object_agg(f.signal, f.n), '{}')
                     from (select signal, count(*) as n from query_feedback group by signal) f),
        'searches', (select count(distinct query_id) from query_feedback),
        'positives', (select count(*) from feedback_positive),
        'opened_later', (select count(*) from learned_positive where signal = 'open'),
        'positives_without_words', (select count(*) from feedback_positive p join query_log q using (query_id)
            where q.query is null),
        'shown_beside_positives', (select coalesce(jsonb_object_agg(c.verdict, c.n), '{}')
                                   from (select verdict, count(*) as n from triplet_candidate group by verdict) c),
        'triplets', (select count(*) from triplet),
        'anchors', (select count(distinct anchor) from triplet),
        'mean_weight', (select round(avg(weight)::numeric, 3) from triplet),
        'sample', (select coalesce(jsonb_agg(to_jsonb(s)), '[]')
                   from (select t.anchor, t.signal, t.positive_rank, t.negative_rank, t.rejected,
                       round(t.weight::numeric, 3) as weight,
                                t.repository, left(t.positive, 400) as positive, left(t.negative, 400) as negative
                         from triplet t order by md5(t.query_id || ' ' || t.positive_hash || t.negative_hash)
                             limit sample) s))
$$;
comment on function triplet_summary(int) is 'Counts of feedback, positives and triplets, with a sample for review.';
