"""The vector leg: its index is used, its recall is high, and a filter loses nothing."""

import json

import numpy as np
import pytest
from pgvector import HalfVector

from support.databases import fresh_database

pytestmark = pytest.mark.slow  # the corpus takes its time

QUERIES = [
    "where are redirects followed", "wait for a subprocess to exit", "cancel a task after a timeout", "decode json",
    "write log records to a rotating file", "parse cookies from a header", "schedule a callback soon",
    "serve files over http", "escape non ascii characters", "format an exception traceback",
    "read a line from a stream",
    "acquire a lock asynchronously", "send a request with headers", "default handler for unhandled exceptions",
    "create a datagram endpoint", "set the level of a logger", "transport write buffer limits", "parse a date string",
    "gather results of several coroutines", "start tls on an existing connection",
]  # fmt: skip
DEFAULT_CANDIDATES = 60


@pytest.fixture(scope="module")
def vectors(corpus):
    with corpus.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def queries(embedder):
    return [HalfVector(row) for row in embedder.encode(QUERIES, kind="query")]


def _nearest(connection, query, exact: bool, wanted: int = DEFAULT_CANDIDATES) -> list[int]:
    row = connection.execute(
        "select v.chunk_ids from codesearch.vector_candidates(model_version_id => 1, query_embedding => %s,"
        " wanted => %s, scope => codesearch.scope_of(null), allowed => null, exact => %s, filters => null) v",
        [query, wanted, exact],
    ).fetchone()
    return row[0]


def test_recall_at_default_settings(vectors, queries):
    shares = [
        len(set(_nearest(vectors, q, False)[:10]) & set(_nearest(vectors, q, True)[:10])) / 10
        for q in queries
    ]
    assert np.mean(shares) >= 0.98


def test_exact_is_brute_force(vectors, queries):
    for query in queries[:5]:
        expected = vectors.execute(
            "select t.chunk_id from codesearch.embedding_1 e join codesearch.chunk_text t using (text_hash)"
            " join codesearch.chunk c using (chunk_id) where c.level = 0"
            " group by t.chunk_id order by min(embedding <=> %s), chunk_id limit 10",
            [query],
        ).fetchall()
        assert _nearest(vectors, query, True)[:10] == [row[0] for row in expected]


def _index_scans(connection) -> int:
    """Scans of HNSW indexes so far."""
    connection.execute("select pg_stat_force_next_flush()")
    return connection.execute(
        "select coalesce(sum(s.idx_scan), 0) from pg_stat_user_indexes s join pg_class c on c.oid = s.indexrelid"
        " join pg_am a on a.oid = c.relam where a.amname = 'hnsw'"
    ).fetchone()[0]


@pytest.mark.parametrize("mode", ["hybrid", "vector"])
def test_search_scans_the_hnsw_index_every_time(vectors, queries, mode):
    before = _index_scans(vectors)
    # More often than the five executions after which PostgreSQL may choose a generic plan.
    for query in [*queries[:8]]:
        vectors.execute(
            "select * from codesearch.search('anything at all', query_embedding => %s, mode => %s, log => false)",
            [query, mode],
        )
    assert _index_scans(vectors) == before + 8


def test_exact_mode_scans_no_hnsw_index(vectors, queries):
    before = _index_scans(vectors)
    vectors.execute(
        "select * from codesearch.search('x', query_embedding => %s, mode => 'exact', log => false)",
        [queries[0]],
    )
    assert _index_scans(vectors) == before


def test_explain_shows_the_index_on_5000_vectors(server_url):
    generator = np.random.default_rng(7)
    rows = generator.standard_normal((5000, 16)).astype(np.float32)
    with fresh_database(server_url) as database, database.connect() as connection:
        connection.execute("select codesearch.add_model('random', 16, 16, '{}')")
        connection.execute("select codesearch.upsert_file('demo', 'a.py', 'x')")
        _store_chunk(connection)
        connection.execute("set session_replication_role = replica")
        with connection.cursor().copy(
            "copy codesearch.embedding_1 (text_hash, token_count, kept_tokens, embedding) from stdin"
        ) as copy:
            for number, row in enumerate(rows):
                copy.write_row([f"{number:032x}", 1, 1, HalfVector(row).to_text()])
        assert connection.execute("select codesearch.ensure_vector_index(1)").fetchone() == (True,)
        assert connection.execute("select codesearch.ensure_vector_index(1)").fetchone() == (False,)
        # The statement vector_candidates runs, as a prepared one with a generic plan: the worst case.
        connection.execute("set plan_cache_mode = force_generic_plan")
        connection.execute(
            "prepare nearest(halfvec) as select e.text_hash, e.embedding <=> $1 as distance"
            " from codesearch.embedding_1 e where true order by e.embedding <=> $1 limit 120"
        )
        literal = HalfVector(rows[0]).to_text()
        (plan,) = connection.execute(f"explain (format json) execute nearest('{literal}')").fetchone()
        assert "embedding_1_embedding_idx" in json.dumps(plan)
        assert '"Seq Scan"' not in json.dumps(plan)


