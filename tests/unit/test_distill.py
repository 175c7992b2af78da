"""Distillation: a student learns the similarities of a teacher in int8, and goes on after a kill."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
transformers = pytest.importorskip("transformers", reason="training needs the train extra")
pytest.importorskip("onnx", reason="training needs the train extra")

from pgcodesearch.chunking import chunk_file  # noqa: E402
from pgcodesearch.training.config import DistillConfig, Teacher, read_distill_config  # noqa: E402
from pgcodesearch.training.cross_scores import score_texts  # noqa: E402
from pgcodesearch.training.distill import batches, clusters, distill  # noqa: E402
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer  # noqa: E402
from pgcodesearch.training.fake_quant import rounded, rounded_weights  # noqa: E402
from pgcodesearch.training.precision import chosen_precision  # noqa: E402
from pgcodesearch.training.proof import mrr_at_10, torch_encoder  # noqa: E402
from pgcodesearch.training.quantize import WEIGHT_BITS, to_int8  # noqa: E402
from pgcodesearch.training.suggested import as_typed, imperative, queries_for  # noqa: E402
from pgcodesearch.training.teachers import Scores, Targets, Texts, known_divergence  # noqa: E402
from pgcodesearch.training.train import train  # noqa: E402
from support.tiny_encoder import NOUNS, VERBS, write_encoder  # noqa: E402
from unit.test_training import configured  # noqa: E402
from unit.test_training import pairs as pairs  # noqa: E402

torch.set_num_threads(1)  # on a busy machine a second thread waits more than it works


@pytest.fixture(scope="module")
def student(tmp_path_factory) -> Path:
    """A two-layer BERT with random weights."""
    return write_encoder(tmp_path_factory.mktemp("student"))


@pytest.fixture(scope="module")
def teacher(student: Path, pairs: Path, tmp_path_factory) -> Path:
    """The same, after it has learned which words mean the same."""
    output = tmp_path_factory.mktemp("teacher")
    train(configured(student, pairs, output))
    return output / "last"


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> Path:
    """Every verb with every noun as code, with queries in the same and in other words."""
    rows = [
        {"code": f"def {verb}_{noun}()", "queries": [f"{VERBS[verb]} the {NOUNS[noun]}", f"{verb} {noun}"]}
        for verb in VERBS
        for noun in NOUNS
    ]
    random.Random(1).shuffle(rows)
    path = tmp_path_factory.mktemp("texts") / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def config(student: Path, teacher: Path, texts: Path, output: Path, **changes) -> DistillConfig:
    values = {
        "batch_size": 20, "held_out": 20, "epochs": 10, "learning_rate": 3e-3, "own_share": 0.0,
        "precision": "fp32",
        "query_tokens": 16, "code_tokens": 24, "checkpoint_every": 10, "metrics_every": 10, "threads": 1,
    }  # fmt: skip
    named = {"model": str(student), "teachers": (Teacher(model=str(teacher)),), "texts": str(texts)}
    return DistillConfig(**(named | {"output": str(output)} | values | changes))


def test_the_student_sees_what_the_teacher_sees(student, teacher, texts, tmp_path) -> None:
    result = distill(config(student, teacher, texts, tmp_path))
    assert result["steps"] == 40
    before = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0])
    assert result["held_out"] < 0.6 * before["held_out"]
    weight = SentenceEncoder.load(tmp_path / "last").backbone.encoder.layer[0].output.dense.weight
    torch.testing.assert_close(rounded(weight), weight)  # what is saved is what int8 can say


def test_several_teachers_and_the_student_itself_make_one_target(student, teacher, texts, tmp_path) -> None:
    teachers = (
        Teacher(model=str(teacher), weight=3.0),
        Teacher(model=str(student), weight=1.0, pooling="cls"),
    )
    settings = config(student, teacher, texts, tmp_path, teachers=teachers, own_share=0.2)
    read = Texts.read(texts)
    targets = Targets.of(settings, read, chosen_precision("fp32", torch.device("cpu")))
    assert [view.weight for view in targets.views] == pytest.approx([0.6, 0.2, 0.2])
    codes, queries = np.array([3, 5, 8]), np.array([1, 9])
    expected = np.zeros((2, 3))
    for folder, pooling, weight in ((teacher, "mean", 0.6), (student, "cls", 0.2), (student, "mean", 0.2)):
        encoder, tokenizer = SentenceEncoder.load(folder, pooling).eval(), load_tokenizer(folder, 24)
        encode = torch_encoder(encoder, tokenizer)
        asked = encode([read.queries[number] for number in queries])
        expected += weight * asked @ encode([read.codes[number] for number in codes]).T
    np.testing.assert_allclose(targets.cosines(codes, queries).numpy(), expected, atol=2e-3)
    result = distill(settings)
    before = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0])
    assert result["held_out"] < 0.8 * before["held_out"]
    assert len(list(tmp_path.glob("vectors-*"))) == 6, "each of three views has queries and codes"


def test_the_best_checkpoint_is_chosen_by_ranking(student, teacher, texts, pairs, tmp_path) -> None:
    settings = config(student, teacher, texts, tmp_path, validation=str(pairs / "validation.jsonl"))
    result = distill(settings)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    scores = {line["step"]: line["validation_mrr"] for line in lines if "validation_mrr" in line}
    assert scores.keys() == {0, 10, 20, 30, 40}
    assert result["best_mrr"] == max(scores.values()) > result["base_mrr"] + 0.2 == scores[0] + 0.2
    assert scores[int(result["best_step"])] == result["best_mrr"]
    chosen = tmp_path / f"step-{int(result['best_step'])}"
    assert (tmp_path / "best/model.safetensors").read_bytes() == (chosen / "model.safetensors").read_bytes()


def oracle(texts: Path, output: Path) -> Path:
    """Scores of each query with all codes: how many of its two words the code has."""
    read = Texts.read(texts)
    said = {**{word: name for name, word in VERBS.items()}, **{word: name for name, word in NOUNS.items()}}
    with output.open("w") as out:
        for query in read.queries:
            words = {said.get(word, word) for word in query.split()}
            for code in read.codes:
                score = sum(name in words for name in code[4:-2].split("_"))
                out.write(json.dumps({"query": query, "code": code, "score": score}) + "\n")
    return output


def test_scores_alone_teach_an_order(student, texts, tmp_path) -> None:
    """The target of cosines is what the student saw before, which ranks badly: what it learns is of the scores."""

    def mrr(folder: Path) -> float:
        encode = torch_encoder(SentenceEncoder.load(folder).eval(), load_tokenizer(folder, 24))
        read = Texts.read(texts)
        asked = [read.queries[read.first[number]] for number in range(len(read.codes))]
        return mrr_at_10(encode(asked), encode(read.codes))

    scores = Teacher(scores=str(oracle(texts, tmp_path / "scores.jsonl")), weight=20.0, temperature=0.2)
    distill(config(student, student, texts, tmp_path / "run", teachers=(scores,)))
    assert mrr(tmp_path / "run/last") > mrr(student) + 0.3


def test_only_known_scores_count() -> None:
    found = torch.tensor([[1.0, 2.0, 9.0], [0.0, 1.0, 2.0], [5.0, 5.0, 5.0]], requires_grad=True)
    none = float("nan")
    target = torch.tensor([[2.0, 0.0, none], [none, 3.0, none], [none, none, none]])
    divergence = known_divergence(found, target)
    wanted, has = torch.softmax(torch.tensor([2.0, 0.0]), 0), torch.softmax(torch.tensor([1.0, 2.0]), 0)
    assert divergence.item() == pytest.approx((wanted * (wanted / has).log()).sum().item(), rel=1e-4)
    divergence.backward()
    assert found.grad[0, 2] == 0.0
    assert not found.grad[1:].any()
    assert found.grad[0, 0] < 0 < found.grad[0, 1]
    assert known_divergence(found, torch.full((3, 3), none)).item() == 0.0


def test_scores_of_other_texts_are_refused(student, texts, tmp_path) -> None:
    path = tmp_path / "scores.jsonl"
    read = Texts.read(texts)
    path.write_text('{"query": "unknown", "code": "x", "score": 1}\n')
    with pytest.raises(ValueError, match="no score of a query and a code"):
        Scores(Teacher(scores=str(path)), read)
    path.write_text('{"query": "unknown", "code": "x"}\n')
    with pytest.raises(ValueError, match="row 1: a score needs"):
        Scores(Teacher(scores=str(path)), read)
    path.write_text(json.dumps({"query": read.queries[0], "code": read.codes[2], "score": 3}) + "\n")
    known = Scores(Teacher(scores=str(path), temperature=2.0), read).of(np.array([1, 2]), np.array([0, 1]))
    assert known.isnan().tolist() == [[True, False], [True, True]]
    assert known[0, 1] == 1.5


def test_a_cross_encoder_scores_what_lies_near_and_goes_on(student, teacher, texts, tmp_path) -> None:
    for labels in (1, 2):
        model = transformers.BertForSequenceClassification.from_pretrained(student, num_labels=labels)
        model.save_pretrained(tmp_path / f"cross{labels}")
        load_tokenizer(student, 64).save_pretrained(tmp_path / f"cross{labels}")
    read = Texts.read(texts, limit=6)
    output = tmp_path / "scores.jsonl"
    assert score_texts(tmp_path / "cross1", teacher, read, output, candidates=3, device="cpu") == 12
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(rows) == 12 * 4
    first = [row["code"] for row in rows[:4]]
    assert rows[0]["query"] == read.queries[0]
    assert first[0] == read.codes[0], "its own code"
    assert len(set(first)) == 4
    whole = output.read_text()
    output.write_text(whole[: len(whole) // 2 + 7])
    assert 5 <= score_texts(tmp_path / "cross1", teacher, read, output, candidates=3, device="cpu") <= 8
    assert output.read_text() == whole
    known = Scores(Teacher(scores=str(output)), Texts.read(texts)).of(np.arange(6), np.arange(12))
    assert (~known.isnan()).sum(dim=1).tolist() == [4] * 12
    with pytest.raises(ValueError, match="has 2 outputs"):
        score_texts(tmp_path / "cross2", teacher, read, output, device="cpu")


class _Stopped(Exception):
    pass


def test_a_killed_run_goes_on_to_the_same_weights(student, teacher, texts, tmp_path) -> None:
    def stop(record: dict) -> None:
        if record["step"] == 20 and "divergence" in record:
            raise _Stopped

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    distill(config(student, teacher, texts, whole))
    with pytest.raises(_Stopped):
        distill(config(student, teacher, texts, killed), stop)
    assert not (killed / "last").exists()
    distill(config(student, teacher, texts, killed))
    for name in ("model.safetensors", "config.json"):
        assert (killed / "last" / name).read_bytes() == (whole / "last" / name).read_bytes()


def test_rounded_weights_are_those_of_the_int8_graph(teacher) -> None:
    encoder = SentenceEncoder.load(teacher)
    layer = encoder.backbone.encoder.layer[0].intermediate.dense
    exact = layer.weight.detach().clone()
    values, scales = to_int8(exact.numpy().T, axis=0, bits=WEIGHT_BITS)
    with rounded_weights(encoder.backbone):
        np.testing.assert_allclose(layer.weight.detach().numpy().T, values * scales, atol=1e-7)
        assert not torch.equal(layer.weight, exact)
    assert torch.equal(layer.weight, exact)


def test_gradients_at_the_rounded_weights_reach_the_exact_ones(student) -> None:
    encoder, tokenizer = SentenceEncoder.load(student), load_tokenizer(student, 24)
    tokens = tokenizer(["def parse_file()"], return_tensors="pt")
    with rounded_weights(encoder.backbone):
        encoder(tokens["input_ids"], tokens["attention_mask"])[0, 0].backward()
    layer = encoder.backbone.encoder.layer[0].intermediate.dense
    assert layer.weight.grad is not None
    assert layer.weight.grad.abs().sum() > 0


def test_batches_hold_codes_that_lie_together_and_are_the_same_again() -> None:
    chance = np.random.default_rng(0)
    centres = np.eye(8, 16, dtype=np.float32).repeat(40, axis=0)
    vectors = centres + 0.01 * chance.standard_normal(centres.shape).astype(np.float32)
    groups = clusters(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), seed=1)
    assert sorted(np.concatenate(groups)) == list(range(320))
    settings = config(Path(), Path(), Path(), Path(), batch_size=48)
    made = list(batches(groups, settings, 20))
    assert [len(batch) for batch in made] == [48] * 20
    assert all(len(set(batch.tolist())) == 48 for batch in made)
    again = batches(groups, settings, 20)
    assert all(np.array_equal(batch, other) for batch, other in zip(made, again, strict=True))


def test_texts_are_read_with_their_queries(tmp_path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"code": "a", "queries": ["x", "y"]}\n{"code": "b", "queries": ["z"]}\n')
    texts = Texts.read(path)
    assert (texts.codes, texts.queries, texts.first.tolist()) == (["a", "b"], ["x", "y", "z"], [0, 2, 3])
    assert Texts.read(path, limit=1).codes == ["a"]
    path.write_text("")
    with pytest.raises(ValueError, match="no texts"):
        Texts.read(path)


def test_too_few_texts_are_refused(student, teacher, texts, tmp_path) -> None:
    with pytest.raises(ValueError, match="too few for a batch"):
        distill(config(student, teacher, texts, tmp_path, held_out=95))


def test_a_config_is_read_and_checked(tmp_path) -> None:
    path = tmp_path / "distill.toml"
    path.write_text('model = "a"\ntexts = "c"\noutput = "d"\n[[teachers]]\nmodel = "b"\n')
    assert read_distill_config(path, ["own_share=1"]).teachers == (Teacher(model="b"),)
    for wrong, message in {
        "margin=1": "unknown setting 'margin'",
        "own_share=1.5": "between 0 and 1",
        "teachers=[]": "no teacher",
        "teachers=[{weight=1}]": "either a model or scores",
        'teachers=[{model="b",weight=0}]': "weight must be above 0",
        "teacher=b": r"\[\[teachers\]\]",
    }.items():
        with pytest.raises(ValueError, match=message):
            read_distill_config(path, [wrong])
    committed = Path(__file__).parents[2] / "training/configs/distill-minilm-code-v2.toml"
    assert len(read_distill_config(committed).teachers) == 1


def test_queries_are_put_as_people_type_them() -> None:
    assert imperative("checks if it is there") == "check if it is there"
    assert imperative("processes a file") == "process a file"
    chunk = chunk_file(
        "area.py",
        'def circle_area(radius):\n    """Returns the area of a circle."""\n    return 3.14 * radius ** 2\n',
    ).chunks[-1]
    asked = [query for seed in range(40) for query in queries_for(chunk, "python", random.Random(seed))]
    assert any(query.startswith("python ") for query in asked)
    assert any(query.endswith(" in python") for query in asked)
    assert any("area" in query and "python" not in query for query in asked)
    assert as_typed("sort", None, random.Random(1)) == "sort"
