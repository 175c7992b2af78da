"""Names of repositories for folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.database.errors import CodeSearchError


class WrongFolder(CodeSearchError):
    """the folder cannot be indexed as it was given"""


def name_folders(paths: Sequence[Path], repository: str | None) -> list[tuple[str, Path]]:
    """The name and the absolute folder of each path.

    Raises WrongFolder for a file, for nothing there, and where one name would stand for two folders.
    """
    folders: dict[str, Path] = {}
    if repository is not None and not repository.strip():
        raise WrongFolder("the name of a repository is empty")
    if repository and len(paths) > 1:
        raise WrongFolder("--repository names one folder", hint="index each folder with a command of its own")
    for path in paths:
        root = path.expanduser().resolve()
        _check_folder(path, root)
        name = repository or root.name or "root"
        if folders.get(name, root) != root:
            raise WrongFolder(
                f"{root} and {folders[name]} have the same name", hint="name each with --repository"
            )
        folders[name] = root
    return list(folders.items())


def _check_folder(given: Path, root: Path) -> None:
    if root.is_file():
        raise WrongFolder(
            f"{given} is a file", hint=f"index its folder: pgcodesearch index {root.parent}; or store single files"
            " with codesearch.upsert_file"
        )  # fmt: skip
    if not root.exists():
        raise WrongFolder(f"there is no folder {given}", hint="check the spelling")
    if not root.is_dir():
        raise WrongFolder(f"{given} is not a folder")


def check_names(connection: psycopg.Connection[Any], folders: Sequence[tuple[str, Path]]) -> None:
    """Refuse to replace another folder's repository that only happens to have the same name.

    Raises WrongFolder where the other folder still exists; one that moved is followed.
    """
    rows = connection.execute(
        "select name, root from codesearch.repository where name = any(%s)", ([name for name, _ in folders],)
    ).fetchall()
    connection.commit()
    known = dict(rows)
    for name, root in folders:
        other = known.get(name)
        if other and Path(other) != root and Path(other).is_dir():
            raise WrongFolder(
                f"repository {name!r} is the folder {other}",
                hint=f"choose another name for {root} with --repository, or replace it with --repository {name}",
            )
