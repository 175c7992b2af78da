"""What a tenant gets from every function and table: each has a decision here, and a test that a new one has too."""

from __future__ import annotations

_DOCUMENT = '[{"file_id": %(file)s, "content_hash": "00", "chunks": []}]'
_STRANGE = '[{"path": "a.py", "content": "x", "reason": "binary"}]'

# What a tenant may call, and how it is tried here. %(repository)s, %(file)s, %(chunk)s are ids of the other tenant.
CALLS = {
    "adopt_moved_files": "adopt_moved_files(%(repository)s, '{src/redirect.py}')",
    "answer_key": "answer_key('x', 1, array[%(repository)s], true, null, null, null, 'hybrid', 1, null, null, null)"
    " is null",
    "keep_answer": "keep_answer(md5('x')::uuid, pg_current_snapshot(), '{}', now())",
    "kept_answer": "kept_answer(md5('x')::uuid, array[%(repository)s])",
    "note_new_vectors": "note_new_vectors(array(select md5('x')::uuid))",
    "allowed_chunks": """allowed_chunks(array[%(repository)s], '{"level": 0}')""",
    "append_postings": "append_postings(array[row(%(repository)s, 0, 7, 'a:1', 1, 1)::codesearch.posting_change])",
    "check_feedback": "check_feedback(1, %(chunk)s, 'copy', null)",
    "check_search": "check_search('x', 10, 'hybrid', '[1,2]', 1)",
    "claim_jobs": "count(*) from codesearch.claim_jobs('w', 100)",
    "complete_jobs": "complete_jobs(array(select generate_series(1, 100)), "
    " array(select 1 from generate_series(1, 100)))",
    "copied_chunks": "copied_chunks(array[%(chunk)s], array[%(repository)s])",
    "copy_chunks": "copy_chunks(array[%(file)s], 'x')",
    "current_setting_value": "current_setting_value('lexical.k1')",
    "current_settings": "current_settings(1)",
    "delete_file": "delete_file(%(vault)s, 'src/redirect.py')",
    "embed_query": "embed_query('x')",
    "embedding_coverage": "* from codesearch.embedding_coverage(1)",
    "ensure_repository": "ensure_repository(%(vault)s)",
    "ensure_vector_index": "ensure_vector_index(1)",
    "explain": "* from codesearch.explain('redirects cookie', query_embedding => '[1,2,3,1]')",
    "fail_job": "fail_job(1, 1, 'x')",
    "field_weights": "field_weights()",
    "forget_files": "forget_files(%(repository)s, '{src/redirect.py}')",
    "fused_legs": "* from codesearch.fused_legs('redirects cookie', query_embedding => '[1,2,3,1]')",
    "grant_repository": "grant_repository(%(vault)s, current_user)",
    "highlight": "highlight('a redirect', '{redirect}')",
    "insert_chunks": "insert_chunks()",
    "keep_stored_texts": "keep_stored_texts('{x}') is null",
    "known_files": "* from codesearch.known_files(%(repository)s)",
    "lexical_scores": "* from codesearch.lexical_scores('{redirect}', array[%(repository)s], 0::smallint)",
    "lock_repository": "lock_repository(%(repository)s)",
    "log_query": "log_query('x', 1, null, null, null, null, 'hybrid', null, '{}', now()) > 0",
    "mined_negatives": "* from codesearch.mined_negatives(%(chunk)s, '[1,2,3,1]')",
    "named_chunks": """named_chunks('follow_redirects()', array[%(repository)s], '{"level": 0}', 10)""",
    "own_roles": "own_roles()",
    "pair_sources": "* from codesearch.pair_sources(%(vault)s)",
    "pending_texts": "* from codesearch.pending_texts(1, array[%(file)s])",
    "query_embedding_for": "query_embedding_for('x', 1)",
    "query_terms": "query_terms('where are redirects')",
    "queue_missing_embeddings": "queue_missing_embeddings(%(repository)s)",
    "record_feedback": "record_feedback(1, %(chunk)s, 'copy')",
    "merge_postings": "merge_postings(%(repository)s)",
    "rebuild_postings": "rebuild_postings(%(repository)s)",
    "refresh_lexical_index": "refresh_lexical_index(%(repository)s, true)",
    "refresh_moved_chunks": "refresh_moved_chunks()",
    "release_jobs": "release_jobs('{w}')",
    "remove_secret_file": "remove_secret_file(%(file)s, '', 'x')",
    "rename_files": "rename_files(%(repository)s, '{src/redirect.py}', '{a.py}')",
    "renew_leases": "renew_leases('w')",
    "replace_chunks": f"* from codesearch.replace_chunks('{_DOCUMENT}')",
    "requeue_jobs": "requeue_jobs('w', '{1,2,3,4,5,6}')",
    "requeue_expired_jobs": "requeue_expired_jobs()",
    "rerank_hits": "rerank_hits(array[row(1, %(chunk)s, %(repository)s, null, 1, null, null, null,"
    " '{}')::codesearch.hit],"
    " 'redirects followed', array[%(repository)s], 0::smallint, codesearch.current_settings(1))",
    "resolve_model": "resolve_model('tiny')",
    "retry_failed_jobs": "retry_failed_jobs(%(vault)s)",
    "revoke_repository": "revoke_repository(%(vault)s, current_user)",
    "schedule_maintenance": "schedule_maintenance()",
    "score_candidates": "count(*) from codesearch.score_candidates('redirect', 'mixed', null, 1, 'lexical',"
    """ array[%(repository)s], true, '{"level": 0}', 10, codesearch.current_settings(1))""",
    "search": "rank, chunk_id, repository, path, score, lexical_rank, vector_rank, snippet, query_id is null"
    " from codesearch.search('redirects cookie', query_embedding => '[1,2,3,1]')",
    "search_candidates": "* from codesearch.search_candidates('redirect', '[1,2,3,1]', 1, 'hybrid',"
    """ array[%(repository)s], true, '{"level": 0}', 10)""",
    "search_hits": "search_hits('redirect', 10, null, null, null, null, 'hybrid', 1, null, '[1,2,3,1]', null)",
    "setting_number": "setting_number('lexical.k1')",
    "skip_files": f"skip_files(%(repository)s, '{_STRANGE}')",
    "snippet": "snippet('x', 1, 1)",
    "store_chunk_texts": "store_chunk_texts()",
    "store_embeddings": "store_embeddings(1, array[%(chunk)s], '{0}', array(select md5('x')::uuid),"
    " '{1}', '{1}', array['[1,2,3,4]'::halfvec])",
    "store_files": f"store_files(%(repository)s, '{_STRANGE}')",
    "term_idf": "* from codesearch.term_idf('{redirect,follow}', array[%(repository)s], 0::smallint)",
    "truncated_texts": "* from codesearch.truncated_texts(1)",
    "upsert_file": "upsert_file(%(vault)s, 'src/redirect.py', 'x') > 0",
    "vector_candidates": "* from codesearch.vector_candidates(1, '[1,2,3,1]', 10, array[%(repository)s],"
    " true, null, true, null)",
    "vector_index": "vector_index(1)",
    "vector_distances": "* from codesearch.vector_distances(1, '[1,2,3,1]', array[%(chunk)s])",
    "visible_repositories": "visible_repositories(%(vault)s)",
}
# Compute from their arguments, or tell what is the same for all: nothing of a repository is in reach.
PURE = {
    "check_filters", "known_languages",
    "asking_role", "bm25_idf", "chunk_lexemes", "classify_query", "constant_vector", "default_setting_values",
    "default_settings", "embedding_table", "glob_pattern", "lexical_length", "lexical_score_at", "lexical_top",
    "named_languages", "passes_filters", "path_flags", "query_names", "query_symbols", "split_identifiers",
    "symbol_pattern", "term_overlap", "term_weights", "text_hash", "tokenize", "unwanted_flags",
}  # fmt: skip
# Change the schema, rights, settings or models: a tenant who calls one gets an error, see test_no_tenant_administers.
ADMINISTER = {
    "activate_model": "activate_model('tiny')",
    "backfill_model": "backfill_model('tiny')",
    "check_inactive": "check_inactive('tiny')",
    "drop_model": "drop_model('tiny')",
    "named_model": "named_model('tiny')",
    "retire_model": "retire_model('tiny')",
    "rollback_model": "rollback_model()",
    "switch_model": "switch_model(1, null)",
    "training_advice": "training_advice()",
    "triplet_summary": "triplet_summary()",
    "keep_texts": "keep_texts(1)",
    "add_model": "add_model('m', 4, 4, '{}')",
    "apply_privileges": "apply_privileges()",
    "apply_table_privileges": "apply_table_privileges('codesearch.repository')",
    "change_setting": "change_setting('lexical.k1', '2')",
    "create_embedding_table": "create_embedding_table(77, 4)",
    "disable_row_level_security": "disable_row_level_security()",
    "enable_row_level_security": "enable_row_level_security()",
    "forget_unused_texts": "forget_unused_texts()",
    "grant_repository": "grant_repository(null, current_user)",
    "maintain_step": "maintain_step('logs')",
    "measure_vector_recall": "measure_vector_recall(1)",
    "prune_logs": "prune_logs()",
    "protect_table": "protect_table('codesearch.repository')",
    "prune_answers": "prune_answers()",
    "prune_query_embeddings": "prune_query_embeddings()",
    "run_maintenance": "run_maintenance()",
}
# Tables without rows of a repository or a query, and who reads them.
GLOBAL_TABLES = {
    "alembic_version": "reader", "model_version": "reader", "model_artefact": "reader", "setting": "reader",
    "model_activation": "admin", "judged_query": "admin", "judgment": "admin", "evaluation_run": "admin",
    "evaluation_result": "admin", "maintenance_log": "admin", "vector_recall": "admin",
    "result_cache": "admin", "index_change": "admin",
    "query_embedding_cache": "admin", "query_embedding_count": "admin",
    "row_level_security": "admin", "feedback_text": "admin", "model_comparison": "admin",
    "training_run": "admin", "training_metric": "admin", "model_weights": "admin",
}  # fmt: skip
