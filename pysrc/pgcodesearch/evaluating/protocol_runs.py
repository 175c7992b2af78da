"""One or two model versions on a protocol: means with intervals, and what is kept of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.embedding import Embedder
from pgcodesearch.embedding.stored import StoredModel
from pgcodesearch.evaluating.comparing import Difference, paired_difference
from pgcodesearch.evaluating.kept_ranks import KeptRanks
from pgcodesearch.evaluating.protocol import (
    CODESEARCHNET,
    Pools,
    Progress,
    ProtocolOptions,
    Ranks,
    draw_pools,
    load_model,
    reciprocal_ranks,
)
from pgcodesearch.home import home


@dataclass(frozen=True)
class ProtocolMeasure:
    """One model: ``mrr`` by language and ``all``, each the mean with its 95 % interval."""

    pools: Pools
    mrr: dict[str, Difference]


@dataclass(frozen=True)
class ProtocolComparison:
    """Two models: each one's MRR and their differences, by language and ``all`` (every query counts the same).

    ``comparison_id`` is None where the caller may not write comparisons.
    """

    comparison_id: int | None
    pools: Pools
    baseline: dict[str, float]
    candidate: dict[str, float]
    differences: dict[str, Difference]


def measure_on_protocol(
    connection: Connection, model: str, options: ProtocolOptions,
    progress: Progress = lambda model, done, total: None,
) -> ProtocolMeasure:  # fmt: skip
    """One model version of any status. Raises UnknownModel; InvalidArgument without enough documented functions."""
    loaded, pools = load_model(connection, model), draw_pools(connection, options)
    ranks = _ranks(*loaded, pools, progress)
    return ProtocolMeasure(
        pools, {name: paired_difference([0.0] * len(found), found.tolist()) for name, found in ranks.items()}
    )


def compare_on_protocol(
    connection: Connection, baseline: str, candidate: str, options: ProtocolOptions,
    progress: Progress = lambda model, done, total: None,
) -> ProtocolComparison:  # fmt: skip
    """Ask both model versions the same, and store the comparison where the caller may.

    ``connection`` in autocommit mode: nothing is held while models embed. Their vectors of the index are not used.
    Raises UnknownModel; InvalidArgument for one model twice, or without enough documented functions.
    """
    if baseline == candidate:
        raise InvalidArgument(f"{baseline!r} can't be compared with itself")
    loaded = [load_model(connection, name) for name in (baseline, candidate)]
    pools = draw_pools(connection, options)
    first, second = (_ranks(*model, pools, progress) for model in loaded)
    means = (_means(first), _means(second))
    differences = {name: paired_difference(first[name].tolist(), second[name].tolist()) for name in first}
    stored = _store(connection, (baseline, candidate), options, pools, means, differences)
    return ProtocolComparison(stored, pools, *means, differences)


def _ranks(model: StoredModel, embedder: Embedder, pools: Pools, progress: Progress) -> Ranks:
    """The reciprocal ranks of each language, and of all of them."""
    kept = KeptRanks(home() / "protocol", model.digest)
    found = reciprocal_ranks(embedder, pools, kept, lambda done: progress(model.name, done, pools.texts))
    return {**found, "all": np.concatenate(list(found.values()))}


def _means(ranks: Ranks) -> dict[str, float]:
    return {name: round(float(found.mean()), 6) for name, found in ranks.items()}


def _store(
    connection: Connection, models: tuple[str, str], options: ProtocolOptions, pools: Pools,
    means: tuple[dict[str, float], dict[str, float]], differences: dict[str, Difference],
) -> int | None:  # fmt: skip
    """Keep the comparison; its id, or None for a role that may only read."""
    allowed = connection.execute(
        "select has_table_privilege('codesearch.model_comparison', 'insert')"
    ).fetchone()
    if allowed != (True,):
        return None
    measured = asdict(options) | {
        "functions": {language: len(pool) for language, pool in pools.functions.items()},
        "left_out": pools.left_out, "baseline": means[0], "candidate": means[1],
    }  # fmt: skip
    row = one_row(connection,
        "insert into codesearch.model_comparison (protocol, baseline, candidate, metric, differences, measured)"
        " values (%s, %s, %s, 'mrr', %s, %s) returning comparison_id",
        (CODESEARCHNET, *models,
         Jsonb({name: asdict(difference) for name, difference in differences.items()}), Jsonb(measured)),
    )  # fmt: skip
    return int(row[0])
