"""What `pgcodesearch maintain` does: run_maintenance in the database, then what can't run inside a function."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from pgcodesearch.database import connect
from pgcodesearch.database.errors import CodeSearchError, translate
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.operating.alerting import post_alerts
from pgcodesearch.operating.vector_indexes import change_vector_index
from pgcodesearch.operating.webhook import Webhook

_SUNKEN = """
    select distinct on (v.model_version_id) m.name, v.model_version_id, v.recall, v.needs_reindex
    from codesearch.vector_recall v join codesearch.model_version m using (model_version_id)
    where m.status in ('active', 'candidate')
    order by v.model_version_id, v.measured_at desc
"""
# Left behind where a rebuild was interrupted; PostgreSQL's manual says to drop them.
_LEFTOVERS = """
    select c.oid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = 'codesearch'::regnamespace and not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$'
"""
# With the model version whose vectors they are, if it has an index.
_BLOATED = """
    select t.relid::regclass::text, (
        select m.model_version_id from codesearch.model_version m
        where to_regclass(codesearch.embedding_table(m.model_version_id)) = t.relid
            and codesearch.vector_index(m.model_version_id) is not null)
    from pg_stat_user_tables t
    where t.schemaname = 'codesearch' and t.n_dead_tup > 1000 and t.n_dead_tup > 0.2 * t.n_live_tup order by 1
"""


# An index below this is not worth reading its table for.
_SPARSE_FROM = 32 * 1024 * 1024


@dataclass(frozen=True)
class Step:
    """One thing that was done: whether it went well, what came of it, and how long it took."""

    step: str
    ok: bool
    outcome: str
    duration_ms: float


def maintain(
    database: str | None = None, rebuild: bool = False, webhook: Webhook | None = None
) -> list[Step]:
    """Run every maintenance step; ``rebuild`` rebuilds the vector indexes whatever their recall. Then ``webhook`` gets
    the alerts that wait.

    Searches and writers go on meanwhile. Connect as the owner of the tables. A step that fails is in the result and
    the others are done; raises only where the database can't be reached.
    """
    with connect(database, autocommit=True) as connection:
        rows = connection.execute(
            "select step, ok, outcome, duration_ms from codesearch.run_maintenance()"
        ).fetchall()
        steps = [Step(*row) for row in rows]
        connection.execute("set lock_timeout = '10s'")
        if [step.step for step in steps] != ["lock"]:
            for name, work in (
                ("leftovers", _drop_leftovers),
                ("first pass", _change_first_passes),
                ("rebuild", lambda opened: _rebuild_sunken(opened, rebuild)),
                ("vacuum", _vacuum),
                ("indexes", _rebuild_sparse),
            ):
                steps.append(_timed(connection, name, work))
        if webhook is not None:
            steps.append(_timed(connection, "webhook", lambda opened: post_alerts(opened, webhook)))
        return steps


def _timed(connection: Connection, name: str, work: Callable[[Connection], str]) -> Step:
    begun = time.monotonic()
    try:
        outcome, ok = work(connection), True
    except psycopg.Error as error:
        outcome, ok = str(translate(error)), False
    except CodeSearchError as error:
        outcome, ok = error.message, False
    return Step(name, ok, outcome, round((time.monotonic() - begun) * 1000, 3))


def _drop_leftovers(connection: Connection) -> str:
    names = [name for (name,) in connection.execute(_LEFTOVERS).fetchall()]
    for name in names:
        connection.execute(f"drop index concurrently if exists {name}".encode())
    return f"{len(names)} invalid indexes dropped"


def _change_first_passes(connection: Connection) -> str:
    rows = connection.execute(
        "select name from codesearch.model_version where status in ('active', 'candidate') order by name"
    ).fetchall()
    changed = [name for (name,) in rows if change_vector_index(connection, name)]
    return f"index changed: {', '.join(changed)}" if changed else "every vector index is of its setting"


def _rebuild_sunken(connection: Connection, always: bool) -> str:
    """Rebuild with today's vector.m and vector.ef_construction, without blocking; the recall before and after."""
    if always:
        connection.execute(
            "select codesearch.measure_vector_recall(model_version_id) from codesearch.model_version"
            " where status in ('active', 'candidate')"
        )
    done = []
    for name, model, recall, sunken in connection.execute(_SUNKEN).fetchall():
        if sunken or always:
            after = _rebuild(connection, model)
            done.append(f"{name}: recall {recall:.3f}, rebuilt: {after:.3f}")
    return "; ".join(done) or "no vector index needs it"


def _rebuild(connection: Connection, model: int) -> float:
    row = one_row(
        connection,
        "select c.oid::regclass::text, n.nspname, c.relname, codesearch.setting_number('vector.m')::int,"
        " greatest(codesearch.setting_number('vector.ef_construction'), 2 * codesearch.setting_number('vector.m'))::int"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = codesearch.vector_index(%s)",
        (model,),
    )
    index = sql.Identifier(*row[1:3])
    options = sql.SQL("alter index {} set (m = {}, ef_construction = {})")
    connection.execute(options.format(index, sql.Literal(row[3]), sql.Literal(row[4])))
    _reindex(connection, index)
    measured = one_row(connection, "select recall from codesearch.measure_vector_recall(%s)", (model,))
    return float(measured[0])


def _reindex(connection: Connection, index: sql.Identifier) -> None:
    connection.execute("set lock_timeout = 0")  # it waits for running searches by design, and blocks none
    connection.execute(sql.SQL("reindex index concurrently {}").format(index))
    connection.execute("set lock_timeout = '10s'")


def _vacuum(connection: Connection) -> str:
    """A vacuum repairs the links of each vector that has lost a neighbour, which are nearly all where a tenth is gone,
    and one by one: to build the index anew takes half the time, and leaves nothing to repair."""
    bloated = connection.execute(_BLOATED).fetchall()
    for name, model in bloated:
        if model is not None:
            _rebuild(connection, model)
        connection.execute(f"vacuum (analyze) {name}".encode())
    return f"{len(bloated)} tables vacuumed"


def _rebuild_sparse(connection: Connection) -> str:
    """The inverted index is written in parts, then folded: its pages stay, two thirds empty, and searches read them."""
    sparse = connection.execute(
        "select index_name, bytes from codesearch.sparse_indexes(%s)", [_SPARSE_FROM]
    ).fetchall()
    for name, _ in sparse:
        _reindex(connection, sql.Identifier("codesearch", name))
    (left,) = one_row(
        connection,
        "select coalesce(sum(pg_relation_size(format('codesearch.%%I', n)::regclass)), 0)::bigint"
        " from unnest(%s::text[]) n",
        ([name for name, _ in sparse],),
    )
    freed = sum(size for _, size in sparse) - left
    return f"{len(sparse)} sparse indexes rebuilt, {freed / 2**20:.0f} MB freed"
