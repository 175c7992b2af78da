"""Git hooks that index a work tree after every commit, merge and checkout, in the background."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

from pgcodesearch.database import without_password
from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.indexing.git import hooks_folder, own_folders, top_folder

HOOKS = ("post-commit", "post-merge", "post-checkout")
_BEGIN = "# >>> pgcodesearch >>>"
_END = "# <<< pgcodesearch <<<"
_BLOCK = re.compile(re.escape(_BEGIN) + r"\n.*?" + re.escape(_END) + r"\n", re.DOTALL)
_SHELL = re.compile(r"#! ?\S*/(?:env )?(?:ba|da|k|z|a)?sh\b")


class NoWorkTree(CodeSearchError):
    """the folder is not in a git work tree"""


class ForeignHook(CodeSearchError):
    """what is in the way is not a shell script of this work tree's own"""


def install_hooks(folder: Path, repository: str | None = None, database: str | None = None) -> list[Path]:
    """Add our lines to the hooks of the work tree that holds ``folder``; what else they do is kept.

    Installed again, the lines are replaced. ``database`` is written down where one is given, without its password, else
    each run decides by its environment. Links are not followed, and where a hook can't be changed none is. Returns the
    hooks. Raises NoWorkTree, ForeignHook, InvalidArgument, OSError.
    """
    top, hooks = _places(folder)
    line = _line(top, repository or top.name, without_password(database) if database else None)
    contents = {hook: _without_block(_script(hook, line)) for hook in hooks}
    for hook, text in contents.items():
        hook.parent.mkdir(parents=True, exist_ok=True)
        first, _, rest = (text or "#!/bin/sh\n").partition("\n")
        # Before the rest: a hook may end with exit or exec.
        _write(hook, f"{first}\n{_BEGIN}\n{line}\n{_END}\n{rest}")
    return list(contents)


def remove_hooks(folder: Path) -> list[Path]:
    """Take our lines out again, and a hook that held nothing else; the hooks that changed.

    Raises NoWorkTree, ForeignHook, OSError.
    """
    changed = []
    for hook in _places(folder)[1]:
        text = "" if hook.is_symlink() else _text(hook) or ""
        if _BEGIN not in text:
            continue
        rest = _without_block(text)
        if rest.partition("\n")[2].strip():
            _write(hook, rest)
        else:
            hook.unlink()
        changed.append(hook)
    return changed


def _places(folder: Path) -> tuple[Path, list[Path]]:
    top, hooks = top_folder(folder), hooks_folder(folder)
    if top is None or hooks is None:
        raise NoWorkTree(f"{folder} is not in a git work tree", hint="run this inside one, or name it")
    if not any(hooks.is_relative_to(own) for own in own_folders(folder)):
        raise ForeignHook(
            f"the hooks are in {hooks}, which other repositories may use",
            hint="give this one its own: git config core.hooksPath .git/hooks",
        )
    return top, [hooks / name for name in HOOKS]


def _line(top: Path, repository: str, database: str | None) -> str:
    words = [sys.executable, "-m", "pgcodesearch", "index", str(top), "--repository", repository]
    if database:
        words += ["--database", database]
    # Git sets its own folder in the environment, and waits for whoever holds its output.
    return f"(unset $(git rev-parse --local-env-vars); exec {shlex.join(words)}) </dev/null >/dev/null 2>&1 &"


def _script(hook: Path, line: str) -> str:
    """A hook's text, empty where there is none; raises ForeignHook for what is no shell script in this place."""
    if hook.is_symlink():
        raise ForeignHook(f"{hook} is a link", hint=f"put this into what it leads to, or remove it: {line}")
    text = _text(hook)
    if text is None or (text.strip() and not _SHELL.match(text)):
        raise ForeignHook(f"{hook} is not a shell script", hint=f"call this from it: {line}")
    return text


def _text(hook: Path) -> str | None:
    """A file's text, empty where there is none, None where it is not text or no file."""
    try:
        data = hook.read_bytes() if hook.is_file() else b""
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or (hook.exists() and not hook.is_file()) else text


def _without_block(text: str) -> str:
    return _BLOCK.sub("", text)


def _write(hook: Path, text: str) -> None:
    """In place of what is there, a link included; a new hook can be read by its owner alone."""
    mode = hook.stat().st_mode & 0o777 | 0o100 if hook.exists() else 0o700
    beside = hook.with_name(f".{hook.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o700)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        beside.chmod(mode)
        beside.replace(hook)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
