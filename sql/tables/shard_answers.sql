-- What one shard found for a search: its candidates with the hashes of their whole texts, by which the same text in two
-- shards is known, and its share of what BM25 is standardised by.
create type shard_answers as (candidates search_candidate [], text_hashes uuid [], shares lexical_standard []);
comment on type shard_answers is 'What one shard found for a search.';
