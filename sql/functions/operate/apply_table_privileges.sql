-- Gives the three roles their rights on one table or view. Readers read what belongs to a repository or to a query,
-- and views that run as their caller; writers write files, and all else through functions that check it, so that
-- nobody chooses a number, a hash or a vector; administrators everything. Writers get columns and never a whole table,
-- nor DELETE, which has none: whoever has INSERT, UPDATE or DELETE of a table may LOCK it, and keep every tenant out.
create or replace function apply_table_privileges(wanted regclass) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    relation pg_class := (select c from pg_class c where c.oid = wanted);
    columns name [] := array(select a.attname from pg_attribute a where a.attrelid = wanted and a.attnum > 0);
begin
    if not exists (select from pg_roles where rolname = 'codesearch_admin') then
        return;
    end if;
    if relation.relkind = 'v' then
        execute format('grant select on %s to codesearch_admin', wanted);
        if 'security_invoker=true' = any(relation.reloptions) then
            execute format('grant select on %s to codesearch_reader, codesearch_writer', wanted);
        elsif relation.relname = 'metric' then
            execute format('grant select on %s to pg_monitor', wanted);
        end if;
        return;
    end if;
    execute format('grant select, insert, update, delete on %s to codesearch_admin', wanted);
    if relation.relname in ('query_log', 'setting', 'model_artefact', 'alembic_version', 'query_table',
        'query_token', 'document_table', 'shared_idf')
        or columns && '{repository_id,query_id,text_hash}' then
        execute format('grant select on %s to codesearch_reader, codesearch_writer', wanted);
    elsif relation.relname = 'model_version' then
        -- Not its metrics: they name the repositories a model was judged on.
        grant select (model_version_id, name, status, dimension, max_tokens, configuration, settings, parent_id,
            created_at, activated_at)
        on model_version to codesearch_reader, codesearch_writer;
    elsif relation.relname = 'ranker' then
        grant select (ranker_id, name, status, model_version_id, weights, settings, calibration, parent_id, created_at)
        on ranker to codesearch_reader, codesearch_writer;
    end if;
    -- What an earlier version granted goes.
    execute format('revoke insert, update, delete, truncate on %s from codesearch_writer', wanted);
    if relation.relname = 'source_file' then
        grant insert (repository_id, branch_id, path, content), update (repository_id, branch_id, path, content)
        on source_file to codesearch_writer;
    end if;
end
$$;
comment on function apply_table_privileges(regclass) is 'Gives the three roles their rights on one table or view.';
revoke all on function apply_table_privileges(regclass) from public;
