-- The metrics as rows, for clients that make names, labels and values of their own.
create or replace view metric as
select m.name, m.labels, m.value, m.type, m.help from metrics() m;
comment on view metric is
'The state of the whole database as numbers, with the names, labels and types of Prometheus.';
