"""The inverted index gives exact BM25: the same scores as a reference written from the formula, on the same tokens."""

import math
import random
from collections import defaultdict

import pytest

from pgcodesearch.indexing import Worker

pytestmark = pytest.mark.slow  # the corpus takes its time

QUERIES = 150
CHANGES = 80
TOP = 10


class Reference:
    """BM25 (Robertson and Zaragoza 2009, idf of Lucene) over chunk.lexemes, with the index's pinned averages."""

    def __init__(self, connection, level: int) -> None:
        (k1,), (b,) = connection.execute(
            "select codesearch.setting_number(n) from unnest(array['lexical.k1', 'lexical.b']) n"
        ).fetchall()
        norms = {
            repository: (average, dict(zip("ABCD", weights, strict=True)))
            for repository, average, weights in connection.execute(
                "select repository_id, average_length, field_weights from codesearch.lexical_norm where level = %s",
                [level],
            ).fetchall()
        }
        self.postings: dict[str, dict[int, float]] = defaultdict(dict)
        chunks = connection.execute(
            "select slot, repository_id, chunk_id from codesearch.chunk where level = %s", [level]
        ).fetchall()
        repositories = {slot: repository for slot, repository, _ in chunks}
        self.count = len(chunks)
        frequencies: dict[int, dict[str, float]] = {slot: {} for slot in repositories}
        rows = connection.execute(
            "select c.slot, t.lexeme, t.weights from codesearch.chunk c, unnest(c.lexemes) t where c.level = %s",
            [level],
        ).fetchall()
        for slot, term, labels in rows:
            weights = norms[repositories[slot]][1]
            frequencies[slot][term] = sum(weights[label] for label in labels)
        for slot, terms in frequencies.items():
            length = sum(terms.values())
            average = norms[repositories[slot]][0]
            for term, frequency in terms.items():
                if frequency:
                    norm = k1 * (1 - b + b * length / average)
                    self.postings[term][slot] = frequency / (frequency + norm)

    def top(self, terms: list[str]) -> list[float]:
        scores: dict[int, float] = defaultdict(float)
        for term in terms:
            matching = self.postings.get(term, {})
            idf = math.log(1 + (self.count - len(matching) + 0.5) / (len(matching) + 0.5))
            for slot, impact in matching.items():
                scores[slot] += idf * impact
        return sorted(scores.values(), reverse=True)[:TOP]


