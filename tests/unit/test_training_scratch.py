"""A tokenizer and an encoder from nothing: pieces, hidden tokens, blocks, pretraining that goes on after a kill."""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
transformers = pytest.importorskip("transformers", reason="training needs the train extra")
pytest.importorskip("onnx", reason="training needs the train extra")

from pgcodesearch.embedding import load_embedder  # noqa: E402
from pgcodesearch.errors import TrainingError  # noqa: E402
from pgcodesearch.training import sources  # noqa: E402
from pgcodesearch.training.blocks import Blocks, write_blocks  # noqa: E402
from pgcodesearch.training.config import read_config  # noqa: E402
from pgcodesearch.training.corpus import corpus_texts  # noqa: E402
from pgcodesearch.training.encoder import load_tokenizer  # noqa: E402
from pgcodesearch.training.export import ExportOptions, export  # noqa: E402
from pgcodesearch.training.masking import IGNORED, mask_tokens  # noqa: E402
from pgcodesearch.training.pretrain import pretrain  # noqa: E402
from pgcodesearch.training.scratch_config import (  # noqa: E402
    CorpusConfig,
    EncoderShape,
    PretrainConfig,
    TokenizerConfig,
    read_pretrain_config,
    read_tokenizer_config,
)
from pgcodesearch.training.tokenizer import train_tokenizer  # noqa: E402
from pgcodesearch.training.weights import rebuild  # noqa: E402
from support.training import Killed, kill_at  # noqa: E402

torch.set_num_threads(1)
ROOT = Path(__file__).parents[2]
PIECES = 1_200


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> CorpusConfig:
    """The training package's own source, in pieces of some lines."""
    lines = [
        line for path in sorted((ROOT / "training").glob("*.py")) for line in path.read_text().splitlines()
    ]
    rows = [{"code": "\n".join(lines[start : start + 10])} for start in range(0, len(lines), 10)]
    path = tmp_path_factory.mktemp("corpus") / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return CorpusConfig(files=(str(path),))


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def tokenizer(request, corpus: CorpusConfig, tmp_path_factory) -> tuple[Path, dict]:
    output = tmp_path_factory.mktemp(request.param)
    config = TokenizerConfig(str(output), corpus, kind=request.param, vocabulary=PIECES, held_out=20)
    return output, train_tokenizer(config)


def test_identifiers_and_their_words_have_the_same_pieces(tokenizer: tuple[Path, dict]) -> None:
    folder, report = tokenizer
    loaded = load_tokenizer(folder, 64)

    def pieces(text: str) -> list[str]:
        return [piece for piece in loaded.tokenize(text) if piece != "_"]

    spoken = pieces("read HTTP token batch")
    assert "[UNK]" not in spoken
    for spelling in (
        "readHTTPTokenBatch",
        "ReadHttpTokenBatch",
        "read_http_token_batch",
        "READ_HTTP_TOKEN_BATCH",
    ):
        assert pieces(spelling) == spoken, spelling
    assert "config" in pieces("config"), "what is frequent is one piece"
    assert report["identifiers_as_words"] == 1.0
    assert report["unknown"] < 0.01
    assert PIECES / 2 <= report["pieces"] <= PIECES
    assert report["pieces"] == len(loaded)


def test_texts_are_framed_cut_and_padded(tokenizer: tuple[Path, dict]) -> None:
    loaded = load_tokenizer(tokenizer[0], 8)
    found = loaded(["def read():\n    return token", "x"], padding=True, truncation=True)["input_ids"]
    assert [len(ids) for ids in found] == [8, 8]
    assert [ids[0] for ids in found] == [loaded.cls_token_id] * 2
    assert found[0][-1] == loaded.sep_token_id
    assert found[1][-1] == loaded.pad_token_id
    assert loaded.convert_tokens_to_ids(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]) == [0, 1, 2, 3, 4]
    assert loaded("鰯", add_special_tokens=False)["input_ids"] == [loaded.unk_token_id]


