"""Document tables: sums of token vectors that stand for a model's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.document_tables.making import MakeOptions, make
from pgcodesearch.document_tables.table import DocumentTable
from pgcodesearch.embedding.artefact import DEFAULT_MODEL, TOKENIZER_FILE, find_model
from pgcodesearch.embedding.errors import ArtefactCorrupt
from pgcodesearch.embedding.tokens import load_tokenizer
from pgcodesearch.query_tables.fitting import FitOptions

TOKENIZER = load_tokenizer((find_model(DEFAULT_MODEL) / TOKENIZER_FILE).read_bytes())
WORDS = (
    "cookie", "socket", "token", "write", "close", "buffer", "index", "query", "row", "column", "lock", "merge",
    "branch", "file", "thread",
)  # fmt: skip


def _table(**changes):
    random = np.random.default_rng(1)
    rows = np.array(sorted(TOKENIZER.token_to_id(word) for word in WORDS))
    vectors = random.normal(size=(len(rows) + 1, 8)).astype(np.float32)
    return DocumentTable(rows, vectors, **{"max_tokens": 64} | changes)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=4))
def test_every_text_has_a_unit_vector(texts):
    vectors = _table().encode(texts, TOKENIZER)
    assert vectors.shape == (len(texts), 8)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_token_counts_three_times_at_most():
    three, four, two = _table().encode(
        ["lock lock lock row", "lock lock lock lock row", "lock lock row"], TOKENIZER
    )
    assert np.allclose(three, four)
    assert not np.allclose(three, two)


def test_what_is_beyond_the_models_window_does_not_count():
    table = _table(max_tokens=4)  # two tokens between the special ones
    short, long = table.encode(["cookie socket", "cookie socket branch merge"], TOKENIZER)
    assert np.allclose(short, long)


def test_the_prefix_is_read_as_the_model_reads_it():
    with_prefix = _table(prefix="merge ").encode(["cookie"], TOKENIZER)
    assert np.allclose(with_prefix, _table().encode(["merge cookie"], TOKENIZER))


def test_a_file_holds_the_table():
    table = _table(metrics={"cosine": 0.9})
    read = DocumentTable.from_bytes(table.to_bytes())
    assert (read.max_tokens, read.most_repeats, read.metrics) == (64, 3, {"cosine": 0.9})
    texts = ["write the query", "close the socket and the buffer"]
    assert ((read.encode(texts, TOKENIZER) * table.encode(texts, TOKENIZER)).sum(axis=1) > 0.999).all()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", _table().to_bytes()[:500]])
def test_a_damaged_file_says_what_to_do(content):
    with pytest.raises(ArtefactCorrupt, match="document-table"):
        DocumentTable.from_bytes(content)


def test_a_table_is_fitted_to_what_a_model_makes_of_words():
    """A model whose vectors are sums of word vectors is learned nearly whole, its scale included."""
    random = np.random.default_rng(2)
    meanings = random.normal(size=(len(WORDS), 16)) + 0.5
    chosen = [random.choice(len(WORDS), 5, replace=False) for _ in range(1_500)]
    vectors = np.stack([meanings[numbers].sum(axis=0) for numbers in chosen])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [" ".join(WORDS[number] for number in numbers) for numbers in chosen]
    options = MakeOptions(fitting=FitOptions(epochs=8, batch=128, rate=0.01))
    table = make(texts, vectors.astype(np.float32), TOKENIZER, 64, "", options)
    assert table.metrics["texts"] == 1_500
    assert table.metrics["cosine"] > 0.95
    mean = vectors.mean(axis=0) / np.linalg.norm(vectors.mean(axis=0))
    assert abs((table.encode(texts[:300], TOKENIZER) @ mean).mean() - (vectors[:300] @ mean).mean()) < 0.01


def test_too_few_texts_say_how_many_are_needed():
    with pytest.raises(InvalidArgument, match="1,000"):
        make(["a"] * 999, np.ones((999, 4), dtype=np.float32), TOKENIZER, 64, "", MakeOptions())
