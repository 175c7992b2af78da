"""The embedder behind an endpoint, against a real HTTP service: order, batches, cuts, errors, keys, processes."""

from __future__ import annotations

import base64
import json
import multiprocessing
import threading

import numpy as np
import pytest

from pgcodesearch.embedding import (
    ArtefactCorrupt,
    DimensionMismatch,
    EndpointUnavailable,
    InvalidEndpoint,
    TextRefused,
    embedder_from,
    load_embedder,
)
from pgcodesearch.embedding.artefact import DEFAULT_MODEL, SHIPPED_MODELS
from pgcodesearch.embedding.endpoint.adding import connect_endpoint, endpoint_files
from pgcodesearch.embedding.endpoint.config import EndpointConfig, is_loopback
from pgcodesearch.embedding.endpoint.embedder import EndpointEmbedder, request_batches
from support.endpoints import KEY, closed_url, serving, vector_of

VARIABLE = "PGCODESEARCH_TEST_API_KEY"
TOKENIZER = (SHIPPED_MODELS / DEFAULT_MODEL / "tokenizer.json").read_bytes()
TEXTS = ["def area(radius): pass", "class Stack: pass", "select 1", "# redirects", "x = 1"]


def embedder_at(
    url: str, dimension: int = 16, max_tokens: int = 64, tokenizer=None, prefixes=None, **endpoint
):
    """An embedder that has not asked anything yet."""
    files = endpoint_files(
        "away", {"url": url, "model": "m", **endpoint}, dimension=dimension, max_tokens=max_tokens,
        prefixes=prefixes, tokenizer=tokenizer,
    )  # fmt: skip
    return embedder_from(files)


def expected(texts, dimension: int = 16) -> np.ndarray:
    rows = np.stack([vector_of(text, dimension) for text in texts])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def answered(service, *answers):
    service.scripted += [answer if isinstance(answer, tuple) else (200, {}, answer) for answer in answers]


def document(*embeddings):
    return {"data": [{"index": index, "embedding": row} for index, row in enumerate(embeddings)]}


def test_the_same_interface(service):
    embedder = embedder_at(service.url)
    assert isinstance(embedder, EndpointEmbedder)
    assert (embedder.name, embedder.dimension, embedder.max_tokens) == ("away", 16, 64)
    again = embedder_from(embedder.artefact())
    np.testing.assert_array_equal(embedder.encode(TEXTS), again.encode(TEXTS))
    assert embedder.encode([]).shape == (0, 16)
    with pytest.raises(TypeError, match="one string"):
        embedder.encode("text")
    with pytest.raises(ValueError, match="unknown kind"):
        embedder.encode(["text"], kind="other")


def test_unit_vectors_in_the_order_of_the_texts(service):
    """The service answers backwards: index says which is which."""
    vectors = embedder_at(service.url, batch_texts=2).encode(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected(TEXTS), atol=1e-6)
    assert [len(request["body"]["input"]) for request in service.requests] == [2, 2, 1]
    assert {request["path"] for request in service.requests} == {"/v1/embeddings"}
    assert service.requests[0]["body"]["encoding_format"] == "float"


def test_requests_are_bounded_in_number_and_size():
    texts = ["a" * 10, "b" * 10, "c" * 50, "d" * 5, "ü" * 10]
    batches = [texts[part] for part in request_batches(texts, most_texts=2, most_bytes=30)]
    assert batches == [texts[:2], texts[2:3], texts[3:]]
    assert list(request_batches([], 2)) == []


def test_prefixes(service):
    embedder = embedder_at(service.url, prefixes={"query": "query: ", "code": "passage: "})
    embedder.encode(["x"], kind="query")
    embedder.encode(["x"])
    assert service.texts == ["query: x", "passage: x"]


def test_base64_is_read_too(service):
    row = base64.b64encode(np.array([3.0, 4.0], dtype="<f4").tobytes()).decode()
    answered(service, document(row))
    np.testing.assert_allclose(embedder_at(service.url, dimension=2).encode(["x"]), [[0.6, 0.8]], atol=1e-6)


@pytest.mark.parametrize("text", ["", " \n", "\x00", "a\x00b", "\ud800", "tail\udfff", "漢字 🎉 größe"])
@pytest.mark.parametrize("tokenizer", [None, TOKENIZER], ids=["estimated", "exact"])
def test_odd_texts(service, text, tokenizer):
    _, counts, kept = embedder_at(service.url, tokenizer=tokenizer).encode_counted([text])
    assert counts[0] == kept[0] >= 1
    (sent,) = service.texts
    assert sent
    assert "\x00" not in sent


