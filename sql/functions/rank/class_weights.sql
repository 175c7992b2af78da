-- The weights for one question: those of the ranker for its class and for the legs that there are. Mode rrf is
-- reciprocal rank fusion as Cormack et al. 2009 have it, the fitting leg's weight doubled, and nothing else.
create or replace function class_weights(asked query_parts, mode text, has_vector boolean, model_version_id int,
    settings jsonb) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
    return (
        select case when mode = 'rrf' then
            jsonb_build_object(
                'lexical_reciprocal', case asked.class when 'identifier' then 2 else 1 end
                    / ((settings ->> 'fusion.rrf_k')::float8 + 1),
                'vector_reciprocal', case asked.class when 'semantic' then 2 else 1 end
                    / ((settings ->> 'fusion.rrf_k')::float8 + 1))
        else context_weights()
            || coalesce(ranker_weights(class_weights.model_version_id) #> array[r.legs, r.query_class], '{}')
        end
        from ranked_as(asked, mode, has_vector) r);
end
$$;
comment on function class_weights(query_parts, text, boolean, int, jsonb) is
'The weights for one question: those for its class and for the legs that there are.';
