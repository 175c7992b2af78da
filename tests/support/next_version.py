"""A copy of sql/ and migrations/ with one more revision, so that upgrading can be tested before there is a release."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from pgcodesearch.database import schema, sql_files

NEXT_VERSION = "99.0.0"
_REVISION = """
from pgcodesearch.database.loading import run_revision

revision = "{revision}"
down_revision = "{previous}"


def upgrade() -> None:
    run_revision(revision)
"""
_TABLES = """-- What the next release adds.
alter table repository add column note text not null default '';
create table next_note (note_id bigint generated always as identity primary key, note text not null);
comment on table next_note is 'A table of the next release.';
drop function if exists retry_failed_jobs;
"""
_FUNCTION = """-- A function of the next release.
create or replace function next_notes() returns bigint
language sql stable
as $$ select count(*) from codesearch.next_note $$;
comment on function next_notes() is 'A function of the next release.';
"""


class NextVersion:
    """The tree of a next release below ``root``: ``sql``, ``migrations``, and its revision."""

    def __init__(self, root: Path) -> None:
        self.sql = root / "sql"
        self.migrations = root / "migrations"
        self.previous = schema.head_revision()
        self.revision = f"{int(self.previous) + 1:04}"
        shutil.copytree(sql_files.sql_directory(), self.sql)
        shutil.copytree(
            sql_files.migrations_directory(), self.migrations, ignore=shutil.ignore_patterns("__pycache__")
        )
        self._write()

    def _write(self) -> None:
        (self.sql / "tables/next.sql").write_text(_TABLES)
        (self.sql / "functions/operate/next_notes.sql").write_text(_FUNCTION)
        manifest = (self.sql / "manifest").read_text()
        manifest = re.sub(r"\n\S*/retry_failed_jobs\.sql", "\nfunctions/operate/next_notes.sql", manifest)
        (self.sql / "manifest").write_text(manifest + f"\n[tables {self.revision}]\ntables/next.sql\n")
        tokenize = self.sql / "functions/index/tokenize.sql"
        tokenize.write_text(tokenize.read_text() + "\ncomment on function tokenize is 'Changed.';\n")
        (self.migrations / f"versions/{self.revision}_next.py").write_text(
            _REVISION.format(revision=self.revision, previous=self.previous)
        )
        with (self.sql / "extension/versions").open("a") as versions:
            versions.write(f"{NEXT_VERSION} {self.revision}\n")
        control = self.sql / "extension/pgcodesearch.control"
        control.write_text(
            re.sub(r"default_version = '.*'", f"default_version = '{NEXT_VERSION}'", control.read_text())
        )

    def use(self, patch) -> None:
        """Let the package read this tree for the rest of the test."""
        patch.setattr(sql_files, "sql_directory", lambda: self.sql)
        patch.setattr(sql_files, "migrations_directory", lambda: self.migrations)
