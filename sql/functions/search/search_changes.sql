-- Answers from history: the commits whose message, names and files fit a query, with what they changed and that code as
-- it stands today. Without a query the newest that pass the filters. Runs as the caller: row-level security holds.
-- path is a glob, or a path that a file has or had; author a part of a name; since and until are times, until excluded.
create or replace function search_changes(
    query text default null, k int default 10, repository text default null, path text default null,
    author text default null, since timestamptz default null, until timestamptz default null,
    mode text default 'hybrid', model text default null, query_embedding halfvec default null
)
returns setof change_result
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    model_id int := resolve_model(search_changes.model);
    scope search_scope := scope_of(search_changes.repository);
    filtered boolean := coalesce(search_changes.path, author, since::text, until::text) is not null;
    -- Variables: in the condition they would be computed for each row.
    pattern text := path_pattern(search_changes.path, scope.repositories);
    names text [] := renamed_paths(search_changes.path, scope.repositories);
    allowed bigint [];
    encoding query_encoding;
    settings jsonb;
begin
    perform check_changes(query, search_changes.k, mode, filtered, since, until);
    if filtered or query is null then
        allowed := array(
            select c.commit_id
            from searched_commits(scope, pattern, names, search_changes.author, since, until) c
            -- What a merge brought is there as commits of its own.
            where query is not null or not c.is_merge);
    end if;
    if query is not null and mode <> 'lexical' then
        encoding := encode_query(query, model_id);
        query_embedding := coalesce(query_embedding, encoding.embedding);
    end if;
    if query is not null then
        perform check_search(query, search_changes.k, mode, query_embedding, model_id);
    end if;
    settings := current_settings(model_id) || coalesce(encoding.settings, '{}');
    return query
    with found as materialized (
        select c.commit_id, c.lexical_rank, c.vector_rank, change_score(c.lexical_z, c.cosine, mode, settings)
                   as score
        from change_candidates(case when mode <> 'vector' then query_terms(query) else '{}' end,
                               case when mode <> 'lexical' then query_embedding end, model_id, scope, allowed,
                               greatest(search_changes.k, 75)) c
        where query is not null
        union all
        select u.id, null, null, null from unnest(allowed) u(id) where query is null
    ), best as (
        select f.*, row_number() over (order by f.score desc nulls last, f.commit_id desc) as place
        from found f order by f.score desc nulls last, f.commit_id desc limit search_changes.k
    )
    select b.place::int, b.commit_id, coalesce(search_changes.repository, r.name), encode(g.hash, 'hex'), g.authored_at,
           g.author, g.subject, g.body, b.score, b.lexical_rank, b.vector_rank,
           array(select f.path from commit_file f where f.commit_id = b.commit_id order by f.path limit 50),
           g.file_count,
           (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from changed_code(b.commit_id, scope.branches) c)
    from best b
    join git_commit g on g.commit_id = b.commit_id
    join repository r on r.repository_id = g.repository_id
    order by b.place;
end
$$;
comment on function search_changes(text, int, text, text, text, timestamptz, timestamptz, text, text, halfvec) is
'Answers from history: the commits that fit a query, with the code they changed as it stands today.';
