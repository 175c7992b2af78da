-- The lines that call a chunk, or construct it where it is a class, surest first; symbol is what each line is in.
create or replace function callers(
    chunk_id bigint, k int default 100, repository text default null, min_confidence float8 default 0.25
)
returns setof code_place
language plpgsql stable rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope;
    called text;
begin
    perform check_row_count(callers.k, setting_number('search.max_results')::int);
    scope := chunk_scope(callers.chunk_id, callers.repository);
    select c.name into called from chunk c where c.chunk_id = callers.chunk_id;
    return query
    select p.*
    from (select array_agg(r.chunk_id) as chunks, array_agg(r.kind) as kinds, array_agg(to_jsonb(r.lines)) as lines,
                 array_agg(r.confidence) as confidences
          from resolved_references(array[called], scope) r
          where r.definition_chunk_id = callers.chunk_id and r.kind = 'call' and r.confidence >= min_confidence) g
    cross join lateral placed_references(g.chunks, g.kinds, g.lines, g.confidences, scope, callers.repository,
        callers.k) p;
end
$$;
comment on function callers(bigint, int, text, float8) is 'The lines that call a chunk, surest first.';
