-- Notes that searches of the repositories that hold these texts may find more now.
create or replace function note_new_vectors(text_hashes uuid []) returns void
language sql volatile security definer
set search_path from current
as $$
    insert into index_change (changed_repository)
    select distinct t.repository_id from chunk_text t where t.text_hash = any(text_hashes)
    on conflict do nothing
$$;
comment on function note_new_vectors(uuid []) is
'Notes that searches of the repositories that hold these texts may find more now.';
revoke all on function note_new_vectors(uuid []) from public;
