"""A small database with rows in every table, made through the public functions where there is one."""

from __future__ import annotations

import base64
import json
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

# Filled by the installer, or per model version at run time.
_NOT_FILLED = {"alembic_version"}
# Tables that the first release did not have yet: an older database is filled without them.
_LATER_TABLES = {
    "index_size": "insert into index_size (files, chunks, bytes) values (1, 2, 3)",
    "slot_run": "insert into slot_run select min(repository_id), 10, 20 from repository",
    "chunk_description": "insert into chunk_description (repository_id, content_hash, wording, text, described_by)"
    " select distinct repository_id, content_hash, 'formal', 'Follows redirects.', 'm' from chunk",
    "session_opened": "insert into session_opened (query_id, content_hash, repository_id, chunk_id)"
    " select query_id, content_hash, repository_id, chunk_id from query_results limit 1",
    "training_run": "insert into training_run (base_model) values ('tiny')",
    "training_metric": "insert into training_metric (run_id, step, loss) select run_id, 100, 0.5 from training_run",
    "model_weights": "insert into model_weights select model_version_id, 'model.safetensors', 'x', sha256('x')"
    " from model_version",
    "drift_measure": "insert into drift_measure (model_version_id, measure, value, threshold, hard_threshold,"
    " sample_count, state) select model_version_id, 'miss_rate', 0.1, 0.15, 0.25, 100, 'ok' from model_version",
    "rerank_cache": "insert into rerank_cache (rerank_key, answered_for, places)"
    " values (gen_random_uuid(), current_user, '{2,1}')",
    "rerank_use": "insert into rerank_use values ('2026-01-01', current_user, 1, 0, 100)",
    "search_count": "insert into search_count values ('mixed', 'hybrid', false, 0.01, 3, 20000, 1, 1)",
    "installation": "insert into installation select 'x', 'y' where not exists (select from installation)",
    "ranker": "select add_ranker('tuned', shipped_ranker())",
    "ranker_activation": "select activate_ranker('tuned')",
    "query_table": "insert into query_table (model_version_id, tokenizer, accepted, reason)"
    " select model_version_id, '{}', false, 'x' from model_version",
    "document_table": "insert into document_table (model_version_id, content, sha256)"
    " select model_version_id, 'x', sha256('x') from model_version",
    "provisional_embedding": "insert into provisional_embedding"
    " select distinct model_version_id, repository_id, text_hash, '[0.6,0,0,0.8]'::halfvec"
    " from chunk_text, model_version",
    "chunk_importance": "insert into chunk_importance (chunk_id, repository_id, score)"
    " select chunk_id, repository_id, 1.5 from chunk",
    "shared_idf": "insert into shared_idf (level, term, idf, chunk_count) values (0, 'x', 1, 1)",
    "query_token": "insert into query_token select model_version_id, 'x', '[1,0,0,0]' from model_version",
    "git_commit": 'select store_commits((select min(branch_id) from branch), \'[{"hash": "00", "author": "a",'
    ' "authored_at": 0, "subject": "follow redirects", "body": "", "is_merge": false, "detail": "lines",'
    ' "file_count": 1, "files": [{"path": "src/redirect.py", "status": "M", "lines": "{[1,2]}"}]}]\')',
    "branch_history": "select record_history((select min(branch_id) from branch), '00', 5000, '{00}')",
    "commit_embedding": "with done as (delete from index_job where stage = 'embed')"
    " insert into commit_embedding select model_version_id, commit_id, repository_id, '[0.6,0,0,0.8]'"
    " from model_version, git_commit",
    "shard": "insert into shard (shard_number, name, database_url) values (0, 's0', 'dbname=x')",
    "repository_place": "insert into repository_place (repository, shard_number) values ('demo', 0)",
    "moved_repository": "insert into moved_repository values ('gone', null, 'left', 's1', '2026-01-01')",
    # Of 0.1.0 alone.
    "query_embedding_cache": "insert into query_embedding_cache (model_version_id, query_hash, embedding)"
    " select model_version_id, gen_random_uuid(), '[1,0,0,0]' from model_version",
    "query_embedding_count": "insert into query_embedding_count select model_version_id, 1, 1 from model_version",
    "alert": "insert into alert (subject, state, previous_state, text, details)"
    " values ('miss rate', 'soft', 'ok', 'x', '{}')",
}
_FILES = {
    "src/redirect.py": "def follow_redirects(response):\n    return response.next\n",
    "src/cookies.py": "class CookieJar:\n    def set_cookie(self, name, value):\n        self[name] = value\n",
    "docs/naïve 'quoted'.md": "# Über redirects\n\ttabs, \\ backslashes and $$dollars$$\n",
}


