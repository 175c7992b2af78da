"""Parts of the package that are installed on request: asked for by name before they are imported."""

from __future__ import annotations

import importlib.util

from pgcodesearch.database.errors import MissingExtra


def require_extra(extra: str, *modules: str) -> None:
    """Raise MissingExtra, with the command that mends it, where one of an extra's modules is not installed.

    Nothing is imported: PyTorch alone takes seconds, and a wrong option should be refused before that.
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"this needs the extra {extra!r}: {', '.join(missing)} not installed",
            hint=f"pip install 'pgcodesearch[{extra}]'",
        )


def require_training() -> None:
    """Raise MissingExtra where PyTorch and what else training needs is missing."""
    require_extra("train", "torch", "transformers", "safetensors", "onnx", "onnxscript", "pyarrow")
