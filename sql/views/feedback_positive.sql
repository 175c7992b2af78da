-- Strong positives: a result that was copied, accepted, or read for 30 seconds or more. A click alone is none: it says
-- that the snippet looked right. Where copy, accept, dwell and reject contradict each other for one result of one
-- search, the newest counts, so that a slip of the hand is mended by doing it right.
create or replace view feedback_positive with (security_invoker = true) as
select d.query_id, d.content_hash, d.rank, d.signal, d.given_at
from (select distinct on (f.query_id, f.content_hash) f.*
      from query_feedback f
      where f.signal in ('copy', 'accept', 'reject') or (f.signal = 'dwell' and f.value >= 30)
      order by f.query_id, f.content_hash, f.given_at desc, f.feedback_id desc) d
where d.signal <> 'reject';
comment on view feedback_positive is
'Results that were copied, accepted or read for 30 seconds, and not rejected after.';
