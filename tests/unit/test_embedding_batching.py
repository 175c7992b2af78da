"""Callers in several threads: which runs of the graph they share, and what happens to the others when one fails."""

from __future__ import annotations

import linecache
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from pgcodesearch.embedding import batching, load_embedder
from pgcodesearch.embedding.batching import SharedRuns
from pgcodesearch.embedding.loaded import LoadedModels

pytestmark = pytest.mark.quiet

SECONDS = 60  # until a test counts as hanging
QUERIES = [f"where is value {number} returned" for number in range(16)]
LONG = "return value " * 60


class Watched:
    """A model whose runs are counted, one shared run at a time; ``before`` is called with each run's number, from 1,
    and its token ids."""

    def __init__(self) -> None:
        self.embedder = load_embedder(threads=1)
        self.embedder._runs = SharedRuns(self.embedder._runs._embed)
        self.sizes: list[int] = []
        self.before: Callable[[int, np.ndarray], object] = lambda number, ids: None
        self._run = self.embedder._runner.run
        self.embedder._runner.run = self._watch  # type: ignore[method-assign]

    def _watch(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        self.sizes.append(len(ids))
        self.before(len(self.sizes), ids)
        return self._run(ids, mask)

    def ask(self, text: str) -> np.ndarray:
        return self.embedder.encode([text], kind="query")[0]

    def until_present(self, count: int) -> None:
        """Wait for so many callers, of which one runs the graph."""
        until(lambda: len(self.embedder._runs._calls) >= count)


def start(work: Callable[..., Any], *given: Any) -> Future[Any]:
    """Do it in a thread of its own, which the interpreter's end does not wait for should it hang."""
    answer: Future[Any] = Future()

    def run() -> None:
        try:
            answer.set_result(work(*given))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.001)


@pytest.fixture(scope="module")
def model() -> Watched:
    return Watched()


@pytest.fixture
def watched(model: Watched) -> Watched:
    model.sizes.clear()
    model.before = lambda number, ids: None
    return model


def ask_during_a_run(
    watched: Watched, texts: list[str], during: Callable[[int, np.ndarray], None]
) -> list[Future[np.ndarray]]:
    """Ask for the first text, and while its run is on for the others in this order; ``during`` sees the later runs."""
    started, going_on = threading.Event(), threading.Event()

    def before(number: int, ids: np.ndarray) -> None:
        if number == 1:
            started.set()
            assert going_on.wait(SECONDS)
        during(number, ids)

    watched.before = before
    answers = []
    for present, text in enumerate(texts, 1):
        answers.append(start(watched.ask, text))
        assert started.wait(SECONDS)
        watched.until_present(present)
    going_on.set()
    return answers


def test_a_lone_caller_runs_the_graph_once(watched):
    watched.ask("redirects")
    assert watched.sizes == [1]


def test_callers_that_wait_share_the_next_run(watched):
    answers = ask_during_a_run(watched, QUERIES, lambda number, ids: None)
    vectors = [answer.result(SECONDS) for answer in answers]
    assert watched.sizes == [1, 15]
    alone = [watched.ask(text) for text in QUERIES]
    np.testing.assert_allclose(vectors, alone, atol=2e-3)


def test_many_threads_get_what_they_get_alone(watched):
    texts = [" ".join(QUERIES[number % 16].split()[: 1 + number % 5]) for number in range(200)]
    answers = [start(lambda part: [watched.ask(text) for text in part], texts[n::16]) for n in range(16)]
    vectors = [answer.result(SECONDS) for answer in answers]
    assert watched.embedder._runs._calls == []
    for n in range(16):
        np.testing.assert_allclose(vectors[n], [watched.ask(text) for text in texts[n::16]], atol=2e-3)


def test_a_short_text_is_not_padded_to_a_long_one(watched):
    texts = ["a", *["mean"] * 6, "of all the numbers that there are " * 3]
    answers = ask_during_a_run(watched, texts, lambda number, ids: None)
    for answer in answers:
        answer.result(SECONDS)
    assert watched.sizes == [1, 6, 1]


