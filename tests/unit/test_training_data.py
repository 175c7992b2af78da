"""Pairs before they reach a model: config, exclusions, queries, near-duplicates, batches."""

from __future__ import annotations

import random
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from pgcodesearch.training.config import config_from, read_config
from pgcodesearch.training.data import Pair, batches, mix_replay, read_pairs, with_negatives, write_pairs
from pgcodesearch.training.fetch import folder_name
from pgcodesearch.training.queries import comment_sentences, keywords, without_ceremony
from pgcodesearch.training.sources import is_excluded, is_wanted, read_exclusions
from pgcodesearch.words.near_duplicates import NearDuplicates
from pgcodesearch.words.sentences import sentences

ROOT = Path(__file__).parents[2]
REQUIRED = {"model": "m", "output": "o", "train": "t", "validation": "v"}


@pytest.fixture
def exclusions(tmp_path: Path) -> set[str]:
    names = tmp_path / "names.txt"
    names.write_text(
        "# never\npallets/click\nrequests\ngolang-github-spf13-cobra-dev\n@tanstack/query-core\n"
    )
    return read_exclusions(names)


@pytest.mark.parametrize(
    "folder",
    [
        "py_click",
        "py_Requests",
        "deb_golang-github-spf13-cobra-dev",
        "deb_python3-click",
        "npm_query-core",
        "src_pallets-click",
    ],
)
def test_excluded_packages_are_known_under_other_names(exclusions: set[str], folder: str) -> None:
    assert is_excluded(folder, exclusions)


def test_other_packages_stay(exclusions: set[str]) -> None:
    assert not any(
        is_excluded(folder, exclusions) for folder in ("py_jinja2", "deb_golang-github-spf13-viper-dev")
    )


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("package/core.py", True),
        ("package/_vendor/six.py", False),
        ("package/requests/api.py", False),
        ("package/tests/test_core.py", False),
        ("package/jquery.min.js", False),
        ("package/README.txt", False),
    ],
)
def test_copies_tests_and_builds_are_no_sources(
    tmp_path: Path, exclusions: set[str], path: str, wanted: bool
) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text("x = 1\n")
    assert is_wanted(file, tmp_path, exclusions) is wanted


def test_code_that_is_nearly_known_is_found() -> None:
    code = """def total(items):
    result = 0
    for item in items:
        result += item.price * item.count
    return result"""
    known = NearDuplicates()
    known.add(code)
    assert known.holds_like(code.replace("    ", "\t"))
    assert known.holds_like(code + "\n\n# the end")
    assert not known.holds_like(
        "class Stack:\n    def push(self, item):\n        self.items.append(item)\n        return self"
    )
    assert not known.holds_like("x = 1")


def test_sentences_stop_at_sections_and_lose_markup() -> None:
    doc = "Return the :class:`Session` for `url`. Opens one if there is none.\n\n:param url: where to.\nMore prose."
    assert sentences(doc) == ["Return the Session for url.", "Opens one if there is none."]
    assert sentences("@param {number} a The first.") == []
    assert sentences("x = foo(); return {bar}") == []


def test_ceremony_is_removed() -> None:
    assert (
        without_ceremony("Returns the length of the longest line.", "longest") == "length of the longest line"
    )
    assert (
        without_ceremony("NewLogger builds a logger from options.", "NewLogger")
        == "builds a logger from options"
    )


def test_keywords_are_salient_words_in_order() -> None:
    query = keywords("Return the decoded header of an incoming message", "decode header", random.Random(1))
    words = query.split()
    assert 2 <= len(words) <= 5
    assert not {"the", "of", "an", "return"} & set(words)
    assert keywords("do it to them", "", random.Random(1)) == ""


def test_comments_that_say_nothing_are_left_out() -> None:
    assert comment_sentences("TODO: fix this later please\nretry when the server is busy\nnoqa") == [
        "retry when the server is busy"
    ]


def test_batches_are_full_repeatable_and_keep_groups_together() -> None:
    rows = [Pair(f"q{i}", f"c{i}", group=f"g{i % 5}") for i in range(103)]
    first, again, other = (list(batches(list(rows), 20, 4, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert [len(batch) for batch in first] == [20] * 5
    neighbours = sum(a.group == b.group for batch in first for a, b in pairwise(batch))
    assert neighbours >= 60
    assert [len(batch) for batch in batches(rows[:7], 20, 4, 1)] == [7]


def test_replay_is_a_tenth_but_at_least_the_minimum() -> None:
    new, old = [Pair(f"n{i}", "c") for i in range(2_000)], [Pair(f"o{i}", "c") for i in range(900)]
    assert len(mix_replay(new, old, 0.1, 100, 1)) == 2_200
    assert len(mix_replay(new[:50], old, 0.1, 100, 1)) == 150
    assert len(mix_replay(new[:50], old[:30], 0.1, 100, 1)) == 80


def test_pairs_survive_a_file_and_bad_rows_are_named(tmp_path: Path) -> None:
    rows = [Pair("größe\nof", "def f():\n    pass", ["x"], "g"), Pair("b", "c")]
    write_pairs(tmp_path / "p.jsonl", rows)
    assert read_pairs(tmp_path / "p.jsonl") == rows
    assert with_negatives(rows, 1) == rows[:1]
    (tmp_path / "bad.jsonl").write_text('{"query": "a", "code": "b"}\n{"query": "", "code": "b"}\n')
    with pytest.raises(ValueError, match=r"bad\.jsonl, row 2"):
        read_pairs(tmp_path / "bad.jsonl")


def test_the_committed_config_is_readable() -> None:
    for path in (ROOT / "training/configs").glob("minilm*.toml"):
        assert read_config(path, ["max_steps=5", "output=elsewhere/run"]).output == "elsewhere/run"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"los": "mse"}, "unknown setting 'los'"),
        ({"loss": "hinge"}, "'hinge' is unknown"),
        ({"batch_size": "64"}, "batch_size must be int"),
        ({"batch_size": 0}, "above 0"),
        ({"ewc_weight": 1}, "replay"),
    ],
)
def test_settings_that_cannot_run_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        config_from(REQUIRED | changes)


@pytest.mark.parametrize(
    ("requirement", "folder"),
    [("attrs==26.1.0", "r_attrs"), ("@cesium/engine@24.0.0", "r_cesium-engine"), ("zlib=1:1.2-1", "r_zlib")],
)
def test_packages_have_a_folder_without_version(requirement: str, folder: str) -> None:
    assert folder_name("r", requirement) == folder


def test_no_listed_package_is_a_judged_one(exclusions: set[str]) -> None:
    listed = tomllib.loads((ROOT / "training/configs/packages.toml").read_text())
    names = [folder_name(registry, name) for registry, names in listed.items() for name in names]
    assert len(names) > 150
    assert not [name for name in names if is_excluded(name, exclusions)]
