-- The ranker that answers for a model version: the active one of its own, else the active one for all; null is the one
-- that ships.
create or replace function answering_ranker(model_version_id int) returns int
language sql stable parallel safe
as $$
    select r.ranker_id from codesearch.ranker r
    where r.status = 'active' and coalesce(r.model_version_id, answering_ranker.model_version_id)
        is not distinct from answering_ranker.model_version_id
    order by r.model_version_id nulls last limit 1
$$;
comment on function answering_ranker(int) is
'The ranker that answers for a model version; null is the one that ships.';
