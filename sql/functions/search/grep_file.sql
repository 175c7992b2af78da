-- The matches in one file behind a place in it, at most so many, as rows of grep.
create or replace function grep_file(
    file_id bigint, repository_id int, shown_repository text, version_id bigint, pattern text, literal boolean,
    ignore_case boolean, kind text, after jsonb, wanted int, deadline timestamptz
)
returns setof grep_match
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    file record;
    flags text := case when literal then 'q' else '' end || case when ignore_case then 'i' else '' end;
    shown int := setting_number('search.snippet_line_characters');
begin
    -- As an expression, so that it is inflated once and not at each use.
    select f.path, f.content || '' as content into file from source_file f
    where f.file_id = grep_file.file_id and f.repository_id = grep_file.repository_id;
    if not has_match(file.content, pattern, literal, ignore_case) then
        return;
    end if;
    return query
    select shown_repository, file.path, m.line, m.start_column,
           -- Of a long line, what is around the match.
           substr(m.line_text, case when length(m.line_text) > shown then greatest(1, m.start_column - shown / 4)
               else 1 end, shown),
           left(m.match, shown), c.chunk_id, nullif(c.symbol, ''), null::jsonb
    from line_matches(file.content, pattern, flags, deadline) m
    left join lateral chunk_at(grep_file.version_id, m.line) c on true
    where (after is null or (shown_repository, file.path) <> (after ->> 0, after ->> 1)
           or (m.line, m.start_column) > ((after ->> 2)::int, (after ->> 3)::int))
      and (grep_file.kind is null or grep_file.kind = 'module' or grep_file.kind in (c.kind, c.entity))
    order by m.line, m.start_column
    limit wanted;
end
$$;
comment on function grep_file(
    bigint, int, text, bigint, text, boolean, boolean, text, jsonb, int, timestamptz
) is 'The matches in one file behind a place in it, as rows of grep.';
