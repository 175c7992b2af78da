"""The dataset builder's parts that need no database: names, copies, splits, votes, what a query may be."""

from __future__ import annotations

import random
import string
from collections import Counter
from pathlib import Path

import pytest

from pgcodesearch.training.data import read_pairs
from pgcodesearch.training.dataset.commits import plain_subject
from pgcodesearch.training.dataset.database import Repository
from pgcodesearch.training.dataset.exclusions import ExcludedFiles, declared_name, excluded_repository
from pgcodesearch.training.dataset.feedback import feedback_rows
from pgcodesearch.training.dataset.filters import file_reason, pair_reason
from pgcodesearch.training.dataset.options import DEFAULT_EXCLUSIONS, DatasetOptions
from pgcodesearch.training.dataset.report import SAMPLE, DatasetReport
from pgcodesearch.training.dataset.rows import Row
from pgcodesearch.training.dataset.splitting import make_split
from pgcodesearch.training.dataset.writing import ShardWriter, new_folder
from pgcodesearch.training.feedback import UsedResult
from pgcodesearch.training.sources import is_excluded_name, is_excluded_path, read_exclusions
from pgcodesearch.words.near_duplicates import NearCopies, NearDuplicates, overlap

CODE = """def total(items, discount):
    result = 0
    for item in items:
        if item.count > 0:
            result += item.price * item.count
    if discount:
        result = result * (1 - discount)
    return round(result, 2)
"""


@pytest.fixture
def names(tmp_path: Path) -> set[str]:
    file = tmp_path / "names.txt"
    file.write_text("pallets/click\nrequests\nspf13/cobra\n@scope/core-kit\n")
    return read_exclusions(file)


@pytest.mark.parametrize(
    "name",
    ["click", "click-8.1.7", "pallets/click", "python3-click", "golang-github-spf13-cobra-dev-1.6.1-1",
     "requests@2.32", "scope/core-kit", "Core_Kit"],
)  # fmt: skip
def test_names_with_owners_and_versions_are_excluded(names: set[str], name: str) -> None:
    assert is_excluded_name(name, names)


@pytest.mark.parametrize("name", ["clock", "requester-2.0", "viper"])
def test_other_names_are_not(names: set[str], name: str) -> None:
    assert not is_excluded_name(name, names)


def test_copies_are_known_by_folder_file_and_manifest(names: set[str]) -> None:
    assert is_excluded_path("src/_vendor/requests/api.py", names)
    assert is_excluded_path("lib/click.py", names)
    assert is_excluded_path("third/click-8.1.7/core.py", names)
    assert not is_excluded_path("src/clicks/api.py", names)
    files = ExcludedFiles(
        names, [("deep/in/package.json", '{"name": "@scope/core-kit"}'), ("go.mod", "module example.org/x\n")]
    )
    assert files.holds("deep/in/src/index.js")
    assert not files.holds("deep/out/src/index.js")
    assert not files.holds_all
    assert ExcludedFiles(names, [("pyproject.toml", '[project]\nname = "Click"\n')]).holds_all


@pytest.mark.parametrize(
    ("path", "content", "name"),
    [
        ("pyproject.toml", '[tool.poetry]\nname = "a"', "a"), ("Cargo.toml", '[package]\nname = "b"', "b"),
        ("x/go.mod", "module github.com/spf13/cobra/v2\n", "github.com/spf13/cobra"), ("package.json", "{broken", ""),
        ("setup.py", 'setup(\n  name="c",', "c"), ("c.gemspec", 's.name = "d"', "d"), ("pyproject.toml", "x = [", ""),
        ("package.json", "[1]", ""),
    ],
)  # fmt: skip
def test_names_that_manifests_declare(path: str, content: str, name: str) -> None:
    assert declared_name(path, content) == name


def test_a_repository_is_known_by_name_and_folder(names: set[str]) -> None:
    assert excluded_repository(Repository("mine", "/nowhere/click-8.1.7", 1), names)
    assert excluded_repository(Repository("pallets/click", None, 1), names)
    assert not excluded_repository(Repository("mine", "/nowhere/tool", 1), names)


