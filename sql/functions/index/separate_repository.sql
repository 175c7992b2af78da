-- Ends the sharing of a repository with its base: every file gets a content and chunks of its own (repository_separate).
create or replace function separate_repository(repository_id int) returns void
language sql volatile
set search_path from current
as $$
    update repository r set base_id = null where r.repository_id = separate_repository.repository_id and r.base_id is not null
$$;
comment on function separate_repository(int) is 'Ends the sharing of a repository with its base: every file gets a content and chunks of its own.';
