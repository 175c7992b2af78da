"""Merge an adapter into its base: a folder that ``average`` and ``export`` take.

    python -m pgcodesearch.training.merge --base FOLDER --adapter RUN/best/adapter.safetensors --output FOLDER

A run with ``lora.rank`` writes merged folders itself, with the adapter beside them. This is for an adapter that was
kept or sent alone. The base must have its exact weights: see ``pgcodesearch.training.unquantised``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pgcodesearch.training.command import mendable_errors
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer
from pgcodesearch.training.lora import merge_adapter
from pgcodesearch.training.unquantised import check_unquantised


def merge(base: Path, adapter: Path, output: Path) -> None:
    """Write the base with the adapter's matrices added.

    Raises TrainingError for a base that is not exact, or another one.
    """
    check_unquantised(base)
    encoder = SentenceEncoder.load(base)
    merge_adapter(encoder.backbone, adapter)
    encoder.backbone.save_pretrained(output)
    load_tokenizer(base, 512).save_pretrained(output)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m pgcodesearch.training.merge", description=__doc__)
    parser.add_argument("--base", type=Path, required=True, help="local Hugging Face folder")
    parser.add_argument("--adapter", type=Path, required=True, help="adapter.safetensors")
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    options = parser.parse_args()
    with mendable_errors():
        merge(options.base, options.adapter, options.output)


if __name__ == "__main__":
    main()
