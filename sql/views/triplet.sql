-- Training rows from use: the words of a search, a positive (learned_positive), and up to three results that the user
-- passed over: first the rejected, then those above the positive, then those below, the nearest first. weight answers
-- the position bias: users look at rank r less often, about r to the power -b, so a positive found there stands for r
-- to the power b of its kind (inverse propensity, Joachims et al. 2017). b is the setting feedback.position_bias; 0
-- switches it off, and the weight is cut at 4 so that a few stray signals far down don't lead the training. The
-- negatives need no such weight: they were looked at. Each positive's weight is shared among its negatives, and is less
-- where it is less sure (trust).
create or replace view triplet as
select c.query_id, c.anchor, pt.text as positive, nt.text as negative, c.positive_rank, c.negative_rank, c.signal,
    c.rejected,
       c.trust * least(power(coalesce(c.positive_rank, 1), setting_number('feedback.position_bias')), 4) / c.negatives
           as weight,
       c.positive_hash, c.negative_hash, r.name as repository, c.model_version_id, c.given_at
from (select d.*, count(*) over (partition by d.query_id, d.positive_hash) as negatives
      from (select n.*, row_number() over (partition by n.query_id, n.positive_hash
                order by n.rejected desc, n.negative_rank > n.positive_rank,
                    abs(n.negative_rank - coalesce(n.positive_rank, 1)))
                    as place
            from (select distinct on (x.query_id, x.positive_hash, x.negative_hash) x.* from triplet_candidate x
                  where x.verdict = 'negative' order by x.query_id, x.positive_hash, x.negative_hash,
                      x.negative_rank) n) d
      where d.place <= 3) c
join feedback_text pt on pt.content_hash = c.positive_hash
join feedback_text nt on nt.content_hash = c.negative_hash
left join repository r on r.repository_id = c.repository_id;
comment on view triplet is
'Training rows from use: anchor, positive, up to three negatives that were passed over, '
'and a weight against position bias.';
