"""Vector search under row-level security finds what exact search finds, for tenants of any size."""

import numpy as np
import pytest

from support.databases import fresh_database
from support.tenants import acting_as, temporary_roles

pytestmark = pytest.mark.heavy

CHUNKS = 20_000
DIMENSION = 32
SHARES = {"half": 0.5, "twentieth": 0.05, "thousandth": 0.001}
QUERIES = 40
_FILL = """
set session_replication_role = replica;
select setseed(0.42);
insert into codesearch.repository (name) values ('half'), ('twentieth'), ('thousandth'), ('others');
insert into codesearch.branch (repository_id, name, is_default)
select repository_id, 'HEAD', true from codesearch.repository order by 1;
insert into codesearch.file_version (repository_id, path, content_hash, chunker)
select case when n % 1000 < 500 then 1 when n % 1000 < 550 then 2 when n % 1000 < 551 then 3 else 4 end,
       'f' || n || '.py', '', ''
from generate_series(1, {chunks}) n;
insert into codesearch.source_file (repository_id, branch_id, path, content, content_hash, size_bytes, version_id)
select v.repository_id, b.branch_id, v.path, '', '', 0, v.version_id
from codesearch.file_version v join codesearch.branch b using (repository_id);
insert into codesearch.chunk (repository_id, version_id, level, kind, name, symbol, scope, signature, doc, start_line,
    end_line, content, content_hash, slot, lexemes, lexical_length)
select repository_id, version_id, 0, 'function', 'n' || version_id, 'n' || version_id, '', '', '', 1, 1, '',
       md5('')::uuid,
       version_id, '', 1
from codesearch.file_version;
insert into codesearch.stored_text select md5(chunk_id::text)::uuid, '' from codesearch.chunk;
insert into codesearch.chunk_text
select chunk_id, 0, repository_id, 'whole', 1, 1, md5(chunk_id::text)::uuid from codesearch.chunk;
insert into codesearch.lexical_statistic (repository_id, level, part, chunk_count, total_length)
select repository_id, 0, 1, count(*), count(*) from codesearch.chunk group by 1;
"""


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _vectors(generator, count: int, centres: np.ndarray) -> np.ndarray:
    """Vectors in clusters, like embeddings: evenly spread ones are a case that does not occur."""
    chosen = centres[generator.integers(len(centres), size=count)]
    return _unit(chosen + generator.normal(scale=0.35, size=(count, DIMENSION)))


@pytest.fixture(scope="module")
def filled(server_url):
    generator = np.random.default_rng(7)
    centres = _unit(generator.normal(size=(200, DIMENSION)))
    vectors = _vectors(generator, CHUNKS, centres).astype(np.float16).astype(np.float64)
    with (
        fresh_database(server_url) as database,
        temporary_roles(server_url, *["codesearch_reader"] * 3) as roles,
    ):
        with database.connect() as connection:
            connection.execute("select codesearch.add_model('synthetic', %s, 16, '{}')", (DIMENSION,))
            connection.execute(_FILL.format(chunks=CHUNKS))
            with connection.cursor().copy("copy codesearch.embedding_1 from stdin") as copy:
                for chunk, text_hash in database.rows(
                    "select chunk_id, text_hash from codesearch.chunk_text"
                ):
                    copy.write_row((text_hash, 1, 1, str(vectors[chunk - 1].tolist())))
            for name, value in {
                "vector.m": "16",
                "vector.ef_construction": "128",
            }.items():  # the build is quicker
                connection.execute("select codesearch.change_setting(%s, %s)", (name, value))
            connection.execute("select codesearch.ensure_vector_index(1)")
            connection.execute("analyze")
            connection.execute("select codesearch.enable_row_level_security()")
            for name, role in zip(SHARES, roles, strict=True):
                connection.execute("select codesearch.grant_repository(%s, %s)", (name, role))
        yield database, dict(zip(SHARES, roles, strict=True)), vectors, _vectors(generator, QUERIES, centres)


@pytest.mark.parametrize("share", SHARES)
def test_recall_at_10(filled, share):
    database, roles, vectors, queries = filled
    own = np.array(
        [
            chunk
            for (chunk,) in database.rows(
                "select c.chunk_id from codesearch.chunk c join codesearch.repository r using (repository_id)"
                " where r.name = %s",
                (share,),
            )
        ]
    )
    assert len(own) == CHUNKS * SHARES[share]
    found = 0
    with acting_as(database, roles[share]) as connection:
        assert connection.execute("select count(*) from codesearch.chunk").fetchone() == (len(own),)
        for query in queries:
            similar = vectors[own - 1] @ query
            expected = set(own[np.argsort(-similar)[:10]].tolist())
            rows = connection.execute(
                "select chunk_id from codesearch.search('anything', mode => 'vector', log => false,"
                " query_embedding => %s)",
                (str(query.tolist()),),
            ).fetchall()
            assert len(rows) == 10
            found += len(expected & {chunk for (chunk,) in rows})
    scans = "select idx_scan from pg_stat_user_indexes where indexrelid = codesearch.vector_index(1)"
    # The counters are written when a connection ends. Only the large tenant is worth a scan of the shared index.
    used = database.value(scans)
    assert (used > 0) == (share == "half")
    database.rows("select pg_stat_reset()")
    recall = found / (10 * QUERIES)
    print(f"recall@10 of the tenant with {SHARES[share]:.1%} of the chunks: {recall:.3f}")
    assert recall >= 0.98
