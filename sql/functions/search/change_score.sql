-- What a commit scores: BM25 and cosine, each in deviations from its mean. Those of words have a long tail, so that
-- meaning is weighed up. A commit without a vector yet counts as an unrelated one.
create or replace function change_score(lexical_z float8, cosine float8, mode text, settings jsonb) returns float8
language sql immutable parallel safe
as $$
    select case mode when 'lexical' then coalesce(lexical_z, 0)
        when 'vector' then cosine
        else coalesce(lexical_z, 0) + (settings ->> 'history.vector_weight')::float8
            * coalesce((cosine - (settings ->> 'vector.mean')::float8) / (settings ->> 'vector.deviation')::float8, 0)
        end
$$;
comment on function change_score(float8, float8, text, jsonb) is
'What a commit scores: BM25 and cosine, each in deviations from its mean.';
