"""Moves a repository from one shard to another while it is searched and written.

The files are copied and indexed in the new shard, where they are not searched yet; what was written meanwhile is
copied again, with writers held for as long as that takes; then one row of the coordinator says where the repository is.
Vectors are copied too: the same text has the same vector. A move that was interrupted goes on when it is asked for
again, and is taken back by a move to where the repository is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from pgcodesearch.database import connect
from pgcodesearch.database.errors import ShardError, mapped_errors
from pgcodesearch.database.rows import one_row
from pgcodesearch.database.shards import Shard, shards
from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.indexing.encoding import Encoded, RemoteEmbedder, encode_code
from pgcodesearch.indexing.worker import Worker, load_embedder
from pgcodesearch.operating.vector_indexes import ensure_vector_indexes
from pgcodesearch.sharding.coordinator import shard_named

Connection = psycopg.Connection[Any]
_FILES_A_BATCH = 100
# Searches that began before the switch still read the old shard.
_GRACE_SECONDS = 10.0


@dataclass
class Move:
    """What a move did."""

    repository: str
    source: str
    target: str
    files: int = 0
    copied: int = 0  # files that were stored, again where they changed during the move
    held_seconds: float = 0.0  # how long writers waited


def move_repository(
    coordinator: str,
    repository: str,
    to: str,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    grace: float = _GRACE_SECONDS,
) -> Move:
    """Move ``repository`` to the shard named ``to``. Raises ShardError, UnknownRepository.

    ``grace``: seconds for which the old shard keeps the files of searches that began before the switch.
    """
    with connect(coordinator) as placed, mapped_errors():
        source, target = _ends(placed, repository, to)
        placed.commit()
        done = Move(repository, source.name, target.name)
        if source == target:
            _settle(placed, repository, target, grace)
            return done
        with connect(source.database_url) as old, connect(target.database_url) as new:
            _mark(new, repository, "arriving", source)
            worker = _worker(old, new, repository)
            done.copied += _copy(old, new, repository, progress)
            _copy_descriptions(old, new, repository)
            _index(new, worker, repository)
            # From here on nobody writes; what was written until now is copied.
            began = time.monotonic()
            _hold(placed, repository)
            _mark(old, repository, "leaving", target)
            done.copied += _copy(old, new, repository, progress)
            _index(new, worker, repository)
            done.files = _check(old, new, repository)
            # Searched in both for a moment, where each place is shown once; then in the new one.
            new.execute("delete from codesearch.moved_repository where repository = %s", [repository])
            new.commit()
            placed.execute(
                "update codesearch.repository_place set shard_number = %s, placed_at = now() where repository = %s",
                [target.shard_number, repository],
            )
            placed.commit()
            done.held_seconds = time.monotonic() - began
        _settle(placed, repository, target, grace)
    return done


def _ends(placed: Connection, repository: str, to: str) -> tuple[Shard, Shard]:
    target = shard_named(placed, to)
    row = placed.execute(
        "select shard_number from codesearch.repository_place where repository = %s", [repository]
    ).fetchone()
    if row is None:
        raise ShardError(
            f"no shard has the repository {repository}", hint="pgcodesearch shards status lists them"
        )
    return shards(placed)[row[0]], target


def _hold(placed: Connection, repository: str) -> None:
    """Let no writer of the coordinator begin, and wait for those that have (``writing_shard``)."""
    placed.execute("select from codesearch.repository_place where repository = %s for update", [repository])


def _mark(shard: Connection, repository: str, state: str, other: Shard) -> None:
    shard.execute(
        "insert into codesearch.moved_repository as m (repository, repository_id, state, shard)"
        " values (%s, (select repository_id from codesearch.repository where name = %s), %s, %s)"
        " on conflict (repository) do update set state = excluded.state, shard = excluded.shard,"
        " repository_id = excluded.repository_id, changed_at = now()",
        [repository, repository, state, other.name],
    )
    shard.commit()


def _copy(
    old: Connection, new: Connection, repository: str, progress: Callable[[str, int, int], None]
) -> int:
    """Bring the files of all branches in line; how many were stored. The default branch first: others begin as it."""
    copied = 0
    branches = old.execute(
        "select b.branch_id, b.name, b.is_default, r.root from codesearch.branch b"
        " join codesearch.repository r using (repository_id) where r.name = %s order by b.is_default desc, 1",
        [repository],
    ).fetchall()
    old.commit()
    for branch_id, name, is_default, root in branches:
        (_, target_id) = one_row(
            new,
            "select * from codesearch.ensure_branch(%s, %s, %s)",
            (repository, None if is_default else name, root),
        )
        # The row was there before the repository had a number here.
        new.execute(
            "update codesearch.moved_repository m set repository_id = r.repository_id"
            " from codesearch.repository r where r.name = m.repository and m.repository = %s",
            [repository],
        )
        new.commit()
        stored = _hashes(new, target_id)
        wanted = _hashes(old, branch_id)
        changed = sorted(path for path, content in wanted.items() if stored.get(path) != content)
        for paths in _parts(changed):
            (files,) = one_row(
                old,
                "select jsonb_agg(jsonb_build_object('path', f.path, 'content', f.content, 'modified_ns',"
                " f.modified_ns, 'encoding', f.encoding, 'disk_bytes', f.disk_bytes))"
                " from codesearch.source_file f where f.branch_id = %s and f.path = any(%s)",
                (branch_id, paths),
            )
            old.commit()
            if files:
                new.execute(
                    "select codesearch.store_files(%s, %s)",
                    [target_id, Jsonb(files)],
                )
                new.commit()
            copied += len(paths)
            progress(f"copying {repository}", copied, len(wanted))
        gone = sorted(set(stored) - set(wanted))
        if gone:
            new.execute("select codesearch.forget_files(%s, %s)", [target_id, gone])
            new.commit()
    return copied


def _copy_descriptions(old: Connection, new: Connection, repository: str) -> None:
    """Bring what chunks were described with, before they are there: a language model may have been paid for it."""
    rows = old.execute(
        "select d.content_hash, d.wording, d.text, d.described_by, d.described_at, r.name"
        " from codesearch.chunk_description d join codesearch.repository r using (repository_id)"
        " where r.name = %s order by 1, 2",
        [repository],
    ).fetchall()
    old.commit()
    with new.cursor() as cursor:
        cursor.executemany(
            "insert into codesearch.chunk_description"
            " (content_hash, wording, text, described_by, described_at, repository_id)"
            " select %s, %s, %s, %s, %s, r.repository_id from codesearch.repository r where r.name = %s"
            " on conflict do nothing",
            rows,
        )
    new.commit()


def _index(new: Connection, worker: Worker, repository: str) -> None:
    """Index what was copied, and make both indexes what they are in a shard that has long had it."""
    worker.run_until_idle()
    new.execute(
        "select codesearch.refresh_lexical_index(repository_id) from codesearch.repository where name = %s",
        [repository],
    )
    ensure_vector_indexes(new)


def _hashes(shard: Connection, branch_id: int) -> dict[str, bytes]:
    rows = shard.execute(
        "select path, content_hash from codesearch.source_file where branch_id = %s", [branch_id]
    ).fetchall()
    shard.commit()
    return dict(rows)


def _parts(paths: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(paths), _FILES_A_BATCH):
        yield paths[start : start + _FILES_A_BATCH]


def _worker(old: Connection, new: Connection, repository: str) -> Worker:
    (repository_id,) = one_row(new, "select repository_id from codesearch.ensure_branch(%s)", (repository,))
    new.commit()
    return Worker(
        new,
        embedder_for=lambda connection, model: _KnownVectors(old, connection, model, repository),
        only_repository=repository_id,
    )


class _KnownVectors(RemoteEmbedder):
    """The vectors that the old shard has of the same texts, under a model version of the same name; others are made."""

    def __init__(self, old: Connection, new: Connection, model_version_id: int, repository: str) -> None:
        self._old, self._new, self._model, self._repository = old, new, model_version_id, repository
        self._embedder: Embedder | None = None
        (name,) = one_row(
            new, "select name from codesearch.model_version where model_version_id = %s", (model_version_id,)
        )
        row = old.execute(
            "select codesearch.embedding_table(model_version_id) from codesearch.model_version where name = %s",
            [name],
        ).fetchone()
        old.commit()
        self._table = row[0] if row else None

    def encode_code(self, texts: list[str]) -> Encoded:
        known = self._known(texts)
        missing = [text for text in texts if text not in known]
        if missing:
            if self._embedder is None:
                self._embedder = load_embedder(self._new, self._model)
            made = encode_code(self._embedder, missing)
            known |= dict(zip(missing, zip(made.vectors, made.counts, made.kept, strict=True), strict=True))
        vectors, counts, kept = zip(*(known[text] for text in texts), strict=True)
        return Encoded(list(vectors), list(counts), list(kept))

    def _known(self, texts: list[str]) -> dict[str, tuple[str, int, int]]:
        if self._table is None:
            return {}
        # Under either of a text's keys: shared, or its repository's own.
        rows = self._old.execute(
            sql.SQL(
                "select distinct on (s.text) s.text, e.embedding::text, e.token_count, e.kept_tokens"
                " from codesearch.stored_text s join {} e on e.text_hash = s.text_hash"
                " where s.text_hash = any(select codesearch.text_key(t, r.repository_id, a.apart)"
                "  from unnest(%s::text[]) t cross join codesearch.repository r"
                "  cross join (values (false), (true)) as a(apart)"
                "  where r.name = %s)"
            ).format(sql.SQL(self._table)),
            [texts, self._repository],
        ).fetchall()
        self._old.commit()
        return {text: (vector, count, kept) for text, vector, count, kept in rows}


def _check(old: Connection, new: Connection, repository: str) -> int:
    """How many files there are in both; raises ShardError where they differ, or where one is not searchable yet."""
    counts = []
    for shard in (old, new):
        counts.append(
            one_row(
                shard,
                "select count(*), count(*) filter (where f.version_id is null),"
                " md5(string_agg(b.name || f.path || encode(f.content_hash, 'hex'), ''"
                ' order by b.name, f.path collate "C"))'
                " from codesearch.source_file f join codesearch.branch b using (branch_id)"
                " join codesearch.repository r on r.repository_id = f.repository_id where r.name = %s",
                (repository,),
            )
        )
        shard.commit()
    if counts[0][2] != counts[1][2]:
        raise ShardError(
            f"{repository} is not the same in both shards: {counts[0][0]} and {counts[1][0]} files",
            hint="somebody writes it beside the coordinator; run the same command again",
        )
    if counts[1][1] > counts[0][1]:
        raise ShardError(
            f"{counts[1][1]} files of {repository} could not be indexed in the new shard",
            hint="select * from codesearch.failed_jobs there; then run the same command again",
        )
    return int(counts[0][0])


def _settle(placed: Connection, repository: str, place: Shard, grace: float) -> None:
    """Leave the repository where the coordinator says it is, and nowhere else."""
    with connect(place.database_url) as shard:
        shard.execute("delete from codesearch.moved_repository where repository = %s", [repository])
        shard.commit()
    for other in shards(placed):
        if other == place:
            continue
        with connect(other.database_url) as shard:
            row = shard.execute(
                "select m.state from codesearch.moved_repository m join codesearch.repository r"
                " on r.name = m.repository where m.repository = %s", [repository],
            ).fetchone()  # fmt: skip
            if row is None:
                continue
            _mark(shard, repository, "left", place)
            if row[0] != "arriving":
                time.sleep(grace)
            shard.execute("select codesearch.forget_repository(%s)", [repository])
            shard.execute(
                "update codesearch.moved_repository set repository_id = null where repository = %s",
                [repository],
            )
            shard.commit()
    placed.commit()
