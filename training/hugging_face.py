"""What a plain Hugging Face folder says of itself, and the model folder that is exported from it.

A folder has config.json, model.safetensors and tokenizer.json. One of sentence-transformers also has modules.json with
what comes after the backbone, 1_Pooling/config.json, sentence_bert_config.json with the length it was trained for, and
config_sentence_transformers.json with the prompts that it wants before queries and documents.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pgcodesearch.errors import TrainingError

if TYPE_CHECKING:
    from pgcodesearch.training.export import ExportOptions

WEIGHTS = ("int8", "tables", "fp32")
# A text of the index has at most 6,000 characters: what a model could read beyond would only cost memory in the proof.
MOST_TOKENS = 2_048
# What PostgreSQL takes as one value, with room for what a graph has beside its weights.
_MOST_BYTES = 1_000_000_000

# The pooling modes of sentence-transformers that are one of ours. The mean by the square root of the length is the mean
# times a number, and the length of a vector is 1 in the end.
_POOLINGS = {
    "mean": "mean", "mean_tokens": "mean", "mean_sqrt_len_tokens": "mean", "cls": "cls", "cls_token": "cls",
    "lasttoken": "last",
}  # fmt: skip
_PROMPTS = {
    "query": ("query", "search_query"),
    "code": ("document", "passage", "search_document", "corpus"),
}
# Their positions begin behind the padding token's, so that fewer tokens fit than config.json has positions.
_POSITIONS_AFTER_PADDING = ("roberta", "xlm-roberta", "camembert", "mpnet", "longformer")
_TOKENIZERS = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
)
_MODULES_AFTER = ("Pooling", "Normalize", "Dropout")


@dataclass(frozen=True)
class Facts:
    """What a folder says. ``backbone`` is the folder that holds the weights; ``assumed``: what it did not say."""

    backbone: Path
    pooling: str
    max_tokens: int
    prefixes: Mapping[str, str]
    licence: str
    base: str
    assumed: tuple[str, ...] = ()


def read_facts(folder: Path, pooling: str | None = None, max_tokens: int | None = None) -> Facts:
    """Read a folder's JSON files and the head of its README.md; nothing else is opened, and no code is run.

    pooling, max_tokens: what the caller knows better. Raises TrainingError for a model that cannot be exported as it
    is: one with a layer after pooling, with several poolings, or with code of its own.
    """
    modules = _read(folder / "modules.json")
    backbone, after = _modules(folder, modules if isinstance(modules, list) else [])
    config = _object(backbone / "config.json")
    # Without any of them transformers makes a tokenizer that knows no word.
    if not any((backbone / name).exists() for name in _TOKENIZERS):
        raise TrainingError(f"{backbone} has no tokenizer.json", hint="Was it downloaded whole?")
    if "AutoModel" in (config.get("auto_map") or {}):
        raise TrainingError(
            f"{folder} brings program code of its own for the model, which is never run",
            hint="Export it to model.onnx with its maker's tools, and add the folder with a config.json beside it.",
        )
    assumed = []
    known = _pooling(folder, after)
    if not (pooling or known):
        decodes = any("CausalLM" in str(name) for name in config.get("architectures") or [])
        known = "last" if decodes else "mean"
        assumed.append(f"pooling {known}")
    sentence = _object(backbone / "sentence_bert_config.json") or _object(
        folder / "sentence_bert_config.json"
    )
    if sentence.get("do_lower_case"):
        raise TrainingError(
            f"{folder} wants texts in lower case, which its tokenizer does not do",
            hint="Give tokenizer.json a normalizer that does, and set do_lower_case to false.",
        )
    length = _length(config, sentence, _object(backbone / "tokenizer_config.json"))
    if max_tokens is None and "max_seq_length" not in sentence:
        assumed.append(f"at most {length} tokens")
    licence, base = _card(folder)
    return Facts(
        backbone, pooling or known or "mean", max_tokens or length, _prefixes(folder, after), licence or "unknown",
        base or str(config.get("_name_or_path") or folder.resolve().name), tuple(assumed),
    )  # fmt: skip


def export_folder(
    folder: Path, output: Path, name: str | None = None, pooling: str | None = None, max_tokens: int | None = None,
    prefixes: Mapping[str, str] | None = None, weights: str = "int8",
) -> dict[str, Any]:  # fmt: skip
    """Write a Hugging Face folder as a model folder, proved on the way; what was measured and what was assumed.

    ``name``: that of the folder without it. ``prefixes``: instead of those that the folder says, by kind (query, code).
    ``weights``: int8, tables (int8 embedding tables, fp32 matrices) or fp32. Raises TrainingError where the folder
    cannot be read or is too large, ExportRefused where the graph does not give what PyTorch gives.
    """
    from pgcodesearch.training.export import ExportOptions, ExportRefused, export, weights_kind

    facts = read_facts(folder, pooling, max_tokens)
    _check_size(folder, facts.backbone, weights)
    wanted = {"query": "", "code": ""} | dict(facts.prefixes) | dict(prefixes or {})
    options = ExportOptions(
        model=facts.backbone, output=output, name=name or folder.resolve().name, pooling=facts.pooling,
        max_tokens=facts.max_tokens, query_prefix=wanted["query"], code_prefix=wanted["code"],
        licence=facts.licence, base=facts.base, int8=weights != "fp32", tables_only=weights == "tables",
    )  # fmt: skip
    try:
        measured = export(options)
    except ExportRefused as refusal:
        rounded = "int8" in refusal.message
        other = "fp32" if weights == "tables" else "tables, or fp32"
        hint = f"Try --weights {other}." if rounded else "Its graph cannot be used here."
        raise ExportRefused(refusal.message, hint=hint) from None
    except (
        OSError,
        ValueError,
        KeyError,
        AttributeError,
        RuntimeError,
    ) as error:  # the libraries' own, of any kind
        if isinstance(error, TrainingError):
            raise
        raise TrainingError(
            f"{folder} cannot be exported: {_first_line(error)}",
            hint="It needs config.json, model.safetensors and tokenizer.json of one model that transformers knows.",
        ) from error
    (output / "MODEL_CARD.md").write_text(_model_card(options, facts, weights_kind(options), measured))
    return {
        "pooling": facts.pooling, "max_tokens": facts.max_tokens, "prefixes": wanted, "licence": facts.licence,
        "weights": weights_kind(options), "assumed": list(facts.assumed), **measured,
    }  # fmt: skip


def export_files(folder: Path, **options: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    """:func:`export_folder` into memory: the model's files by name, and what it says; raises as it does."""
    from pgcodesearch.embedding.artefact import read_artefact

    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "model"
        exported = export_folder(folder, output, **options)
        return read_artefact(output), exported


