-- Settings that were tuned with the ranker that answers for a model version.
create or replace function ranker_settings(model_version_id int) returns jsonb
language plpgsql stable parallel safe
as $$
begin
    return (
        select coalesce((select r.settings from codesearch.ranker r where r.ranker_id = (
            select codesearch.answering_ranker(ranker_settings.model_version_id))), '{}'));
end
$$;
comment on function ranker_settings(int) is
'Settings that were tuned with the ranker that answers for a model version.';
