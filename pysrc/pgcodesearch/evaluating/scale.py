"""The scale of a model's cosines, on which search fuses them with BM25.

Scores are fused in units of deviations, and each model has a mean and a spread of cosines of its own. Without these in
its settings a model is searched, compared and judged on another's scale, and wins or loses by that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from psycopg.types.json import Jsonb

from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.embedding.stored import describe_model, load_stored

_CHUNKS = 2_000
_QUERIES = 200
_LEAST_QUERIES = 20
_LEAST_SPREAD = 1e-6


def fit_scale(connection: Connection, name: str) -> dict[str, float] | None:
    """Put a model version on the scale of the active one, where its configuration brought none; what was set.

    None where nothing was to do or there are too few queries or vectors: judged and logged queries are asked, else
    sentences of documentation. ``connection`` must be in autocommit mode. Raises what loading and encoding raise.
    """
    row = connection.execute(
        "select m.settings ? 'vector.mean', (select a.name from codesearch.model_version a where a.status = 'active')"
        " from codesearch.model_version m where m.name = %s",
        (name,),
    ).fetchone()
    if row is None or row[0] or row[1] in (None, name):
        return None
    queries = _queries(connection)
    if len(queries) < _LEAST_QUERIES:
        return None
    return take_over_settings(connection, row[1], name, queries)


def take_over_settings(
    connection: Connection, base: str, candidate: str, queries: Sequence[str]
) -> dict[str, float] | None:
    """Give the candidate its base's settings, with the cosines' mean and deviation on its own scale; what was set.

    Both are asked the same queries of the same code. What one deviation of the base was worth stays so. None where
    either has too few vectors to tell.
    """
    row = one_row(
        connection,
        "select m.settings, codesearch.current_settings(m.model_version_id) from codesearch.model_version m"
        " where name = %s",
        (base,),
    )
    own, settings = row
    found = [_cosines(connection, name, queries) for name in (base, candidate)]
    if None in found:
        return None
    measured, candidates = (pair for pair in found if pair)
    changed = on_scale(settings, measured, candidates)
    connection.execute(
        "update codesearch.model_version set settings = %s where name = %s", (Jsonb(own | changed), candidate)
    )
    return changed


def on_scale(
    settings: Mapping[str, float], base: tuple[float, float], candidate: tuple[float, float]
) -> dict[str, float]:
    """The base's ``vector.mean`` and ``vector.deviation`` as they are on the candidate's scale.

    base, candidate: mean and standard deviation of the cosines that each was measured to have. Kept in the range that
    these settings may have: a base far off its own settings, as one with random weights is, would leave it.
    """
    (base_mean, base_spread), (mean, spread) = base, candidate
    ratio = spread / base_spread
    shifted = mean + (float(settings["vector.mean"]) - base_mean) * ratio
    deviation = float(settings["vector.deviation"]) * ratio
    return {
        "vector.mean": round(min(max(shifted, -1.0), 1.0), 4),
        "vector.deviation": round(min(max(deviation, 0.0001), 10.0), 4),
    }


def _queries(connection: Connection) -> list[str]:
    asked = [query for (query,) in connection.execute("select codesearch.asked_queries(%s)", (_QUERIES,))]
    if len(asked) >= _LEAST_QUERIES:
        return asked
    from pgcodesearch.evaluating.documented import in_turn, read_documented

    documented = list(read_documented(connection, None, None, 1, _QUERIES).values())
    return [function.query for function in in_turn(documented)][:_QUERIES]


def _cosines(connection: Connection, name: str, queries: Sequence[str]) -> tuple[float, float] | None:
    """Mean and standard deviation of the cosines of all queries with a sample of the model's vectors."""
    model = describe_model(connection, name)
    assert model is not None
    rows = connection.execute(
        "select embedding from codesearch.sample_embeddings(%s, %s)", (model.model_version_id, _CHUNKS)
    ).fetchall()
    if len(rows) < 2:
        return None
    code = np.stack([np.asarray(vector.to_numpy(), dtype=np.float32) for (vector,) in rows])
    asked = load_stored(connection, model).encode(queries, kind="query")
    cosines = asked @ code.T
    return float(cosines.mean()), max(float(cosines.std()), _LEAST_SPREAD)
