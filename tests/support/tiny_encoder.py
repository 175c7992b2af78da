"""A real encoder small enough to train in seconds, and a task it can learn: queries in other words than the code's."""

from __future__ import annotations

from pathlib import Path

# A word of the code, and the other word for it that queries use: to be learned, not matched.
VERBS = {
    "parse": "decode", "write": "emit", "open": "unlock", "close": "shut", "read": "ingest",
    "send": "deliver", "merge": "join", "split": "cut", "sort": "order", "hash": "digest",
}  # fmt: skip
NOUNS = {
    "file": "document", "header": "title", "token": "sign", "socket": "plug", "table": "grid",
    "cookie": "biscuit", "matrix": "array", "path": "route", "image": "picture", "queue": "line",
}  # fmt: skip
WORDS = [*VERBS, *VERBS.values(), *NOUNS, *NOUNS.values()]


def write_encoder(folder: Path, positions: int = 64) -> Path:
    """A two-layer BERT with random weights and a WordPiece vocabulary of its own, as a Hugging Face folder."""
    import torch
    import transformers

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "def", "return", "the", *WORDS]
    pieces += "abcdefghijklmnopqrstuvwxyz()_:"
    pieces += [f"##{piece}" for piece in pieces[5:]]
    (folder / "vocab.txt").write_text("\n".join(pieces))
    transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=positions,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    return folder
