-- In which order a language model put results, asked by clients; and where the search itself had them.
create table rerank_cache (
    rerank_id bigint generated always as identity primary key,
    rerank_key uuid not null,
    answered_for name not null,
    places int [] not null,
    answered_at timestamptz not null default clock_timestamp()
);
comment on table rerank_cache is
'Orders that a language model gave, by a hash of query, model and contents (rerank_key); each role has its own.';
comment on column rerank_cache.places is 'The places of the search, best first as the model has it.';
create index rerank_cache_key on rerank_cache (rerank_key);

alter table query_results add column search_rank int;
comment on column query_results.search_rank is
'Where the search had it, of results that a language model put in order; rank is what was shown.';
alter table query_log add column reranked_by text;
comment on column query_log.reranked_by is 'The language model that put the results in order.';
