-- The newest measure of each kind of drift for the active model; drift_measure has the series.
create or replace view drift_status as
select distinct on (d.measure, d.subject) d.measure, d.subject, d.state, d.value, d.baseline, d.threshold,
    d.hard_threshold, d.sample_count,
       m.name as model, d.measured_at, d.details
from drift_measure d join model_version m using (model_version_id)
where m.status = 'active'
order by d.measure, d.subject, d.measured_at desc;
comment on view drift_status is 'The newest measure of each kind of drift for the active model.';
