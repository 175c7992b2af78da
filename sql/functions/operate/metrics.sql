-- The state of the whole database as numbers, of every repository and role: for administrators and members of
-- pg_monitor, who see what everybody asks the server anyway. Changes nothing, so a standby answers as well.
create or replace function metrics() returns table (name text, labels jsonb, value float8, type text, help text)
language sql stable security definer rows 200
set search_path from current
set jit = off
as $$
    select 'pgcodesearch_' || m.name, m.labels, m.value, f.type, f.help
    from (select * from search_metrics() union all select * from queue_metrics()
          union all select * from index_metrics()) m
    join metric_families() f on 'pgcodesearch_' || m.name
        = any(case f.type when 'histogram' then array[f.name || '_bucket', f.name || '_sum', f.name || '_count']
              else array[f.name] end)
    order by f.name, m.name, m.labels - 'le', (m.labels ->> 'le')::float8
$$;
comment on function metrics() is
'The state of the whole database as numbers, with the names, labels and types of Prometheus.';
revoke all on function metrics() from public;