def _store_chunk(connection) -> None:
    (content_hash,) = connection.execute(
        "select encode(content_hash, 'hex') from codesearch.source_file"
    ).fetchone()
    chunk = {
        "level": 0, "kind": "function", "name": "a", "symbol": "a", "scope": "", "signature": "", "doc": "",
        "start_line": 1, "end_line": 1, "content": "x", "imports": [], "texts": [],
    }  # fmt: skip
    connection.execute(
        "select * from codesearch.replace_chunks(%s)",
        [json.dumps([{"file_id": 1, "content_hash": content_hash, "chunks": [chunk]}])],
    )


FILTERS = [
    {"repository": "stdlib"},
    {"path": "asyncio/*.py"},
    {"path": "**/test*"},
    {"path": "native/**"},
    {"path": "handlers.py"},
    {"language": "go"},
    {"language": "rust"},
    {"kind": "class"},
    {"kind": "function", "language": "python", "repository": "other", "path": "logging"},
]
_CONDITIONS = {
    "repository": "r.name = %(repository)s",
    "path": "f.path ~ codesearch.glob_pattern(%(path)s)",
    "language": "f.language = %(language)s",
    "kind": "c.kind = %(kind)s",
}
# Where several repositories are searched, the oldest of equal chunks stands for its copies in others.
_NO_COPY = (
    " and not exists (select from codesearch.chunk_text a join codesearch.chunk_text b using (text_hash, unit)"
    " where a.chunk_id = c.chunk_id and unit = 0 and b.chunk_id < a.chunk_id and b.repository_id <> a.repository_id)"
)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("exact_below", [5000, 10], ids=["few: exact", "many: index"])
def test_filtered_search_is_complete(vectors, queries, filters, exact_below):
    """Every row passes the filter, and the nearest passing chunks are all there: few enough to compare, or by HNSW."""
    conditions = " and ".join(_CONDITIONS[name] for name in filters)
    if "repository" not in filters:
        conditions += _NO_COPY
    with vectors.transaction(force_rollback=True):
        vectors.execute("select codesearch.change_setting('vector.exact_below', %s)", [str(exact_below)])
        for query in queries[:6]:
            arguments = {**filters, "query": query}
            expected = vectors.execute(
                "select t.chunk_id from codesearch.embedding_1 e join codesearch.chunk_text t using (text_hash)"
                " join codesearch.chunk c using (chunk_id)"
                " join codesearch.file_version f using (version_id)"
                " join codesearch.repository r on r.repository_id = c.repository_id"
                f" where {conditions} and c.level = 0 group by 1 order by min(e.embedding <=> %(query)s), 1 limit 10",
                arguments,
            ).fetchall()
            named = "".join(f", {name} => %({name})s" for name in filters)
            found = vectors.execute(
                "select x.chunk_id, x.vector_rank from codesearch.explain('something', k => 200, mode => 'vector',"
                f" query_embedding => %(query)s{named}) x where x.vector_rank is not null order by x.vector_rank",
                arguments,
            ).fetchall()
            allowed = {
                row[0]
                for row in vectors.execute(
                    "select c.chunk_id from codesearch.chunk c join codesearch.file_version f using (version_id)"
                    f" join codesearch.repository r on r.repository_id = c.repository_id where {conditions}",
                    arguments,
                ).fetchall()
            }
            got = [chunk for chunk, _ in found]
            assert set(got) <= allowed
            wanted = [row[0] for row in expected]
            if exact_below == 5000:
                assert got[:10] == wanted
            else:
                assert len(set(got) & set(wanted)) >= 0.9 * len(wanted)


def test_level_of_modules(vectors, queries):
    """Files as a whole are answers only where they are asked for."""
    kinds = vectors.execute(
        "select distinct kind from codesearch.search('redirects', k => 200, query_embedding => %s, log => false)",
        [queries[0]],
    ).fetchall()
    assert ("module",) not in kinds
    only = vectors.execute(
        "select distinct kind from codesearch.search('redirects', k => 50, query_embedding => %s, kind => 'module',"
        " log => false)",
        [queries[0]],
    ).fetchall()
    assert only == [("module",)]