def test_a_long_text_is_cut_by_its_tokens(service):
    long = "def follow_redirects(response): return größe " * 40
    embedder = embedder_at(service.url, tokenizer=TOKENIZER)
    _, counts, kept = embedder.encode_counted([long, "short"])
    assert counts[0] > 64
    assert 60 <= kept[0] <= 64
    assert counts[1] == kept[1] == 3
    sent = service.texts[0]
    assert long.startswith(sent)
    local = load_embedder()
    assert local.encode_counted([sent])[1][0] == kept[0], "what was sent has as many tokens as was said"


def test_without_a_tokenizer_by_an_estimate_from_bytes(service):
    _, counts, kept = embedder_at(service.url).encode_counted(["ü" * 100, "abc", "é" * 63 + "xy"])
    assert counts.tolist() == [100, 2, 64]
    assert kept.tolist() == [64, 2, 64]
    assert service.texts[0] == "ü" * 64


def test_a_wrong_width(service):
    with pytest.raises(DimensionMismatch, match="gave vectors of 16 dimensions, model 'away' has 32"):
        embedder_at(service.url, dimension=32).encode(["x"])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"<html>sign in</html>", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        ([], "no list of embeddings"),
        ({"data": "no"}, "no list of embeddings"),
        ({"data": [1, 2]}, "no list of embeddings"),
        (document([1.0, 2.0]), "2 texts with 1 embeddings"),
        ({"data": [{"embedding": [1.0]}] * 2}, "each index"),
        ({"data": [{"index": 0, "embedding": [1.0, 2.0]}] * 2}, "each index"),
        ({"data": [{"index": n, "embedding": [1.0, 2.0]} for n in (1, 2)]}, "each index"),
        (document([1.0, 2.0], [1.0]), "widths"),
        (document([1.0, "2"], [1.0, 2.0]), "no list of numbers"),
        (document([[1.0]], [[2.0]]), "no list of numbers"),
        (document([], []), "no list of numbers"),
        (document(None, None), "no list of numbers"),
        (document("?", "?"), "no list of numbers"),
    ],
)
def test_answers_of_another_form(service, answer, words):
    answered(service, answer)
    with pytest.raises(EndpointUnavailable, match=words):
        embedder_at(service.url, dimension=2).encode(["a", "b"])


