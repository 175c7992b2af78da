"""What a Hugging Face folder says of itself, its export, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
transformers = pytest.importorskip("transformers", reason="training needs the train extra")
pytest.importorskip("onnx", reason="training needs the train extra")

from pgcodesearch.embedding import load_embedder  # noqa: E402
from pgcodesearch.embedding.artefact import is_unexported  # noqa: E402
from pgcodesearch.embedding.pooling import pool as pool_states  # noqa: E402
from pgcodesearch.errors import TrainingError  # noqa: E402
from pgcodesearch.training import hugging_face  # noqa: E402
from pgcodesearch.training.encoder import POOLINGS, SentenceEncoder, load_tokenizer, pool  # noqa: E402
from pgcodesearch.training.export import ExportRefused  # noqa: E402
from pgcodesearch.training.hugging_face import export_folder, read_facts  # noqa: E402
from support.tiny_encoder import as_sentence_transformer, write_decoder, write_encoder  # noqa: E402

torch.set_num_threads(1)

TEXTS = ["parse the file", "def open_socket(): return", "x", "", "close the queue and sort the table " * 4]


@pytest.fixture(scope="module")
def decoder(tmp_path_factory) -> tuple[Path, Path]:
    """A decoder's folder, and what is exported of it in fp32."""
    folder = write_decoder(tmp_path_factory.mktemp("decoder"), width=48)
    output = tmp_path_factory.mktemp("exported") / "decoder"
    export_folder(folder, output, weights="fp32")
    return folder, output


@pytest.fixture
def encoder_folder(tmp_path) -> Path:
    (tmp_path / "tiny").mkdir()
    return write_encoder(tmp_path / "tiny")


def _edit(path: Path, **changes: object) -> None:
    config = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(config | changes))


def test_a_folder_of_sentence_transformers_says_all(encoder_folder) -> None:
    folder = as_sentence_transformer(
        encoder_folder, {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
        {"query": "query: ", "document": "passage: "}, max_seq_length=48,
    )  # fmt: skip
    (folder / "README.md").write_text(
        "---\ntags:\n- code\nlicense: mit\nbase_model:\n- someone/tiny-base\n---\n# Tiny\nlicense: gpl\n"
    )
    facts = read_facts(folder)
    assert (facts.pooling, facts.max_tokens, facts.licence, facts.base) == (
        "cls", 48, "mit", "someone/tiny-base",
    )  # fmt: skip
    assert facts.prefixes == {"query": "query: ", "code": "passage: "}
    assert facts.assumed == ()


def test_what_a_plain_folder_does_not_say_is_assumed_and_told(encoder_folder, decoder) -> None:
    facts = read_facts(encoder_folder)
    assert (facts.pooling, facts.max_tokens, facts.licence) == ("mean", 64, "unknown")
    assert facts.assumed == ("pooling mean", "at most 64 tokens")
    assert read_facts(decoder[0]).pooling == "last", "one that was made to write text"
    assert read_facts(encoder_folder, pooling="cls", max_tokens=32).assumed == ()


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"pooling_mode": "lasttoken"}, "last"),
        ({"pooling_mode_lasttoken": True}, "last"),
        ({"pooling_mode_mean_sqrt_len_tokens": True}, "mean"),
    ],
)
def test_poolings_by_their_names(encoder_folder, config, expected) -> None:
    assert read_facts(as_sentence_transformer(encoder_folder, config)).pooling == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pooling": {"pooling_mode_max_tokens": True}}, "pools by max_tokens"),
        ({"pooling": {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}}, "mean_tokens and cls"),
        ({"modules": ("Transformer", "Pooling", "Dense", "Normalize")}, "module Dense"),
        ({"pooling": {"pooling_mode_mean_tokens": True, "include_prompt": False}, "prompts": {"query": "q: "}},
         "prompts out of the pooling"),
    ],
)  # fmt: skip
def test_what_would_be_another_model_is_refused(encoder_folder, changes, words) -> None:
    with pytest.raises(TrainingError, match=words) as caught:
        read_facts(as_sentence_transformer(encoder_folder, **changes))
    assert caught.value.hint


def test_code_that_a_folder_brings_is_not_run(encoder_folder, tmp_path) -> None:
    (encoder_folder / "modeling.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    _edit(encoder_folder / "config.json", auto_map={"AutoModel": "modeling.Model"})
    with pytest.raises(TrainingError, match="never run"):
        export_folder(encoder_folder, tmp_path / "out")
    assert not (tmp_path / "ran").exists()


def test_a_folder_that_leads_elsewhere_is_refused(encoder_folder) -> None:
    (encoder_folder / "modules.json").write_text(json.dumps([{"path": "../..", "type": "x.Transformer"}]))
    with pytest.raises(TrainingError, match="leads out"):
        read_facts(encoder_folder)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("model.safetensors", b"\x08\0\0\0\0\0\0\0not json", "no safetensors"),
        ("config.json", b"{", "no JSON"),
        ("config.json", b'{"model_type": "unheard-of"}', "cannot be exported"),
        ("tokenizer.json", None, "has no tokenizer.json"),
    ],
)
def test_a_damaged_folder_is_told(encoder_folder, tmp_path, file, content, words) -> None:
    if content is None:
        for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json"):
            (encoder_folder / name).unlink(missing_ok=True)
    else:
        (encoder_folder / file).write_bytes(content)
    with pytest.raises(TrainingError, match=words) as caught:
        export_folder(encoder_folder, tmp_path / "out")
    assert caught.value.hint
    assert not (tmp_path / "out").exists()


