"""The options of `models add` for a plain Hugging Face folder, which is exported first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = [
    click.option("--pooling", type=click.Choice(["mean", "cls", "last"]),
                 help="How a Hugging Face model makes one vector of its tokens'; default: as its folder says."),
    click.option("--weights", type=click.Choice(["int8", "tables", "fp32"]),
                 help="Of a Hugging Face model: int8, int8 embedding tables alone, or fp32; default: int8."),
]  # fmt: skip
# Options that a model behind an endpoint has too.
_SHARED = ("max_tokens", "query_prefix", "code_prefix")


def exporting_options(function: Function) -> Function:
    """Add the options; the command gets them by keyword, for :func:`exported_files`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def is_exported_first(model: str, options: dict[str, Any]) -> bool:
    """Whether MODEL is a Hugging Face folder; raises click.UsageError for its options where it is none."""
    from pgcodesearch.embedding.artefact import is_unexported, shipped_models

    unexported = (
        options.get("endpoint") is None
        and model not in shipped_models()
        and is_unexported(Path(model).expanduser())
    )
    for option in ("pooling", "weights"):
        if options[option] is not None and not unexported:
            raise click.UsageError(
                f"--{option} is for a Hugging Face folder: one with model.safetensors and no model.onnx"
            )
    return unexported


def exported_files(
    model: str, name: str | None, options: dict[str, Any]
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The model's files and what the export says of them; raises click.UsageError for options of an endpoint,
    MissingExtra, TrainingError, ExportRefused."""
    for option, value in options.items():
        if value is not None and option not in ("pooling", "weights", *_SHARED):
            raise click.UsageError(f"--{option.replace('_', '-')} is for models behind an --endpoint")
    from pgcodesearch.extras import require_training

    require_training()
    from pgcodesearch.training.hugging_face import export_files

    prefixes = {
        kind: options[f"{kind}_prefix"]
        for kind in ("query", "code")
        if options.get(f"{kind}_prefix") is not None
    }
    return export_files(
        Path(model).expanduser(), name=name, pooling=options["pooling"], max_tokens=options.get("max_tokens"),
        prefixes=prefixes, weights=options["weights"] or "int8",
    )  # fmt: skip


def told(exported: dict[str, Any]) -> list[str]:
    """What an export says, in a line or two."""
    text = (
        f"exported with {exported['pooling']} pooling, {exported['weights']} weights,"
        f" at most {exported['max_tokens']} tokens: cosine to PyTorch {exported['fp32_cosine']:.6f}"
    )
    if "int8_cosine_mean" in exported:
        text += f", of its int8 {exported['int8_cosine_mean']:.4f}"
    if not exported["assumed"]:
        return [text]
    return [text, f"the folder does not say, so assumed: {', '.join(exported['assumed'])}"]
