-- One step of run_maintenance: does it and says what came of it. Every step is safe to repeat.
create or replace function maintain_step(step text) returns text
language plpgsql volatile
set search_path from current
as $$
declare
    done int := 0;
    busy int := 0;
    begun timestamptz := clock_timestamp();
    rest text := '';
    outcome text;
    item record;
begin
    case step
        when 'jobs' then
            return format('%s jobs requeued', requeue_expired_jobs());
        when 'files' then
            return (select format('%s files queued, %s rows removed', r.queued, r.removed) from repair_files() r);
        when 'embeddings' then
            select coalesce(sum(queue_missing_embeddings(r.repository_id)), 0) into done from repository r;
            return format('%s files queued for embedding', done);
        when 'lexical index' then
            perform count_shared_idf();
            -- The longest unfolded first. Writers wait for all that is folded here: the rest is for the next run.
            for item in select r.repository_id from repository r left join lexical_norm n using (repository_id)
                        group by r.repository_id order by min(n.refreshed_at), r.repository_id loop
                if clock_timestamp() - begun >= make_interval(secs => setting_number('maintenance.fold_seconds')) then
                    rest := ', the rest next time';
                    exit;
                end if;
                -- One that is written to all the time must not keep the others waiting.
                begin
                    done := done + refresh_lexical_index(item.repository_id)::int;
                exception when lock_not_available then
                    busy := busy + 1;
                end;
            end loop;
            return format('%s repositories refreshed', done) || case when busy > 0 then format(', %s busy', busy)
                else '' end || rest;
        when 'importance' then
            select count(*) into done from repository r where refresh_importance(r.repository_id);
            return format('%s repositories measured', done);
        when 'versions' then
            return format('%s unused versions removed', collect_versions());
        when 'history' then
            select coalesce(sum(collect_commits(r.repository_id)), 0) into done from repository r;
            return format('%s commits that no branch reaches removed', done);
        when 'texts' then
            return format('%s unused texts removed', forget_unused_texts());
        when 'logs' then
            return format('%s rows removed', prune_logs());
        when 'result cache' then
            return format('%s answers removed', prune_answers() + prune_reranks());
        when 'vector index' then
            select count(*) into done from model_version m
                where m.status in ('active', 'candidate') and ensure_vector_index(m.model_version_id);
            return format('%s built', done);
        when 'rebuild schedule' then
            return schedule_rebuilds();
        when 'vector recall' then
            return coalesce((select string_agg(format('%s: %s%s', m.name, round(v.recall::numeric, 3),
                                               case when v.needs_reindex then ', needs reindex'
                                               when v.recall < setting_number('maintenance.min_recall')
                                                   then ', a rebuild does not help: raise vector.ef_search'
                                               else '' end), '; '
                                                   order by m.name)
                             from model_version m cross join lateral measure_vector_recall(m.model_version_id) v
                             where m.status in ('active', 'candidate')), 'no vector index');
        when 'drift' then
            outcome := coalesce((select string_agg(concat_ws(' ', replace(d.measure, '_', ' '), nullif(d.subject, ''))
                || ': '
                                                   || concat_ws(' ', d.state, round(d.value::numeric, 3)), '; '
                                                       order by d.measure, d.subject)
                                 from check_drift() d), 'nothing to measure');
            -- A statement of its own: it sees what check_drift raised.
            select count(*) into done from alert a where a.posted_at is null;
            return outcome || case when done > 0 then format('; %s alerts wait', done) else '' end;
        when 'statistics' then
            for item in select s.relid::regclass as name from pg_stat_user_tables s
                        where s.schemaname = 'codesearch' and s.n_mod_since_analyze > 500 + 0.05 * s.n_live_tup
                            order by s.relname loop
                execute format('analyze %s', item.name);
                done := done + 1;
            end loop;
            insert into index_size (files, chunks, bytes)
            select (select count(*) from source_file),
                (select coalesce(sum(l.chunk_count), 0) from lexical_statistic l where l.level = 0),
                (select sum(pg_total_relation_size(c.oid)) from pg_class c
                 where c.relnamespace = 'codesearch'::regnamespace and c.relkind = 'r')
            on conflict do nothing;
            return format('%s tables analysed', done);
    end case;
end
$$;
comment on function maintain_step(text) is 'One step of run_maintenance: does it and says what came of it.';
revoke all on function maintain_step(text) from public;
