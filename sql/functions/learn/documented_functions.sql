-- Functions and methods that say what they do, in an order that the seed draws: those of each language take turns by
-- repository. They are the same, in the same order, whichever ids and branches an index has. Left out is what would not
-- ask for one function alone: code that stands in several places, and a first line of documentation that another
-- function of the repository has. without_documentation is the text that is embedded, less the documentation; null
-- where a long one was cut there.
create or replace function documented_functions(
    only_repository text default null, only_language text default null, seed bigint default 1,
        most_of_language int default 10000
)
returns table (
    repository text, path text, language text, symbol text, start_line int, end_line int, doc text,
        without_documentation text
)
language sql stable rows 1000
set search_path from current
as $$
    select check_filters(null, only_language);
    with documented as (
        select c.chunk_id, r.name as repository, f.path, f.language, c.symbol, c.start_line, c.content_hash,
               md5(concat_ws(' ', seed, r.name, f.path, c.symbol)) as draw,
               count(*) over (partition by r.repository_id, md5(lower(split_part(left(c.doc, 400), e'\n', 1)))) as told
        from unnest(visible_repositories(only_repository)) v (repository_id)
        join repository r on r.repository_id = v.repository_id
        join branch b on b.repository_id = r.repository_id and b.is_default
        join source_file s on s.branch_id = b.branch_id
        join file_version f on f.version_id = s.version_id
        join chunk c on c.version_id = f.version_id
        where c.level = 0 and c.kind in ('function', 'method') and length(c.doc) >= 20 and f.language is not null
            and not f.path_flags && '{test,example,generated,vendored}'
            and (only_language is null or f.language = lower(only_language))
    ), single as (
        select d.*, row_number() over (partition by d.content_hash
            order by d.repository, d.path, d.start_line, d.chunk_id) as copy
        from documented d where d.told = 1
    ), taking_turns as (
        select s.*, row_number() over (partition by s.language, s.repository order by s.draw, s.start_line, s.chunk_id)
            as turn
        from single s where s.copy = 1
    ), drawn as (
        select t.*, row_number() over (partition by t.language order by t.turn, t.draw, t.chunk_id) as place
        from taking_turns t
    )
    select d.repository, d.path, d.language, d.symbol, d.start_line, c.end_line, left(c.doc, 2000),
           case when strpos(s.text, e'\n' || c.doc || e'\n') > 0
               then replace(s.text, e'\n' || c.doc || e'\n', e'\n') end
    from drawn d
    join chunk c on c.chunk_id = d.chunk_id
    left join chunk_text t on t.chunk_id = d.chunk_id and t.unit = 0
    left join stored_text s on s.text_hash = t.text_hash
    where d.place <= most_of_language
    order by d.language collate "C", d.place
$$;
comment on function documented_functions(text, text, bigint, int) is
'Functions and methods that say what they do, drawn by a seed, '
'with the text that is embedded for them less the documentation.';
