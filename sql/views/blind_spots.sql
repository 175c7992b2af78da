-- Questions of the last thirty days that were not answered, or whose answers nobody used, newest first.
create or replace view blind_spots with (security_invoker = true) as
select b.query, b.query_class, b.repositories, b.searches, b.unanswered, b.unclicked, b.confidence, b.asked_at,
    b.wordings
from find_blind_spots() b;
comment on view blind_spots is
'Questions of the last thirty days that were not answered, or whose answers nobody used, newest first.';
