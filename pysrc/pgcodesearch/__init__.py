"""Code search inside PostgreSQL: source files go in, ranked chunks come out of one SQL call."""

import os

# ONNX Runtime reads this once, when it is loaded: without it, it writes a device id under the home and looks up its
# maker's hosts. Every process of ours imports this module before any other of the package, so before ONNX Runtime.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.2.0"

# Which chunker made a file's chunks. Files of the same path and content take over each other's only where this is
# equal: a new release chunks anew. Raise the second part where a change of the chunker should show before the next.
# Apart from the chunker itself, which takes long to import.
CHUNKER = f"{__version__}/5"
