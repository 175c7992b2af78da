"""pgcodesearch dataset: pairs of every source, negatives that answer nothing, names that never appear."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pgcodesearch.training.data import read_pairs
from support.commands import call, call_json, installed_database
from support.databases import Database
from support.worktrees import WorkTree

pytestmark = pytest.mark.heavy

pytest.importorskip("pyarrow")

THINGS = ("invoice", "shipment", "customer", "voucher", "warehouse", "supplier")


def _module(thing: str, flavour: str) -> str:
    """Three functions with documentation and a comment, alike between things: hard to tell apart."""
    return f'''"""Everything about a {thing}."""


def load_{thing}(connection, number):
    """Read the {flavour} {thing} with its lines from storage."""
    rows = connection.fetch("{thing}_lines", number)
    # an empty {flavour} {thing} was never completed by anybody
    if not rows:
        raise LookupError(number)
    return build_{thing}(rows)


def build_{thing}(rows):
    """Assemble one {flavour} {thing} out of raw database rows."""
    result = {{"kind": "{thing}", "total": 0}}
    for row in rows:
        result["total"] += row.amount
    return result


def archive_{thing}(connection, {thing}):
    """Move a {flavour} {thing} that is closed into the yearly archive."""
    connection.insert("{thing}_archive", {thing})
    connection.delete("{thing}", {thing}["number"])
    return {thing}["number"]
'''


COPY = _module("invoice", "signed").replace('"""Everything about a invoice."""', '"""Again."""')


@pytest.fixture(scope="module")
def shop(server_url, tmp_path_factory):
    """Three repositories of the test, one of an excluded name, one excluded by its manifest; all with vectors."""
    with installed_database(server_url) as database:
        root = tmp_path_factory.mktemp("repositories")
        for name, flavour in (("billing", "signed"), ("storage", "frozen"), ("portal", "public")):
            tree = WorkTree(root / name)
            for thing in THINGS:
                tree.write(f"src/{thing}.py", _module(f"{thing}", flavour))
            tree.write("tests/test_all.py", _module("tested", flavour))
            tree.write("vendor/other/lib.py", _module("vendored", flavour))
            tree.write("src/click/core.py", _module("clicked", flavour))
            tree.commit()
        billing = WorkTree(root / "billing")
        billing.write(
            "README.md",
            "# Billing\n\nOld paperwork goes to disk when `archive_voucher` is called at night.\n",
        )
        billing.write("src/zz_copy.py", COPY)
        text = (billing.root / "src/supplier.py").read_text()
        billing.write(
            "src/supplier.py",
            text.replace('result["total"] += row.amount', 'result["total"] += row.amount or 0'),
        )
        billing.git("add", "-A")
        billing.git("commit", "-qm", "fix(supplier): count lines without any price as free of charge (#7)")
        requests = WorkTree(root / "requests")
        requests.commit(src__a_py=_module("session", "pooled"))
        renamed = WorkTree(root / "renamed")
        renamed.write("pyproject.toml", '[project]\nname = "flask"\n')
        renamed.commit(src__a_py=_module("blueprint", "nested"))
        for name in ("billing", "storage", "portal", "requests", "renamed"):
            call_json(database, "index", root / name, "--repository", name)
        yield database


def _dataset(database: Database, folder: Path, *options: str | Path) -> tuple[dict, list[dict]]:
    import pyarrow.parquet

    report = call_json(database, "dataset", "--output", folder, "--from", "repositories", *options)
    rows = []
    for file in sorted(folder.rglob("*.parquet")):
        rows += [{**row, "split": file.parent.name} for row in pyarrow.parquet.read_table(file).to_pylist()]
    return report, rows


@pytest.fixture(scope="module")
def made(shop, tmp_path_factory):
    return _dataset(shop, tmp_path_factory.mktemp("made") / "out")


def test_every_source_gives_pairs(made):
    report, rows = made
    assert {"docstring", "comment", "markdown", "commit"} <= set(report["by_source"])
    by_source = {row["source"]: row for row in rows if row["source"] in ("commit", "markdown")}
    assert (by_source["commit"]["query"], by_source["commit"]["symbol"]) == (
        "count lines without any price as free of charge", "build_supplier",
    )  # fmt: skip
    assert by_source["markdown"]["symbol"] == "archive_voucher"
    assert {row["language"] for row in rows} == {"python"}
    assert sum(report["pairs"].values()) == len(rows) == sum(report["by_source"].values())
    assert report["sample"]
    assert report["model"]


def test_tests_copies_and_excluded_names_never_appear(made):
    report, rows = made
    assert {row["group"] for row in rows} == {"billing", "storage", "portal"}
    assert set(report["excluded_repositories"]) == {"requests", "renamed"}
    said = json.dumps(rows)
    for word in ("tested", "vendored", "clicked", "session", "blueprint"):
        assert f"{word}" not in said, word
    assert report["filtered"]["excluded name"] == 3
    assert report["filtered"]["test file"] == 3
    assert report["filtered"]["near-duplicate"] >= 3


def test_a_repository_is_in_one_split_with_all_its_code(made):
    report, rows = made
    assert report["split_by"] == "repository"
    places = {row["group"]: row["split"] for row in rows}
    assert sorted(places.values()) == ["test", "train", "validation"]
    flavours = {"billing": "signed", "storage": "frozen", "portal": "public"}
    for row in rows:
        assert places[row["group"]] == row["split"]
        for other, flavour in flavours.items():
            if other != row["group"]:
                assert not any(f"{flavour} " in text for text in (row["code"], *row["negatives"]))


def test_mined_negatives_are_near_and_never_answer(made):
    report, rows = made
    assert report["negatives"]["mined"] > 0
    assert report["negatives"]["the positive"] > 0
    for row in rows:
        assert row["negatives"], row["query"]
        assert len(row["negatives"]) == len(row["negative_hashes"]) == len(set(row["negatives"])) <= 15
        assert row["content_hash"] not in row["negative_hashes"]
        assert not set(row["twins"]) & set(row["negative_hashes"])
        definition = f"def {row['symbol']}("
        assert not any(definition in text for text in row["negatives"]), row["symbol"]


def test_queries_have_one_answer(made):
    _, rows = made
    queries = [(row["group"], row["query"].lower()) for row in rows]
    assert len(queries) == len(set(queries))


def test_the_same_seed_gives_the_same_rows(shop, made, tmp_path):
    assert _dataset(shop, tmp_path / "again")[1] == made[1]
    other = _dataset(shop, tmp_path / "other", "--seed", "2")[1]
    assert other != made[1]


def test_shards_are_pairs_to_train_on(shop, tmp_path):
    report, rows = _dataset(
        shop, tmp_path / "small", "--shard-rows", "10", "--limit", "25", "--hard-negatives", "2"
    )
    assert report["shards"] == sum(-(-count // 10) for count in report["pairs"].values())
    pairs = read_pairs(tmp_path / "small" / "train")
    assert [pair.query for pair in pairs] == [row["query"] for row in rows if row["split"] == "train"]
    assert {len(pair.negatives) for pair in pairs} == {2}
    assert report["filtered"]["over the limit"] > 0


def test_one_repository_is_split_by_file_and_says_so(shop, tmp_path):
    report, rows = _dataset(shop, tmp_path / "one", "--repository", "bill*", "--held-out", "0.5")
    assert report["split_by"] == "file"
    assert any("split by file" in note for note in report["notes"])
    places: dict[str, set[str]] = {}
    for row in rows:
        places.setdefault(row["path"], set()).add(row["split"])
        for thing in THINGS:  # a file has the code of one thing: negatives stay in the split of the row
            if any(f"def build_{thing}(" in text for text in row["negatives"]):
                assert row["split"] in places.setdefault(f"src/{thing}.py", {row["split"]})
    assert all(len(found) == 1 for found in places.values())
    assert len({split for found in places.values() for split in found}) > 1


def test_forbidden_code_is_left_out(shop, tmp_path):
    known = tmp_path / "known.json"
    known.write_text(json.dumps({_module("voucher", "frozen"): 1}))
    report, rows = _dataset(shop, tmp_path / "out", "--repository", "storage", "--forbidden", known)
    assert report["filtered"]["like forbidden code"] >= 3
    assert not any("_voucher(" in text for row in rows for text in (row["code"], *row["negatives"]))


def test_what_users_took_becomes_pairs(shop, tmp_path):
    with shop.connect() as connection:
        for query, name, signal in (
            ("where does old paperwork go", "archive_invoice", "copy"),
            ("put rows together", "build_customer", "click"),
        ):
            hits = connection.execute(
                "select query_id, chunk_id, symbol from codesearch.search(%s, k => 50, repository => 'storage',"
                " mode => 'lexical')", (f"{query} {name}",)
            ).fetchall()  # fmt: skip
            (query_id, chunk_id) = next((q, c) for q, c, symbol in hits if symbol == name)
            connection.execute("select codesearch.record_feedback(%s, %s, %s)", (query_id, chunk_id, signal))
    report = call_json(
        shop, "dataset", "--output", tmp_path / "used", "--from", "feedback", "--held-out", "0"
    )
    assert report["by_source"] == {"feedback": 1, "click": 1}
    pairs = {pair.query: pair for pair in read_pairs(tmp_path / "used" / "train")}
    copied = pairs["where does old paperwork go archive_invoice"]
    clicked = pairs["put rows together build_customer"]
    assert "def archive_invoice(" in copied.code
    assert copied.negatives
    assert not any("def archive_invoice(" in text for text in copied.negatives)
    assert clicked.weight < copied.weight
    both = call_json(shop, "dataset", "--output", tmp_path / "both")
    assert {"feedback", "docstring"} <= set(both["by_source"])


def test_a_table_for_people(shop, tmp_path):
    done = call(
        shop, "dataset", "--output", tmp_path / "out", "--repository", "portal", "--hard-negatives", "0"
    )
    assert done.exit_code == 0, done.output
    for word in ("pairs in", "split by", "docstring", "test file", "portal", "note:", "sample.md"):
        assert word in done.output, word
    assert "## " in (tmp_path / "out" / "sample.md").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--repository", "nothing*"], "no repository is called 'nothing*'"),
        (["--exclude", "missing.txt"], "does not exist"),
        (["--held-out", "1.5"], "--held-out"),
    ],
)
def test_bad_input_is_named(shop, tmp_path, options, message):
    done = call(shop, "dataset", "--output", tmp_path / "out", *options)
    assert done.exit_code in (1, 2)
    assert message in done.output
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_things_is_left_alone(shop, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    done = call(shop, "dataset", "--output", tmp_path)
    assert (done.exit_code, "is no dataset" in done.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
