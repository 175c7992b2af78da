"""What branches and repositories have in common is parsed, stored and embedded once; each has the whole of its own."""

import threading

import pytest

from pgcodesearch.indexing import Worker, replacement
from pgcodesearch.operating.installing import install
from support.databases import Database
from support.indexing import check_index, chunk_all, upsert
from support.tenants import acting_as, temporary_roles

FILES = 12
_BODY = "".join(
    f"    step_{{0}}_{line} = request.header({line}) or step_{{0}}_{line - 1}\n" for line in range(1, 40)
)
SOURCE = "def handle_{0}(request):\n    step_{0}_0 = None\n" + _BODY + "    return step_{0}_39\n"


def _fill(connection, repository: str, changed: str | None = None) -> None:
    for number in range(FILES):
        upsert(connection, f"src/f{number}.py", SOURCE.format(number), repository)
    if changed:
        upsert(connection, "src/f0.py", changed, repository)


def _work(database: Database) -> None:
    with database.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()


def _sizes(database: Database) -> dict[str, int]:
    return {
        name: database.value(f"select count(*) from codesearch.{name}")
        for name in ("stored_text", "embedding_1", "chunk_text", "chunk")
    }


def _check(database: Database) -> None:
    """All is indexed, every text is somebody's and has its vector, and no text is there twice."""
    with database.connect() as connection:
        check_index(connection)
    assert database.value("select min(vector_coverage) from codesearch.index_status") == 1
    assert database.value("select count(*) from codesearch.index_job") == 0
    assert database.rows("select 1 from codesearch.stored_text group by text having count(*) > 1") == []
    unused = (
        "select count(*) from codesearch.stored_text s"
        " where not exists (select from codesearch.chunk_text t where t.text_hash = s.text_hash)"
    )
    assert database.value(unused) == 0
    assert database.value("select count(*) from codesearch.embedding_1") == _sizes(database)["stored_text"]


@pytest.fixture
def parsed(monkeypatch) -> list[str]:
    """The paths that were parsed since."""
    paths: list[str] = []
    parse = replacement.chunk_file

    def counting(path, content):
        paths.append(path)
        return parse(path, content)

    monkeypatch.setattr(replacement, "chunk_file", counting)
    return paths


def test_a_branch_costs_what_it_changes(database, parsed):
    install(database.url)
    with database.connect() as connection:
        _fill(connection, "demo")
        _work(database)
        assert len(parsed) == FILES
        first, bytes_before = _sizes(database), _vector_bytes(database)
        parsed.clear()
        _fill(connection, "demo@branch", changed="def handle_0(request):\n    return request.other\n")
        _work(database)
    assert parsed == ["src/f0.py"]
    second = _sizes(database)
    # The text of the changed function; that of the module is an outline, and the same.
    assert second["stored_text"] - first["stored_text"] == second["embedding_1"] - first["embedding_1"] == 1
    assert second["chunk"] - first["chunk"] == first["chunk"] // FILES
    assert _vector_bytes(database) <= 1.2 * bytes_before
    _check(database)


def _vector_bytes(database: Database) -> int:
    return database.value(
        "select pg_total_relation_size('codesearch.stored_text') + pg_total_relation_size('codesearch.embedding_1')"
    )


def test_another_path_or_chunker_is_parsed(database, parsed):
    with database.connect() as connection:
        upsert(connection, "a.py", SOURCE.format(1), "one")
        chunk_all(database)
        connection.execute("update codesearch.file_version set chunker = 'older'")
        connection.execute("select codesearch.ensure_branch('one', 'two')")
        upsert(connection, "a.py", "x = 1", "one@two")
        chunk_all(database)
        upsert(connection, "a.py", SOURCE.format(1), "one@two")
        upsert(connection, "b.py", SOURCE.format(1), "one@two")
        chunk_all(database)
        assert parsed == ["a.py", "a.py", "a.py", "b.py"]
        check_index(connection)


def test_without_one_branch_the_other_is_whole(database):
    install(database.url)
    with database.connect() as connection:
        _fill(connection, "demo")
        _fill(connection, "demo@branch", changed="def handle_0(request):\n    return request.other\n")
        _work(database)
        before = _sizes(database)["stored_text"]
        connection.execute("delete from codesearch.branch where is_default")
        assert before > _sizes(database)["stored_text"] > 0
        _check(database)
        found = connection.execute(
            "select path from codesearch.search('handle_3', mode => 'lexical', repository => 'demo@branch')"
        ).fetchall()
        assert found[0] == ("src/f3.py",)
        connection.execute("delete from codesearch.source_file")
    assert _sizes(database) == dict.fromkeys(("stored_text", "embedding_1", "chunk_text", "chunk"), 0)


