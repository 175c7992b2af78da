"""Training of the embedding models: pairs, losses, fine-tuning, averaging, export.

Needs the ``train`` extra (PyTorch, Transformers, onnx). Nothing in ``pgcodesearch`` imports
this package: what is shared is files (pairs in, a model folder out).
"""
