-- Whether a chunk passes a search's filters: {level, kind, language, path and symbol (regular expressions)}.
create or replace function passes_filters(level smallint, kind text, entity text, language text, path text,
    symbol text, filters jsonb) returns boolean
language sql immutable parallel safe
as $$
    select level = (filters ->> 'level')::smallint
       and (filters ->> 'kind' is null or filters ->> 'kind' in (kind, entity))
       and (filters ->> 'language' is null or language = filters ->> 'language')
       and (filters ->> 'path' is null or path ~ (filters ->> 'path'))
       and (filters ->> 'symbol' is null or lower(symbol) ~ (filters ->> 'symbol'))
$$;
comment on function passes_filters(smallint, text, text, text, text, text, jsonb) is
'Whether a chunk passes a search''s filters.';