def test_the_same_corpus_gives_the_same_tokenizer(corpus: CorpusConfig, tmp_path) -> None:
    for name in "ab":
        train_tokenizer(TokenizerConfig(str(tmp_path / name), corpus, vocabulary=PIECES, held_out=20))
    assert (tmp_path / "a/tokenizer.json").read_bytes() == (tmp_path / "b/tokenizer.json").read_bytes()


def test_case_and_whole_identifiers_can_be_kept(corpus: CorpusConfig, tmp_path) -> None:
    train_tokenizer(
        TokenizerConfig(
            str(tmp_path),
            corpus,
            kind="bpe",
            vocabulary=PIECES,
            held_out=20,
            lowercase=False,
            split_identifiers=False,
        )
    )
    loaded = load_tokenizer(tmp_path, 64)
    assert loaded.tokenize("TrainConfig") == ["TrainConfig"]


def test_rare_characters_are_unknown(tmp_path) -> None:
    (tmp_path / "texts.txt").write_text("".join(f"word{i} {chr(0x4E00 + i)}\n" for i in range(400)))
    corpus = CorpusConfig(files=(str(tmp_path / "texts.txt"),))
    train_tokenizer(
        TokenizerConfig(str(tmp_path), corpus, kind="bpe", vocabulary=100, characters=40, held_out=1)
    )
    pieces = set(load_tokenizer(tmp_path, 64).get_vocab())
    assert sum(piece >= "\u4e00" for piece in pieces) < 40
    assert "word" in pieces


def test_a_corpus_that_is_too_small_is_refused(tmp_path) -> None:
    (tmp_path / "texts.txt").write_text("read\nthe\ntoken\n")
    corpus = CorpusConfig(files=(str(tmp_path / "texts.txt"),))
    with pytest.raises(TrainingError, match="no text beside"):
        train_tokenizer(TokenizerConfig(str(tmp_path / "out"), corpus))
    with pytest.raises(TrainingError, match=r"gives \d+ pieces"):
        train_tokenizer(TokenizerConfig(str(tmp_path / "out"), corpus, held_out=1))
    assert not (tmp_path / "out").exists()


def test_texts_come_once_from_files_and_repositories(tmp_path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"query": "q", "code": "c"}\n{"query": "r", "code": "c"}\n{"code": "d", "queries": ["q", "s"]}\n'
    )
    (tmp_path / "b.txt").write_text("one line\n\nr\n")
    repository = tmp_path / "sources" / "pypi_thing"
    repository.mkdir(parents=True)
    (repository / "thing.py").write_text("def thing(): pass\n")
    (tmp_path / "sources" / "pypi_click").mkdir()
    (tmp_path / "sources" / "pypi_click" / "core.py").write_text("def judged(): pass\n")
    (tmp_path / "exclude").write_text("click\n")
    config = CorpusConfig((str(tmp_path),), str(tmp_path / "sources"), str(tmp_path / "exclude"))
    assert list(corpus_texts(config)) == ["c", "q", "r", "d", "s", "one line", "def thing(): pass\n"]
    assert list(corpus_texts(dataclasses.replace(config, limit=2))) == ["c", "q"]
    (tmp_path / "bad.jsonl").write_text('{"title": "x"}\n')
    with pytest.raises(TrainingError, match=r"bad\.jsonl, row 1 has no text"):
        list(corpus_texts(CorpusConfig((str(tmp_path / "bad.jsonl"),))))
    with pytest.raises(TrainingError, match="holds no texts"):
        list(corpus_texts(CorpusConfig((str(tmp_path / "none.jsonl"),))))
    with pytest.raises(TrainingError, match="neither files nor sources"):
        CorpusConfig()
    with pytest.raises(TrainingError, match=r"needs corpus\.exclude"):
        CorpusConfig(sources="x")
    assert sources.is_excluded("pypi_click", {"click"})