@pytest.mark.parametrize("bad", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_a_text_without_direction_is_named_as_the_cause(service, bad):
    """The others are tried without it."""
    answered(
        service, document([1.0, 1.0], bad), document([1.0, 1.0]), document([1.0, 1.0]), document(bad),
        document([1.0, 1.0]),
    )  # fmt: skip
    with pytest.raises(TextRefused, match="zero or not finite"):
        embedder_at(service.url, dimension=2).encode(["a", "b"])
    assert [request["body"]["input"] for request in service.requests] == [
        ["a", "b"], ["def probe(): pass"], ["a"], ["b"], ["def probe(): pass"]
    ]  # fmt: skip


def test_large_numbers_are_vectors_too(service):
    answered(service, document([3e200, 4e200]))
    np.testing.assert_allclose(embedder_at(service.url, dimension=2).encode(["x"]), [[0.6, 0.8]], atol=1e-6)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_text_is_found_among_others(service, status):
    service.refuses = lambda text: status if "poison" in text else 0
    with pytest.raises(TextRefused, match="input cannot be processed"):
        embedder_at(service.url).encode([*TEXTS, "poison"])


def test_a_text_that_breaks_the_service_is_refused_while_others_are_taken(service):
    """Several services answer 500 to a text that is too long for them, again and again."""
    service.refuses = lambda text: 500 if text == "poison" else 0
    with pytest.raises(TextRefused, match="500: input cannot be processed"):
        embedder_at(service.url).encode(["poison"])
    assert service.texts == ["poison"] * 4 + ["def probe(): pass"]


def test_a_batch_that_is_too_large_is_halved(service):
    largest = 2
    answer = service.answer

    def small_batches(path, headers, body):
        if len(body["input"]) > largest:
            return 413, {}, {"error": "batch size 5 > maximum allowed batch size 2"}
        return answer(path, headers, body)

    service.answer = small_batches
    np.testing.assert_allclose(embedder_at(service.url).encode(TEXTS), expected(TEXTS), atol=1e-6)


def test_an_endpoint_that_refuses_everything_is_not_the_texts_fault(service):
    service.refuses = lambda text: 400
    with pytest.raises(EndpointUnavailable, match="takes no text"):
        embedder_at(service.url).encode(TEXTS)


def test_a_busy_service_is_asked_again_after_the_pause_it_wants(service):
    answered(service, (429, {"Retry-After": "1"}, b""), (503, {}, b""))
    np.testing.assert_allclose(embedder_at(service.url).encode(["x"]), expected(["x"]), atol=1e-6)
    assert len(service.requests) == 3


def test_a_service_that_stays_busy(service):
    answered(service, *[(429, {"Retry-After": "0"}, {"error": {"message": "slow down"}})] * 3)
    answered(service, (429, {"Retry-After": "77"}, {"error": {"message": "slow down"}}))
    with pytest.raises(EndpointUnavailable, match=r"429: slow down.*limits requests") as caught:
        embedder_at(service.url).encode(["x"])
    assert caught.value.retry_after == 77


@pytest.mark.parametrize(
    ("status", "words"), [(401, "answered 401.*OPENAI_API_KEY"), (403, "403"), (404, "url"), (418, "418")]
)
def test_what_the_endpoint_says_reaches_the_user(service, status, words):
    answered(service, (status, {}, {"error": {"message": "what\n is \x1b[31mwrong"}}))
    with pytest.raises(EndpointUnavailable, match=words) as caught:
        embedder_at(service.url).encode(["x"])
    assert "what is [31mwrong" in str(caught.value), "on one line, without control characters"


def test_a_service_that_is_down():
    with pytest.raises(EndpointUnavailable, match=r"cannot be reached: .*refused"):
        embedder_at(closed_url()).encode(["x"], kind="query")


def test_a_service_that_does_not_answer_in_time(service):
    waiting = threading.Event()
    answer = service.answer
    service.answer = lambda *arguments: waiting.wait(20) and answer(*arguments)
    try:
        with pytest.raises(EndpointUnavailable, match=r"no answer from .* within 1 s"):
            embedder_at(service.url, timeout=1).encode(["x"])
    finally:
        waiting.set()


def test_the_key_goes_into_the_header_alone(service, monkeypatch):
    service.key = KEY
    monkeypatch.setenv(VARIABLE, f"{KEY}\n")
    embedder = embedder_at(service.url, api_key_variable=VARIABLE)
    embedder.encode(["x"])
    (request,) = service.requests
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert KEY not in json.dumps(request["body"]) + request["path"]
    assert KEY.encode() not in b"".join(embedder.artefact().values())


def test_no_error_shows_the_key(service, monkeypatch):
    """Even where the service repeats it, and where it cannot be sent."""
    monkeypatch.setenv(VARIABLE, KEY)
    service.key = "another"
    embedder = embedder_at(service.url, api_key_variable=VARIABLE)
    with pytest.raises(EndpointUnavailable, match=f"401: wrong key: Bearer ….*{VARIABLE}") as caught:
        embedder.encode(["x"])
    assert KEY not in repr(caught.value)
    for value, words in (
        ("", "is not set"),
        (f"{KEY}\r\nX: y", "no key that can be sent"),
        (f"{KEY}ü", "no key"),
    ):
        monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(EndpointUnavailable, match=words) as caught:
            embedder.encode(["x"])
        assert KEY not in repr(caught.value)


def test_no_redirect_is_followed(service, monkeypatch):
    monkeypatch.setenv(VARIABLE, KEY)
    with serving() as elsewhere:
        answered(service, (307, {"Location": f"{elsewhere.url}/embeddings"}, b""))
        with pytest.raises(EndpointUnavailable, match="307: it sends elsewhere"):
            embedder_at(service.url, api_key_variable=VARIABLE).encode(["x"])
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ({"url": "http://example.com/v1", "api_key_variable": VARIABLE}, "example.com without encryption"),
        ({"url": "http://localhost.example.com/v1", "api_key_variable": VARIABLE}, "without encryption"),
        ({"url": "https://user:hunter2@example.com/v1"}, "user or password"),
        ({"url": "https://example.com\\@localhost/v1"}, "user or password"),
        ({"url": "https://example.com/v1?key=hunter2"}, "has a query"),
        ({"url": "ftp://example.com/v1"}, "no http"),
        ({"url": "example.com"}, "no http"),
        ({"url": ""}, "no url"),
        ({"url": "http://[::1/v1"}, "cannot be read"),
        ({"api_key_variable": "hunter2"}, "ends in API_KEY"),
        ({"api_key_variable": "PGPASSWORD"}, "ends in API_KEY"),
        ({"api_key": "hunter2"}, "'api_key'.*never written down"),
        ({"model": None}, "model is not of type str"),
        ({"batch_texts": 0}, "batch_texts is 0"),
        ({"batch_texts": True}, "not of type int"),
        ({"timeout": 1e9}, "timeout"),
    ],
)
def test_configurations_that_are_not_allowed(endpoint, words):
    with pytest.raises(InvalidEndpoint, match=words) as caught:
        EndpointConfig.from_mapping({"url": "https://example.com/v1", "model": "m", **endpoint})
    assert "hunter2" not in str(caught.value)


