-- The versions of files in which the rarest term of some words occurs, by the inverted index; null where the index says
-- nothing: without words, where most chunks have them, or where text counts nothing in it.
create or replace function versions_with(words text [], scope search_scope) returns bigint []
language plpgsql stable
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    -- Reading files costs less than looking up more chunks than these.
    most constant int := 2000;
    rarest text;
    chunks bigint;
begin
    if words = '{}' or exists (select from lexical_norm n where n.repository_id = any(scope.repositories)
        and n.level = 0 and n.field_weights[4] <= 0) then
        return null;
    end if;
    select t.term, coalesce((select sum(p.chunk_count) from posting p
        where p.repository_id = any(scope.repositories) and p.level = 0 and p.term = t.term), 0)
    into rarest, chunks
    from unnest(tokenize(array_to_string(words, ' '))) t(term) order by 2, 1 limit 1;
    if chunks is null or chunks > most then
        return null;
    end if;
    -- In a scalar subquery: the planner would join by reading all chunks.
    return array(
        select distinct (select c.version_id from chunk c
                         where c.slot = p.block * 8192::bigint + split_part(e.entry, ':', 1)::int - 1
                             and c.repository_id = p.repository_id)
        from posting p
        cross join lateral string_to_table(split_part(trim(leading '{' from p.impacts::text), '}', 1), ',') e(entry)
        where p.repository_id = any(scope.repositories) and p.level = 0 and p.term = rarest and e.entry <> '');
end
$$;
comment on function versions_with(text [], search_scope) is
'The versions of files in which the rarest term of some words occurs, by the inverted index.';
