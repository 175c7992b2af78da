-- Puts one table under row-level security: rows of repositories the caller may see, or of queries the caller asked.
-- The look-ups stand in uncorrelated subqueries, so they run once a statement and not once a row.
create or replace function protect_table(wanted regclass) returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
    columns name [] := array(select a.attname from pg_attribute a
        where a.attrelid = wanted and a.attnum > 0 and not a.attisdropped);
    rules text [] := '{}';
begin
    if wanted = 'codesearch.repository_access'::regclass then
        rules := array['role_name = any (array(select unnest(codesearch.own_roles())))'];
    elsif wanted = 'codesearch.query_log'::regclass then
        rules := array['asked_by = current_user'];
    else
        if 'repository_id' = any(columns) then
            rules := rules || '(repository_id = any (array(select a.repository_id from codesearch.repository_access a))
                or exists (select from codesearch.repository_access a where a.repository_id is null))'::text;
        end if;
        -- A text, and its vectors, are seen by whoever sees a chunk that has it. A scalar subquery, because the planner
        -- would answer an exists from a hash of all the texts that the caller sees, made anew for each search.
        if 'text_hash' = any(columns) and not 'repository_id' = any(columns) then
            rules := rules || format(
                'text_hash = (select t.text_hash from codesearch.chunk_text t where t.text_hash = %s.text_hash'
                ' limit 1)', wanted);
        end if;
        if 'query_id' = any(columns) then
            rules := rules || format('exists (select from codesearch.query_log q where q.query_id = %s.query_id)',
                wanted);
        end if;
    end if;
    if rules = '{}' then
        return false;
    end if;
    execute format('alter table %s enable row level security', wanted);
    execute format('drop policy if exists tenant on %s', wanted);
    execute format('create policy tenant on %1$s using (%2$s) with check (%2$s)', wanted,
        array_to_string(rules, ' and '));
    execute format('drop policy if exists administrator on %s', wanted);
    if exists (select from pg_roles r where r.rolname = 'codesearch_admin') then
        execute format('create policy administrator on %s to codesearch_admin using (true) with check (true)', wanted);
    end if;
    return true;
end
$$;
comment on function protect_table(regclass) is
'Puts one table under row-level security; false where it has nothing to go by.';
revoke all on function protect_table(regclass) from public;
