-- Refuses settings ({name: value}) with a value that is not allowed. Names that there are not are no concern here: they
-- have no effect, and a dump of another version has them.
create or replace function check_settings(given jsonb) returns void
language plpgsql immutable
set search_path from current
as $$
declare
    item record;
begin
    for item in select g.key, g.value from jsonb_each(given) g
                where default_setting_values() ? g.key and not allowed_setting(g.key, g.value) order by g.key loop
        raise exception using errcode = 'CS001',
            message = format('setting %s can''t be %s', item.key, left(item.value::text, 100)),
            hint = format('it may be %s; its default is %s', allowed_values(item.key),
                left((default_setting_values() -> item.key)::text, 100));
    end loop;
end
$$;
comment on function check_settings(jsonb) is 'Refuses settings with a value that is not allowed.';
