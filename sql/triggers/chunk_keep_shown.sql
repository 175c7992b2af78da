-- Keeps the text of a chunk that goes while feedback on it may still come: an agent searches, edits what it found, and
-- then says that it was of use. Only what the newest 1,000 searches of the last day showed, which bounds what a large
-- re-index pays; without feedback prune_logs takes the text away after a day. The chunk's content, because what was
-- embedded of it is gone by now.
create or replace function chunk_keep_shown() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    insert into feedback_text (content_hash, text, terms)
    select distinct on (o.content_hash) o.content_hash, o.content, tsvector_to_array(o.lexemes)
    from (select q.query_id from query_log q
          where q.query_id > (select max(l.query_id) - 1000 from query_log l)
            and q.asked_at > now() - interval '1 day' and q.query is not null offset 0) asked
    join query_results r on r.query_id = asked.query_id
    join old_rows o on o.chunk_id = r.chunk_id and o.repository_id = r.repository_id and o.content_hash = r.content_hash
    order by o.content_hash
    on conflict (content_hash) do update set kept_at = excluded.kept_at;
    return null;
end
$$;
comment on function chunk_keep_shown() is 'Keeps the texts of deleted chunks that searches showed a short while ago.';
revoke all on function chunk_keep_shown() from public;

create or replace trigger chunk_keep_shown
after delete on chunk
referencing old table as old_rows
for each statement execute function chunk_keep_shown();
