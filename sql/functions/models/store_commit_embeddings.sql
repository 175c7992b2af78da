-- Stores vectors of commit messages of one repository and model version; returns how many. A commit that is gone
-- meanwhile is left out, and one that is being collected is waited for by nobody.
create or replace function store_commit_embeddings(
    model_version_id int, repository_id int, commit_ids bigint [], embeddings halfvec []
) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := store_commit_embeddings.repository_id;
    stored int;
begin
    perform check_embeddings(store_commit_embeddings.model_version_id, embeddings);
    if wanted <> all(writable_repositories()) then
        return 0;
    end if;
    with held as materialized (
        select g.commit_id, n.embedding
        from unnest(commit_ids, embeddings) as n(commit_id, embedding)
        join git_commit g on g.commit_id = n.commit_id and g.repository_id = wanted
        for key share of g skip locked)
    insert into commit_embedding (model_version_id, commit_id, repository_id, embedding)
    select store_commit_embeddings.model_version_id, h.commit_id, wanted, h.embedding from held h order by h.commit_id
    on conflict do nothing;
    get diagnostics stored = row_count;
    return stored;
end
$$;
comment on function store_commit_embeddings(int, int, bigint [], halfvec []) is
'Stores vectors of commit messages of one repository and model version; returns how many.';
revoke all on function store_commit_embeddings(int, int, bigint [], halfvec []) from public;
