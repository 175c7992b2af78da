"""The embedder on the model that ships: shapes, odd input, batches, processes, artefacts."""

from __future__ import annotations

import json
import multiprocessing
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgcodesearch.embedding import (
    DEFAULT_MODEL,
    ArtefactCorrupt,
    DimensionMismatch,
    Embedder,
    ModelNotFound,
    embedder_from,
    load_embedder,
    shipped_models,
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load(threads=1)


def assert_unit(embeddings: np.ndarray, count: int, dimension: int) -> None:
    assert embeddings.shape == (count, dimension)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-5)


def test_the_default_model_ships() -> None:
    assert DEFAULT_MODEL in shipped_models()


def test_related_texts_are_nearer_than_unrelated_ones(embedder: Embedder) -> None:
    code = embedder.encode(
        [
            "def resolve_redirects(response):\n    while response.is_redirect:\n        response = follow(response)",
            "def mean(values):\n    return sum(values) / len(values)",
            "class Stack:\n    def push(self, item):\n        self.items.append(item)",
        ]
    )
    queries = [
        "where are redirects followed",
        "average of a list of numbers",
        "add an element on top of a stack",
    ]
    scores = embedder.encode(queries, kind="query") @ code.T
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\x00",
        "a\x00b",
        "\ud800",
        "tail\udfff",
        "漢字 🎉 größe",
        "x" * 100_000,
        "word " * 25_000,
        "((((" * 9_000,
    ],
    ids=[
        "empty",
        "blank",
        "nul",
        "nul inside",
        "surrogate",
        "surrogate at end",
        "unicode",
        "one word",
        "long",
        "brackets",
    ],
)
@pytest.mark.parametrize("kind", ["query", "code"])
def test_odd_texts_are_embedded(embedder: Embedder, text: str, kind: str) -> None:
    embeddings, counts, kept = embedder.encode_counted([text], kind)
    assert_unit(embeddings, 1, embedder.dimension)
    assert kept[0] <= embedder.max_tokens
    assert counts[0] >= kept[0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(), max_size=80), max_size=6))
def test_any_list_of_strings_is_embedded_in_order(embedder: Embedder, texts: list[str]) -> None:
    together = embedder.encode(texts)
    assert_unit(together, len(texts), embedder.dimension)
    for row, text in zip(together, texts, strict=True):
        np.testing.assert_allclose(embedder.encode([text])[0], row, atol=2e-3)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    embeddings, counts, kept = embedder.encode_counted([], "query")
    assert embeddings.shape == (0, embedder.dimension)
    assert len(counts) == len(kept) == 0


def test_a_vector_does_not_depend_on_its_batch(embedder: Embedder) -> None:
    texts = [("return value " * length).strip() for length in (1, 3, 9, 30, 80, 120)] * 8
    together = embedder.encode(texts)
    alone = np.vstack([embedder.encode([text]) for text in texts[:6]])
    np.testing.assert_allclose(together[:6], alone, atol=2e-3)


def test_what_is_cut_is_counted(embedder: Embedder) -> None:
    short, long = "def area(radius)", "radius " * 1_000
    _, counts, kept = embedder.encode_counted([long, short])
    assert counts.dtype == kept.dtype == np.int32
    assert counts.tolist() == [1_002, kept[1]]
    assert kept[0] == embedder.max_tokens
    beginning = embedder.encode(["radius " * (embedder.max_tokens - 2)])
    np.testing.assert_allclose(embedder.encode([long]), beginning, atol=2e-3)


def test_a_surrogate_pair_is_its_character(embedder: Embedder) -> None:
    np.testing.assert_array_equal(embedder.encode(["\ud83c\udf89"]), embedder.encode(["\U0001f389"]))


def test_wrong_arguments_are_named(embedder: Embedder) -> None:
    with pytest.raises(ValueError, match="'document'"):
        embedder.encode(["x"], kind="document")
    with pytest.raises(TypeError, match="list of strings"):
        embedder.encode("x")


def test_an_unknown_model_is_answered_with_those_there_are() -> None:
    with pytest.raises(ModelNotFound, match=DEFAULT_MODEL) as caught:
        load_embedder("no-such-model")
    assert "no-such-model" in str(caught.value)


def test_an_artefact_makes_the_same_embedder(embedder: Embedder) -> None:
    files = embedder.artefact()
    again = embedder_from(files, threads=1)
    assert (again.name, again.dimension, again.max_tokens) == (
        DEFAULT_MODEL,
        embedder.dimension,
        embedder.max_tokens,
    )
    np.testing.assert_array_equal(again.encode(["def f(): pass"]), embedder.encode(["def f(): pass"]))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "flipped", "truncated"])
def test_a_damaged_artefact_is_refused(embedder: Embedder, name: str, damage: str) -> None:
    files = embedder.artefact()
    content = files.pop(name)
    if damage != "missing":
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]
        files[name] = {"empty": b"", "flipped": flipped, "truncated": content[:middle]}[damage]
    with pytest.raises(ArtefactCorrupt, match=name.split(".")[0]):
        embedder_from(files).encode(["x"])


def test_damage_is_found_without_a_hash_too(embedder: Embedder) -> None:
    files = without_hashes(embedder)
    files["model.onnx"] = files["model.onnx"][:1_000]
    with pytest.raises(ArtefactCorrupt, match=r"model\.onnx"):
        embedder_from(files).encode(["x"])


def test_a_config_that_lies_about_the_dimension_is_found(embedder: Embedder) -> None:
    with pytest.raises(DimensionMismatch, match="512"):
        embedder_from(without_hashes(embedder, dimension=512)).encode(["x"])


def test_a_config_of_wrong_types_is_refused(embedder: Embedder) -> None:
    with pytest.raises(ArtefactCorrupt, match="max_tokens"):
        embedder_from(without_hashes(embedder, max_tokens="many"))


def test_a_folder_without_its_graph_is_named(tmp_path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ArtefactCorrupt, match=r"model\.onnx"):
        load_embedder(tmp_path)


def test_prefixes_of_the_config_are_used(embedder: Embedder) -> None:
    prefixed = embedder_from(without_hashes(embedder, prefixes={"query": "search: "}), threads=1)
    expected = embedder.encode(["search: redirects", "redirects"])
    np.testing.assert_allclose(prefixed.encode(["redirects"], "query")[0], expected[0], atol=2e-3)
    np.testing.assert_allclose(prefixed.encode(["redirects"], "code")[0], expected[1], atol=2e-3)


def without_hashes(embedder: Embedder, **changes: object) -> dict[str, bytes]:
    files = embedder.artefact()
    config = json.loads(files["config.json"]) | changes
    del config["sha256"]
    return files | {"config.json": json.dumps(config).encode()}


def test_a_forked_process_embeds_too(embedder: Embedder) -> None:
    expected = embedder.encode(["def f(): pass", "def g(): pass"])
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(embedder.encode(["def f(): pass", "def g(): pass"])))
    child.start()
    assert receiver.poll(60), "the child did not answer"
    np.testing.assert_allclose(receiver.recv(), expected, atol=2e-3)
    child.join()


def test_threads_share_an_embedder(embedder: Embedder) -> None:
    texts = [f"def function_{number}(): return {number}" for number in range(8)]
    expected, results = embedder.encode(texts), {}

    def work(number: int) -> None:
        results[number] = embedder.encode([texts[number]])[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(np.vstack([results[number] for number in range(8)]), expected, atol=2e-3)
