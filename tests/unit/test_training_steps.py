"""A step's gradients, however its batch is cut; mixtures of losses, prefixes of vectors, precision."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")

from torch.nn import functional  # noqa: E402

from pgcodesearch.errors import TrainingError  # noqa: E402
from pgcodesearch.training.config import LOSS_NAMES, TrainConfig, config_from, read_config  # noqa: E402
from pgcodesearch.training.data import Pair, steps  # noqa: E402
from pgcodesearch.training.distributed import Processes  # noqa: E402
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer  # noqa: E402
from pgcodesearch.training.gradient_cache import BatchGradients, drawing_from, random_state  # noqa: E402
from pgcodesearch.training.losses import LOSSES, Embedded  # noqa: E402
from pgcodesearch.training.mixture import parse_mixture  # noqa: E402
from pgcodesearch.training.objective import check_dimensions, loss_parts, ranking_loss  # noqa: E402
from pgcodesearch.training.optimising import Optimiser, chosen_device  # noqa: E402
from pgcodesearch.training.precision import Precision, chosen_precision  # noqa: E402
from pgcodesearch.training.tensors import Vectors, embed_rows, with_relations  # noqa: E402
from pgcodesearch.training.train import train  # noqa: E402
from support.tiny_encoder import NOUNS, VERBS, write_encoder  # noqa: E402
from support.training import Killed, kill_at  # noqa: E402
from unit.test_training import configured  # noqa: E402
from unit.test_training import pairs as pairs  # noqa: E402

torch.set_num_threads(1)
REQUIRED = {"model": "m", "output": "o", "train": "t", "validation": "v"}


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("base"))


def rows(count: int) -> list[Pair]:
    """Rows of different lengths, with twins and weights among them, and two negatives each."""
    made = [
        Pair(
            f"{VERBS[verb]} the {NOUNS[noun]}" + " the" * (number % 5),
            f"def {verb}_{noun}()" + ": return" * (number % 3),
            [f"def {verb}()", f"def {noun}()"],
            weight=1.0 + number % 2,
        )
        for number, (verb, noun) in enumerate(zip(VERBS, NOUNS, strict=True))
    ]
    return [*made[: count - 1], made[0]]


def gradients(base: Path, config: TrainConfig, batch: list[Pair], dropout: bool) -> dict[str, torch.Tensor]:
    encoder, tokenizer = SentenceEncoder.load(base), load_tokenizer(base, config.code_tokens)
    encoder.train(dropout)
    optimiser = Optimiser([encoder], config, 10, chosen_precision("fp32", torch.device("cpu")))
    torch.manual_seed(3)
    BatchGradients(encoder, tokenizer, optimiser, Processes()).add(batch, config, 1.0)
    return {name: value.grad for name, value in encoder.named_parameters() if value.grad is not None}


@pytest.mark.parametrize(
    "loss", ["infonce", "multiple_negatives", "triplet", "0.7 infonce + 0.3 margin_ranking"]
)
@pytest.mark.parametrize("piece", [1, 3, 4])
def test_a_batch_in_pieces_has_the_gradients_of_the_whole(base: Path, loss: str, piece: int) -> None:
    config = config_from(REQUIRED | {"loss": loss, "negatives": 2, "precision": "fp32", "code_tokens": 24})
    whole = gradients(base, config, rows(9), dropout=False)
    cut = gradients(base, dataclasses.replace(config, piece_size=piece), rows(9), dropout=False)
    assert whole.keys() == cut.keys()
    assert max(value.abs().max().item() for value in whole.values()) > 1e-2
    for name, value in whole.items():
        torch.testing.assert_close(cut[name], value, atol=2e-6, rtol=1e-4)


def test_no_more_than_a_piece_keeps_its_activations(base: Path) -> None:
    config = config_from(REQUIRED | {"piece_size": 3, "negatives": 2, "precision": "fp32", "code_tokens": 24})
    encoder, tokenizer = SentenceEncoder.load(base), load_tokenizer(base, 24)
    seen: list[tuple[bool, int]] = []
    encoder.register_forward_pre_hook(
        lambda module, given: seen.append((torch.is_grad_enabled(), len(given[0])))
    )
    optimiser = Optimiser([encoder], config, 10, chosen_precision("fp32", torch.device("cpu")))
    BatchGradients(encoder, tokenizer, optimiser, Processes()).add(rows(9), config, 1.0)
    with_gradients = [count for enabled, count in seen if enabled]
    assert with_gradients == [3, 9] * 3, "queries, and codes with two negatives each"
    assert sum(count for enabled, count in seen if not enabled) == sum(with_gradients)


def test_the_second_pass_drops_out_what_the_first_did(base: Path) -> None:
    """The same pieces with their activations kept, which is one pass, give the same gradients."""
    config = config_from(REQUIRED | {"piece_size": 4, "precision": "fp32", "code_tokens": 24})
    batch = [dataclasses.replace(row, negatives=[]) for row in rows(8)]
    cached = gradients(base, config, batch, dropout=True)
    encoder, tokenizer = SentenceEncoder.load(base), load_tokenizer(base, 24)
    encoder.train()
    torch.manual_seed(3)
    parts = [embed_rows(encoder, tokenizer, batch[start : start + 4], config) for start in (0, 4)]
    whole = Vectors(
        *(torch.cat([getattr(part, side) for part in parts]) for side in ("anchors", "positives")), None
    )
    ranking_loss(with_relations(whole, batch), config).backward()
    expected = {name: value.grad for name, value in encoder.named_parameters() if value.grad is not None}
    for name, value in expected.items():
        torch.testing.assert_close(cached[name], value, atol=2e-6, rtol=1e-4)


def test_random_numbers_go_on_where_they_were() -> None:
    torch.manual_seed(1)
    state = random_state(torch.device("cpu"))
    first, after = torch.rand(3), random_state(torch.device("cpu"))[0]
    with drawing_from(state, torch.device("cpu")):
        assert torch.equal(torch.rand(3), first)
    assert torch.equal(random_state(torch.device("cpu"))[0], after)


def test_batches_of_a_step_have_the_mean_of_their_gradients(base: Path) -> None:
    config = config_from(REQUIRED | {"precision": "fp32", "code_tokens": 24})
    batch = [dataclasses.replace(row, negatives=[]) for row in rows(8)]
    encoder, tokenizer = SentenceEncoder.load(base), load_tokenizer(base, 24)
    encoder.eval()
    optimiser = Optimiser([encoder], config, 10, chosen_precision("fp32", torch.device("cpu")))
    adder = BatchGradients(encoder, tokenizer, optimiser, Processes())
    for part in (batch[:4], batch[4:]):
        adder.add(part, config, 0.5)
    halves = [gradients(base, config, part, dropout=False) for part in (batch[:4], batch[4:])]
    for name, value in encoder.named_parameters():
        if value.grad is not None:
            torch.testing.assert_close(
                value.grad, (halves[0][name] + halves[1][name]) / 2, atol=1e-6, rtol=1e-4
            )


def test_steps_of_several_batches_take_an_epoch_in_turn() -> None:
    config = config_from(REQUIRED | {"batch_size": 5, "accumulate": 2})
    made = [Pair(f"q{number}", f"c{number}") for number in range(34)]
    found = steps(made, config, seed=1)
    first = [next(found) for _ in range(3)]
    assert [[len(batch) for batch in step] for step in first] == [[5, 5]] * 3
    seen = [pair.query for step in first for batch in step for pair in batch]
    assert len(set(seen)) == 30, "an epoch shows no pair twice"
    second = [next(found) for _ in range(3)]
    assert second != first
    few = steps(made[:7], config, seed=1)
    assert [len(batch) for batch in next(few)] == [5], "less than a step is one all the same"
    assert len(next(few)) == 1


def test_a_run_with_pieces_and_accumulation_learns_and_goes_on(base: Path, pairs: Path, tmp_path) -> None:
    def config(name: str) -> TrainConfig:
        made = configured(base, pairs, tmp_path / name, piece_size=7, accumulate=3)
        return dataclasses.replace(made, max_steps=15, checkpoint_every=5)

    whole = train(config("whole"))
    assert whole["best_mrr"] > whole["base_mrr"] + 0.1
    with pytest.raises(Killed):
        train(config("killed"), sink=kill_at(10))
    assert train(config("killed")) == whole
    states = [
        torch.load(tmp_path / name / "state.pt", weights_only=True)["encoder"] for name in ("whole", "killed")
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("infonce", {"infonce": 1.0}),
        ("0.7 infonce + .3 margin_ranking", {"infonce": 0.7, "margin_ranking": 0.3}),
        ("infonce + 2 triplet", {"infonce": 1.0, "triplet": 2.0}),
    ],
)
def test_mixtures_are_read(text: str, weights: dict) -> None:
    assert parse_mixture(text, LOSS_NAMES) == weights


@pytest.mark.parametrize(
    "text", ["", "0.7 hinge", "infonce + infonce", "0 infonce", "x infonce", "nan mse", "-1 mse"]
)
def test_mixtures_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(TrainingError, match=r"unknown|not above 0|twice"):
        parse_mixture(text, LOSS_NAMES)


def unit(*shape: int, seed: int = 1) -> torch.Tensor:
    made = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return functional.normalize(made, dim=-1)


def test_a_mixture_is_the_weighted_sum_of_its_losses() -> None:
    config = config_from(
        REQUIRED | {"loss": "0.7 infonce + 0.3 margin_ranking", "negatives": 2, "margin": 0.3}
    )
    batch = Embedded(unit(4, 8), unit(4, 8, seed=2), unit(4, 2, 8, seed=3))
    expected = 0.7 * LOSSES["infonce"](batch, config) + 0.3 * LOSSES["margin_ranking"](batch, config)
    torch.testing.assert_close(ranking_loss(batch, config), expected)
    assert loss_parts(batch, config).keys() == {"infonce", "margin_ranking"}


def test_hinge_losses_of_a_mixture_need_negatives_too() -> None:
    with pytest.raises(TrainingError, match="'margin_ranking' needs hard negatives"):
        config_from(REQUIRED | {"loss": "0.7 infonce + 0.3 margin_ranking"})


def test_prefixes_count_each_by_itself() -> None:
    config = config_from(REQUIRED | {"matryoshka": [2, 8]})
    anchors, positives = unit(4, 8), unit(4, 8, seed=2)
    short = Embedded(*(functional.normalize(side[:, :2], dim=1) for side in (anchors, positives)))
    whole = Embedded(anchors, positives)
    expected = (LOSSES["infonce"](short, config) + LOSSES["infonce"](whole, config)) / 2
    torch.testing.assert_close(ranking_loss(whole, config), expected)
    with pytest.raises(TrainingError, match="rising"):
        config_from(REQUIRED | {"matryoshka": [8, 2]})
    check_dimensions((), 8)
    with pytest.raises(TrainingError, match="gives 16 dimensions"):
        check_dimensions((2, 8), 16)


def test_prefixes_rank_by_themselves_after_training(base: Path, pairs: Path, tmp_path) -> None:
    """Cut to four of 32 dimensions, vectors of a run with a loss for that prefix rank better than those without."""
    from pgcodesearch.training.data import read_pairs
    from pgcodesearch.training.proof import mrr_at_10, torch_encoder

    def cut_mrr(name: str, **settings: object) -> float:
        train(configured(base, pairs, tmp_path / name, **settings))
        encoder = SentenceEncoder.load(tmp_path / name / "last").eval()
        encode = torch_encoder(encoder, load_tokenizer(base, 24))
        held = read_pairs(pairs / "validation.jsonl")
        sides = [torch.from_numpy(encode([getattr(row, side) for row in held])) for side in ("query", "code")]
        return mrr_at_10(*(functional.normalize(side[:, :4], dim=1).numpy() for side in sides))

    with_it = cut_mrr("with", matryoshka=(4, 32))
    assert with_it > cut_mrr("without") + 0.1
    lines = [json.loads(line) for line in (tmp_path / "with/metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["validation_mrr_4"] == pytest.approx(with_it, abs=0.01)


def test_a_prefix_is_exported_as_a_model_of_its_own(base: Path, tmp_path) -> None:
    pytest.importorskip("onnx", reason="training needs the train extra")
    from pgcodesearch.embedding import load_embedder
    from pgcodesearch.training.export import ExportOptions, export

    for dimension in (0, 8):
        options = ExportOptions(
            model=base,
            output=tmp_path / str(dimension),
            name="cut",
            max_tokens=24,
            dimension=dimension,
            int8=False,
        )
        assert export(options)["fp32_difference"] < 1e-4
    whole, cut = (load_embedder(tmp_path / name, threads=1) for name in ("0", "8"))
    assert (whole.dimension, cut.dimension) == (32, 8)
    expected = functional.normalize(torch.from_numpy(whole.encode(["parse the file"]))[:, :8], dim=1)
    torch.testing.assert_close(
        torch.from_numpy(cut.encode(["parse the file"])), expected, atol=1e-5, rtol=1e-4
    )
    with pytest.raises(TrainingError, match="gives 32 dimensions, and 33 are to be kept"):
        export(dataclasses.replace(options, dimension=33))


def test_the_device_decides_the_precision(monkeypatch) -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert chosen_precision("auto", cuda).dtype == torch.float16, "emulated bf16 does not count"
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    assert chosen_precision("auto", cuda).dtype == torch.bfloat16
    assert chosen_precision("auto", cpu).dtype == torch.bfloat16
    assert chosen_precision("auto", torch.device("mps")).dtype == torch.float32
    assert chosen_precision("fp16", cpu) == Precision(torch.float16, cpu)
    assert [chosen_precision(name, cpu).scaled for name in ("fp16", "bf16", "fp32")] == [True, False, False]
    with pytest.raises(TrainingError, match="precision 'int8' is unknown"):
        config_from(REQUIRED | {"precision": "int8"})
    with pytest.raises(TrainingError, match='precision = "fp32"'):
        config_from(REQUIRED | {"bf16": False})


def test_each_process_of_torchrun_has_a_gpu_of_its_own(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert chosen_device("") == chosen_device("cpu") == torch.device("cpu")
    with pytest.raises(TrainingError, match="cuda is not there"):
        chosen_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert chosen_device("") == torch.device("cuda:0")
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert chosen_device("") == chosen_device("cuda") == torch.device("cuda:3")
    assert chosen_device("cuda:1") == torch.device("cuda:1")


def test_a_step_out_of_float16_is_left_out_and_the_scale_halved() -> None:
    layer = torch.nn.Linear(2, 1, bias=False)
    config = config_from(REQUIRED | {"learning_rate": 0.1})
    optimiser = Optimiser([layer], config, 10, chosen_precision("fp16", torch.device("cpu")))
    before = layer.weight.detach().clone()
    scale = optimiser.scale(torch.tensor(1.0)).item()
    assert scale > 1_000
    optimiser.scale(layer(torch.tensor([[3e38, 1.0]])).sum()).backward()
    optimiser.step(0, Processes())
    assert torch.equal(layer.weight, before)
    assert optimiser.scale(torch.tensor(1.0)).item() == scale / 2
    optimiser.scale(layer(torch.tensor([[3.0, 4.0]])).sum()).backward()
    assert optimiser.step(1, Processes()) == pytest.approx(5.0), (
        "gradients are clipped and reported without the scale"
    )
    assert not torch.equal(layer.weight, before)


def test_a_run_in_float16_learns_and_goes_on_with_its_scale(base: Path, pairs: Path, tmp_path) -> None:
    config = dataclasses.replace(configured(base, pairs, tmp_path), precision="fp16")
    result = train(config)
    assert result["best_mrr"] > result["base_mrr"] + 0.1
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["optimiser"]["scaler"]["scale"] > 1
    assert train(dataclasses.replace(config, max_steps=41))["step"] == 41


def test_settings_in_tables_are_read_and_named(tmp_path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(
        'model = "m"\noutput = "o"\ntrain = "t"\nvalidation = "v"\nloss = "multiple_negatives"\n'
        '[lora]\nrank = 32\nmodules = ["query"]\n[[stages]]\nnegatives = 3\ntemperature = 1\n'
    )
    config = read_config(path, ["lora.rank=8", "seed=4"])
    assert (config.lora.rank, config.lora.modules, config.lora.alpha, config.seed) == (8, ("query",), 64.0, 4)
    assert config.stages[0].temperature == 1.0
    for wrong, message in {
        "lora.rnk=1": "unknown setting 'lora.rnk'",
        "lora=3": "lora must be a table",
        "lora.modules=3": "lora.modules must be a list of str",
        "matryoshka=[1, true]": r"matryoshka\[1\] must be int",
        "stages=[{negatives = -1}]": "must be 0 or above",
        "max_steps=3": "max_steps and stages",
        "loss=infonce": "uses none",
        "piece_size=-1": "piece_size must be 0 or above",
        "mined_candidates=0": "mined_candidates must be above 0",
        "seed": "write key=value",
    }.items():
        with pytest.raises(TrainingError, match=message):
            read_config(path, [wrong])
    with pytest.raises(TrainingError, match="cannot be read"):
        read_config(tmp_path / "none.toml")
    path.write_text("model = ")
    with pytest.raises(TrainingError, match="no TOML"):
        read_config(path)
