-- The views that tell what is indexed, of all shards that answer.
do $views$
declare
    wanted name;
    names text;
    typed text;
begin
    foreach wanted in array '{index_status,index_freshness}'::name [] loop
        select string_agg(format('s.%I', a.attname), ', ' order by a.attnum),
               string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
        into names, typed
        from pg_attribute a
        where a.attrelid = format('codesearch.%I', wanted)::regclass and a.attnum > 0 and not a.attisdropped;
        execute format(
            $f$create or replace function codesearch.%I() returns table (%s) language plproxy as $b$
                cluster 'codesearch_shards'; run on codesearch.shards_of(null); select %s from codesearch.%I s;
            $b$$f$,
            wanted || '_of_shards', typed, names, wanted);
        execute format(
            'create or replace view codesearch.%I with (security_invoker = true) as select %s from codesearch.%I() s'
            ' order by s.repository',
            wanted, names, wanted || '_of_shards');
    end loop;
end
$views$;
