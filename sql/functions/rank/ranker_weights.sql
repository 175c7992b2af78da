-- The weights that answer for a model version: those of the ranker that is active for it, or for all, or the shipped.
create or replace function ranker_weights(model_version_id int) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
    return (
        select coalesce(
            (select r.weights from ranker r
             where r.ranker_id = (select answering_ranker(ranker_weights.model_version_id))),
            shipped_ranker()));
end
$$;
comment on function ranker_weights(int) is 'The weights that answer for a model version.';
