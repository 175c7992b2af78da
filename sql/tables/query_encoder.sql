-- Searches say what embedded the query. Nothing is kept of it any more: a look-up costs no more than a cache.
alter table query_log add column encoder text;
comment on column query_log.encoder is
'What embedded the query: caller, table or model; null where words alone answered, or an answer that was kept.';
alter type search_explanation add attribute encoder text;

drop view if exists query_embedding_cache_status;
drop function if exists query_embedding_for(text, int);
drop function if exists prune_query_embeddings();
-- Taken out of the extension first: it keeps a list of tables to dump, which a dropped one does not leave by itself.
do $$
declare
    gone text;
begin
    foreach gone in array '{query_embedding_count,query_embedding_cache}'::text [] loop
        if exists (select from pg_extension e join pg_depend d on d.refobjid = e.oid and d.deptype = 'e'
                   where e.extname = 'pgcodesearch' and d.objid = to_regclass(gone)) then
            execute format('alter extension pgcodesearch drop table %I', gone);
        end if;
        execute format('drop table if exists %I', gone);
    end loop;
end
$$;