def _modules(folder: Path, modules: list[Any]) -> tuple[Path, dict[str, Path]]:
    """The folder of the backbone, and those of what comes after it by the name of its kind."""
    backbone, after = folder, {}
    for place, module in enumerate(modules):
        kind = str(module.get("type", "")).rsplit(".", 1)[-1]
        path = _inside(folder, str(module.get("path", "")))
        if place == 0 and kind == "Transformer":
            backbone = path
        elif place > 0 and kind in _MODULES_AFTER:
            after[kind] = path
        else:
            raise TrainingError(
                f"{folder} has a module {kind or 'without a type'}, which is not exported",
                hint="Known are Transformer, Pooling and Normalize; serve another model behind an endpoint.",
            )
    return backbone, after


def _pooling(folder: Path, after: Mapping[str, Path]) -> str | None:
    """The pooling that sentence-transformers says; None where it says nothing."""
    config = _object(after["Pooling"] / "config.json") if "Pooling" in after else {}
    modes = config.get("pooling_mode")
    modes = [modes] if isinstance(modes, str) else modes
    if modes is None:
        prefix = "pooling_mode_"
        modes = [
            key.removeprefix(prefix) for key, value in config.items() if key.startswith(prefix) and value
        ]
    if not modes:
        return None
    if len(modes) > 1 or modes[0] not in _POOLINGS:
        raise TrainingError(
            f"{folder} pools by {' and '.join(map(str, modes))}",
            hint="Known are mean, cls and lasttoken, one of them.",
        )
    return _POOLINGS[modes[0]]


