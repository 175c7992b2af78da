"""The builder: read, filter, split, mine, write."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from pgcodesearch.database.rows import Connection
from pgcodesearch.training.dataset.candidates import repository_rows
from pgcodesearch.training.dataset.database import Repository, read_repositories
from pgcodesearch.training.dataset.definitions import Definitions, manifests
from pgcodesearch.training.dataset.exclusions import ExcludedFiles, excluded_repository
from pgcodesearch.training.dataset.feedback import feedback_rows
from pgcodesearch.training.dataset.negatives import NegativeMiner
from pgcodesearch.training.dataset.options import DatasetOptions
from pgcodesearch.training.dataset.report import DatasetReport
from pgcodesearch.training.dataset.rows import Row
from pgcodesearch.training.dataset.splitting import Split, make_split
from pgcodesearch.training.dataset.writing import REPORT, ShardWriter, new_folder
from pgcodesearch.training.feedback import UsedResult, read_used
from pgcodesearch.training.forbidden import read_forbidden
from pgcodesearch.training.sources import read_exclusions
from pgcodesearch.words.near_duplicates import NearCopies, NearDuplicates

Progress = Callable[[str, int, int], None]


def build_dataset(
    connection: Connection, options: DatasetOptions, progress: Progress = lambda stage, done, total: None
) -> DatasetReport:
    """Write ``options.output``: train/, validation/, test/ with shards, report.json and sample.md.

    ``connection`` in autocommit mode, of a role that may read the view feedback_pair where feedback is a source.
    ``progress`` gets what is being done, and how much of it is. The same database, options and seed give the same rows.
    Raises UnknownRepository, InvalidArgument for a folder that cannot be written, psycopg.Error.
    """
    names: set[str] = set().union(*map(read_exclusions, options.exclude))
    forbidden = read_forbidden(options.forbidden)
    with new_folder(options.output, options.overwrite) as folder:
        builder = _Builder(connection, options, names, forbidden, progress)
        writer = ShardWriter(folder, options.shard_rows)
        draw = random.Random(options.seed)
        for row in builder.rows():
            writer.add(row)
            builder.report.count(row, draw)
        builder.report.shards = writer.finish()
        builder.report.write(folder, REPORT)
    return builder.report


class _Builder:
    def __init__(
        self, connection: Connection, options: DatasetOptions, names: set[str], forbidden: NearDuplicates,
        progress: Progress,
    ) -> None:  # fmt: skip
        self._connection, self._options, self._forbidden, self._progress = (
            connection,
            options,
            forbidden,
            progress,
        )
        self._miner = NegativeMiner(connection, options.hard_negatives, forbidden)
        self._copies = NearCopies()
        self.report = DatasetReport(settings=options.described(), model=self._miner.model)
        self.report.negatives = self._miner.verdicts
        self._wanted: list[Repository] = []
        self._excluded: dict[str, ExcludedFiles] = {}
        for repository in read_repositories(connection, options.repositories):
            if excluded_repository(repository, names):
                self.report.excluded_repositories.append(repository.name)
                continue
            files = ExcludedFiles(names, manifests(connection, repository.name))
            if files.holds_all:
                self.report.excluded_repositories.append(repository.name)
                continue
            self._wanted.append(repository)
            self._excluded[repository.name] = files

    def rows(self) -> Iterator[Row]:
        """Every row of the dataset, with its split and its negatives, repository by repository."""
        used = self._feedback()
        split = self._split(used)
        self.report.split_by = split.by
        for repository in self._wanted:
            own = [row for row in used if row.repository == repository.name]
            definitions = None
            if self._options.sources != "feedback":
                definitions = self._definitions(repository)
                queries = {row.query.lower() for row in own}
                found = repository_rows(
                    definitions, repository.root, self._options.commits, self._options.limit, self._options.seed,
                    self.report.filtered,
                )  # fmt: skip
                # What users took for the answer goes before what the code says of itself.
                own += [row for row in found if row.query.lower() not in queries]
            yield from self._finished(own, definitions, split)

    def _feedback(self) -> list[Row]:
        if self._options.sources == "repositories":
            return []
        used: list[UsedResult] = read_used(self._connection)
        rows = feedback_rows(used, self._options.repositories, self._excluded, self.report.filtered)
        return [row for row in rows if not self._is_forbidden(row)]

    def _is_forbidden(self, row: Row) -> bool:
        found = self._forbidden.holds_like(row.code)
        self.report.filtered["like forbidden code"] += found
        return found

    def _split(self, used: list[Row]) -> Split:
        """By the sizes known before anything is read: the files of repositories, the pairs of feedback."""
        sizes = Counter(row.repository for row in used)
        if self._options.sources != "feedback":
            sizes.update(
                {repository.name: repository.files for repository in self._wanted if repository.files}
            )
        return make_split(sizes, self._options.held_out, self._options.seed)

    def _definitions(self, repository: Repository) -> Definitions:
        definitions = Definitions(repository.name, self._copies, self._forbidden, self.report.filtered)
        for done in definitions.read(self._connection, self._excluded[repository.name]):
            self._progress(f"reading {repository.name}", done, repository.files)
        return definitions

    def _finished(self, rows: list[Row], definitions: Definitions | None, split: Split) -> Iterator[Row]:
        for number, row in enumerate(rows, 1):
            row.split = split.of(row.repository, row.path)
            repository = row.repository
            self._miner.add(
                row, definitions, self._excluded[repository],
                partial(_same_split, split, repository, row.split),
            )  # fmt: skip
            self._progress(f"hard negatives of {repository}", number, len(rows))
            yield row


def _same_split(split: Split, repository: str, wanted: str, path: str) -> bool:
    return split.of(repository, path) == wanted
