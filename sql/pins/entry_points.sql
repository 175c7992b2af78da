-- Pins on what is called from outside, and on triggers, what a session, role or database may have set otherwise and
-- what changes an answer, or breaks it: how strings and numbers are read and written, row-level security, plans by the
-- index that is meant. Functions below them have it from their caller, and those that are inlined can't have it
-- themselves. Here and not in their own files, so that the list is one.
do $$
declare
    of_all constant text [] := '{standard_conforming_strings=on,extra_float_digits=1,datestyle=iso,
        intervalstyle=postgres,bytea_output=hex,
        array_nulls=on,transform_null_equals=off,row_security=on}';
    of_searches constant text [] := '{enable_indexscan=on,enable_bitmapscan=on,enable_nestloop=on,enable_hashjoin=on,
        enable_mergejoin=on,
        enable_seqscan=on,enable_sort=on,jit=off}';
    searches constant name [] := '{search,search_hops,search_models,search_changes,changed_together,explain,fused_legs,
        find_similar,grep,pack,outline,find_definition,find_usages,find_implementations,callers,callees,imports_of,
        impact,ask}';
    others constant name [] := '{upsert_file,delete_file,store_files,skip_files,forget_files,forget_repository,
        rename_files,replace_chunks,append_postings,
        refresh_lexical_index,rebuild_postings,merge_postings,store_embeddings,embed_query,
        record_feedback,record_opened,log_shown,add_model,
        activate_model,run_maintenance,maintain_step,check_drift,measure_vector_recall,mined_negatives,change_setting,
        answer,ensure_branch,find_versions,read_chunk,read_file,store_commits,record_history,forget_history}';
    item record;
    pin text;
begin
    for item in
        select p.oid::regprocedure as name, p.proname = any(searches) as searching
        from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang
        where p.pronamespace = 'codesearch'::regnamespace and l.lanname = 'plpgsql'
            and (p.prorettype = 'trigger'::regtype or p.proname = any(searches || others))
        order by p.oid::regprocedure::text
    loop
        foreach pin in array case when item.searching then of_all || of_searches else of_all end loop
            execute format('alter function %s set %s to %L', item.name, split_part(pin, '=', 1),
                split_part(pin, '=', 2));
        end loop;
    end loop;
end
$$;