def test_the_default_exclusions_hold_what_is_judged() -> None:
    found = read_exclusions(DEFAULT_EXCLUSIONS)
    assert {"click", "requests", "pandas"} & found == {"click", "requests"}


def _random_code(random_: random.Random, words: int = 60) -> str:
    return " ".join("".join(random_.choices(string.ascii_lowercase, k=6)) for _ in range(words))


def test_near_copies_are_found_and_others_are_not() -> None:
    draw = random.Random(1)
    copies = NearCopies()
    codes = [_random_code(draw) for _ in range(200)]
    for number, code in enumerate(codes):
        assert copies.find(code) is None
        copies.add(str(number), code)
    changed = [" ".join(["renamed", *code.split()[1:]]) for code in codes]
    assert min(overlap(a, b) for a, b in zip(codes, changed, strict=True)) > 0.9
    found = [copies.find(code) for code in changed]
    assert sum(key == str(number) for number, key in enumerate(found)) >= 195
    half = [" ".join(code.split()[:30] + _random_code(draw, 30).split()) for code in codes]
    assert [copies.find(code) for code in half] == [None] * 200


def test_short_code_is_a_copy_only_when_it_is_the_same() -> None:
    copies = NearCopies()
    copies.add("one", "x = 1")
    assert copies.find("x  =\n1") == "one"
    assert copies.find("x = 2") is None


def test_repositories_are_never_in_two_splits_and_places_do_not_change() -> None:
    sizes = {f"r{number}": 10 + number for number in range(40)}
    split = make_split(sizes, 0.2, seed=1)
    places = {name: {split.of(name, path) for path in ("a.py", "b/c.py")} for name in sizes}
    assert all(len(found) == 1 for found in places.values())
    assert make_split(dict(reversed(sizes.items())), 0.2, seed=1).repositories == split.repositories
    assert make_split(sizes, 0.2, seed=2).repositories != split.repositories
    held = dict.fromkeys(("train", "validation", "test"), 0)
    for name, size in sizes.items():
        held[split.of(name, "")] += size
    assert held["validation"] > 0 < held["test"]
    assert held["validation"] + held["test"] <= 0.2 * sum(sizes.values())


@pytest.mark.parametrize("count", [3, 4, 7])
def test_few_repositories_give_one_to_each_split(count: int) -> None:
    split = make_split({f"r{number}": 10 + number for number in range(count)}, 0.1, seed=5)
    counted = Counter(split.repositories.values())
    assert (counted["validation"], counted["test"], counted["train"]) == (1, 1, count - 2)


def test_fewer_repositories_are_split_by_file() -> None:
    split = make_split({"a": 5, "b": 5}, 0.2, seed=1)
    assert split.by == "file"
    counted = Counter(split.of("a", f"src/{number}.py") for number in range(1000))
    assert 150 < counted["validation"] + counted["test"] < 250
    assert make_split({"a": 5}, 0, seed=1).of("a", "x.py") == "train"


def _used(query: str, content_hash: str, weight: float = 1.0, **more: object) -> UsedResult:
    values: dict = {
        "code": f"def {content_hash}(): ...", "signal": "copy", "negatives": [], "negative_hashes": [],
        "negative_repositories": [], "negative_paths": [], "repository": "r", "chunk_id": None, "path": "a.py",
        "language": "python", "symbol": content_hash,
    }  # fmt: skip
    return UsedResult(query=query, content_hash=content_hash, weight=weight, **(values | more))


def test_wrong_clicks_are_outvoted_and_stay_as_twins(names: set[str]) -> None:
    filtered: Counter[str] = Counter()
    used = [_used("find it", "right"), _used("Find  it", "wrong", 1.5), _used("find it", "right")]
    (row,) = feedback_rows(used, (), {"r": ExcludedFiles(names)}, filtered)
    assert (row.content_hash, row.weight, row.twins, row.source) == ("right", 2.0, ["wrong"], "feedback")
    assert filtered["query answered elsewhere"] == 1
    assert not row.add_negative("x", "wrong")