def _prefixes(folder: Path, after: Mapping[str, Path]) -> dict[str, str]:
    """What is put before queries and code, of the prompts that sentence-transformers names."""
    config = _object(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts")
    prompts = prompts if isinstance(prompts, dict) else {}
    usual = prompts.get(config.get("default_prompt_name"), "")
    found = {}
    for kind, names in _PROMPTS.items():
        found[kind] = str(next((prompts[name] for name in names if name in prompts), usual) or "")
    pooled = _object(after["Pooling"] / "config.json") if "Pooling" in after else {}
    if any(found.values()) and pooled.get("include_prompt") is False:
        raise TrainingError(
            f"{folder} leaves its prompts out of the pooling",
            hint="Such a model can be served behind an endpoint.",
        )
    return found


def _length(config: Mapping[str, Any], sentence: Mapping[str, Any], tokenizer: Mapping[str, Any]) -> int:
    """Tokens of a text that the model reads, MOST_TOKENS at most."""
    positions = config.get("max_position_embeddings")
    if isinstance(positions, int) and config.get("model_type") in _POSITIONS_AFTER_PADDING:
        positions -= int(config.get("pad_token_id") or 1) + 1
    # Of what says nothing tokenizers write a number with thirty digits.
    said = [sentence.get("max_seq_length"), positions, tokenizer.get("model_max_length")]
    return min(
        [int(number) for number in said if isinstance(number, int | float) and number > 2] + [MOST_TOKENS]
    )


def _card(folder: Path) -> tuple[str | None, str | None]:
    """Licence and base model as the head of README.md has them; None for what it does not say."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None, None
    head = re.match(r"---\s*\n(.*?)\n---", text, re.DOTALL)
    lines = head[1] if head else ""

    def value(key: str) -> str | None:
        found = re.search(rf"^{key}:[ \t]*(?:\n\s*-[ \t]*)?([^\n#]+)", lines, re.MULTILINE)
        return found[1].strip().strip("\"'")[:200] if found else None

    licence = value("license")
    return (value("license_name") or licence if licence == "other" else licence), value("base_model")


def _check_size(folder: Path, backbone: Path, weights: str) -> None:
    """Raise TrainingError where the graph would be larger than a value of the database may be."""
    files = sorted(backbone.glob("*.safetensors"))
    numbers = sum(_numbers(file) for file in files)
    expected = numbers * (1 if weights == "int8" else 4)
    if expected > _MOST_BYTES:
        raise TrainingError(
            f"{folder} has {numbers:,} weights, as {weights} more than the database keeps of one model (1 GB)",
            hint="Serve it behind an endpoint: pgcodesearch models add NAME --endpoint URL --remote-model NAME",
        )


def _numbers(file: Path) -> int:
    """How many numbers a safetensors file has, by its header alone."""
    try:
        with file.open("rb") as opened:
            header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
        total = 0
        for name, tensor in header.items():
            if name != "__metadata__":
                size = 1
                for width in tensor["shape"]:
                    size *= int(width)
                total += size
        return total
    except (OSError, ValueError, KeyError, TypeError, AttributeError, MemoryError, OverflowError) as error:
        raise TrainingError(f"{file} is no safetensors file", hint="Was it downloaded whole?") from error


def _model_card(options: ExportOptions, facts: Facts, weights: str, measured: Mapping[str, float]) -> str:
    lines = [
        f"# {options.name}",
        "",
        f"Exported by `pgcodesearch models add` from a Hugging Face folder. Base: {facts.base}."
        f" Licence of the base: {facts.licence}.",
        "",
        f"One ONNX graph with {options.pooling} pooling and L2, weights {weights}, at most {options.max_tokens} tokens."
        f" Before a query: {options.query_prefix!r}; before code: {options.code_prefix!r}.",
        *([f"The folder did not say, so assumed were: {', '.join(facts.assumed)}."] if facts.assumed else []),
        "",
        "| proof | |",
        "|---|---|",
        *[f"| {key.replace('_', ' ')} | {value:.6g} |" for key, value in measured.items()],
        "",
    ]
    return "\n".join(lines)


def _inside(folder: Path, path: str) -> Path:
    """A folder below another; raises TrainingError for one that is not."""
    found = (folder / path).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise TrainingError(f"modules.json of {folder} leads out of it: {path!r}")
    return folder / path


def _object(path: Path) -> dict[str, Any]:
    found = _read(path)
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} is no JSON: {error}", hint="Was it downloaded whole?") from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
