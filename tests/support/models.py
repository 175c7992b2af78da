"""Model folders for tests: the shipped graph under other names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from pgcodesearch.embedding.artefact import DEFAULT_MODEL, SHIPPED_MODELS


def model_folder(parent: Path, name: str, **prefixes: str) -> Path:
    """The shipped model as another: a prefix (query, code) makes its vectors differ from the original's."""
    folder = parent / name
    shutil.copytree(SHIPPED_MODELS / DEFAULT_MODEL, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"name": name, "prefixes": prefixes}
    (folder / "config.json").write_text(json.dumps(config))
    return folder
