-- Keeps how the week was as an alert, which is posted as the others are: in words, each measure with what it was the
-- week before, and in details all of weekly_report. Returns the words.
create or replace function tell_week() returns text
language plpgsql volatile security definer
set search_path from current
as $$
declare
    told text;
begin
    insert into alert (subject, state, previous_state, text, details)
    select 'weekly report', 'ok', 'ok',
           'weekly report: ' || string_agg(concat_ws(' ', replace(w.measure, '_', ' '), nullif(w.subject, ''),
               trim_scale(round(w.value::numeric, 3)), format('(%s)', coalesce(
                   trim_scale(round(w.before::numeric, 3))::text, 'not known'))),
               ', ' order by w.place, w.subject) filter (where w.value is not null),
           jsonb_build_object('measures', jsonb_agg(to_jsonb(w) order by w.place, w.subject))
    from weekly_measures() w
    returning alert.text into told;
    perform pg_notify('codesearch_alerts', '');
    return told;
end
$$;
comment on function tell_week() is 'Keeps how the week was as an alert, which is posted as the others are.';
revoke all on function tell_week() from public;
