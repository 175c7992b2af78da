"""`pgcodesearch serve` on a free port, a repository whose names and contents are hostile, and Debian's Chromium to look
at it with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pgcodesearch.indexing import Worker
from support.agents import FILES
from support.databases import Database
from support.indexing import upsert

SHOP = "shop"
HOSTILE = "<script>pwned=1</script>"
# What a browser could take for markup, for a direction, or for the end of a line.
HOSTILE_FILES = {
    'src/"><img src=x onerror=pwned=1>.py': "def hostile_name():\n    return '</code></pre><script>pwned=1</script>'\n",
    "src/photo\u202egnp.py": "def hostile_direction():  # \u202e reversed \u2066 \n    return '\x1b[31m\x0c\u2028'\n",
    "src/\u05e9\u05dc\u05d5\u05dd/\u0645\u0631\u062d\u0628\u0627.py": (
        "def hostile_letters():\n    return '\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627'\n"
    ),
    "src/long.py": "def hostile_length():\n    return '" + "abc <b> " * 20_000 + "'\n",
}
MANY = 1_100


def fill(database: Database) -> None:
    """Index a small repository with vectors, a hostile one, and one in which a thousand functions are alike."""
    with database.connect(autocommit=False) as connection:
        for path in ("src/session.py", "src/retry.py"):
            upsert(connection, path, FILES[path], SHOP)
        for path, content in HOSTILE_FILES.items():
            upsert(connection, path, content, HOSTILE)
        connection.commit()
        Worker(connection).run_until_idle()
        body = (f"def thousandth_{n}(event):\n    return event.kind == {n}\n\n\n" for n in range(MANY))
        upsert(connection, "many.py", "".join(body), "many")
        connection.commit()
        Worker(connection, stages=("chunk",)).run_until_idle()


@contextmanager
def page_server(url: str, *options: str, **environment: str) -> Iterator[str]:
    """The address of a page that asks a database."""
    command = [sys.executable, "-m", "pgcodesearch", "--database", url, "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        first = server.stdout.readline()
        try:
            assert first.startswith("serving http"), first + server.stderr.read()
            yield first.split()[1].rstrip("/")
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser; the test is skipped where docker/install-server.sh --with-test-tools was not run."""
    program = shutil.which("chromium")
    if program is None:
        reason = "docker/install-server.sh --with-test-tools was not run: missing chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to run as root.
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=os.getuid() != 0)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One window of a browser. What its pages say on the console, throw, or ask of other hosts is kept."""

    def __init__(self, browser: Any, address: str, folder: Path, **options: Any) -> None:
        self.context = browser.new_context(
            base_url=address, permissions=["clipboard-read", "clipboard-write"], **options
        )
        self.complaints: list[str] = []
        self._folder = folder
        self.page = self.context.new_page()
        self.page.on(
            "console", lambda message: self._complain(message.type in ("error", "warning"), message.text)
        )
        self.page.on("pageerror", lambda error: self._complain(True, str(error)))
        self.page.on(
            "dialog", lambda dialog: (self._complain(True, f"dialog {dialog.message}"), dialog.dismiss())
        )
        self.page.on(
            "request", lambda request: self._complain(not request.url.startswith(address), request.url)
        )

    def picture(self, name: str) -> None:
        """Keep a picture of the window."""
        self.page.screenshot(path=self._folder / f"{name}.png")

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page for people who see, hear or move otherwise."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{self.page.url}: {one['id']}: {node['target']} {node['failureSummary']}"
            for one in found
            for node in one["nodes"]
        ]

    def is_too_wide(self) -> bool:
        """Whether the page, not a part of it, has to be moved sideways to be read."""
        return bool(
            self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        )

    def close(self) -> None:
        """Close the window."""
        self.context.close()

    def _complain(self, wrong: bool, text: str) -> None:
        if wrong:
            self.complaints.append(text)
