-- Gives the three roles their rights on one table or view. Readers read what belongs to a repository or to a query,
-- and views that run as their caller; writers write what indexing writes; administrators everything.
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
        end if;
        return;
    end if;
    execute format('grant select, insert, update, delete on %s to codesearch_admin', wanted);
    if relation.relname in ('query_log', 'setting', 'model_artefact', 'alembic_version') or columns && '{repository_id,query_id,text_hash}' then
        execute format('grant select on %s to codesearch_reader, codesearch_writer', wanted);
    elsif relation.relname = 'model_version' then
        -- Not its metrics: they name the repositories a model was judged on.
        grant select (model_version_id, name, status, dimension, max_tokens, configuration, settings, parent_id, created_at, activated_at)
        on model_version to codesearch_reader, codesearch_writer;
    end if;
    if relation.relname in ('source_file', 'skipped_file', 'chunk', 'chunk_text', 'chunk_call', 'index_job') then
        execute format('grant insert, update, delete on %s to codesearch_writer', wanted);
    elsif relation.relname ~ '^embedding_[0-9]+$' then
        -- No more: others may have the same text.
        execute format('grant insert on %s to codesearch_writer', wanted);
    elsif relation.relname in ('posting', 'lexical_statistic', 'lexical_norm') then
        execute format('grant insert, delete on %s to codesearch_writer', wanted);
    elsif relation.relname = 'repository' then
        -- Not its name: a name that is taken would tell of a repository one can't see.
        grant insert, update (root, indexed_commit, indexed_at, last_error, base_id), delete on repository to codesearch_writer;
    end if;
end
$$;
comment on function apply_table_privileges(regclass) is 'Gives the three roles their rights on one table or view.';
revoke all on function apply_table_privileges(regclass) from public;