def _queries(connection, seed: int) -> list[str]:
    """Half names of chunks, half words from their documentation and code."""
    chooser = random.Random(seed)
    rows = connection.execute(
        "select symbol, left(doc || ' ' || content, 600) from codesearch.chunk where level = 0 order by slot"
    ).fetchall()
    names = [row[0] for row in rows if row[0]]
    queries = chooser.sample(names, QUERIES // 2)
    while len(queries) < QUERIES:
        words = chooser.choice(rows)[1].split()
        if words:
            queries.append(" ".join(chooser.sample(words, min(len(words), chooser.randint(1, 7)))))
    return queries


def _check(connection, seed: int) -> None:
    reference = Reference(connection, level=0)
    repositories = [
        row[0] for row in connection.execute("select repository_id from codesearch.repository").fetchall()
    ]
    nonempty = 0
    rows = connection.execute(
        "select q.query, n.terms, array_remove(array_agg(t.score order by t.score desc), null)"
        " from unnest(%s::text[]) with ordinality as q(query, place), codesearch.query_terms(q.query) as n(terms),"
        " codesearch.lexical_scores(n.terms, %s::int[], 0::smallint) s"
        " left join lateral (select t.score from codesearch.lexical_top(s.blocks, s.scores, s.bound, %s) t"
        # As search does: what rounding leaves at the place of a deleted chunk belongs to none.
        " join codesearch.chunk c on c.slot = t.slot) t on true"
        " group by q.place, q.query, n.terms",
        [_queries(connection, seed), repositories, TOP],
    ).fetchall()
    assert len(rows) == QUERIES
    for query, terms, scores in rows:
        expected = reference.top(terms)
        assert scores == pytest.approx(expected, rel=1e-4, abs=1e-5), query
        nonempty += bool(expected)
    assert nonempty > QUERIES * 0.9


def _change_files(connection, seed: int) -> None:
    """Insert, change and delete files at random, indexing now and then."""
    chooser = random.Random(seed)
    files = connection.execute(
        "select r.name, f.path, f.content from codesearch.source_file f"
        " join codesearch.repository r using (repository_id) where f.size_bytes between 200 and 12000 order by 1, 2"
    ).fetchall()
    connection.commit()
    worker = Worker(connection, stages=("chunk",))
    for number in range(CHANGES):
        repository, path, content = chooser.choice(files)
        action = chooser.choice(["insert", "update", "update", "delete"])
        if action == "delete":
            connection.execute("select codesearch.delete_file(%s, %s)", [repository, path])
        elif action == "insert":
            name = f"new/file{number}.py"
            connection.execute(
                "select codesearch.upsert_file(%s, %s, %s)", [repository, name, _shuffled(content, chooser)]
            )
            files.append((repository, name, content))
        else:
            connection.execute(
                "select codesearch.upsert_file(%s, %s, %s)", [repository, path, _shuffled(content, chooser)]
            )
        connection.commit()
        if chooser.random() < 0.15:
            worker.run_until_idle()
    worker.run_until_idle()


def _shuffled(content: str, chooser: random.Random) -> str:
    """The file with some lines doubled, dropped or moved: definitions change, and move, and stay."""
    lines = content.split("\n")
    for _ in range(chooser.randint(1, 6)):
        place = chooser.randrange(len(lines))
        lines[place : place + 1] = chooser.choice(
            [[], [lines[place]] * 2, [chooser.choice(lines), lines[place]]]
        )
        lines = lines or [""]
    return "\n".join(lines) or "x = 1\n"


def test_scores_equal_the_reference_through_changes_and_folding(words_database):
    with words_database.connect(autocommit=False) as connection:
        _check(connection, seed=1)  # as appended, part by part
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        connection.commit()
        _check(connection, seed=2)  # folded, idf multiplied in
        _change_files(connection, seed=3)
        _check(connection, seed=4)  # folded and appended parts together
        connection.execute("select codesearch.merge_postings(repository_id) from codesearch.repository")
        connection.commit()
        _check(connection, seed=6)  # what changed is merged
        _change_files(connection, seed=7)
        connection.execute("select codesearch.merge_postings(repository_id) from codesearch.repository")
        connection.commit()
        _check(connection, seed=8)  # and merged again
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        connection.commit()
        _check(connection, seed=5)


def _rows(connection) -> dict[tuple, tuple]:
    rows = connection.execute(
        "select repository_id, level, term, block, part, xmin, weight, chunk_count, impacts::text"
        " from codesearch.posting"
    ).fetchall()
    return {row[:5]: row[5:] for row in rows}


def test_merging_touches_what_changed_alone(words_database):
    with words_database.connect() as connection:
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        before = _rows(connection)
        (name, path) = connection.execute(
            "select r.name, f.path from codesearch.source_file f join codesearch.repository r using (repository_id)"
            " where f.size_bytes between 500 and 3000 order by 1, 2 limit 1"
        ).fetchone()
        connection.execute("select codesearch.upsert_file(%s, %s, 'def zyzzyva_fold(): pass')", (name, path))
        connection.commit()
    with words_database.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_until_idle()
        appended = {row[:4] for row in _rows(connection) if row[4] > 0}
        (repository,) = connection.execute(
            "select repository_id from codesearch.repository where name = %s", (name,)
        ).fetchone()
        connection.execute("select codesearch.merge_postings(%s)", (repository,))
        after = _rows(connection)
        changed = {row[:4] for row in after if after[row] != before.get(row)}
        assert changed <= appended
        assert "zyzzyvafold" in {row[2] for row in changed}
        assert {row[4] for row in after} == {0}
        assert len(appended) < len(after) / 3
        assert connection.execute(
            "select max(part), count(*) from codesearch.lexical_statistic where repository_id = %s group by level",
            (repository,),
        ).fetchall() == [(0, 1), (0, 1)]


def test_what_is_taken_out_cancels_to_the_last_bit(words_database):
    """Traces would add up, and rows without a chunk stay for ever."""
    with words_database.connect() as connection:
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        files = "select r.name, f.path from codesearch.source_file f join codesearch.repository r using (repository_id)"
        connection.execute(
            f"select codesearch.delete_file(name, path) from ({files} order by md5(path) limit"
            " (select count(*) / 2 from codesearch.source_file)) d"
        )
        connection.execute("select codesearch.merge_postings(repository_id) from codesearch.repository")
        counts = connection.execute(
            "select chunk_count, bit_count(binary_quantize(impacts::vector)) from codesearch.posting"
        ).fetchall()
        assert counts
        assert all(count == entries for count, entries in counts)
        connection.execute(f"select codesearch.delete_file(name, path) from ({files}) d")
        connection.execute("select codesearch.merge_postings(repository_id) from codesearch.repository")
        assert connection.execute("select count(*) from codesearch.posting").fetchone() == (0,)


def test_deleted_files_leave_nothing_behind(words_database):
    with words_database.connect() as connection:
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository limit 1"
        )
        connection.execute(
            "select codesearch.delete_file(r.name, f.path) from codesearch.source_file f"
            " join codesearch.repository r using (repository_id)"
        )
        assert connection.execute("select count(*) from codesearch.chunk").fetchone() == (0,)
        left = connection.execute(
            "select max(abs(n)), max(mass) from (select sum(chunk_count) as n,"
            " vector_norm(sum(impacts::vector * codesearch.constant_vector(1 / weight))) as mass"
            " from codesearch.posting group by repository_id, level, term, block) s"
        ).fetchone()
        assert left[0] == 0
        assert left[1] == pytest.approx(0, abs=1e-4)
        assert connection.execute(
            "select sum(chunk_count), round(sum(total_length)) from codesearch.lexical_statistic"
        ).fetchone() == (0, 0)
        assert (
            connection.execute("select * from codesearch.search('parse message', log => false)").fetchall()
            == []
        )
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        assert connection.execute("select count(*) from codesearch.posting").fetchone() == (0,)


