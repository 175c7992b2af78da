-- Keeps the texts of chunks, as they are embedded (path, names, body), to train on when they are gone; of several of
-- the same content that of the first. Under row-level security the content alone, which the hash is of: what is
-- embedded of it a worker says, and of the same content, hence for another tenant, whoever comes first.
create or replace function keep_chunk_texts(chunk_ids bigint []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    kept int;
    apart boolean := tenants_apart();
begin
    insert into feedback_text (content_hash, text, terms)
    select distinct on (c.content_hash) c.content_hash, coalesce(case when not apart then s.text end, c.content),
        tsvector_to_array(c.lexemes)
    from unnest(keep_chunk_texts.chunk_ids) with ordinality as a(chunk_id, place)
    join chunk c on c.chunk_id = a.chunk_id
    left join chunk_text t on t.chunk_id = c.chunk_id and t.repository_id = c.repository_id and t.unit = 0
    left join stored_text s on s.text_hash = t.text_hash
    order by c.content_hash, a.place
    -- A new date keeps prune_logs away until the feedback is committed.
    on conflict (content_hash) do update set kept_at = excluded.kept_at;
    get diagnostics kept = row_count;
    return kept;
end
$$;
comment on function keep_chunk_texts(bigint []) is 'Keeps the texts of chunks to train on; returns how many.';
revoke all on function keep_chunk_texts(bigint []) from public;
