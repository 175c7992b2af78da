-- Contents of a repository that lack a description of one of some wordings, once each: what callers depend on most
-- (chunk_importance) first, because a budget may end before all is described. For documentation whatever has some; for
-- a language model definitions of three lines and more that are no tests, examples, generated or vendored.
create or replace function undescribed_chunks(repository_id int, wordings text [], most int)
returns table (
    content_hash uuid, path text, symbol text, kind text, language text, signature text, doc text, content text
)
language plpgsql stable rows 100
set search_path from current
as $$
#variable_conflict use_column
declare
    from_documentation boolean := wordings = '{documentation}';
begin
    return query
    select f.content_hash, v.path, f.symbol, f.kind, v.language, f.signature, f.doc, f.content
    from (select distinct on (c.content_hash) c.*, i.score
          from chunk c
          join file_version v on v.version_id = c.version_id
          left join chunk_importance i on i.chunk_id = c.chunk_id and i.repository_id = c.repository_id
          where c.repository_id = undescribed_chunks.repository_id and c.level = 0
            and case when from_documentation then c.doc <> '' and c.kind <> 'block'
                else c.kind in ('function', 'method', 'class') and c.role = 'definition'
                    and c.end_line - c.start_line >= 2
                    and not v.path_flags && '{test,example,generated,vendored}' end
            and exists (
                select from unnest(wordings) w
                where not exists (select from chunk_description d
                                  where d.repository_id = c.repository_id and d.content_hash = c.content_hash
                                    and d.wording = w)
                  and not exists (select from chunk_text t
                                  where t.chunk_id = c.chunk_id and t.repository_id = c.repository_id
                                    and t.unit = description_unit(w)))
          order by c.content_hash, c.chunk_id) f
    join file_version v on v.version_id = f.version_id
    order by f.score desc nulls last, f.chunk_id
    limit most;
end
$$;
comment on function undescribed_chunks(int, text [], int) is
'Contents of a repository that lack a description of one of some wordings, what is depended on most first.';
