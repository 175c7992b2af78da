"""Where a graph runs is chosen in one place, and what CUDA cannot do the CPU does, with one line that says so."""

import logging
import os
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

from pgcodesearch.embedding import InvalidProvider, load_embedder, session
from pgcodesearch.embedding.artefact import DEFAULT_MODEL, SHIPPED_MODELS
from pgcodesearch.embedding.providers import CPU, CUDA, PROVIDER_VARIABLE, Providers, choose
from pgcodesearch.embedding.session import GraphRunner

FP32, INT8 = b"...MatMul...", b"...MatMulIntegerToFloat..."
WITH_GPU, WITHOUT = ["TensorrtExecutionProvider", CUDA, CPU], ["AzureExecutionProvider", CPU]
onnxruntime = session.onnxruntime  # as the package has it, without telemetry
GRAPH = (SHIPPED_MODELS / DEFAULT_MODEL / "model.onnx").read_bytes()


class Session:
    """What a session needs to be asked for; ``given`` are the providers that it got."""

    def __init__(self, given):
        self.options = dict(item for item in given if not isinstance(item, str))
        self.given = [item if isinstance(item, str) else item[0] for item in given]
        self.fails = False

    def get_providers(self):
        return self.given


@pytest.mark.parametrize(
    ("said", "graph", "available", "expected"),
    [
        (None, FP32, WITH_GPU, CUDA),
        ("", FP32, WITH_GPU, CUDA),
        ("auto", INT8, WITH_GPU, CPU),
        ("auto", FP32, WITHOUT, CPU),
        ("cuda", INT8, WITH_GPU, CUDA),
        (" CUDA ", FP32, WITHOUT, CUDA),
        ("cpu", FP32, WITH_GPU, CPU),
    ],
)
def test_the_choice(said, graph, available, expected):
    environment = {} if said is None else {PROVIDER_VARIABLE: said}
    assert choose(graph, available, environment) == expected


def test_the_shipped_model_stays_on_the_cpu():
    assert choose(GRAPH, WITH_GPU, {}) == CPU


def test_another_word_is_an_error(monkeypatch):
    monkeypatch.setenv(PROVIDER_VARIABLE, "gpu")
    with pytest.raises(InvalidProvider, match="'gpu'") as caught:
        load_embedder(DEFAULT_MODEL, threads=1).encode(["x"])
    assert "auto, cpu, cuda" in caught.value.hint


def test_where_it_loads_it_is_used(caplog):
    session = Providers().open(FP32, WITH_GPU, Session, {})
    assert (session.given, session.options) == ([CUDA, CPU], {CUDA: {"use_tf32": "0"}})
    assert caplog.records == []


def _raising(providers):
    if providers != [CPU]:
        raise RuntimeError("CUDA failure 35: driver too old ; GPU=0\nstack")
    return Session(providers)


@pytest.mark.parametrize(
    ("available", "start", "reason"),
    [
        (WITHOUT, Session, "onnxruntime-gpu"),
        (WITH_GPU, _raising, "CUDA failure 35: driver too old ; GPU=0"),
        (WITH_GPU, lambda providers: Session([CPU]), "could not load it"),
    ],
    ids=["not built in", "raises", "left out silently"],
)
def test_what_fails_falls_back_and_is_told_once(caplog, available, start, reason):
    providers = Providers()
    asked = []

    def counted(wanted):
        asked.append(list(wanted))
        return start(wanted)

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert providers.open(FP32, available, counted, {PROVIDER_VARIABLE: "cuda"}).given == [CPU]
    (record,) = caplog.records
    told = record.getMessage()
    assert told.startswith("embedding runs on the CPU, not by CUDA: ")
    assert reason in told
    assert "\n" not in told
    assert len(asked) - asked.count([CPU]) <= 1, "it is tried once a process"


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="this onnxruntime has CUDA")
def test_a_real_session_without_cuda_falls_back(caplog, monkeypatch):
    """Asked for by its name; and where the library is said to have it and leaves it out."""
    expected = GraphRunner(GRAPH, 1).run(*_two_tokens())
    monkeypatch.setenv(PROVIDER_VARIABLE, "cuda")
    for available in (WITHOUT, WITH_GPU):
        monkeypatch.setattr(session, "PROVIDERS", Providers())
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda given=available: given)
        caplog.clear()
        runner = GraphRunner(GRAPH, 1)
        with caplog.at_level(logging.WARNING), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # onnxruntime's own, where it leaves a provider out
            np.testing.assert_array_equal(runner.run(*_two_tokens()), expected)
        assert not runner.on_gpu
        assert [record.getMessage()[:38] for record in caplog.records] == [
            "embedding runs on the CPU, not by CUDA"
        ]


def test_what_fails_in_the_middle_of_the_work_goes_on_on_the_cpu(caplog, monkeypatch):
    """As when the GPU's memory is full: the texts at hand, and all that follow."""
    expected = GraphRunner(GRAPH, 1).run(*_two_tokens())
    real = onnxruntime.InferenceSession

    class OnGpu(Session):
        def __init__(self, graph, options, providers):
            super().__init__(providers)
            self.real = real(graph, options, providers=[CPU])

        def get_inputs(self):
            return self.real.get_inputs()

        def run(self, *arguments):
            if CUDA in self.given:
                raise RuntimeError("out of memory")
            return self.real.run(*arguments)

    monkeypatch.setattr(session, "PROVIDERS", Providers())
    monkeypatch.setattr(onnxruntime, "InferenceSession", OnGpu)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: WITH_GPU)
    monkeypatch.setenv(PROVIDER_VARIABLE, "cuda")
    runner = GraphRunner(GRAPH, 1)
    assert runner.on_gpu
    with caplog.at_level(logging.WARNING):
        np.testing.assert_array_equal(runner.run(*_two_tokens()), expected)
    assert not runner.on_gpu
    assert "out of memory" in caplog.text
    assert not GraphRunner(GRAPH, 1).on_gpu


def test_a_child_of_a_process_that_used_it_does_not():
    providers = Providers()
    providers.after_fork()
    assert providers.open(FP32, WITH_GPU, Session, {}).given == [CUDA, CPU], "the parent had not used it"
    providers.after_fork()
    assert providers.open(FP32, WITH_GPU, Session, {}).given == [CPU]


def test_threads_tell_once(caplog):
    providers = Providers()
    with caplog.at_level(logging.WARNING):
        threads = [
            threading.Thread(
                target=providers.open, args=(FP32, WITHOUT, Session, {PROVIDER_VARIABLE: "cuda"})
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(caplog.records) == 1


def test_a_backend_never_takes_a_gpu():
    """Whatever the server's environment says."""
    code = "import os, pgcodesearch.embedding.server; print(os.environ['PGCODESEARCH_EMBEDDING_PROVIDER'])"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, PROVIDER_VARIABLE: "cuda"}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "cpu"


def _two_tokens():
    ids = np.array([[101, 102]], dtype=np.int64)
    return ids, np.ones_like(ids)
