-- The settings with their defaults and what each is for; the table setting holds what a database changed
-- (change_setting).
create or replace function default_settings() returns table (name text, value jsonb, description text)
language sql immutable parallel safe rows 80
as $$
select d.name, codesearch.default_setting_values() -> d.name, d.description
from (values
    ('fusion.rrf_k', 'k of reciprocal rank fusion'),
    ('lexical.k1', 'BM25 term frequency saturation'),
    ('lexical.b', 'BM25 length normalisation'),
    ('lexical.weight.name', 'what an occurrence in name and scope counts, beside the one in the text'),
    ('lexical.weight.path', 'what an occurrence in the path counts'),
    ('lexical.weight.documentation',
        'what an occurrence in signature or documentation counts, beside the one in the text'),
    ('lexical.weight.text', 'what an occurrence in the text counts'),
    ('query.stop_words', 'stemmed words left out of queries that have others'),
    ('query.encoder',
        'what embeds a query that comes without an embedding: table (look-up in SQL), '
        'or model (PL/Python and clients)'),
    ('query.max_length', 'longer queries are refused'),
    ('search.candidates', 'candidates taken from each leg'),
    ('search.per_file', 'most results from one file'),
    ('search.near_copy',
        'share of common terms from which a result of the same name in another file repeats a better one, '
        'and is left out; above 1 none is'),
    ('search.max_results', 'largest k'),
    ('search.snippet_lines', 'lines of a snippet'),
    ('search.snippet_line_characters', 'characters of a line of a snippet'),
    ('search.snippet_characters', 'characters of a snippet'),
    ('search.class_lines',
        'lines of a class that are shown, from its head on; what is below are methods, chunks of their own'),
    ('grep.seconds', 'seconds that codesearch.grep looks before it gives what it found, and where to go on'),
    ('graph.definitions', 'names defined more often among the candidates carry no evidence of calls'),
    ('ranking.weights',
        'weights of features over those of the ranker, for every class of query: {"test": -3}; see feature_names()'),
    ('pipeline.recall', 'candidates of the lexical leg among which mode pipeline compares vectors'),
    ('vector.ef_search', 'HNSW candidate list; recall against speed'),
    ('vector.m', 'HNSW links of a node, for new indexes'),
    ('vector.ef_construction', 'HNSW candidate list when building, for new indexes'),
    ('vector.index_from', 'vectors from which an HNSW index is worth it'),
    ('vector.overfetch', 'vectors read for each wanted chunk, since a long chunk has several'),
    ('vector.exact_below', 'filters that leave fewer chunks are answered by exact distances'),
    ('vector.mean', 'mean cosine between a query and unrelated code, for this model'),
    ('vector.deviation', 'standard deviation of that cosine'),
    ('index.include',
        'patterns of files that are indexed although they look generated, minified, vendored or binary, '
        'in .gitignore''s language'),
    ('log.enabled', 'whether searches are logged'),
    ('log.query_text', 'whether the text is kept, or a hash only'),
    ('log.retention_days', 'days that logged searches are kept; 0 keeps all'),
    ('feedback.retention_days', 'days that feedback, its search and the texts it showed are kept; 0 keeps all'),
    ('feedback.position_bias', 'a positive at rank r weighs r to this power: lower ranks are looked at less often'),
    ('feedback.near_duplicate', 'share of common terms from which a shown chunk counts as a copy of the positive'),
    ('maintenance.retention_days',
        'days that the maintenance log, the series of recall and drift, and alerts are kept; 0 keeps all'),
    ('maintenance.min_recall', 'recall of a vector index below which it is rebuilt'),
    ('maintenance.rebuild_schedule', 'when pg_cron rebuilds the vector indexes, in crontab notation; empty: never'),
    ('maintenance.recall_samples', 'queries asked for each measure of recall'),
    ('drift.pass_score',
        'a result that scores this or more counts as right: 94 % of 177 judged queries have one, '
        '67 % of 21 without an answer'),
    ('drift.miss_score',
        'a search whose best result scores less found nothing: 3 % of 177 judged queries, '
        '19 % of 21 without an answer'),
    ('drift.searches', 'newest logged searches that pass rate and miss rate are measured on'),
    ('drift.min_searches', 'fewer searches say nothing'),
    ('drift.pass_rate_soft', 'share of searches with a result of drift.pass_score below which the state is soft'),
    ('drift.pass_rate_hard', 'the same for hard'),
    ('drift.miss_rate_soft', 'share of searches that found nothing from which on the state is soft'),
    ('drift.miss_rate_hard', 'the same for hard'),
    ('drift.texts', 'texts embedded lately whose nearest neighbours are measured'),
    ('drift.min_texts', 'fewer texts say nothing, and wait for more'),
    ('drift.neighbour_similarity_soft',
        'fall of the mean cosine to the nearest text, from the baseline, at which the state is soft'),
    ('drift.neighbour_similarity_hard', 'the same for hard'),
    ('drift.min_judged', 'evaluations of fewer judged queries say nothing'),
    ('drift.mrr_soft', 'fall of the MRR, from the best earlier run, at which the state is soft'),
    ('drift.mrr_hard', 'the same for hard'),
    ('result_cache.max_entries', 'answers of logged searches kept for the same search again; 0 keeps none')
) as d(name, description)
$$;
comment on function default_settings() is 'The settings with their defaults and what each is for.';
