-- The hash that a text of a repository is stored under. Who has the same text shares its vectors; under row-level
-- security a repository has keys of its own, so that no tenant chooses another's vectors, or learns that a text it
-- guessed is stored. Texts that were stored before row-level security was enabled stay shared until their file changes.
create or replace function text_key(content text, repository_id int, apart boolean) returns uuid
language sql immutable strict parallel safe
set search_path from current
as $$
    select text_hash(case when apart then repository_id::text || e'\x01' || content else content end)
$$;
comment on function text_key(text, int, boolean) is
'The hash that a text of a repository is stored under: its own under row-level security.';
