"""Search settings that a trained model takes over from its base.

    python -m training.calibration --database URL --base NAME --model NAME    both models' vectors must be there

Scores are fused in units of deviations, and training moves both the mean and the spread of a model's cosines. Without
this a candidate would be judged with its base's scale, and win or lose by that.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from pgcodesearch.database import connect
from pgcodesearch.embedding.stored import describe_model, load_stored

Connection = psycopg.Connection[Any]

_CHUNKS = 2_000
_LEAST_SPREAD = 1e-6


def take_over_settings(
    connection: Connection, base: str, candidate: str, queries: Sequence[str]
) -> dict[str, float]:
    """Give the candidate its base's settings, with the cosines' mean and deviation on its own scale; what was set.

    Both are asked the same queries of the same code. What one deviation of the base was worth stays so.
    """
    row = connection.execute(
        "select m.settings, codesearch.current_settings(m.model_version_id) from codesearch.model_version m"
        " where name = %s",
        (base,),
    ).fetchone()
    assert row is not None
    own, settings = row
    (base_mean, base_spread), (mean, spread) = (
        _cosines(connection, name, queries) for name in (base, candidate)
    )
    ratio = spread / base_spread
    changed = {
        "vector.mean": round(mean + (float(settings["vector.mean"]) - base_mean) * ratio, 4),
        "vector.deviation": round(float(settings["vector.deviation"]) * ratio, 4),
    }
    connection.execute(
        "update codesearch.model_version set settings = %s where name = %s", (Jsonb(own | changed), candidate)
    )
    return changed


def _cosines(connection: Connection, name: str, queries: Sequence[str]) -> tuple[float, float]:
    """Mean and standard deviation of the cosines of all queries with a sample of the model's vectors."""
    model = describe_model(connection, name)
    assert model is not None
    rows = connection.execute(
        f"select e.embedding from codesearch.embedding_{model.model_version_id:d} e"  # noqa: S608 - a number
        " join codesearch.chunk_text t using (text_hash)"
        " where t.unit = 0 order by md5(t.chunk_id::text), t.chunk_id limit %s",
        (_CHUNKS,),
    ).fetchall()
    code = np.stack([np.asarray(vector.to_numpy(), dtype=np.float32) for (vector,) in rows])
    asked = load_stored(connection, model).encode(queries, kind="query")
    cosines = asked @ code.T
    return float(cosines.mean()), max(float(cosines.std()), _LEAST_SPREAD)


def main() -> None:
    """Run the command on the database's judged queries; prints the settings that were set."""
    parser = argparse.ArgumentParser(
        prog="python -m training.calibration",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", help="URL; default: the embedded server")
    parser.add_argument("--base", required=True)
    parser.add_argument("--model", required=True)
    options = parser.parse_args()
    with connect(options.database, autocommit=True) as connection:
        queries = [
            query for (query,) in connection.execute("select distinct query from codesearch.judged_query")
        ]
        print(json.dumps(take_over_settings(connection, options.base, options.model, queries)))


if __name__ == "__main__":
    main()
