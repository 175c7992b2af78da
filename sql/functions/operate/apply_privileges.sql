-- Gives the three roles their rights on every object of the schema, and nobody else any. A function that runs as its
-- caller gives no one more than the tables do, so every reader may call it, save those that change rights; SECURITY
-- DEFINER ones are for administrators unless named here: those for writers compare the repository with
-- writable_repositories. What tells of all repositories in numbers is for pg_monitor too, the server's own role for
-- monitoring, whose members see what everybody asks the server anyway. Runs at every install and upgrade, and by hand
-- once roles exist that the installing role could not create.
create or replace function apply_privileges() returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
    item record;
    for_owner text [] := '{apply_privileges,apply_table_privileges,protect_table,enable_row_level_security,
        disable_row_level_security,
        maintain_step,measure_vector_recall,measure_first_pass,recall_queries,nearest_found,prune_answers,
        prune_reranks,prune_logs,forget_unused_texts,
        collect_versions,collect_commits,count_shared_idf,lock_postings,
        lock_repository,search_drift,asked_drift,neighbour_drift,evaluation_drift,raise_alerts,
        schedule_rebuilds,hold_work_lock,count_searches,
        uncounted_searches,kept_rows,search_metrics,queue_metrics,index_metrics,
        lock_tables,repair_files,claim_ids}';
    for_monitors text [] := '{metrics,metrics_text}';
    for_readers text [] := '{keep_answer,kept_answer,log_query,session_contents,embed_by_model,record_feedback,
        record_opened,calibration_status,begin_rerank,settle_rerank,log_rerank,log_shown,
        shard_of,shards_of,one_shard,shard_of_id,all_shards,shard_names}';
    for_writers text [] := '{ensure_branch,ensure_repository,branch_repository,writable_repositories,writes_everywhere,
        store_files,skip_files,delete_file,forget_files,forget_repository,rename_files,mark_dirty,record_index_run,
        remove_secret_file,find_versions,replace_chunks,store_commits,record_history,forget_history,
        claim_jobs,complete_jobs,fail_job,release_jobs,renew_leases,requeue_jobs,retry_failed_jobs,
        queue_missing_embeddings,queue_restored_embeddings,
        store_embeddings,store_provisional,store_commit_embeddings,store_descriptions,
        refresh_lexical_index,ensure_vector_index,writing_shard}';
begin
    if (select count(*) from pg_roles where rolname in ('codesearch_reader', 'codesearch_writer', 'codesearch_admin'))
        < 3 then
        return false;
    end if;
    grant usage on schema codesearch to codesearch_reader, codesearch_writer, codesearch_admin, pg_monitor;
    revoke all on all sequences in schema codesearch from codesearch_writer;
    grant usage on all sequences in schema codesearch to codesearch_admin;
    for item in
        select p.oid::regprocedure as name, p.proname = any(for_readers)
            or not p.prosecdef as reading, p.proname = any(for_writers) as writing,
               p.proname = any(for_owner) as owning, p.proname = any(for_monitors) as monitoring
        from pg_proc p
        where p.pronamespace = 'codesearch'::regnamespace and p.prorettype <> 'trigger'::regtype
    loop
        execute format('revoke all on routine %s from public, codesearch_reader, codesearch_writer, codesearch_admin',
            item.name);
        continue when item.owning;
        execute format('grant execute on routine %s to codesearch_admin', item.name);
        if item.monitoring then
            execute format('grant execute on routine %s to pg_monitor', item.name);
        elsif item.writing then
            execute format('grant execute on routine %s to codesearch_writer', item.name);
        elsif item.reading then
            execute format('grant execute on routine %s to codesearch_reader, codesearch_writer', item.name);
        end if;
    end loop;
    for item in
        select c.oid::regclass as name from pg_class c
        where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p', 'v')
    loop
        perform apply_table_privileges(item.name);
    end loop;
    return true;
end
$$;
comment on function apply_privileges() is
'Gives the roles codesearch_reader, _writer and _admin their rights; false where they are not all there.';
revoke all on function apply_privileges() from public;
