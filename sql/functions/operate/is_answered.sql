-- Whether a logged search found something, as far as it says: by how sure its surest result was (confidence), or, where
-- nothing was calibrated, by its best score. What passes and what misses differ in the least that is asked for.
create or replace function is_answered(
    confidence float8, result_count int, top_score float8, least_confidence float8, least_score float8
)
returns boolean
language sql immutable parallel safe
as $$
    select case when confidence is not null then confidence >= least_confidence
                else coalesce(result_count > 0 and top_score >= least_score, false) end
$$;
comment on function is_answered(float8, int, float8, float8, float8) is
'Whether a logged search found something: by confidence, or by score where nothing was calibrated.';
