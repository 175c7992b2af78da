-- A chunk to be read: the lines of its file that it is of, whole where the chunk itself elides members, with lines
-- before and after it. Runs as the caller: a chunk that the caller may not see is none. is_current is false while a
-- change of the file waits for a worker; where no branch has what was indexed, the chunk's own text is given.
create or replace function read_chunk(chunk_id bigint, before int default 0, after int default 0)
returns table (
    repository text, path text, language text, kind text, symbol text, signature text, start_line int, end_line int,
    first_line int, last_line int, total_lines int, content text, is_current boolean,
    previous_chunk_id bigint, next_chunk_id bigint
)
language plpgsql stable rows 1
set search_path from current
as $$
#variable_conflict use_column
declare
    given chunk;
    lines text [];
    place record;
begin
    select c.* into given from chunk c where c.chunk_id = read_chunk.chunk_id;
    if not found then
        raise exception using errcode = 'CS009',
            message = format('there is no chunk %s', coalesce(read_chunk.chunk_id::text, 'NULL')),
            hint = 'chunk_id is a column of codesearch.search; a changed function has a new one';
    elsif before not between 0 and 10000 or after not between 0 and 10000 then
        raise exception using errcode = 'CS001', message = format('%s lines before and %s after are not read', before,
            after), hint = 'before and after are 0 to 10000';
    end if;
    select r.name || case when b.is_default then '' else '@' || b.name end as address,
           (v.path, v.content_hash) = (f.path, f.content_hash) as is_current
    into place
    from source_file f
    join file_version v on v.version_id = f.version_id
    join branch b on b.branch_id = f.branch_id
    join repository r on r.repository_id = f.repository_id
    where f.version_id = given.version_id
    order by b.is_default desc, is_current desc, b.branch_id limit 1;
    lines := (select string_to_array(f.content, e'\n')
        from source_file f
        join file_version v on v.version_id = f.version_id and v.content_hash = f.content_hash
        where f.version_id = given.version_id limit 1);
    return query
    select coalesce(place.address, r.name), v.path, v.language, given.kind, given.symbol, given.signature,
        given.start_line, given.end_line,
        s.first, s.last, cardinality(lines),
        coalesce(array_to_string(lines[s.first:s.last], e'\n'), given.content),
        coalesce(place.is_current, false),
        (select c.chunk_id from chunk c where c.version_id = given.version_id and c.level = 0 and given.level = 0
             and (c.start_line, c.chunk_id) < (given.start_line, given.chunk_id)
         order by c.start_line desc, c.chunk_id desc limit 1),
        (select c.chunk_id from chunk c where c.version_id = given.version_id and c.level = 0 and given.level = 0
             and (c.start_line, c.chunk_id) > (given.start_line, given.chunk_id)
         order by c.start_line, c.chunk_id limit 1)
    from (select case when lines is null then given.start_line
                      else greatest(1, given.start_line - coalesce(before, 0)) end as first,
                 case when lines is null then given.end_line
                      else least(cardinality(lines), given.end_line + coalesce(after, 0)) end as last) s
    cross join file_version v
    join repository r on r.repository_id = v.repository_id
    where v.version_id = given.version_id;
end
$$;
comment on function read_chunk(bigint, int, int) is
'A chunk to be read: its lines, with lines before and after it, and the chunks beside it.';
