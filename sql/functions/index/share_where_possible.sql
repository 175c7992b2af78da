-- Shares a repository that has no base with this one, or with its likely base where there is one (index.share_copies); not where one of them
-- can't be shared, or somebody was granted the one alone. Returns how many files are shared.
create or replace function share_where_possible(repository_id int, base text default null) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    own repository := (select r from repository r where r.repository_id = share_where_possible.repository_id);
    wanted text := base;
begin
    if wanted is null and current_setting_value('index.share_copies')::boolean then
        wanted := (select r.name from repository r where r.repository_id = likely_base(own.repository_id));
    end if;
    if own.base_id is not null or not exists (select from repository r where r.name = wanted) then
        return 0;
    end if;
    return share_repository(own.name, wanted);
exception when sqlstate 'CS014' then
    return 0;
end
$$;
comment on function share_where_possible(int, text) is 'Shares a repository with a base where that is possible; returns how many files are shared.';