def test_this_machine_by_its_names():
    assert all(map(is_loopback, ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "[::1]", "::1"]))
    assert not any(
        map(is_loopback, ["example.com", "10.0.0.1", "0.0.0.0", "localhost.example.com", "", None])
    )


def test_the_endpoint_is_asked_once_for_what_is_not_given(service):
    service.dimension = 48
    embedder = connect_endpoint(endpoint_files("away", {"url": f"{service.url}/", "model": "m"}))
    assert (embedder.dimension, embedder.max_tokens) == (48, 512)
    assert service.texts == ["def probe(): pass"]
    assert "dimensions" not in service.requests[0]["body"]
    assert set(embedder.artefact()) == {"config.json"}


def test_dimensions_are_sent_when_asked_for(service):
    endpoint = {"url": service.url, "model": "m", "send_dimensions": True}
    embedder = connect_endpoint(endpoint_files("away", endpoint, dimension=5))
    assert embedder.encode(["x"]).shape == (1, 5)
    assert [request["body"]["dimensions"] for request in service.requests] == [5, 5]
    with pytest.raises(InvalidEndpoint, match="not given"):
        connect_endpoint(endpoint_files("away", endpoint))


def test_a_dimension_that_was_given_is_checked(service):
    endpoint = {"url": service.url, "model": "m"}
    with pytest.raises(DimensionMismatch, match="16 dimensions, not 8"):
        connect_endpoint(endpoint_files("away", endpoint, dimension=8))
    with pytest.raises(DimensionMismatch, match="not 1 to 4000"):
        connect_endpoint(endpoint_files("away", endpoint, dimension=4001))
    service.dimension = 4096
    with pytest.raises(DimensionMismatch, match=r"4096 dimensions.*--send-dimensions"):
        connect_endpoint(endpoint_files("away", endpoint))


def test_a_folder_with_a_configuration_alone(service, tmp_path):
    config = {
        "name": "away",
        "dimension": 16,
        "max_tokens": 64,
        "endpoint": {"url": service.url, "model": "m"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    embedder = load_embedder(tmp_path)
    assert isinstance(embedder, EndpointEmbedder)
    assert service.requests == [], "nothing is sent by loading"
    (tmp_path / "model.onnx").write_bytes(b"graph")
    with pytest.raises(ArtefactCorrupt, match=r"model.onnx, and an endpoint"):
        load_embedder(tmp_path)


def test_a_changed_tokenizer_is_noticed(service):
    embedder = connect_endpoint(
        endpoint_files("away", {"url": service.url, "model": "m"}, tokenizer=TOKENIZER)
    )
    files = embedder.artefact()
    embedder_from(files)
    with pytest.raises(ArtefactCorrupt, match="SHA-256"):
        embedder_from(files | {"tokenizer.json": TOKENIZER + b" "})


def _child(embedder, results):
    results.put(embedder.encode(TEXTS).tolist())


def test_shared_by_threads_and_taken_into_forks(service):
    """Connections that are open in the parent are not used by its children, whose answers would be mixed up."""
    embedder = embedder_at(service.url, batch_texts=1)
    embedder.encode(TEXTS)
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    children = [context.Process(target=_child, args=(embedder, results)) for _ in range(3)]
    for child in children:
        child.start()
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(embedder.encode(TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found += [np.array(results.get()) for _ in children]
    for child in children:
        child.join()
    assert len(found) == 7
    for vectors in found:
        np.testing.assert_allclose(vectors, expected(TEXTS), atol=1e-6)
