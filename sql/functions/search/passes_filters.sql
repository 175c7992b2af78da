-- Whether a chunk passes a search's filters: {level, kind, language, path (a regular expression)}.
create or replace function passes_filters(level smallint, kind text, language text, path text, filters jsonb) returns boolean
language sql immutable parallel safe
as $$
    select level = (filters ->> 'level')::smallint
       and (filters ->> 'kind' is null or kind = filters ->> 'kind')
       and (filters ->> 'language' is null or language = filters ->> 'language')
       and (filters ->> 'path' is null or path ~ (filters ->> 'path'))
$$;
comment on function passes_filters(smallint, text, text, text, jsonb) is 'Whether a chunk passes a search''s filters.';
