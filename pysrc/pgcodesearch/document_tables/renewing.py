"""A model version's document table, fitted to the vectors that the database has of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pgcodesearch.database.errors import InvalidArgument, UnknownModel, mapped_errors
from pgcodesearch.database.rows import Connection
from pgcodesearch.document_tables.making import LEAST_TEXTS, MakeOptions, make
from pgcodesearch.document_tables.storing import store
from pgcodesearch.document_tables.table import DocumentTable
from pgcodesearch.embedding.artefact import CONFIG_FILE, TOKENIZER_FILE, ModelConfig
from pgcodesearch.embedding.tokens import load_tokenizer
from pgcodesearch.query_tables.making import Progress

TEXTS = 40_000
"""Texts that a table is fitted to where it is asked for: some minutes of one core."""
TEXTS_BESIDE = 12_000
"""Where it is made beside something else."""
LEAST_COSINE = 0.7
"""To the model's vectors of texts held out: below that a provisional vector leads astray."""


@dataclass(frozen=True)
class Made:
    """A fitted table, and whether it is near enough to the model to be stored."""

    table: DocumentTable
    accepted: bool

    def told(self) -> str:
        """What became of it, in words."""
        cosine = f"cosine {self.table.metrics['cosine']} to the model"
        return f"accepted: {cosine}" if self.accepted else f"refused: {cosine}, {LEAST_COSINE} is needed"


def renew(connection: Connection, model: str, texts: int, progress: Progress) -> Made:
    """Fit a document table to the model's own vectors of at most ``texts`` texts of the index, and store it.

    One whose cosine to the model on held-out texts is below .7 is not stored. Raises UnknownModel; InvalidArgument
    where the database has fewer than 1,000 vectors, or the model has no tokenizer here.
    """
    rows = connection.execute(
        "select m.model_version_id, a.file, a.content from codesearch.model_version m"
        " left join codesearch.model_artefact a on a.model_version_id = m.model_version_id"
        " and a.file in ('tokenizer.json', 'config.json') where m.name = %s", (model,), binary=True,
    ).fetchall()  # fmt: skip
    if not rows:
        raise UnknownModel(f"there is no model version {model!r}")
    files = {file: bytes(content) for _, file, content in rows if file}
    if TOKENIZER_FILE not in files:
        raise InvalidArgument(
            f"model version {model!r} has no tokenizer here, so its tokens are not known",
            hint="a model behind an endpoint may have its tokenizer.json beside its configuration",
        )
    config = ModelConfig.from_json(files[CONFIG_FILE])
    with mapped_errors():
        pairs = connection.execute(
            "select text, embedding from codesearch.document_texts(%s, %s)", (rows[0][0], texts), binary=True
        ).fetchall()
    vectors = np.array([vector.to_numpy() for _, vector in pairs], dtype=np.float32)
    table = make(
        [text for text, _ in pairs], vectors, load_tokenizer(files[TOKENIZER_FILE]), config.max_tokens,
        config.prefixes.get("code", ""), MakeOptions(),
        lambda done, total: progress("batches fitted", done, total),
    )  # fmt: skip
    accepted = table.metrics["cosine"] >= LEAST_COSINE
    if accepted:
        store(connection, model, table.to_bytes())
    return Made(table, accepted)


def ensure(connection: Connection, model: str, progress: Progress) -> Made | None:
    """Make the document table that a model version lacks; None where it has one or the database has too little."""
    lacking = connection.execute(
        "select exists (select from codesearch.document_texts(m.model_version_id, %s) offset %s)"
        " from codesearch.model_version m where m.name = %s"
        " and exists (select from codesearch.model_artefact a"
        "             where a.model_version_id = m.model_version_id and a.file = 'tokenizer.json')"
        " and not exists (select from codesearch.document_table d where d.model_version_id = m.model_version_id)",
        (LEAST_TEXTS, LEAST_TEXTS - 1, model),
    ).fetchone()
    if lacking is None or not lacking[0]:
        return None
    return renew(connection, model, TEXTS_BESIDE, progress)
