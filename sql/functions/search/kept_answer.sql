-- The hits of the same search before, where nothing in its repositories has changed since; null where there are none.
-- Only what the asking role was answered itself: nobody learns what others ask, or puts words into their answers.
create or replace function kept_answer(key uuid, repositories int []) returns hit []
language sql stable security definer
set search_path from current
as $$
    select r.hits
    from result_cache r
    where r.answer_key = key and r.answered_for = asking_role()
      and not exists (
          select from index_change c
          where c.transaction >= pg_snapshot_xmin(r.snapshot) and not pg_visible_in_snapshot(c.transaction, r.snapshot)
            and c.changed_repository = any(repositories))
    order by r.answer_id desc
    limit 1
$$;
comment on function kept_answer(uuid, int []) is 'The hits of the same search before, where nothing has changed since.';
revoke all on function kept_answer(uuid, int []) from public;
