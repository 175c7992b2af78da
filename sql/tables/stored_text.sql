-- What is large and follows from a text alone is stored once, whoever holds the text: the text in stored_text, its
-- vectors in the embedding tables. What a repository has of it is rows of chunk_text. Rows of 0001 are moved; the HNSW
-- indexes are left to ensure_vector_index (the next index run or maintenance), because searches wait for this and exact
-- distances answer until then.

-- All locks first, and none waited for as long as deadlock_timeout: whoever holds one table and waits for the next
-- would deadlock with this. Of all tables, so that a search that waits has read none of what is moved.
do $$
declare
    before text := current_setting('lock_timeout');
    wanted regclass [] := array(select c.oid from pg_class c
                                where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p')
                                    order by c.relname);
    item regclass;
begin
    perform set_config('lock_timeout', '200ms', true);
    for attempt in 1..100 loop
        begin
            foreach item in array wanted loop
                execute format('lock table %s in access exclusive mode', item);
            end loop;
            exit;
        exception when lock_not_available then
            if attempt = 100 then
                raise;
            end if;
            perform pg_sleep(0.05 * random());
        end;
    end loop;
    perform set_config('lock_timeout', before, true);
end
$$;

drop function if exists reuse_embeddings(int, bigint []);
drop function if exists forget_stale_embeddings(int);
-- Rows of the one have one column more, arguments of the other one more.
drop function if exists score_candidates(text, text, halfvec, int, text, int [], boolean, jsonb, int, jsonb);
drop function if exists passes_filters(smallint, text, text, text, jsonb);
drop function if exists claim_jobs(text, int, interval, text []);
drop function if exists requeue_jobs(text, bigint [], interval);

create table stored_text (
    text_hash uuid primary key,
    text text not null
);
comment on table stored_text is
'Each distinct text that is embedded, once for all branches and repositories; it goes with the last chunk_text.';
comment on column stored_text.text_hash is 'The first half of the text''s sha256: see text_hash().';

insert into stored_text (text_hash, text)
select distinct on (1) encode(substr(sha256(convert_to(t.text, 'UTF8')), 1, 16), 'hex')::uuid, t.text
from chunk_text t
order by 1;

-- Each embedding table loses the columns of the chunk; a vector counts only where it was made of the text that is there
-- now.
do $$
declare
    model record;
    item text;
begin
    for model in select m.model_version_id, format('codesearch.embedding_%s', m.model_version_id) as name
        from codesearch.model_version m loop
        execute format(
            'create temporary table moved_embedding as
             select distinct on (1)
                    encode(substr(sha256(convert_to(t.text, ''UTF8'')), 1, 16), ''hex'')::uuid as text_hash,
                    e.token_count, e.kept_tokens, e.embedding
             from %s e join codesearch.chunk_text t on t.chunk_id = e.chunk_id and t.unit = e.unit
                 and t.text_hash = e.text_hash
             order by 1, e.chunk_id, e.unit', model.name);
        execute format('truncate %s', model.name);
        for item in select i.indexrelid::regclass from pg_index i
            where i.indrelid = model.name::regclass and not i.indisprimary loop
            execute format('drop index %s', item);
        end loop;
        for item in select p.polname from pg_policy p where p.polrelid = model.name::regclass loop
            execute format('drop policy %I on %s', item, model.name);
        end loop;
        execute format('alter table %s drop column chunk_id, drop column unit, drop column repository_id', model.name);
        execute format('insert into %s select m.* from pg_temp.moved_embedding m', model.name);
        execute format(
            'alter table %s add primary key (text_hash), '
            'add foreign key (text_hash) references codesearch.stored_text on delete cascade',
            model.name);
        execute format('comment on table %s is %L', model.name,
            'Embeddings of one model version: one for each distinct text.');
        drop table pg_temp.moved_embedding;
    end loop;
end
$$;

update chunk_text t set text_hash = encode(substr(sha256(convert_to(t.text, 'UTF8')), 1, 16), 'hex')::uuid;
alter table chunk_text drop column text;
alter table chunk_text add foreign key (text_hash) references stored_text;
-- A hash index: every search looks up whose its nearest texts are, and this takes half the time of a B-tree.
create index chunk_text_hash on chunk_text using hash (text_hash);
comment on table chunk_text is
'Which texts are embedded for a chunk: one of the whole chunk, one for each window of a long one, '
'one of its names and comments.';
