-- Embeddings to measure recall with: of queries that were asked, where the database embeds them by look-up and there
-- are enough, else vectors of chunks.
create or replace function recall_queries(
    model_version_id int, samples int, out embeddings halfvec [], out sampled_from text
)
language plpgsql volatile
set search_path from current
as $$
declare
    wanted int := recall_queries.model_version_id;
begin
    if (select e.encoder from query_encoder(wanted) e) = 'table' then
        embeddings := array(select embed_by_table(q, wanted) from asked_queries(samples) q);
    end if;
    sampled_from := 'queries';
    if coalesce(cardinality(embeddings), 0) < samples then
        execute format('select array(select e.embedding from %s e order by random() limit %s)',
            embedding_table(wanted), samples) into embeddings;
        sampled_from := 'chunks';
    end if;
end
$$;
comment on function recall_queries(int, int) is 'Embeddings to measure recall with: of queries, else of chunks.';
revoke all on function recall_queries(int, int) from public;
