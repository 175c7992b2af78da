-- Embeddings of queries that were asked before. Only query_embedding_for reads and writes here. The text is not kept.
create table query_embedding_cache (
    model_version_id int not null references model_version on delete cascade,
    query_hash uuid not null,
    embedding halfvec not null,
    hits bigint not null default 0,
    created_at timestamptz not null default now(),
    used_at timestamptz not null default now(),
    primary key (model_version_id, query_hash)
);
comment on table query_embedding_cache is 'Embeddings of queries that were asked before, by hash of the query; a miss made each row.';

create table query_embedding_count (
    model_version_id int primary key references model_version on delete cascade,
    hits bigint not null,
    misses bigint not null
);
comment on table query_embedding_count is 'Hits and misses of cache rows that were removed since; the view query_embedding_cache_status adds both.';