def _spread(connection, repositories: int) -> None:
    """Small repositories of one file each, out of those of the corpus."""
    connection.execute(
        "select codesearch.upsert_file(format('small%%s', f.n), f.path, f.content)"
        " from (select row_number() over (order by f.path) as n, f.path, f.content from codesearch.source_file f"
        "       where f.size_bytes between 1000 and 40000 limit %s) f",
        [repositories],
    )
    connection.commit()
    Worker(connection, stages=("chunk",)).run_until_idle()


def _fold(connection) -> None:
    connection.execute("select codesearch.refresh_lexical_index(repository_id) from codesearch.repository")
    connection.commit()


def _weights(connection, term: str) -> list[float]:
    return [
        row[0]
        for row in connection.execute(
            "select distinct weight from codesearch.posting where level = 0 and term = %s and part = 0 order by 1",
            [term],
        ).fetchall()
    ]


def test_rows_of_many_repositories_share_one_idf_and_scores_stay_exact(words_database):
    with words_database.connect(autocommit=False) as connection:
        _spread(connection, repositories=40)
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        connection.commit()
        assert len(_weights(connection, "return")) > 10  # each its own

        assert connection.execute("select codesearch.count_shared_idf()").fetchone() == (True,)
        connection.commit()
        assert connection.execute("select codesearch.count_shared_idf()").fetchone() == (False,)
        (idf,) = connection.execute(
            "select idf from codesearch.shared_idf where level = 0 and term = 'return'"
        ).fetchone()
        _check(connection, seed=9)  # counted, not folded yet
        _fold(connection)
        assert _weights(connection, "return") == [idf]
        _check(connection, seed=10)

        # A repository by itself is weighed by its own idf, whatever its rows have.
        terms, own = connection.execute(
            "select array['return', 'self'], repository_id from codesearch.repository where name = 'small7'"
        ).fetchone()
        exact, found = connection.execute(
            "select (select sum(i.idf) from codesearch.term_idf(%(terms)s, array[%(own)s]::int[], 0::smallint) i),"
            " (select bound from codesearch.lexical_scores(%(terms)s, array[%(own)s]::int[], 0::smallint))",
            {"terms": terms, "own": own},
        ).fetchone()
        assert found == pytest.approx(exact)


def test_what_terms_weigh_elsewhere_is_hidden_under_row_level_security(words_database):
    with words_database.connect(autocommit=False) as connection:
        _spread(connection, repositories=40)
        connection.execute("select codesearch.count_shared_idf()")
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        connection.commit()
        assert len(_weights(connection, "return")) == 1
        connection.execute("select codesearch.enable_row_level_security()")
        connection.commit()
        assert connection.execute("select count(*) from codesearch.shared_idf").fetchone() == (0,)
        _fold(connection)
        assert len(_weights(connection, "return")) > 10
        assert connection.execute("select codesearch.count_shared_idf()").fetchone() == (False,)
