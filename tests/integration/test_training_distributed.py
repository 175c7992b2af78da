"""Two processes that torchrun starts train what one does; killed with -9 they go on to the same weights."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.quiet, pytest.mark.heavy]

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")

from pgcodesearch.training.data import Pair, write_pairs  # noqa: E402
from support.tiny_encoder import NOUNS, VERBS, write_encoder  # noqa: E402
from support.workers import wait_until  # noqa: E402

CONFIG = """
model = "{folder}/{base}"
output = "{folder}/{output}"
train = "{folder}/pairs.jsonl"
validation = "{folder}/pairs.jsonl"
loss = "0.7 multiple_negatives + 0.3 triplet"
negatives = 1
batch_size = 24
query_tokens = 16
code_tokens = 24
max_steps = {steps}
learning_rate = 1e-3
metrics_every = 5
validate_every = 0
checkpoint_every = 5
threads = 1
device = "cpu"
precision = "fp32"
{more}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Pairs; an encoder with dropout, and the same without, whose gradients don't depend on chance."""
    made = tmp_path_factory.mktemp("distributed")
    for name in ("dropout", "exact"):
        (made / name).mkdir()
        write_encoder(made / name)
    config = json.loads((made / "exact/config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (made / "exact/config.json").write_text(json.dumps(config))
    rows = [
        Pair(f"{VERBS[verb]} the {NOUNS[noun]}", f"def {verb}_{noun}()", [f"def {noun}_{verb}()"], noun,
             1.0 + number % 2, "python" if number % 3 else "go", f"{verb}_{noun}")
        for number, (verb, noun) in enumerate((verb, noun) for verb in VERBS for noun in NOUNS)
    ]  # fmt: skip
    write_pairs(made / "pairs.jsonl", rows)
    return made


def configured(folder: Path, output: str, base: str, steps: int, more: str = "") -> Path:
    path = folder / f"{output}.toml"
    path.write_text(CONFIG.format(folder=folder, output=output, base=base, steps=steps, more=more))
    return path


def start(processes: int, config: Path, module: str = "train") -> subprocess.Popen[str]:
    command = [sys.executable, "-m"]
    if processes > 1:
        command += ["torch.distributed.run", "--standalone", f"--nproc_per_node={processes}", "-m"]
    return subprocess.Popen(
        [*command, f"pgcodesearch.training.{module}", str(config)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def run(processes: int, config: Path, module: str = "train") -> None:
    process = start(processes, config, module)
    _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said


def weights(folder: Path, output: str) -> dict[str, torch.Tensor]:
    return torch.load(folder / output / "state.pt", weights_only=True)["encoder"]


def losses(folder: Path, output: str) -> list[tuple[int, float]]:
    lines = [json.loads(line) for line in (folder / output / "metrics.jsonl").read_text().splitlines()]
    return [(line["step"], line["loss"]) for line in lines if "loss" in line]


@pytest.mark.parametrize(
    "more",
    ["", "piece_size = 5\naccumulate = 2\n[lora]\nrank = 4\ndropout = 0"],
    ids=["plain", "pieces and lora"],
)
def test_two_processes_train_what_one_does(folder: Path, more: str) -> None:
    """A code of one process is a negative for the queries of the other, or these losses would differ."""
    names = [f"{count}-{'lora' if more else 'plain'}" for count in (1, 2)]
    for count, name in zip((1, 2), names, strict=True):
        run(count, configured(folder, name, "exact", 10, more))
    one, two = (losses(folder, name) for name in names)
    assert [step for step, _ in two] == [5, 10], "one of the two reports"
    assert [loss for _, loss in two] == pytest.approx([loss for _, loss in one], rel=1e-4)
    expected, actual = (weights(folder, name) for name in names)
    trained = "encoder.layer.1.output.dense." + ("lora_b" if more else "bias")
    assert expected[f"backbone.{trained}"].abs().max() > 1e-3, "both began at 0"
    for name, value in expected.items():
        torch.testing.assert_close(actual[name], value, atol=2e-5, rtol=1e-4)


def test_a_killed_run_of_two_processes_goes_on_to_the_same_weights(folder: Path) -> None:
    """With dropout, tasks and mined negatives, all of which draw random numbers or depend on the weights."""
    more = "[tasks]\nmasked = 0.1\nname = 0.1\nlanguage = 0.1"
    more += "\n[[stages]]\nnegatives = 1\nsteps = 30\n[[stages]]\nnegatives = 3\nsteps = 30\nmine = true"
    run(2, configured(folder, "whole", "dropout", 0, more))
    config = configured(folder, "killed", "dropout", 0, more)
    process = start(2, config)
    wait_until(lambda: (folder / "killed/state.pt").exists() or process.poll() is not None, "a checkpoint")
    assert process.poll() is None, process.communicate()
    os.killpg(process.pid, signal.SIGKILL)
    kill_left(folder / "killed")
    process.communicate()
    assert torch.load(folder / "killed/state.pt", weights_only=True)["progress"]["step"] < 60
    run(2, config)
    expected, actual = weights(folder, "whole"), weights(folder, "killed")
    for name, value in expected.items():
        torch.testing.assert_close(actual[name], value, atol=1e-6, rtol=1e-5)
    assert dict(losses(folder, "killed")).keys() == dict(losses(folder, "whole")).keys()


def kill_left(output: Path) -> None:
    """Torchrun gives its processes groups of their own: those that outlived it are found by their config."""
    import psutil

    config = f"{output}.toml"
    for process in psutil.process_iter(["cmdline"]):
        if config in (process.info["cmdline"] or []):
            process.kill()
            process.wait()


def test_two_processes_pretrain_together(folder: Path) -> None:
    """Each hides tokens of its own, so that losses differ from those of one process, and fall as theirs do."""
    config = folder / "pretrain.toml"
    config.write_text(
        f'tokenizer = "{folder}/dropout"\noutput = "{folder}/pretrained"\nobjective = "replaced"\ntokens = 16\n'
        'batch_size = 8\nmax_steps = 40\nlearning_rate = 3e-3\nheld_out = 8\nmetrics_every = 10\n'
        'checkpoint_every = 10\nthreads = 1\ndevice = "cpu"\nprecision = "fp32"\n'
        '[encoder]\nlayers = 2\nwidth = 32\nheads = 2\npositions = 32\n'
        f'[corpus]\nfiles = ["{folder}/pairs.jsonl"]\n'
    )  # fmt: skip
    process = start(2, config, "pretrain")
    printed, said = process.communicate(timeout=240)
    assert process.returncode == 0, said
    result = json.loads(printed)
    lines = [json.loads(line) for line in (folder / "pretrained/metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == [10, 20, 30, 40], "one of the two reports"
    assert result["held_out_masked_loss"] < lines[0]["held_out_masked_loss"] - 0.5
    assert (folder / "pretrained/last/model.safetensors").exists()


def test_a_batch_that_cannot_be_shared_out_is_refused(folder: Path) -> None:
    config = configured(folder, "odd", "exact", 2)
    config.write_text(config.read_text().replace("batch_size = 24", "batch_size = 25"))
    process = start(2, config)
    _, said = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "25 rows of a batch cannot be shared out to 2 processes" in said
    assert "multiple of the processes" in said
