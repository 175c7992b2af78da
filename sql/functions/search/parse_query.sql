-- What is asked, parsed once. words are the terms with qualified names taken apart, as names and paths are; bare is the
-- whole query as one name, its scopes joined by dots; literal is the query where it is long enough to be looked for as
-- it stands.
create or replace function parse_query(query text) returns query_parts
language plpgsql stable strict parallel safe
set search_path from current
as $$
declare
    parts query_parts;
    unquoted text := trim(both '"''`' from query);
begin
    parts.query := query;
    parts.class := classify_query(query);
    parts.terms := query_terms(query);
    parts.words := query_terms(regexp_replace(query, '(\.|::|->|#)', ' ', 'g'));
    parts.names := query_names(query);
    parts.qualified := array(select n from unnest(parts.names) n where position('.' in n) > 0);
    parts.bare := trim(both '"''`(). ' from regexp_replace(query, '(::|->|#|\?\.|\\|\(\))', '.', 'g'));
    parts.typed_names := array(select distinct regexp_replace(n.name, '^.*\.', '')
                               from unnest(query_symbols(query) || parts.bare) as n(name)
                               where lower(regexp_replace(n.name, '^.*\.', '')) = any(parts.names));
    parts.literal := case when length(unquoted) >= 12 then lower(unquoted) end;
    parts.languages := named_languages(query);
    parts.unwanted := unwanted_flags(query);
    return parts;
end
$$;
comment on function parse_query(text) is 'What is asked, parsed once: class, terms, names, languages.';