def test_a_run_has_a_largest_size():
    sizes = []
    entered, going_on = threading.Event(), threading.Event()

    def embed(rows: Any, beside_others: bool) -> np.ndarray:
        sizes.append(len(rows))
        entered.set()
        assert going_on.wait(SECONDS)
        return np.zeros((len(rows), 1))

    runs = SharedRuns(embed)
    answers = []
    for _ in range(21):
        answers.append(start(runs.run, [[7] * 32]))
        assert entered.wait(SECONDS)
    until(lambda: len(runs._calls) == 21)
    going_on.set()
    for answer in answers:
        answer.result(SECONDS)
    assert sizes == [1, 8, 8, 4]


def test_only_a_lone_caller_spreads_its_run_over_the_cpus():
    embedder = load_embedder(threads=2)
    used = {"all": 0, "one": 0}
    alone, in_company = embedder.encode(["mean"]), []

    def watch(name: str, runner: Any) -> None:
        run = runner.run

        def counted(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
            used[name] += 1
            if name == "all":
                in_company.append(start(embedder.encode, ["mean"]).result(SECONDS))
            return run(ids, mask)

        runner.run = counted

    watch("all", embedder._runner)
    watch("one", embedder._narrow_runner)
    np.testing.assert_allclose(embedder.encode(["mean"]), alone, atol=2e-3)
    np.testing.assert_allclose(in_company, [alone], atol=2e-3)
    assert used == {"all": 1, "one": 1}


def test_a_query_does_not_wait_for_a_large_encode(watched):
    started, going_on = threading.Event(), threading.Event()

    def before(number: int, ids: np.ndarray) -> None:
        if ids.shape[1] > 100:
            started.set()
            assert going_on.wait(SECONDS)

    watched.before = before
    large = start(watched.embedder.encode, [LONG] * 40)
    assert started.wait(SECONDS)
    assert start(watched.ask, "redirects").result(SECONDS).shape == (384,)
    assert len(watched.sizes) == 2, "the first run of the large encode, which is still on, and the query's"
    going_on.set()
    assert large.result(SECONDS).shape == (40, 384)


def test_the_first_to_wait_is_in_the_next_run(watched):
    widths = []
    long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    texts = ["a", long, *["mean"] * 6]
    answers = ask_during_a_run(watched, texts, lambda number, ids: widths.append(ids.shape[1]))
    for answer in answers:
        answer.result(SECONDS)
    assert widths[1] > widths[2]


def test_an_error_reaches_the_caller_whose_text_it_is(watched):
    poison = watched.embedder._tokenizer.token_to_id("coffee")

    def fail(number: int, ids: np.ndarray) -> None:
        if poison in ids:
            raise ValueError("not this one")

    answers = ask_during_a_run(watched, ["a", "mean", "coffee", "sum", "median"], fail)
    with pytest.raises(ValueError, match="not this one"):
        answers.pop(2).result(SECONDS)
    vectors = [answer.result(SECONDS) for answer in answers]
    assert watched.sizes == [1, 4, 1, 1, 1, 1], "the shared run, and one for each that was in it"
    watched.before = lambda number, ids: None
    np.testing.assert_allclose(
        vectors, [watched.ask(text) for text in ("a", "mean", "sum", "median")], atol=2e-3
    )
    assert watched.ask("coffee").shape == (384,), "nothing of it is left"


@pytest.mark.parametrize("killed", [1, 2], ids=["the first leader", "a later leader"])
def test_when_a_leader_is_interrupted_another_leads(watched, killed):
    def interrupt(number: int, ids: np.ndarray) -> None:
        if number == killed:
            raise KeyboardInterrupt

    texts = ["a", "mean", "sum", "median"]
    answers = ask_during_a_run(watched, texts, interrupt)
    assert isinstance(answers.pop(killed - 1).exception(SECONDS), KeyboardInterrupt)
    vectors = [answer.result(SECONDS) for answer in answers]
    del texts[killed - 1]
    np.testing.assert_allclose(vectors, [watched.ask(text) for text in texts], atol=2e-3)


def test_a_call_inside_a_call_is_answered(watched):
    inner = []

    def before(number: int, ids: np.ndarray) -> None:
        if number == 1:  # as a signal handler may
            inner.append(watched.ask("mean"))

    watched.before = before
    assert start(watched.ask, "sum").result(SECONDS).shape == (384,)
    np.testing.assert_allclose(inner, [watched.ask("mean")], atol=2e-3)


@pytest.mark.parametrize("place", [0, 1, 2], ids=["it leads", "it leads after another", "it is led"])
def test_an_interrupt_at_any_line_hangs_nobody(place):
    lines = 0
    while interrupt_at_line(place, lines + 1):
        lines += 1
    assert lines > 20


def interrupt_at_line(place: int, line: int) -> bool:
    """Whether there was such a line: this thread's call of three is interrupted there, the other two must end well."""
    left, ran = threading.Event(), []

    def embed(rows: Any, beside_others: bool) -> np.ndarray:
        if not ran:
            ran.append(True)
            until(lambda: len(runs._calls) == 3 or left.is_set())
        return np.array([[float(row[0])] for row in rows])

    def call(number: int) -> Any:
        """In its place in the queue, or when this thread has left."""
        until(lambda: len(runs._calls) == number or left.is_set())
        return runs.run([[number] * 4]).tolist()

    runs = SharedRuns(embed)
    others = [number for number in range(3) if number != place]
    answers = [start(call, number) for number in others]
    until(lambda: len(runs._calls) == place)
    interrupted = False
    sys.settrace(raise_at(line))
    try:
        assert runs.run([[9] * 4]).tolist() == [[9.0]]
    except KeyboardInterrupt:
        interrupted = True
    finally:
        sys.settrace(None)
        left.set()
    assert [answer.result(SECONDS) for answer in answers] == [[[float(number)]] for number in others]
    assert runs._calls == []
    return interrupted


def raise_at(line: int) -> Callable[..., Any]:
    """A trace function that raises at the n-th line of batching.py that runs.

    Not at ``with`` and ``try``: between these and their block the interpreter handles no signal, but traces the line.
    """
    seen = 0

    def trace(frame: Any, event: str, _: object) -> Any:
        nonlocal seen
        if frame.f_code.co_filename != batching.__file__:
            return None
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).split()
        if event == "line" and source[0] not in ("with", "try:"):
            seen += 1
            if seen == line:
                raise KeyboardInterrupt
        return trace

    return trace


