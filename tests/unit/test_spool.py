"""The spool: in order, bounded, there after a restart, shared by processes, and made anew where it is damaged."""

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import warnings

import pytest

from pgcodesearch.searching.spool import Entry, Spool, SpoolDamaged, SpoolFull, SpoolState


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spool" / "a.sqlite"


def _put_many(path, name, count):
    spool = Spool(path)
    for number in range(count):
        spool.put(name, {"number": number})


def test_entries_are_kept_in_their_order(path):
    spool = Spool(path)
    assert (spool.first(5), spool.state(), path.exists()) == ([], SpoolState(0, 0, 0), False)
    ids = [spool.put("feedback", {"text": text, "none": None}) for text in ("é", "x" * 100_000, "")]
    assert spool.first(2) == [
        Entry(ids[0], "feedback", {"text": "é", "none": None}),
        Entry(ids[1], "feedback", {"text": "x" * 100_000, "none": None}),
    ]
    assert spool.newest() == ids[2]
    spool.remove(ids[:2], refused=1)
    assert (spool.waits(ids[1]), spool.waits(ids[2])) == (False, True)
    assert spool.state() == SpoolState(1, 0, 1)
    # A number never comes back: what was removed twice would be another's.
    spool.remove(ids)
    assert spool.put("feedback", {}) > ids[2]


def test_a_process_that_is_killed_leaves_what_it_put(path):
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom pgcodesearch.searching.spool import Spool\n"
        "spool = Spool(Path(sys.argv[1]))\n"
        "for number in range(50): spool.put('shown', {'number': number})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    assert [entry.arguments["number"] for entry in Spool(path).first(100)] == list(range(50))


def test_the_oldest_go_where_it_is_full_and_are_counted(path):
    spool = Spool(path, 1 << 20)
    with pytest.warns(SpoolFull, match="dropped"):
        ids = [spool.put("shown", {"text": "x" * 10_000}) for _ in range(300)]
    state = spool.state()
    assert path.stat().st_size <= 1 << 20
    assert 50 < state.waiting < 105
    assert state.waiting + state.dropped == 300
    assert [entry.entry_id for entry in spool.first(300)] == ids[-state.waiting :]


def test_an_entry_without_room_is_an_error_and_leaves_it_usable(path):
    spool = Spool(path, 1 << 17)
    with pytest.warns(SpoolFull), pytest.raises(sqlite3.OperationalError):
        spool.put("shown", {"text": "x" * 1_000_000})
    spool.put("shown", {})
    assert spool.state().waiting == 1


def test_two_processes_at_once(path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_put_many, args=(path, name, 300)) for name in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    entries = Spool(path).first(1000)
    for name in ("a", "b"):
        assert [one.arguments["number"] for one in entries if one.kind == name] == list(range(300))


def test_a_child_of_fork_uses_a_connection_of_its_own(path):
    spool = Spool(path)
    spool.put("parent", {})
    child = os.fork()
    if child == 0:
        spool.put("child", {})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    spool.put("parent", {})
    assert [one.kind for one in spool.first(9)] == ["parent", "child", "parent"]


@pytest.mark.parametrize("damage", ["no database", "a page"])
def test_a_damaged_file_is_set_aside_with_a_warning(path, damage):
    spool = Spool(path)
    for _ in range(100):
        spool.put("shown", {"text": "x" * 1000})
    spool.close()
    content = bytearray(path.read_bytes())
    content = b"hello" * 1000 if damage == "no database" else content[:4096] + b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    spool = Spool(path)
    with pytest.warns(SpoolDamaged, match="set aside"):
        spool.put("shown", {"number": 1})
    assert [one.arguments for one in spool.first(9)] == [{"number": 1}]
    aside = [file for file in path.parent.iterdir() if ".damaged-" in file.name]
    assert any(file.read_bytes() == content for file in aside)


def test_one_sends_at_a_time(path):
    first, second = Spool(path), Spool(path)
    assert first.claim("a", 60)
    assert not second.claim("b", 60)
    assert first.claim("a", 0)
    assert second.claim("b", 60)
    second.release("b")
    assert first.claim("a", 60)
    # By a clock that was days ahead.
    assert first.claim("a", 10**6)
    assert second.claim("b", 60)


def test_nobody_else_reads_it(path):
    Spool(path).put("shown", {})
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with warnings.catch_warnings(), pytest.raises(OSError):  # noqa: PT011 (of whatever kind)
        Spool(tmp_path / "file" / "a.sqlite").put("shown", {})
