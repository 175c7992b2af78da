"""A model's files: where they are found, what they must hold, how damage is noticed.

An artefact is ``{"model.onnx", "tokenizer.json", "config.json"}`` as bytes: the same three files
in the package's ``models`` folder, in any folder of the user, and in a row of ``model_version``. A model behind an
endpoint has no graph: its ``config.json`` has an object ``endpoint``, and ``tokenizer.json`` beside it is optional.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pgcodesearch.embedding.errors import ArtefactCorrupt, ModelNotFound

GRAPH_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
CONFIG_FILE = "config.json"
REQUIRED_FILES = (GRAPH_FILE, TOKENIZER_FILE, CONFIG_FILE)
OPTIONAL_FILES = ("MODEL_CARD.md",)
ENDPOINT_KEY = "endpoint"

SHIPPED_MODELS = Path(__file__).resolve().parent.parent / "models"
DEFAULT_MODEL = "minilm-code-v2"


@dataclass(frozen=True)
class ModelConfig:
    """The part of config.json that running the model needs; the rest is description."""

    name: str
    dimension: int
    max_tokens: int
    pooling: str = "mean"
    prefixes: Mapping[str, str] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)
    endpoint: Mapping[str, Any] | None = None

    @classmethod
    def from_json(cls, content: bytes) -> ModelConfig:
        """Parse and check config.json; raises ArtefactCorrupt naming the key at fault."""
        values = _parse(content)
        config = cls(
            name=_expect(values, "name", str),
            dimension=_expect(values, "dimension", int),
            max_tokens=_expect(values, "max_tokens", int),
            pooling=values.get("pooling", "mean"),
            prefixes=values.get("prefixes", {}),
            sha256=values.get("sha256", {}),
            endpoint=values.get(ENDPOINT_KEY),
        )
        if config.dimension < 1 or config.max_tokens < 3:
            raise ArtefactCorrupt(
                f"{CONFIG_FILE} has dimension {config.dimension} and max_tokens {config.max_tokens}",
                "Export the model again with `python -m pgcodesearch.training.export`.",
            )
        return config


def find_model(name_or_path: str | Path) -> Path:
    """The folder of a shipped model's name or of a path; raises ModelNotFound listing what there is."""
    shipped = SHIPPED_MODELS / str(name_or_path)
    if str(name_or_path) in shipped_models():
        return shipped
    folder = Path(name_or_path).expanduser()
    if folder.is_dir():
        return folder
    known = ", ".join(shipped_models()) or "none"
    raise ModelNotFound(
        f"no embedding model {str(name_or_path)!r}",
        f"Shipped with the package: {known}. Otherwise give a folder with {', '.join(REQUIRED_FILES)}.",
    )


def is_unexported(folder: Path) -> bool:
    """Whether a folder is a plain Hugging Face one, with weights and no graph; nothing of it is loaded."""
    if (folder / GRAPH_FILE).exists():
        return False
    return any(any(place.glob("*.safetensors")) for place in (folder, folder / "0_Transformer"))


def has_endpoint(config: bytes | None) -> bool:
    """Whether a config.json is that of a model behind an endpoint; False for one that cannot be read."""
    try:
        values = json.loads(config or b"null")
    except ValueError:
        return False
    return isinstance(values, dict) and ENDPOINT_KEY in values


def required_files(config: bytes | None) -> tuple[str, ...]:
    """What an artefact with this config.json must have."""
    return (CONFIG_FILE,) if has_endpoint(config) else REQUIRED_FILES


def shipped_models() -> list[str]:
    """Names of the models in the package, sorted."""
    return sorted(config.parent.name for config in SHIPPED_MODELS.glob(f"*/{CONFIG_FILE}"))


def read_artefact(folder: Path) -> dict[str, bytes]:
    """Read a model folder; raises ArtefactCorrupt where a required file is missing or unreadable."""
    files: dict[str, bytes] = {}
    for name in REQUIRED_FILES + OPTIONAL_FILES:
        try:
            files[name] = (folder / name).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ArtefactCorrupt(f"{folder / name} cannot be read: {error}") from error
    if missing := [name for name in required_files(files.get(CONFIG_FILE)) if name not in files]:
        raise ArtefactCorrupt(
            f"{folder} has no {', '.join(missing)}",
            "A Hugging Face folder has model.safetensors, and `pgcodesearch models add` exports it; a model behind an "
            "endpoint says so in its config.",
        )
    return files


def read_matching(folder: Path, sha256: Mapping[str, str]) -> dict[str, bytes] | None:
    """The folder's files where every one has the SHA-256 given (in hexadecimal, by file name), else None."""
    files = {}
    # The small files first: they tell another model apart without reading the graph.
    for file in sorted(sha256, key=lambda name: name.endswith(".onnx")):
        try:
            content = (folder / file).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() != sha256[file]:
            return None
        files[file] = content
    return files


def check_artefact(files: Mapping[str, bytes], compared: bool = False) -> ModelConfig:
    """Check that every file is there and, where the config has its SHA-256 and they are not compared yet, unchanged."""
    required = required_files(files.get(CONFIG_FILE))
    missing = [name for name in required if not files.get(name)]
    if missing:
        raise ArtefactCorrupt(
            f"the artefact lacks {', '.join(missing)}", "Add the model again from its folder or its export."
        )
    if GRAPH_FILE in files and GRAPH_FILE not in required:
        raise ArtefactCorrupt(
            f"the artefact has {GRAPH_FILE}, and an endpoint in its {CONFIG_FILE}", "Take one of the two out."
        )
    config = ModelConfig.from_json(files[CONFIG_FILE])
    if compared:
        return config
    for name, expected in config.sha256.items():
        actual = hashlib.sha256(files.get(name, b"")).hexdigest()
        if actual != expected:
            raise ArtefactCorrupt(
                f"{name} of model {config.name!r} has SHA-256 {actual[:12]}…, its config says {expected[:12]}…",
                "The file was damaged or replaced: install the package, or add the model, again.",
            )
    return config


def _parse(content: bytes) -> dict[str, Any]:
    try:
        values = json.loads(content)
    except ValueError as error:
        raise ArtefactCorrupt(f"{CONFIG_FILE} is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise ArtefactCorrupt(f"{CONFIG_FILE} is no JSON object")
    return values


def _expect(values: dict[str, Any], key: str, kind: type) -> Any:
    value = values.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ArtefactCorrupt(f"{CONFIG_FILE} needs {key!r} as {kind.__name__}, and has {value!r}")
    return value
