"""Fitting token vectors: the gradient, what is learned, what is kept of a killed run, and the file."""

import numpy as np
import pytest

from pgcodesearch.embedding import load_embedder
from pgcodesearch.embedding.errors import ArtefactCorrupt
from pgcodesearch.query_tables import fitting
from pgcodesearch.query_tables.fitting import Bags, FitOptions, encode, fit
from pgcodesearch.query_tables.kept_vectors import KeptVectors
from pgcodesearch.query_tables.table import QueryTable
from pgcodesearch.query_tables.texts import asked
from pgcodesearch.query_tables.vocabulary import Vocabulary

_RANDOM = np.random.default_rng(7)


def _units(count: int, dimension: int) -> np.ndarray:
    vectors = _RANDOM.standard_normal((count, dimension))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _loss(table, bags, targets, code, options):
    """As the module's documentation has it, written down a second time."""
    units = encode(table, bags)
    cosine = 1 - (units * targets).sum(axis=1)
    wanted = np.exp(targets @ code.T / options.temperature)
    wanted /= wanted.sum(axis=1, keepdims=True)
    scores = units @ code.T / options.temperature
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    divergence = (wanted * (np.log(wanted) - logs)).sum(axis=1)
    return float((cosine + options.divergence * divergence).mean())


def test_the_gradient_is_that_of_the_loss():
    table, targets, code = _RANDOM.standard_normal((6, 4)), _units(5, 4), _units(7, 4)
    bags = Bags.of([[0, 1], [1, 1, 2], [3], [4, 0, 2], [2]])
    options = FitOptions(divergence=0.3, temperature=0.5)
    rows, gradient = fitting._gradient(table, bags, targets, code, options)
    assert rows.tolist() == [0, 1, 2, 3, 4]
    for row, slope in zip(rows, gradient, strict=True):
        for column in range(4):
            sides = []
            for step in (1e-5, -1e-5):
                moved = table.copy()
                moved[row, column] += step
                sides.append(_loss(moved, bags, targets, code, options))
            assert slope[column] == pytest.approx((sides[0] - sides[1]) / 2e-5, abs=1e-6)


def test_a_table_learns_what_sums_of_tokens_can_say():
    truth = _RANDOM.standard_normal((50, 16)).astype(np.float32)
    rows = [_RANDOM.integers(0, 50, _RANDOM.integers(1, 8)).tolist() for _ in range(2_000)]
    bags = Bags.of(rows)
    targets = encode(truth, bags)
    steps = []
    start = 0.1 * _RANDOM.standard_normal((50, 16)).astype(np.float32)
    options = FitOptions(epochs=20, batch=64, rate=0.02)
    table = fit(start, bags, targets, _units(9, 16), options, lambda done, total: steps.append((done, total)))
    assert float((encode(table, bags) * targets).sum(axis=1).mean()) > 0.97
    assert steps[-1] == (640, 640)
    assert np.abs(start).max() < 1, "what was given is not changed"


def test_bags_of_some_texts():
    bags = Bags.of([[1, 2], [3], [4, 5, 6]])
    taken = bags.take(np.array([2, 0]))
    assert (taken.tokens.tolist(), taken.starts.tolist()) == ([4, 5, 6, 1, 2], [0, 3, 5])


class _Embedder:
    """Counts the texts it embeds, and dies at a given one."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.embedded, self._dies_at = 0, dies_at

    def artefact(self):
        return {"config.json": b"{}"}

    def encode(self, texts, kind):
        if self._dies_at is not None and self.embedded + len(texts) > self._dies_at:
            raise KeyboardInterrupt
        self.embedded += len(texts)
        return np.array([[float(len(text)), 1.0] for text in texts])


def test_a_killed_run_goes_on(tmp_path):
    texts = ["x" * (number % 7 + 1) for number in range(3_000)]
    kept = KeptVectors(tmp_path / "kept")
    with pytest.raises(KeyboardInterrupt):
        kept.vectors(texts, _Embedder(dies_at=2_500), lambda done, total: None)
    second = _Embedder()
    vectors = kept.vectors(texts, second, lambda done, total: None)
    assert second.embedded == 3_000 - 2 * 1_024
    assert vectors[:, 0].tolist() == [len(text) for text in texts]
    kept.forget()
    assert not (tmp_path / "kept").exists()


def test_a_file_gives_the_table_back():
    vectors = np.vstack([_RANDOM.standard_normal((5, 32)), np.zeros((1, 32))]).astype(np.float32)
    table = QueryTable(
        ["a", "##b", "é", "", "[UNK]", "rare"],
        vectors,
        {"type": "wordpiece"},
        {"vector.mean": 0.1},
        {"texts": 3},
    )
    read = QueryTable.from_bytes(table.to_bytes())
    assert (read.tokens, read.tokenizer, read.settings, read.metrics) == (
        table.tokens, table.tokenizer, table.settings, table.metrics,
    )  # fmt: skip
    cosines = (read.vectors[:5] * vectors[:5]).sum(axis=1)
    cosines /= np.linalg.norm(read.vectors[:5], axis=1) * np.linalg.norm(vectors[:5], axis=1)
    assert cosines.min() > 0.9999
    assert read.has_vector.tolist() == [True] * 5 + [False]


@pytest.mark.parametrize(
    "content",
    [b"", b"no zip", QueryTable(["a"], np.ones((1, 2)), {}).to_bytes()[:-40]],
    ids=["empty", "text", "cut"],
)
def test_a_damaged_file_is_told(content):
    with pytest.raises(ArtefactCorrupt, match="query_table"):
        QueryTable.from_bytes(content)


def test_what_is_said_becomes_what_is_asked():
    sources = [
        ("documentation", "Follows redirects until there is an answer. Raises TooManyRedirects.\n\n:param x: y"),
        ("name", "Session.resolve_redirects"), ("heading", "Timeouts"), ("query", "where is it"), ("name", "->"),
    ] * 20  # fmt: skip
    found = list(asked(sources, seed=3))
    assert found == list(asked(sources, seed=3))
    assert {
        "Follows redirects until there is an answer",
        "Timeouts",
        "where is it",
        "resolve_redirects",
    } <= set(found)
    assert any(text.startswith(("where", "how", "what")) and "redirects" in text for text in found)
    assert not [text for text in found if not text.strip() or ":param" in text]


def test_pairs_count_beside_their_tokens():
    embedder = load_embedder()
    vocabulary = Vocabulary.of_model(embedder.artefact(), embedder.query_prefix, embedder.max_tokens)
    texts = ["sort a data frame", "merge data frame columns", "data frame", "frame data"]
    paired = vocabulary.with_pairs(vocabulary.rows(texts), most=1, least=3)
    assert paired.names[-1] == "data frame"
    for text, there in zip(texts, (True, True, True, False), strict=True):
        (row,), (plain,) = paired.rows([text]), vocabulary.rows([text])
        assert row == plain + [len(vocabulary.tokens)] * there
    assert vocabulary.with_pairs(vocabulary.rows(texts), most=9, least=4).pairs == {}
    assert vocabulary.with_names(paired.names).rows(texts) == paired.rows(texts)