def test_fifteen_per_cent_are_hidden_and_most_of_them_masked(tokenizer: tuple[Path, dict]) -> None:
    loaded = load_tokenizer(tokenizer[0], 64)
    torch.manual_seed(0)
    ids = torch.randint(5, len(loaded), (200, 100))
    ids[:, 0], ids[:, -10:] = loaded.cls_token_id, loaded.pad_token_id
    attention = (ids != loaded.pad_token_id).long()
    hidden, targets = mask_tokens(ids, attention, loaded)
    chosen = targets != IGNORED
    assert not chosen[:, 0].any()
    assert not chosen[:, -10:].any()
    assert torch.equal(hidden[~chosen], ids[~chosen])
    assert torch.equal(targets[chosen], ids[chosen])
    assert chosen[:, 1:-10].float().mean().item() == pytest.approx(0.15, abs=0.01)
    masked = (hidden[chosen] == loaded.mask_token_id).float().mean().item()
    kept = (hidden[chosen] == ids[chosen]).float().mean().item()
    assert masked == pytest.approx(0.8, abs=0.03)
    assert kept == pytest.approx(0.1, abs=0.03)
    always, targets = mask_tokens(ids, attention, loaded, share=0.3, always=True)
    assert (always[targets != IGNORED] == loaded.mask_token_id).all()
    assert (targets != IGNORED)[:, 1:-10].float().mean().item() == pytest.approx(0.3, abs=0.02)


def pretrained_by(corpus: CorpusConfig, tokenizer: Path, output: Path, **changes) -> PretrainConfig:
    values = {
        "tokens": 32, "batch_size": 16, "max_steps": 60, "learning_rate": 3e-3, "precision": "fp32", "held_out": 32,
        "metrics_every": 20, "validate_every": 0, "checkpoint_every": 20, "threads": 1,
    }  # fmt: skip
    shape = EncoderShape(layers=2, width=32, heads=2, positions=64)
    return PretrainConfig(str(tokenizer), str(output), corpus, shape, **(values | changes))


def test_blocks_hold_the_corpus_and_an_epoch_each_once(
    corpus: CorpusConfig, tokenizer: tuple[Path, dict], tmp_path
) -> None:
    loaded = load_tokenizer(tokenizer[0], 64)
    config = pretrained_by(corpus, tokenizer[0], tmp_path)
    path = write_blocks(config, loaded, tmp_path / "blocks")
    blocks = Blocks(path, 32, 32)
    written = np.fromfile(path, np.uint16).reshape(-1, 32)
    epoch = torch.cat([blocks.batch(step, 1, seed=1) for step in range(blocks.trained)]).numpy()
    assert len(epoch) == len(written) - 32 > 100
    assert sorted(epoch.tolist()) == sorted(written[:-32].tolist())
    assert not np.array_equal(epoch, written[:-32])
    assert (written[:, 0] == loaded.cls_token_id).all()
    assert torch.equal(blocks.batch(3, 16, 1), blocks.batch(3, 16, 1))
    held = torch.cat(list(blocks.held_out_batches(20)))
    assert np.array_equal(held.numpy(), written[-32:])
    first = next(iter(corpus_texts(corpus)))
    expected = loaded(first, add_special_tokens=False)["input_ids"][:31]
    assert written[0].tolist() == [loaded.cls_token_id, *expected]
    made = path.stat().st_mtime_ns
    write_blocks(config, loaded, tmp_path / "blocks")
    assert path.stat().st_mtime_ns == made, "the same corpus is not read again"
    write_blocks(dataclasses.replace(config, tokens=16), loaded, tmp_path / "blocks")
    assert path.stat().st_mtime_ns != made
    with pytest.raises(TrainingError, match="too few beside 90000 held out"):
        Blocks(path, 16, 90_000)


@pytest.mark.parametrize("objective", ["masked", "replaced"])
def test_pretraining_lowers_the_loss_and_is_gone_on_with(
    corpus: CorpusConfig, tokenizer: tuple[Path, dict], tmp_path, objective: str
) -> None:
    def config(name: str) -> PretrainConfig:
        return pretrained_by(corpus, tokenizer[0], tmp_path / name, objective=objective, piece_size=6)

    result = pretrain(config("whole"))
    before = json.loads((tmp_path / "whole/metrics.jsonl").read_text().splitlines()[0])
    assert result["held_out_masked_loss"] < before["held_out_masked_loss"] - 0.8
    if objective == "replaced":
        assert result["held_out_replaced_loss"] < before["held_out_replaced_loss"] - 0.1
    with pytest.raises(Killed):
        pretrain(config("killed"), kill_at(40))
    assert pretrain(config("killed")) == result
    for name in ("model.safetensors", "tokenizer.json"):
        assert (tmp_path / "killed/last" / name).read_bytes() == (tmp_path / "whole/last" / name).read_bytes()
    wider = dataclasses.replace(config("whole").encoder, width=64)
    with pytest.raises(TrainingError, match="encoder"):
        pretrain(dataclasses.replace(config("whole"), encoder=wider))


