-- The names that files' languages have, as the chunker gives them (a test compares); files of any other kind have none.
create or replace function known_languages() returns text []
language sql immutable parallel safe
as $$
    select '{astro,bash,c,cpp,csharp,css,elixir,go,haskell,html,java,javascript,json,kotlin,lua,'
        'markdown,php,python,ruby,rust,scala,sql,svelte,swift,toml,tsx,typescript,vue,yaml,zig}'::text []
$$;
comment on function known_languages() is 'The names that files'' languages have.';
