"""Git hooks that index a work tree after every commit, merge and checkout, in the background."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.indexing.git import hooks_folder, top_folder

HOOKS = ("post-commit", "post-merge", "post-checkout")
_BEGIN = "# >>> pgcodesearch >>>"
_END = "# <<< pgcodesearch <<<"
_BLOCK = re.compile(re.escape(_BEGIN) + r"\n.*?" + re.escape(_END) + r"\n", re.DOTALL)
_SHELL = re.compile(r"#! ?\S*/(?:env )?(?:ba|da|k|z|a)?sh\b")


class NoWorkTree(CodeSearchError):
    """the folder is not in a git work tree"""


class ForeignHook(CodeSearchError):
    """a hook that is not a shell script is in the way"""


def install_hooks(folder: Path, repository: str | None = None, database: str | None = None) -> list[Path]:
    """Add our lines to the hooks of the work tree that holds ``folder``; what else they do is kept.

    Installed again, the lines are replaced. ``database`` is written down where one is given, else each run decides
    by its environment. Returns the hooks. Raises NoWorkTree, ForeignHook, OSError.
    """
    top, hooks = _places(folder)
    block = _block(top, repository or top.name, database)
    contents = {hook: _without_block(hook) for hook in hooks}
    for hook, text in contents.items():
        if text.strip() and not _SHELL.match(text):
            raise ForeignHook(
                f"{hook} is not a shell script", hint=f"call this from it: {block.splitlines()[1].strip()}"
            )
    for hook, text in contents.items():
        hook.parent.mkdir(parents=True, exist_ok=True)
        first, _, rest = (text or "#!/bin/sh\n").partition("\n")
        # Before the rest: a hook may end with exit or exec.
        hook.write_text(f"{first}\n{block}{rest}")
        hook.chmod(hook.stat().st_mode | 0o755)
    return list(contents)


def remove_hooks(folder: Path) -> list[Path]:
    """Take our lines out again, and a hook that held nothing else; the hooks that changed.

    Raises NoWorkTree, OSError.
    """
    changed = []
    for hook in _places(folder)[1]:
        if not hook.is_file() or _BEGIN not in hook.read_text():
            continue
        rest = _without_block(hook)
        if rest.partition("\n")[2].strip():
            hook.write_text(rest)
        else:
            hook.unlink()
        changed.append(hook)
    return changed


def _places(folder: Path) -> tuple[Path, list[Path]]:
    top, hooks = top_folder(folder), hooks_folder(folder)
    if top is None or hooks is None:
        raise NoWorkTree(f"{folder} is not in a git work tree", hint="run this inside one, or name it")
    return top, [hooks / name for name in HOOKS]


def _block(top: Path, repository: str, database: str | None) -> str:
    words = [sys.executable, "-m", "pgcodesearch", "index", str(top), "--repository", repository]
    if database:
        words += ["--database", database]
    # Git sets its own folder in the environment, and waits for whoever holds its output.
    line = f"(unset $(git rev-parse --local-env-vars); exec {shlex.join(words)}) </dev/null >/dev/null 2>&1 &"
    return f"{_BEGIN}\n{line}\n{_END}\n"


def _without_block(hook: Path) -> str:
    return _BLOCK.sub("", hook.read_text()) if hook.is_file() else ""
