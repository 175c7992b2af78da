-- What a setting may be, in words: for hints and the view settings.
create or replace function allowed_values(name text) returns text
language sql immutable parallel safe
as $$
    select case jsonb_typeof(codesearch.default_setting_values() -> name)
        when 'number' then format('%s from %s to %s', case when l.limits ->> 2 is null then 'a number'
            else 'a whole number' end,
                                  l.limits ->> 0, l.limits ->> 1)
        when 'boolean' then 'true or false'
        when 'array' then 'a list of words'
        when 'object' then 'numbers by names of codesearch.feature_names()'
        when 'string'
            then coalesce(l.limits ->> 'words', replace(trim(both '[]' from l.limits::text), ', ', ' or ')) end
    from (select codesearch.setting_limits() -> name as limits) l
$$;
comment on function allowed_values(text) is 'What a setting may be, in words.';
