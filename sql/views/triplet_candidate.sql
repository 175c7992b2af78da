-- Every result that was shown beside a positive (learned_positive), with what speaks against it as a negative (verdict;
-- 'negative' where nothing does). Only what the user passed over counts: results above the positive, read and left, and
-- the two below it; further down nobody may have looked (skip above, Joachims et al. 2005); the first three where the
-- positive was not shown at all. Not what was used in any way in the same search, nor what was a positive for the same
-- words in any search, and no copies of a positive.
create or replace view triplet_candidate as
select p.query_id, q.query as anchor, p.content_hash as positive_hash, r.content_hash as negative_hash,
    p.rank as positive_rank,
       r.rank as negative_rank, p.signal, p.trust, p.given_at, r.repository_id, q.model_version_id,
       coalesce(u.rejected, false) as rejected,
       case when q.query is null then 'query not kept'
            when pt.content_hash is null or nt.content_hash is null then 'text not kept'
            when r.content_hash = p.content_hash then 'the positive'
            when u.used then 'used too'
            when exists (select from learned_positive o join query_log oq on oq.query_id = o.query_id
                         where oq.query_hash = q.query_hash and o.content_hash = r.content_hash)
                             then 'positive elsewhere'
            when r.rank > coalesce(p.rank, 1) + 2 and u.rejected is not true then 'not looked at'
            when term_overlap(pt.terms, nt.terms) >= setting_number('feedback.near_duplicate') then 'near-duplicate'
            else 'negative' end as verdict
from learned_positive p
join query_log q on q.query_id = p.query_id
join query_results r on r.query_id = p.query_id
left join feedback_text pt on pt.content_hash = p.content_hash
left join feedback_text nt on nt.content_hash = r.content_hash
left join lateral (select bool_or(f.signal in ('click', 'dwell', 'copy', 'accept', 'edit'))
                          and (array_agg(f.signal order by f.given_at desc, f.feedback_id desc))[1] <> 'reject' as used,
                          (array_agg(f.signal order by f.given_at desc, f.feedback_id desc))[1] = 'reject' as rejected
                   from query_feedback f where f.query_id = p.query_id and f.content_hash = r.content_hash) u on true;
comment on view triplet_candidate is
'Results shown beside a positive, with what speaks against each as a negative.';
