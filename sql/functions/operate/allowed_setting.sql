-- Whether a setting may have a value. Every read of a setting asks: a value that came in past change_setting, from an
-- older version or a dump, is left out rather than let every search fail. A number next to zero would be none when it
-- is read as float8.
create or replace function allowed_setting(name text, value jsonb) returns boolean
language plpgsql immutable parallel safe
as $$
begin
    return (
        select coalesce(case
            when jsonb_typeof(value) is distinct from jsonb_typeof(codesearch.default_setting_values() -> name)
                then false
            when jsonb_typeof(value) = 'number' then
                value::numeric between (l.limits ->> 0)::numeric and (l.limits ->> 1)::numeric
                and (abs(value::numeric) >= 1e-9 or value::numeric = 0)
                and (l.limits ->> 2 is null or value::numeric = trunc(value::numeric))
            when jsonb_typeof(value) = 'array' then
                jsonb_array_length(value) <= 10000 and not jsonb_path_exists(value, '$[*] ? (@.type() != "string")')
            when jsonb_typeof(value) = 'object' then not exists (
                select from jsonb_each(value) w
                where w.key <> all(codesearch.feature_names())
                   or case when jsonb_typeof(w.value) = 'number' then abs(w.value::numeric) > 1e6 else true end)
            when jsonb_typeof(l.limits) = 'object' then value #>> '{}' ~ (l.limits ->> 'pattern')
            when jsonb_typeof(value) = 'string' then l.limits @> jsonb_build_array(value)
            else true end, false)
        from (select codesearch.setting_limits() -> name as limits) l);
end
$$;
comment on function allowed_setting(text, jsonb) is 'Whether a setting may have a value.';
