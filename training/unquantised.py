"""Is a base exact? Adapters are merged into exact weights only."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open

from pgcodesearch.errors import TrainingError

# Beside weights that training.weights read out of an int8 graph.
REBUILT_FILE = "rebuilt.json"
_HINT = "name a Hugging Face folder with the fp32, fp16 or bf16 weights of the model, or set lora.rank = 0"


def check_unquantised(folder: str | Path) -> None:
    """Raise TrainingError where a folder's weights are rounded to integers, or were.

    An adapter learns to mend what is added to, rounding included. Merged into the exact weights it is off, and merged
    into rounded ones its own values, which are smaller than a step of their grid, are rounded away.
    """
    folder = Path(folder)
    if (folder / REBUILT_FILE).exists():
        raise TrainingError(
            f"the weights of {folder} were read out of an int8 graph: no base for LoRA", hint=_HINT
        )
    if (folder / "model.onnx").exists() and not list(folder.glob("*.safetensors")):
        raise TrainingError(
            f"{folder} is an exported model, whose weights are int8: no base for LoRA", hint=_HINT
        )
    config = folder / "config.json"
    if config.exists() and "quantization_config" in json.loads(config.read_text(encoding="utf-8")):
        raise TrainingError(f"the weights of {folder} are quantised: no base for LoRA", hint=_HINT)
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - no mapping
                kind = file.get_slice(name).get_dtype()
                if name.endswith("weight") and kind not in ("F64", "F32", "F16", "BF16"):
                    raise TrainingError(
                        f"{path} keeps {name} as {kind}: quantised weights are no base for LoRA", hint=_HINT
                    )
