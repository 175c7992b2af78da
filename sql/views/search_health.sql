-- Logged searches of the last sixty days, day by day in UTC: how many, and what became of them.
create or replace view search_health with (security_invoker = true) as
select p.*
from search_periods(date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - interval '59 days',
    interval '1 day', 60) p;
comment on view search_health is
'Logged searches of the last sixty days, day by day: how many, and what became of them.';
