"""Average a fine-tuned model's weights with its base's.

    python -m pgcodesearch.training.average --base FOLDER --tuned FOLDER --share 0.5 --output FOLDER

Fine-tuning on a narrow task loses some of what the base could do; a point between the two weights
often keeps most of both (Wortsman et al. 2022, WiSE-FT).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from transformers import AutoModel

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.encoder import load_tokenizer


def average(base: Path, tuned: Path, share: float, output: Path) -> None:
    """Write ``(1 - share) · base + share · tuned`` as a Hugging Face folder.

    Raises TrainingError where the share is outside 0 to 1 or the two have not the same weights' shapes.
    """
    if not 0.0 <= share <= 1.0:
        raise TrainingError(f"share must be between 0 and 1, and is {share}")
    model = AutoModel.from_pretrained(tuned, local_files_only=True, dtype=torch.float32)
    before = AutoModel.from_pretrained(base, local_files_only=True, dtype=torch.float32).state_dict()
    after = model.state_dict()
    differing = [name for name in after if name not in before or before[name].shape != after[name].shape]
    if differing:
        raise TrainingError(f"{tuned} is no fine-tune of {base}: {', '.join(differing[:3])} differ in shape")
    with torch.no_grad():
        for name, weight in after.items():
            if weight.is_floating_point():
                weight.lerp_(before[name], 1.0 - share)
    model.save_pretrained(output)
    load_tokenizer(tuned, 512).save_pretrained(output)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m pgcodesearch.training.average", description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--tuned", type=Path, required=True)
    parser.add_argument("--share", type=float, required=True, help="weight of the tuned model, 0 to 1")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    average(options.base, options.tuned, options.share, options.output)


if __name__ == "__main__":
    main()
