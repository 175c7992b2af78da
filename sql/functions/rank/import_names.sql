-- What imports say last, in lower case: ./lib/util.js, app.util, app::util and app/util all name util.
create or replace function import_names(imports text []) returns text []
language sql immutable strict parallel safe
as $$
    select array(
        select distinct lower(regexp_replace(
            regexp_replace(i, '\.(py|rb|[cm]?[jt]sx?|hh?|hpp|c|cc|cpp|vue|svelte|php|dart|s?css)$', ''),
            '^.*[/.:\\]', ''))
        from unnest(imports) i)
$$;
comment on function import_names(text []) is 'What imports say last, in lower case.';
