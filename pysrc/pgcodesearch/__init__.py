"""Code search inside PostgreSQL: source files go in, ranked chunks come out of one SQL call."""

import os

# ONNX Runtime reads this once, when it is loaded: without it, it writes a device id under the home and looks up its
# maker's hosts. Every process of ours imports this module before any other of the package, so before ONNX Runtime.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.2.0"
