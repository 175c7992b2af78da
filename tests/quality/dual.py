"""Search with descriptions beside code (dual), against code alone (single), on judged queries.

    python tests/quality/dual.py [--database URL] [--set dev]

The database has the judged repositories indexed and their queries stored, as ``run.py --only dev`` leaves it. What the
documentation says is made texts first, and embedded; descriptions by a language model count too where
``pgcodesearch describe --by-model`` made some. Every setting is as it was afterwards. Prints a table: the vector leg
alone and the whole search, by all queries and by each category, with the differences paired by query.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import psycopg
from ablation import changed_settings, paired_difference

from pgcodesearch.database import connect
from pgcodesearch.describing.running import describe_by_documentation
from pgcodesearch.embedding.stored import query_embedder
from pgcodesearch.evaluating import EvaluationOptions, EvaluationRun, evaluate
from pgcodesearch.indexing.worker import Worker

SETTING = "vector.descriptions"


def main() -> None:
    options = _options()
    with connect(options.database, autocommit=True) as connection:
        print(_described(connection, options.database))
        print(table(connection, options.set))


def _described(connection: psycopg.Connection[Any], database: str | None) -> str:
    """Describe by documentation and embed; what there is then."""
    for (repository_id,) in connection.execute("select repository_id from codesearch.repository").fetchall():
        describe_by_documentation(connection, repository_id, lambda label, done, total: None)
    others = connection.execute(
        "select array_agg(model_version_id) from codesearch.model_version where status <> 'active'"
    ).fetchone()
    with connect(database) as own:
        Worker(own, ("embed",), without_models=(others and others[0]) or ()).run_until_idle()
    row = connection.execute(
        "select count(*) filter (where t.role = 'description'), count(distinct t.chunk_id) filter"
        " (where t.role = 'description'), count(distinct t.chunk_id) from codesearch.chunk_text t"
        " join codesearch.chunk c using (chunk_id) where c.level = 0"
    ).fetchone()
    assert row is not None
    return f"{row[0]:,} descriptions of {row[1]:,} chunks of {row[2]:,}\n"


def table(connection: psycopg.Connection[Any], query_set: str) -> str:
    """Markdown: NDCG@10 and MRR@10 of single and dual, in each mode and category."""
    lines = ["| | queries | NDCG@10 single | dual | difference (95 %) | MRR@10 single | dual | difference (95 %) |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    embedder = query_embedder(connection)
    for mode, label in (("vector", "vector leg"), ("hybrid", "search")):
        asked = EvaluationOptions(mode=mode, note=f"single, {mode}")
        with changed_settings(connection, {SETTING: False}):
            single = evaluate(connection, query_set, embedder, asked)
        with changed_settings(connection, {SETTING: True}):
            dual = evaluate(connection, query_set, embedder, replace(asked, note=f"dual, {mode}"))
        for category in ["all", *sorted(single.metrics.get("category", {}))]:
            rows = [row for row in single.rows if category in ("all", row["category"]) and row["metrics"]]
            if rows:
                lines.append(_row(f"{label}, {category}", replace(single, rows=rows), dual))
    return "\n".join(lines)


def _row(label: str, single: EvaluationRun, dual: EvaluationRun) -> str:
    wanted = {row["id"] for row in single.rows}
    cells = []
    for metric in ("ndcg", "mrr"):
        means = [
            sum(row["metrics"][metric] for row in run.rows if row["id"] in wanted) / len(wanted)
            for run in (single, dual)
        ]
        change, low, high = paired_difference(single, dual, metric)
        cells.append(f"{means[0]:.3f} | {means[1]:.3f} | {change:+.3f} ({low:+.3f} to {high:+.3f})")
    return f"| {label} | {len(wanted)} | {' | '.join(cells)} |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", help="URL; default: the embedded server")
    parser.add_argument("--set", default="dev", help="name of the stored set of judged queries")
    return parser.parse_args()


if __name__ == "__main__":
    main()
