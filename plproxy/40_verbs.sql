-- The other verbs, and what a search asks of chunks it has found: each is asked of the shards that its question is for,
-- and what several answer is merged. Made from the verbs themselves, so that arguments and rows are theirs: the function
-- of a verb's name asks <verb>_of_shards. route: where a question goes (10_routes.sql). merged: the order of rows of
-- several shards, null where one answers. place: what makes a row, shown once, since a repository that moves is in two
-- shards for a moment.
do $verbs$
declare
    verb record;
    proc record;
    names text;
    call text;
    said text;
begin
    for verb in
        select * from (values
            ('shard_context', 'shards_of(address)', null, null, null),
            ('shard_log', 'shards_of(address)', null, null, null),
            ('near_copies', 'shards_of(null)', null, null, null),
            ('hit_rows', 'shards_of(repository)', 'rank', 'chunk_id', 'all'),
            ('hit_explanations', 'shards_of(null)', 'rank', 'chunk_id', 'all'),
            ('find_definition', 'shards_of(repository)', 'confidence desc, repository, path, line',
                'repository, path, line, kind, symbol', 'k'),
            ('find_usages', 'shards_of(repository)', 'confidence desc, repository, path, line',
                'repository, path, line, kind, symbol', 'k'),
            ('find_implementations', 'shards_of(repository)', 'confidence desc, repository, path, line',
                'repository, path, line, kind, symbol', 'k'),
            ('grep', 'shards_of(repository)', 'repository, path, line, start_column',
                'repository, path, line, start_column', 'k'),
            ('search_changes', 'shards_of(repository)', 'score desc, repository, hash', 'repository, hash', 'k'),
            ('search_hops', 'shards_of(repository)', 'score desc, repository, path, start_line',
                'repository, path, start_line, symbol', 'k'),
            ('impact', 'shards_of(repository)', 'confidence desc, repository, path, start_line',
                'repository, path, start_line, symbol, role', 'k'),
            ('ask_graph', 'shards_of(repository)', 'confidence desc, repository, path, start_line',
                'repository, path, start_line, symbol, role', 'k'),
            ('callers', 'shard_of_id(chunk_id)', null, null, null),
            ('callees', 'shard_of_id(chunk_id)', null, null, null),
            ('find_similar', 'shard_of_id(chunk_id)', null, null, null),
            ('read_chunk', 'shard_of_id(chunk_id)', null, null, null),
            ('record_feedback', 'shard_of_id(query_id)', null, null, null),
            ('imports_of', 'one_shard(repository)', null, null, null),
            ('read_file', 'one_shard(repository)', null, null, null),
            ('changed_together', 'one_shard(repository)', null, null, null),
            ('outline', 'one_shard(repository)', null, null, null),
            ('pack', 'one_shard(repository)', null, null, null),
            ('search_models', 'one_shard(repository)', null, null, null),
            ('record_opened', 'one_shard(repository)', null, null, null),
            ('upsert_file', 'writing_shard(repository)', null, null, null),
            ('delete_file', 'writing_shard(repository)', null, null, null)) as v(name, route, merged, place, most)
    loop
        select p.oid, p.proretset, p.provolatile, p.prorettype,
               pg_get_function_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result,
               p.proargnames[:p.pronargs] as argument_names
        into strict proc
        from pg_proc p where p.pronamespace = 'codesearch'::regnamespace and p.proname = verb.name;
        call := format('codesearch.%I(%s)', verb.name || '_of_shards',
            (select string_agg(format('%I.%I', verb.name, n), ', ') from unnest(proc.argument_names) n));
        execute format(
            $f$create or replace function codesearch.%I(%s) returns %s language plproxy as $b$
                cluster 'codesearch_shards'; run on codesearch.%s; target codesearch.%I;
            $b$$f$,
            verb.name || '_of_shards', proc.arguments, proc.result, verb.route, verb.name);
        said := case when verb.route = 'shards_of(repository)'
            then format(' perform codesearch.say_partial(%I.repository);', verb.name) else '' end;
        if verb.merged is not null then
            -- Ranks are counted anew.
            select string_agg(case when a.attname = 'rank' and verb.merged <> 'rank'
                       then format('(row_number() over (order by %s))::int', verb.merged) else format('%I', a.attname)
                       end, ', ' order by a.attnum)
            into names
            from pg_type t join pg_attribute a on a.attrelid = t.typrelid
            where t.oid = proc.prorettype and a.attnum > 0 and not a.attisdropped;
            call := format('select %s from (select distinct on (%s) * from %s order by %s) m order by %s limit %s',
                names, verb.place, call, verb.place || ', ' || verb.merged, verb.merged,
                case verb.most when 'k' then format('%I.k', verb.name) else 'all' end);
        else
            call := format('select * from %s', call);
        end if;
        execute format(
            $f$create or replace function codesearch.%I(%s) returns %s language plpgsql %s as $b$
            #variable_conflict use_column
            declare
                state text;
                message text;
                hint text;
            begin
                loop
                    begin
                        %s
                    exception when others then
                        get stacked diagnostics state = returned_sqlstate, message = message_text,
                            hint = pg_exception_hint;
                        perform codesearch.settle_failure(state, message, hint);
                    end;
                end loop;
            end
            $b$ set search_path = %s$f$,
            verb.name, proc.arguments, proc.result, case proc.provolatile when 's' then 'stable' else 'volatile' end,
            format(case when proc.proretset then 'return query %s;' || said || ' return;' else 'return (%s);' end,
                call),
            current_setting('search_path'));
    end loop;
end
$verbs$;
