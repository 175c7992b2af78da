"""A real encoder small enough to train in seconds, and a task it can learn: queries in other words than the code's."""

from __future__ import annotations

import json
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


def write_decoder(folder: Path, width: int = 1536, padding_side: str = "left") -> Path:
    """A decoder of one layer with random weights, as embedding models of this width are: causal attention, rotary
    positions, a tokenizer of bytes that ends each text with a token of its own, and last-token pooling."""
    import tokenizers
    import torch
    import transformers
    from tokenizers import decoders, models, pre_tokenizers, processors

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: number for number, piece in enumerate(["<end>", "<pad>", *alphabet])}
    backend = tokenizers.Tokenizer(models.BPE(vocabulary, [], unk_token=None))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(single="$A <end>", special_tokens=[("<end>", 0)])
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token="<end>", pad_token="<pad>", padding_side=padding_side,
        model_max_length=96,
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(0)
    config = transformers.Qwen2Config(
        vocab_size=len(vocabulary), hidden_size=width, num_hidden_layers=1, num_attention_heads=12,
        num_key_value_heads=2, intermediate_size=64, max_position_embeddings=512, initializer_range=0.05,
    )  # fmt: skip
    transformers.Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


def as_sentence_transformer(
    folder: Path, pooling: dict[str, object] | None = None, prompts: dict[str, str] | None = None,
    max_seq_length: int | None = None, modules: tuple[str, ...] = ("Transformer", "Pooling", "Normalize"),
) -> Path:  # fmt: skip
    """Put the files of sentence-transformers beside a Hugging Face folder's."""
    listed = [
        {"idx": place, "name": str(place), "path": "" if place == 0 else f"{place}_{kind}",
         "type": f"sentence_transformers.models.{kind}"}
        for place, kind in enumerate(modules)
    ]  # fmt: skip
    (folder / "modules.json").write_text(json.dumps(listed))
    for module in listed[1:]:
        (folder / module["path"]).mkdir(exist_ok=True)
    if "Pooling" in modules:
        content = pooling or {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(content))
    if prompts is not None:
        (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    if max_seq_length is not None:
        (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": max_seq_length}))
    return folder