def test_a_pretrained_encoder_is_exported_and_read_back(
    corpus: CorpusConfig, tokenizer: tuple[Path, dict], tmp_path
) -> None:
    pretrain(pretrained_by(corpus, tokenizer[0], tmp_path / "run", max_steps=3))
    measured = export(
        ExportOptions(model=tmp_path / "run/last", output=tmp_path / "onnx", name="scratch", max_tokens=32)
    )
    assert measured["fp32_difference"] < 1e-4
    embedder = load_embedder(tmp_path / "onnx", threads=1)
    assert embedder.encode(["readHTTPToken"]) == pytest.approx(embedder.encode(["read http token"]), abs=0.05)
    config = json.loads((tmp_path / "onnx/config.json").read_text())
    rebuild((tmp_path / "onnx/model.onnx").read_bytes(), config["backbone"], tmp_path / "rebuilt")
    assert (
        transformers.AutoModel.from_pretrained(tmp_path / "rebuilt").config.vocab_size
        == tokenizer[1]["pieces"]
    )


def test_the_committed_configs_are_readable() -> None:
    folder = ROOT / "training/configs/scratch"
    assert read_tokenizer_config(folder / "tokenizer.toml").vocabulary == 32_000
    shapes = [read_pretrain_config(path).encoder for path in sorted(folder.glob("pretrain-*.toml"))]
    assert [(shape.layers, shape.width) for shape in shapes] == [(12, 512), (6, 384)]
    assert all(read_config(path).stages for path in folder.glob("train-*.toml"))
    tiny = ROOT / "training/configs/tiny"
    assert (
        read_tokenizer_config(tiny / "tokenizer.toml").output
        == read_pretrain_config(tiny / "pretrain.toml").tokenizer
    )
    assert read_config(tiny / "train.toml").model.startswith(
        read_pretrain_config(tiny / "pretrain.toml").output
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objective": "next"}, "objective 'next' is unknown"),
        ({"tokens": 100}, "between 8 and encoder.positions"),
        ({"mask_share": 1.5}, "between 0 and 1"),
        ({"precision": "int8"}, "is unknown"),
        ({"batch_size": 0}, "above 0"),
    ],
)
def test_settings_that_cannot_run_are_named(corpus: CorpusConfig, changes: dict, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        pretrained_by(corpus, Path(), Path(), **changes)
    with pytest.raises(TrainingError, match="cannot be shared out to 5 heads"):
        EncoderShape(layers=2, width=32, heads=5)
    with pytest.raises(TrainingError, match="kind 'words' is unknown"):
        TokenizerConfig("o", corpus, kind="words")
    with pytest.raises(TrainingError, match="vocabulary must be between"):
        TokenizerConfig("o", corpus, vocabulary=99)


@pytest.mark.parametrize("module", ["tokenizer", "pretrain", "train", "distill"])
def test_commands_say_what_mends_an_error(module: str, tmp_path, monkeypatch, capsys) -> None:
    command = importlib.import_module(f"pgcodesearch.training.{module}")

    def ended_with(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", [module, *arguments])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return int(ended.value.code)

    assert ended_with("--help") == 0
    assert f"python -m pgcodesearch.training.{module}" in capsys.readouterr().out
    assert ended_with() == 2
    assert ended_with(str(tmp_path / "none.toml")) == 1
    (tmp_path / "empty.toml").write_text("")
    assert ended_with(str(tmp_path / "empty.toml")) == 1
    said = capsys.readouterr().err
    assert "error: " in said
    assert "missing settings: " in said
    assert ended_with(str(tmp_path / "empty.toml"), "output") == 1
    assert "hint: write key=value" in capsys.readouterr().err