def answer_of_a_fork(work: Callable[[], Any]) -> Any:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(work()))
    child.start()
    try:
        assert receiver.poll(SECONDS), "the child did not answer"
        return receiver.recv()
    finally:
        child.kill()
        child.join()


def test_a_process_forked_during_a_run_embeds(watched):
    expected = watched.ask("mean")
    watched.sizes.clear()
    forked = []

    def fork(number: int, ids: np.ndarray) -> None:
        if number == 2:  # now one leads, three are in its run, and one waits
            start(watched.ask, "late")
            until(lambda: len(watched.embedder._runs._calls) == 4)
            forked.append(start(answer_of_a_fork, lambda: watched.ask("mean")).result(SECONDS))

    answers = ask_during_a_run(watched, ["a", "sum", "median", "mode"], fork)
    for answer in answers:
        answer.result(SECONDS)
    np.testing.assert_allclose(forked, [expected], atol=2e-3)


def test_a_forked_process_does_not_wait_for_threads_of_its_parents_session():
    embedder = load_embedder(threads=2)
    expected = embedder.encode(["mean"])
    np.testing.assert_allclose(answer_of_a_fork(lambda: embedder.encode(["mean"])), expected, atol=2e-3)


def test_one_thread_loads_and_the_others_wait():
    models, loads = LoadedModels(), []

    def load() -> object:
        loads.append(1)
        until(lambda: len(callers) == 8)
        return object()

    callers: list[Future[object]] = []
    for _ in range(8):
        callers.append(start(models.get, "a", load))
    assert len({id(caller.result(SECONDS)) for caller in callers}) == 1
    assert len(loads) == 1


def test_what_failed_to_load_is_loaded_by_the_next():
    models = LoadedModels()

    def fail() -> None:
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        models.get("a", fail)
    assert models.get("a", lambda: "loaded") == "loaded"


def test_the_model_that_was_longest_unused_goes_first():
    models = LoadedModels(kept=2)
    for key in ("a", "b", "a", "c"):
        models.get(key, lambda key=key: key * 2)
    assert models.get("a", lambda: "again") == "aa"
    assert models.get("b", lambda: "again") == "again"


def test_a_process_forked_while_a_model_is_loaded_loads_it_itself():
    models, forked = LoadedModels(), []

    def load() -> str:
        fork = start(answer_of_a_fork, lambda: models.get("a", lambda: "in the child"))
        forked.append(fork.result(SECONDS))
        return "in the parent"

    assert models.get("a", load) == "in the parent"
    assert forked == ["in the child"]
