-- Settings that were tuned with the ranker that answers for a model version.
create or replace function ranker_settings(model_version_id int) returns jsonb
language sql stable parallel safe
as $$
    select coalesce((select r.settings from codesearch.ranker r
                     where r.status = 'active' and coalesce(r.model_version_id, ranker_settings.model_version_id)
                         is not distinct from ranker_settings.model_version_id
                     order by r.model_version_id nulls last limit 1), '{}')
$$;
comment on function ranker_settings(int) is
'Settings that were tuned with the ranker that answers for a model version.';
