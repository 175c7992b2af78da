"""Training of the embedding models: pairs, losses, fine-tuning, averaging, export, and the round from use.

Needs the ``train`` extra (PyTorch, Transformers, onnx, pyarrow). Installed beside ``pgcodesearch``, whose commands
import it when they are run, after ``pgcodesearch.extras.require_training``; indexing and searching
never do.
"""
