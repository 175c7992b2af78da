-- How search did in the last seven days, beside the seven before.
create or replace view weekly_report with (security_invoker = true) as
select w.measure, w.subject, w.value, w.before, w.unit, w.better, w.details
from weekly_measures() w
order by w.place, w.subject;
comment on view weekly_report is 'How search did in the last seven days, beside the seven before, one measure a row.';
