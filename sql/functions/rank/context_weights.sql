-- What the features of a context count where a ranker says nothing of them: one that was fitted to searches without a
-- context can't. docs/measurements.md says what they were fitted to.
create or replace function context_weights() returns jsonb
language sql immutable parallel safe
as $$
    select '{
        "is_current": -2.5, "is_recent": -2.5, "same_folder": 0.143, "named_alike": 0.553, "test_of": 3.227,
        "test_too": 3.167, "imports": 0.204, "called": 0.168, "calls": 0.772, "like_seen": 0.236,
        "task_lexical": 0.701, "task_vector": 0.553, "recent_lexical": 0.281
    }'::jsonb
$$;
comment on function context_weights() is
'What the features of a caller''s context count where a ranker says nothing of them.';