def test_weights_that_are_missing_are_not_made_up(encoder_folder, tmp_path) -> None:
    """The proof would not notice: graph and PyTorch would have the same random numbers."""
    _edit(encoder_folder / "config.json", num_hidden_layers=3)
    with pytest.raises(TrainingError, match=r"lacks \d+ weights.*layer\.2"):
        export_folder(encoder_folder, tmp_path / "out")


def test_a_model_that_the_database_cannot_keep_is_refused_before_it_is_loaded(
    encoder_folder, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(hugging_face, "_MOST_BYTES", 30_000)
    with pytest.raises(TrainingError, match=r"weights, as fp32") as caught:
        export_folder(encoder_folder, tmp_path / "out", weights="fp32")
    assert "--endpoint" in caught.value.hint


def test_what_the_proof_refuses_is_not_written(encoder_folder, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("pgcodesearch.training.export.LOWEST_INT8_COSINE", 1.1)
    with pytest.raises(ExportRefused, match="int8 loses too much") as caught:
        export_folder(encoder_folder, tmp_path / "out")
    assert "--weights tables, or fp32" in caught.value.hint
    assert not (tmp_path / "out").exists()
    assert export_folder(encoder_folder, tmp_path / "out", weights="fp32")["fp32_cosine"] > 0.9999


def test_prefixes_name_and_length_can_be_given(encoder_folder, tmp_path) -> None:
    folder = as_sentence_transformer(encoder_folder, prompts={"query": "query: "})
    export_folder(
        folder, tmp_path / "out", "mine", max_tokens=24, prefixes={"query": "find: "}, weights="tables"
    )
    embedder = load_embedder(tmp_path / "out", threads=1)
    assert (embedder.name, embedder.max_tokens, embedder.query_prefix) == ("mine", 24, "find: ")
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    assert "Licence of the base: unknown" in card
    assert "fp32 with int8 tables" in card


def test_what_is_a_hugging_face_folder(encoder_folder, decoder) -> None:
    assert is_unexported(encoder_folder)
    assert not is_unexported(decoder[1])
    assert not is_unexported(encoder_folder / "nowhere")


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_pooling_sees_no_padding_on_either_side(pooling, side) -> None:
    """PyTorch's and NumPy's: the same vector as of the text without padding."""
    states = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    noise = np.full((2, 4), 99, dtype=np.float32)
    rows, mask = ([noise, states], [0, 0, 1, 1, 1]) if side == "left" else ([states, noise], [1, 1, 1, 0, 0])
    hidden, masks = np.concatenate(rows)[None], np.array([mask])
    expected = pool_states(states[None], np.ones((1, 3), dtype=np.int64), pooling)
    np.testing.assert_allclose(pool_states(hidden, masks, pooling), expected, rtol=1e-6)
    actual = pool(torch.tensor(hidden), torch.tensor(masks), pooling).numpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_padding_does_not_change_a_decoders_vector(decoder) -> None:
    """In PyTorch on either side, and in the exported graph beside longer texts."""
    folder, output = decoder
    encoder = SentenceEncoder.load(folder, "last").eval()
    tokenizer = load_tokenizer(folder, 96)
    assert tokenizer.padding_side == "right", "its own is the left"

    def embed(texts: list[str], side: str) -> np.ndarray:
        tokenizer.padding_side = side
        tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            return encoder(tokens["input_ids"], tokens["attention_mask"]).numpy()

    alone = np.vstack([embed([text], "right") for text in TEXTS])
    np.testing.assert_allclose(embed(TEXTS, "right"), alone, atol=1e-5)
    np.testing.assert_allclose(embed(TEXTS, "left"), alone, atol=1e-4)
    embedder = load_embedder(output, threads=1)
    np.testing.assert_allclose(embedder.encode(TEXTS), alone, atol=1e-4)
    np.testing.assert_allclose(np.vstack([embedder.encode([text]) for text in TEXTS]), alone, atol=1e-4)
    assert len({tuple(vector.round(3)) for vector in alone}) == len(TEXTS)


def test_a_long_text_keeps_the_token_that_is_pooled(decoder) -> None:
    """What is cut off is before the closing token, which a decoder's vector is read from."""
    embedder = load_embedder(decoder[1], threads=1)
    long, longer = "abcdefgh" * 20, "abcdefgh" * 40
    vectors, counts, kept = embedder.encode_counted([long, longer, long[:95]])
    assert (counts.tolist(), kept.tolist()) == ([161, 321, 96], [96, 96, 96])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-5)
