-- The ids of the repositories whose chunks and statistics a search is over: all that the caller may see, or one by name and after
-- it its base, where it has one. Of the base's files those count then that the first of them (sharing, elsewhere) shares.
-- Each is looked up by a scalar subquery: the planner would answer an exists from a hash of all shared files, made anew for each search.
-- The inverse document frequencies are the base's (term_idf).
create or replace function searched_repositories(repository text) returns int []
language sql stable
set search_path from current
as $$
    select case when searched_repositories.repository is null then v.ids else with_base(v.ids[1]) end
    from (select visible_repositories(searched_repositories.repository) as ids offset 0) v
$$;
comment on function searched_repositories(text) is 'The ids of the repositories whose chunks and statistics a search is over.';
