-- All that is learned to be right: strong positives, and what a session opened after a search that showed nothing of
-- use (session_opened), where the search has no strong positive of its own. trust is what it weighs beside a strong
-- one; rank is null where the search had not shown it.
create or replace view learned_positive as
select p.query_id, p.content_hash, p.rank, p.signal, 1.0::float8 as trust, p.given_at from feedback_positive p
union all
select o.query_id, o.content_hash, o.rank, 'open', setting_number('feedback.session_weight'), o.opened_at
from session_opened o
where not exists (select from feedback_positive p where p.query_id = o.query_id)
    and not exists (select from query_feedback f
                    where f.query_id = o.query_id and f.content_hash = o.content_hash and f.signal = 'reject');
comment on view learned_positive is
'Strong positives, and what a session opened after a search that showed nothing of use, with what each weighs.';
