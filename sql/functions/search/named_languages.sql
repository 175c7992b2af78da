-- The programming languages that a query names ("python read csv", "… in go"), as files' languages are called.
create or replace function named_languages(query text) returns text []
language sql immutable strict parallel safe
as $$
    select coalesce(array_agg(distinct l.language), '{}')
    from regexp_matches(lower(left(query, 4000)),
             '\m(python|javascript|nodejs|typescript|golang|rust|java|kotlin|scala|swift|ruby|php|elixir|haskell|lua'
             '|bash|zig|csharp|cpp|c\+\+|c#|in go|in c(?![+#]))(?=\W|$)',
             'g') as found(words),
         unnest(case found.words[1]
             when 'javascript' then '{javascript,typescript,tsx}'
             when 'nodejs' then '{javascript,typescript,tsx}'
             when 'typescript' then '{typescript,tsx}'
             when 'golang' then '{go}'
             when 'in go' then '{go}'
             when 'in c' then '{c}'
             when 'c++' then '{cpp}'
             when 'c#' then '{csharp}'
             else found.words
         end::text []) as l(language)
$$;
comment on function named_languages(text) is
'The programming languages that a query names, as files'' languages are called.';
