-- Gives files new paths, as a version control system reports them: chunks keep their ids, and only what holds the path
-- is made anew. A file whose new path is taken stays as it is. Returns how many were renamed.
create or replace function rename_files(branch_id int, old_paths text [], new_paths text []) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    renamed int;
begin
    perform lock_repository(branch_repository(rename_files.branch_id));
    update source_file f set path = r.new_path
    from unnest(old_paths, new_paths) as r(old_path, new_path)
    where f.branch_id = rename_files.branch_id and f.path = r.old_path
      and not exists (select from source_file t
                      where t.branch_id = rename_files.branch_id and t.path = r.new_path);
    get diagnostics renamed = row_count;
    return renamed;
end
$$;
comment on function rename_files(int, text [], text []) is 'Gives files new paths; their chunks keep their ids.';
revoke all on function rename_files(int, text [], text []) from public;
