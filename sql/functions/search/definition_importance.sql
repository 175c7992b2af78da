-- How much a definition matters to who wants to know a repository: how often it is called, how much of the code leads
-- to it (score of chunk_importance, of which the mean is 1; null where it was not measured since it changed), whether
-- it is meant for others, and what its path says. The one place that outline's order is made in.
create or replace function definition_importance(
    callers bigint, definitions bigint, score real, kind text, name text, path_flags text []
)
returns float8
language sql immutable parallel safe
as $$
    select ln(1 + callers::float8 / greatest(definitions, 1))
        + 0.5 * ln(1 + coalesce(score, 1)::float8)
        + case when kind = 'class' then 1 else 0 end
        - case when name like '\_%' then 1 else 0 end
        + case when 'entry' = any(path_flags) then 0.5 else 0 end
        - 3 * (select count(*) from unnest(path_flags) f where f <> 'entry')
$$;
comment on function definition_importance(bigint, bigint, real, text, text, text []) is
'How much a definition matters to who wants to know a repository.';
