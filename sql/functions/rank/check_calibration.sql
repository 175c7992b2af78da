-- Refuses what is no calibration: {legs: {class of query: {answered, right: {input: weight}, known, precise}}}, with
-- known and precise between 0 and 1.
create or replace function check_calibration(calibration jsonb) returns void
language plpgsql immutable
set search_path from current
as $$
declare
    wrong text;
begin
    select string_agg(distinct concat_ws('.', e.legs, e.class, e.part, e.input), ', ') into wrong
    from (select l.key as legs, c.key as class, p.key as part, w.key as input,
                 coalesce(l.key in ('hybrid', 'lexical', 'vector') and jsonb_typeof(l.value) = 'object'
                 and c.key in ('identifier', 'mixed', 'semantic', 'language') and jsonb_typeof(c.value) = 'object'
                 and case when p.key in ('answered', 'right') then jsonb_typeof(p.value) = 'object'
                         and (w.key is null or w.key = any(confidence_names()) and jsonb_typeof(w.value) = 'number'
                             and abs((w.value #>> '{}')::numeric) < 1e6)
                     when p.key in ('known', 'precise') then jsonb_typeof(p.value) = 'number'
                         and (p.value #>> '{}')::numeric between 0 and 1 end, false) as is_right
          from jsonb_each(case when jsonb_typeof(calibration) = 'object' then calibration else '{"no object": 0}' end) l
          left join lateral jsonb_each(case when jsonb_typeof(l.value) = 'object' then l.value else '{}' end) c on true
          left join lateral jsonb_each(case when jsonb_typeof(c.value) = 'object' then c.value else '{}' end) p on true
          left join lateral jsonb_each(case when jsonb_typeof(p.value) = 'object' then p.value else '{}' end) w on true
         ) e
    where not e.is_right;
    if calibration is not null and wrong is not null then
        raise exception using errcode = 'CS001', message = format('no calibration of a ranker: %s', left(wrong, 500)),
            hint = 'select codesearch.shipped_calibration() shows the form, codesearch.confidence_names() the inputs';
    end if;
end
$$;
comment on function check_calibration(jsonb) is 'Refuses what is no calibration of a ranker.';
