-- A log entry as the log takes it, of these hits (loggable_hits). It may come from anybody (log_query, log_shown), so
-- what no search has is refused or left out, and so is a text that holds a secret.
create or replace function checked_log(entry query_log, hits hit []) returns query_log
language plpgsql volatile
set search_path from current
as $$
begin
    if coalesce(entry.query, 'x') !~ '\S' or coalesce(entry.query, entry.query_hash::text) is null
       or length(entry.query) > setting_number('query.max_length')
       or entry.k is null or entry.k not between 1 and setting_number('search.max_results')
       or entry.mode is null or entry.mode <> all(search_modes())
       or length(entry.filters::text) > 10000 then
        raise exception using errcode = 'CS001', message = 'no search has such arguments',
            hint = 'searches log themselves: codesearch.search';
    end if;
    if entry.query_class is null or entry.query_class not in ('identifier', 'mixed', 'semantic') then
        entry.query_class := classify_query(coalesce(entry.query, ''));
    end if;
    if entry.query is not null then
        entry.query_hash := md5(entry.query)::uuid;
        entry.query := case when current_setting_value('log.query_text')::boolean and not looks_secret(entry.query)
            then entry.query end;
    end if;
    entry.filters := jsonb_strip_nulls(jsonb_build_object('repository', entry.filters -> 'repository',
        'path', case when not looks_secret(entry.filters ->> 'path') then entry.filters -> 'path' end,
        'language', entry.filters -> 'language', 'kind', entry.filters -> 'kind'));
    entry.asked_by := asking_role();
    entry.model_version_id := (select m.model_version_id from model_version m
                               where m.model_version_id = entry.model_version_id);
    entry.result_count := cardinality(hits);
    entry.top_score := hits[1].score;
    entry.from_cache := coalesce(entry.from_cache, false);
    entry.encoder := case when entry.encoder in ('caller', 'table', 'model') then entry.encoder end;
    entry.confidence := case when entry.confidence between 0 and 1 then entry.confidence end;
    entry.session := left(entry.session, 200);
    entry.packed := coalesce(entry.packed, false);
    return entry;
end
$$;
comment on function checked_log(query_log, hit []) is
'A log entry as the log takes it: nothing that no search has, and no secret.';