def fill(connection: psycopg.Connection[Any]) -> None:
    """Index three files with one chunk each, search them, and put a row into every other table."""
    connection.execute("set search_path = codesearch, public")
    artefact = {"model.onnx": base64.b64encode(bytes(range(256))).decode()}
    (model,) = _row(connection, "select add_model('tiny', 4, 16, %s, '{}')", Jsonb(artefact))
    connection.execute(
        "insert into model_activation (model_version_id, reason) values (%s, 'again')", (model,)
    )
    for path, content in _FILES.items():
        connection.execute("select upsert_file('demo', %s, %s)", (path, content))
    for file_id, content_hash, path, content in connection.execute(
        "select file_id, encode(content_hash, 'hex'), path, content from source_file"
    ).fetchall():
        document = [{"file_id": file_id, "content_hash": content_hash, "chunks": [_chunk(path, content)]}]
        connection.execute("select * from replace_chunks(%s)", (Jsonb(document),))
    connection.execute("delete from index_job where stage = 'chunk'")
    _embed(connection, model)
    connection.execute("select upsert_file('demo', 'src/pending.py', 'x = 1')")
    connection.execute("select change_setting('search.candidates', '61')")
    connection.execute("select * from search('follow redirects', mode => 'lexical')").fetchall()
    _fill_rest(connection)
    connection.execute("reset search_path")


def _row(connection: psycopg.Connection[Any], query: str, *parameters: Any) -> tuple[Any, ...]:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return tuple(row)


def _chunk(path: str, content: str) -> dict[str, Any]:
    text = f"{path}\n{content}"
    return {
        "level": 0, "kind": "function", "name": path.split("/")[-1], "symbol": path, "scope": "", "signature": "",
        "doc": "", "start_line": 1, "end_line": content.count("\n"), "content": content, "calls": ["next"],
        "imports": [],
        "references": [{"kind": "call", "name": "next", "qualifier": "response", "lines": [1]}],
        "texts": [{"role": "whole", "start_line": 1, "end_line": content.count("\n"), "text": text}],
    }  # fmt: skip


def _embed(connection: psycopg.Connection[Any], model: int) -> None:
    connection.execute(
        "select store_embeddings(%s, array_agg(chunk_id order by chunk_id), array_agg(unit order by chunk_id),"
        " array_agg(text_hash order by chunk_id), array_agg(8), array_agg(8), array_agg('[0.6,0,0,0.8]'::halfvec))"
        " from chunk_text",
        (model,),
    )
    connection.execute("delete from index_job where stage = 'embed'")
    connection.execute("select ensure_vector_index(%s)", (model,))


def _fill_rest(connection: psycopg.Connection[Any]) -> None:
    """Tables that only programs write."""
    metrics = json.dumps({"all": {"mrr": 0.5}})
    for statement in (
        "insert into judged_query (query_set, query_key, query) values ('s', '1', 'where')",
        "insert into judgment values ('s', '1', 'a.py', null, 1, 2, 3)",
        "insert into evaluation_run (query_set, mode, k, settings, metrics)"
        f" values ('s', 'hybrid', 10, '{{}}', '{metrics}')",
        "insert into evaluation_result (run_id, query_key, metrics, results, latency_ms)"
        " select run_id, '1', '{}', '[]', 1 from evaluation_run",
        "select record_feedback(query_id, chunk_id, 'copy') from query_results",
        "insert into model_comparison (query_set, baseline, candidate, baseline_run_id, metric, differences)"
        " select 's', 'tiny', 'other', run_id, 'mrr', '{}' from evaluation_run",
        "select grant_repository('demo', 'codesearch_reader')",
        "select enable_row_level_security()",
        "insert into maintenance_log (started_at, step, ok, outcome, duration_ms) values (now(), 's', true, 'o', 1)",
        "insert into vector_recall (model_version_id, k, sample_count, sampled_from, ef_search, recall, needs_reindex)"
        " select model_version_id, 10, 1, 'chunks', 100, 1, false from model_version",
    ):
        connection.execute(statement)
    if connection.execute("select to_regproc('codesearch.ensure_branch')").fetchone() != (None,):
        connection.execute("select ensure_branch('demo', 'topic')")
    skipped = '[{"path": "a.bin", "reason": "secret", "size_bytes": 1, "modified_ns": 1}]'
    connection.execute("select skip_files((select min(repository_id) from repository), %s)", (skipped,))
    for table, statement in _LATER_TABLES.items():
        if connection.execute("select to_regclass(%s)", (f"codesearch.{table}",)).fetchone() != (None,):
            connection.execute(statement)


def table_names(connection: psycopg.Connection[Any]) -> list[str]:
    """All tables of the schema, the embedding tables too."""
    rows = connection.execute(
        "select relname from pg_class where relnamespace = 'codesearch'::regnamespace and relkind = 'r' order by 1"
    ).fetchall()
    return [name for (name,) in rows if name not in _NOT_FILLED]


def contents(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Every row of every table, as sorted text; and each sequence's next value."""
    connection.execute("set search_path = codesearch, public")
    found: dict[str, list[str]] = {}
    for name in table_names(connection):
        query = sql.SQL("select t::text from codesearch.{} t order by 1").format(sql.Identifier(name))
        found[name] = [row for (row,) in connection.execute(query).fetchall()]
    sequences = connection.execute(
        "select sequencename, coalesce(last_value, 0) from pg_sequences where schemaname = 'codesearch'"
    )
    found["sequences"] = sorted(f"{name} {value}" for name, value in sequences.fetchall())
    return found
