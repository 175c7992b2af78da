-- Queries with a result that was used, whether or not anything else shown was passed over: strong positives with the
-- negatives of triplet, what its session opened later, and, where a search has no strong positive, its clicks. A click
-- says that the snippet looked right, so it weighs a quarter. weight answers the position bias as in triplet, here for
-- the pair as a whole. A path is null where the chunk has changed since, or is gone.
create or replace view feedback_pair as
with used as (
    select p.query_id, p.content_hash, p.rank, p.signal, p.trust, p.given_at from learned_positive p
    union all
    select f.query_id, f.content_hash, min(f.rank) as rank, 'click' as signal, 0.25 as trust,
        max(f.given_at) as given_at
    from query_feedback f
    where f.signal = 'click'
      and not exists (select from feedback_positive p where p.query_id = f.query_id)
      and not exists (select from query_feedback o
                      where o.query_id = f.query_id and o.content_hash = f.content_hash and o.signal = 'reject')
    group by f.query_id, f.content_hash
), passed_over as (
    select t.query_id, t.positive_hash, array_agg(t.negative order by t.negative_rank) as negatives,
           array_agg(t.negative_hash order by t.negative_rank) as negative_hashes,
           array_agg(t.repository order by t.negative_rank) as negative_repositories,
           array_agg(f.path order by t.negative_rank) as negative_paths
    from triplet t
    left join query_results s on s.query_id = t.query_id and s.rank = t.negative_rank
    left join chunk c on c.chunk_id = s.chunk_id and c.repository_id = s.repository_id
        and c.content_hash = s.content_hash
    left join file_version f on f.version_id = c.version_id
    group by t.query_id, t.positive_hash
)
select u.query_id, q.query, t.text as code, u.content_hash, u.signal, u.rank,
       u.trust * least(power(coalesce(u.rank, 1), setting_number('feedback.position_bias')), 4) as weight,
       coalesce(n.negatives, '{}') as negatives, coalesce(n.negative_hashes, '{}') as negative_hashes,
       coalesce(n.negative_repositories, '{}') as negative_repositories,
           coalesce(n.negative_paths, '{}') as negative_paths,
       r.name as repository, c.chunk_id, f.path, f.language, c.symbol, u.given_at
from used u
join query_log q on q.query_id = u.query_id and q.query is not null
join feedback_text t on t.content_hash = u.content_hash
left join passed_over n on n.query_id = u.query_id and n.positive_hash = u.content_hash
left join lateral (select s.repository_id, s.chunk_id from query_results s
                   where s.query_id = u.query_id and s.content_hash = u.content_hash
                   union all
                   select o.repository_id, o.chunk_id from session_opened o
                   where o.query_id = u.query_id and o.content_hash = u.content_hash limit 1) s on true
left join repository r on r.repository_id = s.repository_id
left join chunk c on c.chunk_id = s.chunk_id and c.repository_id = s.repository_id and c.content_hash = u.content_hash
left join file_version f on f.version_id = c.version_id;
comment on view feedback_pair is
'Queries with a result that was used: strong positives with what was passed over, '
'and clicks at a quarter of the weight.';
