-- The metrics in Prometheus's text format 0.0.4, so that whatever runs SQL can write a file for node_exporter.
create or replace function metrics_text() returns text
language sql stable security definer
set search_path from current
as $$
    with line as (
        select m.place, m.type, m.help, case m.type when 'histogram'
                   then regexp_replace(m.name, '_(bucket|sum|count)$', '') else m.name end as name,
               m.name || coalesce('{' || l.labels || '}', '') || ' '
               || case m.value when 'Infinity' then '+Inf' when '-Infinity' then '-Inf' else m.value::text end as sample
        from metrics() with ordinality as m(name, labels, value, type, help, place)
        left join lateral (
            select string_agg(format('%s="%s"', e.key, replace(replace(replace(e.value, '\', '\\'), '"', '\"'),
                e'\n', '\n')), ',' order by e.key) as labels
            from jsonb_each_text(m.labels) e) l on true
    )
    select string_agg(f.text, '' order by f.name)
    from (select format(e'# HELP %1$s %2$s\n# TYPE %1$s %3$s\n', l.name, l.help, l.type)
                 || string_agg(l.sample || e'\n', '' order by l.place) as text, l.name
          from line l group by l.name, l.help, l.type) f
$$;
comment on function metrics_text() is 'The metrics in Prometheus''s text format.';
revoke all on function metrics_text() from public;