def test_equal_chunks_of_two_repositories_are_shown_once(database):
    install(database.url)
    with database.connect() as connection:
        _fill(connection, "demo")
        _fill(connection, "other", changed="def handle_0(request):\n    return request.other\n")
        _work(database)
        vector = connection.execute("select min(embedding::text) from codesearch.embedding_1").fetchone()[0]
        query = (
            "select repository, path, symbol from codesearch.search('handle request header', 100,"
            " query_embedding => %s, log => false, repository => %s)"
        )
        shown = connection.execute(query, (vector, None)).fetchall()
        branch = connection.execute(query, (vector, "other")).fetchall()
    places = [row[1:] for row in shown]
    # Both versions of the changed function, and every other function once.
    assert sorted({place for place in places if places.count(place) > 1}) == [("src/f0.py", "handle_0")]
    assert {row[0] for row in shown if row[1] != "src/f0.py"} == {"demo"}
    assert {row[1] for row in shown} == {row[1] for row in branch} == {f"src/f{n}.py" for n in range(FILES)}


def test_a_tenant_sees_its_own_of_a_shared_text(database):
    install(database.url)
    with database.connect() as connection:
        _fill(connection, "open")
        _fill(connection, "vault", changed="def handle_0(request):\n    return request.vaulted\n")
        upsert(connection, "only.py", "def handle_vault(request):\n    return request.vault\n", "vault")
        _work(database)
        own = connection.execute(
            "select count(distinct text_hash) from codesearch.chunk_text t join codesearch.repository r"
            " using (repository_id) where r.name = 'open'"
        ).fetchone()[0]
        vector = connection.execute("select min(embedding::text) from codesearch.embedding_1").fetchone()[0]
        connection.execute("select codesearch.enable_row_level_security()")
    questions = [
        "select count(*), min(text), max(text_hash::text) from codesearch.stored_text",
        "select count(*), sum(token_count), max(embedding::text) from codesearch.embedding_1",
        "select * from codesearch.chunk_text order by 1, 2",
        "select * from codesearch.embedding_coverage(1)",
        "select * from codesearch.truncation_audit order by 1, 2, 3",
        "select repository, path, symbol, score, vector_rank from codesearch.search('handle request vault', 50,"
        f" log => false, query_embedding => '{vector}')",
    ]
    with temporary_roles(database.url, "codesearch_reader") as (reader,):
        database.rows("select codesearch.grant_repository('open', %s)", (reader,))
        answers = []
        for _ in range(2):
            with acting_as(database, reader) as connection:
                answers.append([connection.execute(question).fetchall() for question in questions])
            database.rows("delete from codesearch.repository where name = 'vault'")
        database.rows("delete from codesearch.repository_access")
    assert answers[0] == answers[1]
    assert answers[0][0][0][0] == answers[0][1][0][0] == own
    assert {row[0] for row in answers[0][5]} == {"open"}


def test_workers_with_the_same_texts(database):
    """Two at the same content at the same time, again and again: none fails, and each text is there once."""
    install(database.url)
    for turn in range(3):
        with database.connect() as connection:
            for repository in ("one", "two"):
                for number in range(FILES):
                    upsert(connection, f"src/f{number}.py", SOURCE.format(number + turn), repository)
        workers = [threading.Thread(target=_work, args=(database,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert database.rows("select last_error from codesearch.index_job where last_error is not null") == []
        # What one held when the other came is put off a little.
        while database.value("select count(*) from codesearch.index_job where state = 'queued'"):
            _work(database)
        _check(database)


def test_a_text_that_is_taken_up_again_stays(database):
    with database.connect() as connection:
        connection.execute("select codesearch.add_model('four', 4, 16, '{}')")
        upsert(connection, "a.py", SOURCE.format(1), "one")
        upsert(connection, "a.py", SOURCE.format(1), "two")
        texts = "select count(*) from codesearch.stored_text"
        with database.connect(autocommit=False) as other:
            Worker(other, stages=("chunk",)).run_until_idle()
            before = database.value(texts)
            # One is about to delete the last holder while another takes the texts up, and commits first.
            connection.execute("delete from codesearch.repository where name = 'two'")
            other.execute("delete from codesearch.repository where name = 'one'")
            upsert(connection, "a.py", SOURCE.format(1), "three")
            chunk_all(database)
            other.commit()
            assert database.value(texts) == before
            # Now the other commits last, and then not at all.
            upsert(connection, "a.py", SOURCE.format(1), "four")
            with database.connect(autocommit=False) as taker:
                worker = Worker(taker, stages=("chunk",))
                taker.commit, commit = (lambda: None), taker.commit
                worker.run_until_idle()
                connection.execute("delete from codesearch.repository where name = 'three'")
                assert database.value(texts) == before
                taker.commit = commit
                taker.rollback()
            connection.execute("delete from codesearch.repository where name = 'four'")
        assert database.value(texts) == before
        steps = dict(connection.execute("select step, outcome from codesearch.run_maintenance()").fetchall())
        assert steps["texts"] == f"{before} unused texts removed"
        assert database.value(texts) == 0
