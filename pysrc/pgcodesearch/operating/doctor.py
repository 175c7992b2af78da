"""Checks of a database that `pgcodesearch doctor` makes, each with its mend. A check never changes anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from pgcodesearch.database import connect, resolve_url, schema
from pgcodesearch.database.errors import CodeSearchError, described
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.embedding.artefact import DEFAULT_MODEL

OLDEST_SERVER, NEWEST_SERVER = 15, 18
OLDEST_PGVECTOR = (0, 7)
SOUND_PGVECTOR = (0, 8, 4)  # before it, a vacuum can corrupt an HNSW index
_STUCK_SECONDS = 600


@dataclass(frozen=True)
class Finding:
    """One check: what was found, whether it is well, and what mends it."""

    check: str
    ok: bool
    found: str
    mend: str | None = None


def examine(database: str | None = None) -> list[Finding]:
    """All findings; where the database cannot be reached, or has no schema, the later checks are left out."""
    try:
        url = resolve_url(database)
        connection = connect(url, autocommit=True)
    except (psycopg.Error, CodeSearchError) as error:
        known = described(error)
        return [Finding("connection", False, known.message, known.hint)]
    with connection:
        findings = [Finding("connection", True, url)]
        for check in (
            _server,
            _encoding,
            _pgvector,
            _schema,
            _write_access,
            _foreign_objects,
            _settings,
            _model,
            _query_encoder,
            _endpoints,
            _files,
            _queue,
        ):
            finding = _guarded(check, connection)
            findings.append(finding)
            if check is _schema and not finding.ok:
                break
    return findings


def _guarded(check: Callable[[Connection], Finding], connection: Connection) -> Finding:
    name = check.__name__.strip("_").replace("_", " ")
    try:
        return check(connection)
    except psycopg.Error as error:
        known = described(error)
        return Finding(name, False, known.message, known.hint)


def _server(connection: Connection) -> Finding:
    major = connection.info.server_version // 10000
    ok = OLDEST_SERVER <= major <= NEWEST_SERVER
    mend = f"use PostgreSQL {OLDEST_SERVER} to {NEWEST_SERVER}"
    return Finding("server", ok, f"PostgreSQL {connection.info.parameter_status('server_version')}", mend)


def _encoding(connection: Connection) -> Finding:
    try:
        schema.check_encoding(connection)
    except CodeSearchError as error:
        return Finding("encoding", False, error.message, error.hint)
    return Finding("encoding", True, "UTF8")


def _pgvector(connection: Connection) -> Finding:
    (version,) = one_row(connection, "select max(extversion) from pg_extension where extname = 'vector'")
    if version is None:
        return Finding("pgvector", False, "not installed in this database", "pgcodesearch init")
    numbers = tuple(int(part) for part in str(version).split("."))
    if OLDEST_PGVECTOR <= numbers < SOUND_PGVECTOR:
        mend = (
            "install pgvector 0.8.4 or newer on the server, then: alter extension vector update;"
            " and pgcodesearch maintain --rebuild"
        )
        return Finding("pgvector", False, f"{version}: a vacuum can corrupt its vector indexes", mend)
    mend = "install a newer pgvector on the server, then: alter extension vector update"
    return Finding("pgvector", numbers >= OLDEST_PGVECTOR, str(version), mend)


def _schema(connection: Connection) -> Finding:
    try:
        schema.check_compatible(connection)
    except CodeSearchError as error:
        return Finding("schema", False, error.message, error.hint)
    return Finding("schema", True, f"revision {schema.current_revision(connection)}")


def _write_access(connection: Connection) -> Finding:
    user, read_only, may_write = one_row(
        connection,
        "select current_user, current_setting('transaction_read_only') = 'on',"
        " has_table_privilege('codesearch.source_file', 'insert')",
    )
    if read_only:
        return Finding("write access", False, "the server is read-only", "connect to the primary")
    mend = f'grant codesearch_writer to "{user}"'
    return Finding("write access", may_write, f"role {user} may {'' if may_write else 'not '}write", mend)


def _foreign_objects(connection: Connection) -> Finding:
    """Functions find pgvector on their search path: who may create there may put something else beside it."""
    schema_name, anybody = one_row(
        connection,
        "select n.nspname, has_schema_privilege('public', n.oid, 'create')"
        " from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector'",
    )
    found = f"schema {schema_name} of pgvector {'is open to everybody' if anybody else 'is closed'}"
    return Finding(
        "foreign objects", not anybody, found, f"revoke create on schema {schema_name} from public"
    )


def _settings(connection: Connection) -> Finding:
    """Values that came in past change_setting: from an older version, or a restore without triggers."""
    rows = connection.execute(
        "select s.name, s.value::text, codesearch.allowed_values(s.name), null from codesearch.setting s"
        " where codesearch.default_setting_values() ? s.name and not codesearch.allowed_setting(s.name, s.value)"
        " union all"
        " select o.key, o.value::text, codesearch.allowed_values(o.key), m.name"
        " from codesearch.model_version m, jsonb_each(m.settings) o"
        " where codesearch.default_setting_values() ? o.key and not codesearch.allowed_setting(o.key, o.value)"
        " order by 1"
    ).fetchall()
    if not rows:
        return Finding("settings", True, "all values are allowed")
    name, value, allowed, model = rows[0]
    owner = f" of model {model}" if model else ""
    found = f"{len(rows)} without effect: {name}{owner} is {value}, and may be {allowed}"
    return Finding("settings", False, found, f"select codesearch.change_setting('{name}', null)")


def _model(connection: Connection) -> Finding:
    rows = connection.execute(
        "select m.name, count(a.file), coalesce(bool_and(a.sha256 = sha256(a.content)), true),"
        " exists (select from codesearch.model_version k where k.name = %s)"
        " from codesearch.model_version m left join codesearch.model_artefact a using (model_version_id)"
        " where m.status = 'active' group by m.name", (DEFAULT_MODEL,)
    ).fetchall()  # fmt: skip
    if not rows:
        return Finding("model", False, "no active model: searches are lexical", "pgcodesearch init")
    name, files, intact, knows_shipped = rows[0]
    if not files or not intact:
        return Finding("model", False, f"{name}: its files are missing or damaged", "pgcodesearch models")
    newer = (
        ""
        if knows_shipped
        else f"; this package ships {DEFAULT_MODEL}: pgcodesearch models add {DEFAULT_MODEL}"
    )
    return Finding("model", True, f"{name}, {files} files intact{newer}")


def _query_encoder(connection: Connection) -> Finding:
    """What embeds the queries of psql and of other drivers; without it they are answered by words alone."""
    row = connection.execute(
        "select m.name, e.encoder, e.reason"
        " from codesearch.model_version m, codesearch.query_encoder(m.model_version_id) e where m.status = 'active'"
    ).fetchone()
    if row is None:
        return Finding("query encoder", True, "none without an active model")
    name, encoder, reason = row
    found = {
        "table": "queries are embedded by look-up",
        "model": "queries are embedded by the model, in PL/Python",
    }
    if encoder in found:
        return Finding("query encoder", True, f"{found[encoder]}: {name}")
    return Finding(
        "query encoder", False, f"SQL answers by words alone: {reason}",
        f"index code, then: pgcodesearch models query-table {name}",
    )  # fmt: skip


def _endpoints(connection: Connection) -> Finding:
    """Each model in use that is behind an endpoint is asked for a vector of one short text."""
    rows = connection.execute(
        "select name from codesearch.model_version where configuration ? 'endpoint'"
        " and status in ('active', 'candidate') order by status <> 'active', name"
    ).fetchall()
    if not rows:
        return Finding("endpoints", True, "no model in use is behind one: no text leaves this machine")
    from pgcodesearch.embedding.endpoint.embedder import PROBE
    from pgcodesearch.embedding.errors import EmbeddingError
    from pgcodesearch.embedding.stored import describe_model, load_stored

    for (name,) in rows:
        model = describe_model(connection, name)
        assert model is not None
        try:
            load_stored(connection, model).encode([PROBE], kind="query")
        except EmbeddingError as error:
            return Finding(
                "endpoints", False, f"{name}: {error.message}", error.hint or "add the model again"
            )
    return Finding("endpoints", True, f"{', '.join(name for (name,) in rows)}: asked, and answered")


def _files(connection: Connection) -> Finding:
    """What was written while triggers did not fire: by replication, or a restore with --disable-triggers."""
    unseen, chunks, texts, jobs, indexes = one_row(
        connection,
        "select (select count(*) from codesearch.unqueued_files(thoroughly => true)),"
        " o.chunks, o.texts, o.jobs, cardinality(o.indexes) from codesearch.orphaned_rows() o",
    )
    found = f"{unseen} changed past the triggers, {chunks + texts + jobs} rows of deleted files, {indexes} miscounted"
    ok = not (unseen or chunks or texts or jobs or indexes)
    return Finding("files", ok, found, "pgcodesearch maintain, and a worker")


def _queue(connection: Connection) -> Finding:
    queued, failed, expired, age = one_row(
        connection,
        "select count(*) filter (where state = 'queued'), count(*) filter (where state = 'failed'),"
        " count(*) filter (where state = 'running' and lease_until < now()),"
        " coalesce(extract(epoch from now() - min(run_after) filter (where state = 'queued')), 0)"
        " from codesearch.index_job",
    )
    found = f"{queued} queued, {failed} failed, {expired} with an expired lease, oldest waits {int(age)} s"
    if failed:
        return Finding(
            "queue", False, found, "read index_job.last_error; select codesearch.retry_failed_jobs()"
        )
    mend = "start a worker: pgcodesearch worker"
    return Finding("queue", age < _STUCK_SECONDS and not expired, found, mend)