def test_feedback_on_excluded_or_unknown_code_is_left_out(names: set[str]) -> None:
    filtered: Counter[str] = Counter()
    used = [_used("a b c", "one", repository="click"), _used("a b c", "two", repository=None),
            _used("a b c", "three", path="vendor/click/core.py"),
            _used("push with ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", "four")]  # fmt: skip
    assert feedback_rows(used, (), {"r": ExcludedFiles(names)}, filtered) == []
    assert filtered == {"excluded name": 2, "other repository": 1, "secret": 1}


def test_negatives_of_other_repositories_are_left_out(names: set[str]) -> None:
    shown = {"negatives": ["one", "two"], "negative_hashes": ["1", "2"], "negative_repositories": ["r", "s"],
             "negative_paths": ["b.py", "b.py"]}  # fmt: skip
    (row,) = feedback_rows([_used("a b c", "x", **shown)], (), {"r": ExcludedFiles(names)}, Counter())
    assert row.negatives == ["one"]
    row.keep_negatives(5, lambda path: path != "b.py")
    assert (row.negatives, row.negative_hashes) == ([], [])


@pytest.mark.parametrize(
    ("flags", "reason"),
    [([], None), (["docs"], None), (["entry", "test"], "test"), (["vendored"], "vendored")],
)
def test_files_that_are_left_out(flags: list[str], reason: str | None) -> None:
    assert file_reason(flags) == reason


def test_pairs_that_are_left_out() -> None:
    assert pair_reason("a.py", "x", CODE) == "query length"
    assert pair_reason("a.py", "w " * 300, CODE) == "query length"
    assert pair_reason("a.py", "sum of prices", CODE) is None


@pytest.mark.parametrize(
    ("subject", "query"),
    [
        ("fix(parser): keep blank lines inside quoted fields (#12)", "keep blank lines inside quoted fields"),
        ("Retry the upload when the server is busy", "retry the upload when the server is busy"),
        ("fix typo", ""), ("Bump version to 2.0", ""), ("wip", ""), ("update docs", ""),
        ("Merge branch 'x' into y", ""),
    ],
)  # fmt: skip
def test_subjects_that_say_something(subject: str, query: str) -> None:
    assert plain_subject(subject) == query


def test_shards_are_read_back_and_a_folder_is_whole_or_not_there(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    rows = [
        Row(f"query {n}", f"code {n}", "docstring", "r", negatives=["x"], negative_hashes=["h"])
        for n in range(5)
    ]
    with new_folder(tmp_path / "out", overwrite=False) as folder:
        writer = ShardWriter(folder, 2)
        for row in rows:
            writer.add(row)
        assert writer.finish() == 3
        DatasetReport().write(folder, "report.json")
    pairs = read_pairs(tmp_path / "out" / "train")
    assert [(pair.query, pair.negatives, pair.group) for pair in pairs] == [
        (row.query, ["x"], "r") for row in rows
    ]
    with (
        pytest.raises(Exception, match="holds a dataset already"),
        new_folder(tmp_path / "out", overwrite=False),
    ):
        pass
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "out", overwrite=True):
        raise KeyboardInterrupt
    assert len(read_pairs(tmp_path / "out" / "train")) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(Exception, match="is no dataset"), new_folder(tmp_path / "mine", overwrite=True):
        pass


def test_an_empty_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no pairs"):
        read_pairs(tmp_path)


def test_the_sample_is_bounded_and_drawn_from_all() -> None:
    report, draw = DatasetReport(), random.Random(1)
    for number in range(1000):
        report.count(Row(str(number), CODE, "docstring", "r"), draw)
    drawn = [int(item["query"]) for item in report.sample]
    assert len(drawn) == SAMPLE
    assert sum(number >= 500 for number in drawn) > 70
    assert report.as_dict()["pairs"] == {"train": 1000}
    assert "no pairs for validation" in report.notes


@pytest.mark.parametrize(
    "change", [{"sources": "both of them"}, {"held_out": 1.0}, {"limit": 0}, {"hard_negatives": -1}]
)
def test_options_that_cannot_be_meant(change: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        DatasetOptions(Path("out"), **change)


def test_forbidden_code_is_asymmetric() -> None:
    forbidden = NearDuplicates()
    forbidden.add(CODE + "\n" + "more = [1, 2, 3]\n" * 20)
    assert forbidden.holds_like(CODE)
