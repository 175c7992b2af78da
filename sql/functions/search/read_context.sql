-- The caller's context, read once: which versions its files are, in the scope that is searched. Null where it names no
-- file that is indexed and no words, and then it costs nothing. Paths are as people type them: below the root of the
-- repository or absolute, with backslashes, with a line behind. Where several repositories have such files, those that
-- have the most of them are meant. A file that is not indexed says nothing; where none is, that is said.
create or replace function read_context(context jsonb, scope search_scope) returns caller_context
language plpgsql stable strict
set search_path from current
as $$
#variable_conflict use_column
declare
    around caller_context;
    most_files constant int := 20;
    typed text [];
begin
    if context - '{explain,symbol,session}'::text [] = '{}' then
        return null;
    end if;
    typed := array[coalesce(context ->> 'current_file', '')]
        || array(select f from jsonb_array_elements_text(context -> 'recent_files') f limit most_files);
    with path as (
        select t.place, regexp_replace(regexp_replace(translate(t.path, '\', '/'), ':\d+(:\d+)?$', ''),
            '^(\./+)+|/+(?=/)', '', 'g') as path
        from unnest(typed) with ordinality as t(path, place) where t.path ~ '\S'
    ), rooted as (
        select p.place, p.path from path p
        union
        select p.place, substr(p.path, length(r.root) + 2) from path p
        join repository r on r.repository_id = any(scope.repositories) and starts_with(p.path, r.root || '/')
    ), found as (
        select p.place, f.version_id, count(*) over (partition by f.repository_id) as files
        from rooted p
        join source_file f on f.branch_id = any(scope.branches) and f.path = p.path
        where f.version_id is not null
    ), meant as (
        select f.version_id, min(f.place) as place from found f
        where f.files = (select max(o.files) from found o) group by f.version_id
    )
    select coalesce(array_agg(m.version_id) filter (where m.place = 1), '{}'),
           coalesce(array_agg(m.version_id order by m.place) filter (where m.place > 1), '{}')
    into around.current, around.recent from meant m;
    around.task := nullif(trim(context ->> 'task'), '');
    around.queries := (select string_agg(q, e'\n')
        from jsonb_array_elements_text(context -> 'recent_queries') q where q ~ '\S');
    if around.current || around.recent = '{}' then
        if array_to_string(typed, '') ~ '\S' then
            raise notice using message = format('no file of the context is indexed: %s',
                array_to_string(array_remove(typed, ''), ', ')),
                hint = 'paths are relative to the root of the repository that is searched, or absolute';
        end if;
        if around.task is null and around.queries is null then
            return null;
        end if;
    end if;
    return around;
end
$$;
comment on function read_context(jsonb, search_scope) is 'The caller''s context: the versions of its files, its words.';
