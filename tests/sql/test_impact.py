"""What has to change with a symbol or a file, and questions that are answered by the strategy that fits them."""

from __future__ import annotations

import psycopg
import pytest

from support.databases import fresh_database
from support.histories import commit_row, store_history
from support.indexing import chunk_all, upsert
from support.tenants import acting_as, temporary_roles

FILES = {
    "shop/money.py": """class Price:
    def rounded(self):
        return 1


def convert_price(price):
    return price.rounded()
""",
    "shop/cart.py": """from .money import Price, convert_price


class Cart:
    def total(self):
        first = convert_price(Price())
        return first + convert_price(Price())


class Special(Cart):
    def total(self):
        return super().total() * 2


def run(cart):
    return cart.total()
""",
    "shop/report.py": "def print_report():\n    return 'nothing that is called convert_prices'\n",
    "shop/words.py": "def run_away():\n    return 'a run of words'\n",
    "tests/test_cart.py": "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total() == 2\n",
    "tests/test_money.py": "def test_nothing():\n    assert True\n",
    "docs/money.md": "# Money\n\nCall `convert_price` with a price.\n\n# Run\n\nTo run it, wait; `run(cart)` does.\n",
    "deploy.yaml": "hooks:\n  price: shop.money.convert_price\n",
}
HISTORY = [
    commit_row("Round prices", "shop/money.py", "shop/report.py"),
    commit_row("Round prices again", "shop/money.py", "shop/report.py"),
    commit_row("Print the total in euros", "shop/report.py", "shop/words.py"),
    commit_row("Money alone", "shop/money.py"),
]


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            for path, content in FILES.items():
                upsert(connection, path, content, "shop")
            upsert(connection, "a.py", "def convert_price(price):\n    return 0\n", "vault")
        chunk_all(made)
        with made.connect() as connection:
            store_history(connection, "shop", *HISTORY)
        yield made


def _impact(database, symbol, **options):
    """Path, role, symbol, lines and reason of each row; ranks and confidences are in order."""
    named = "".join(f", {name} => %({name})s" for name in options)
    rows = database.rows(
        "select rank, confidence, path, role, symbol, lines, reason from codesearch.impact(%(symbol)s,"
        f" repository => 'shop'{named})",
        {"symbol": symbol, **options},
    )
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    assert all(0 < row[1] <= 1 for row in rows)
    return [row[2:] for row in rows]


def test_all_that_goes_with_a_function(database):
    rows = _impact(database, "convert_price")
    assert rows[0][:4] == ("shop/money.py", "definition", "convert_price", [6])
    assert rows[1][:4] == ("shop/cart.py", "call", "Cart.total", [6, 7])
    by_path = {row[0]: row for row in rows}
    assert by_path["docs/money.md"][1:4] == ("documentation", "Money", [3])
    assert by_path["deploy.yaml"][1] == "configuration"
    assert by_path["deploy.yaml"][3] == [2]
    assert by_path["shop/report.py"][1] == "history"
    assert by_path["shop/report.py"][4] == "changed with shop/money.py in 2 of its 3 commits"
    assert by_path["tests/test_money.py"][1] == "test"
    assert "shop/words.py" not in by_path


def test_a_method_has_overrides_and_callers(database):
    rows = {(row[0], row[2]): row for row in _impact(database, "Cart.total")}
    assert rows["shop/cart.py", "Special.total"][1] == "implementation"
    assert rows["tests/test_cart.py", "test_total"][1:4] == ("test", "test_total", [5])
    assert "calls total" in rows["shop/cart.py", "run"][4]


def test_a_word_counts_where_it_is_written_as_code(database):
    mentioned = [row for row in _impact(database, "run") if row[0] == "docs/money.md"]
    assert [row[3] for row in mentioned] == [[7]]


def test_a_file_and_a_line_of_one(database):
    rows = _impact(database, "shop/money.py")
    assert {row[0] for row in rows} == {"shop/cart.py", "shop/report.py", "tests/test_money.py"}
    assert rows[0][0] == "shop/report.py", "what changed with it in two of three commits"
    assert _impact(database, "shop/money.py:7") == _impact(database, "shop.money.convert_price")
    assert _impact(database, "./shop/money.py:7:3") == _impact(database, "shop/money.py:7")
    assert _impact(database, "shop/words.py:2")[0][:3] == ("shop/words.py", "definition", "run_away")


def test_a_task_adds_what_fits_it(database):
    without = {row[0] for row in _impact(database, "shop/money.py", min_confidence=0)}
    rows = {row[0]: row for row in _impact(database, "shop/money.py", task="print the total in euros")}
    assert "shop/words.py" not in without
    assert rows["shop/words.py"][1] == "precedent"
    assert rows["shop/words.py"][4].endswith("Print the total in euros")
    assert "fits the task" in rows["shop/report.py"][4]


def test_one_row_a_file(database):
    paths = [row[0] for row in _impact(database, "Cart.total", per_file=1)]
    assert len(paths) == len(set(paths))
    assert set(paths) == {row[0] for row in _impact(database, "Cart.total")}
    assert len(_impact(database, "Cart.total", k=1)) == 1


def test_what_no_file_defines_is_found_by_name(database):
    assert [row[:4] for row in _impact(database, "super")] == [
        ("shop/cart.py", "call", "Special.total", [12])
    ]
    assert _impact(database, "nothing_like_this") == []


@pytest.mark.parametrize(
    "argument",
    ["symbol => ''", "symbol => 'x', k => 0", "symbol => 'x', k => null", "symbol => 'x', per_file => 0"],
)
def test_bad_arguments(database, argument):
    with pytest.raises(psycopg.DatabaseError) as raised:
        database.rows(f"select * from codesearch.impact({argument})")
    assert raised.value.sqlstate == "CS001"


def _ask(database, query, **options):
    named = "".join(f", {name} => %({name})s" for name in options)
    return database.rows(
        "select intent, path, role, symbol, lines, query_id is null from codesearch.ask(%(query)s,"
        f" repository => 'shop'{named})",
        {"query": query, **options},
    )


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (
            "where is convert_price defined",
            ("definition", "shop/money.py", "definition", "convert_price", [6]),
        ),
        ("who calls convert_price?", ("usages", "shop/cart.py", "call", "Cart.total", [6, 7])),
        ("implementations of Cart", ("implementation", "shop/cart.py", "implementation", "Special", [10])),
        (
            "how is Cart.total implemented",
            ("implementation", "shop/cart.py", "definition", "Cart.total", [5]),
        ),
        ("what breaks if I change Cart.total", ("impact", "shop/cart.py", "definition", "Cart.total", [5])),
        ("what must change with shop/money.py", ("impact", "shop/report.py", "history", "report", [])),
        ("when did we print the total in euros", ("history", "shop/report.py", "change", "print_report", [])),
        ("code similar to shop/cart.py:15", ("similar", "shop/cart.py", "similar", "Cart.total", [])),
    ],
)
def test_each_question_goes_its_way(database, query, first):
    rows = _ask(database, query)
    assert rows[0][:5] == first
    assert {row[0] for row in rows} == {first[0]}
    assert all(row[5] for row in rows), "only searches are logged"


def test_anything_else_is_what_search_says(database):
    for query in ("where is the total printed", "who calls no_such_name_at_all", "run words"):
        said = database.rows(
            "select chunk_id from codesearch.search(%s, repository => 'shop', log => false)", [query]
        )
        rows = database.rows(
            "select chunk_id, intent, role from codesearch.ask(%s, repository => 'shop')", [query]
        )
        assert said
        assert rows == [(chunk_id, "general", "match") for (chunk_id,) in said]
    assert not _ask(database, "where is the total printed")[0][5], "a search is logged"
    assert _ask(database, "where is the total printed", log=False)[0][5]


def test_a_bare_name_is_its_definition_and_then_what_search_finds(database):
    rows = _ask(database, "convert_price")
    assert rows[0][:4] == ("definition", "shop/money.py", "definition", "convert_price")
    assert {row[0] for row in rows[1:]} == {"general"}
    assert len({(row[1], row[3]) for row in rows}) == len(rows)


def test_the_intent_can_be_said(database):
    assert [row[:3] for row in _ask(database, "convert_price", intent="usages")][:1] == [
        ("usages", "shop/cart.py", "call")
    ]
    assert _ask(database, "run", intent="definition")[0][1] == "shop/cart.py"
    assert _ask(database, "no_such_name", intent="usages") == [], "nothing else is looked for"
    assert {row[0] for row in _ask(database, "who calls convert_price", intent="general")} == {"general"}
    with pytest.raises(psycopg.DatabaseError) as raised:
        _ask(database, "run", intent="destiny")
    assert raised.value.sqlstate == "CS001"
    with pytest.raises(psycopg.DatabaseError) as raised:
        _ask(database, " ")
    assert raised.value.sqlstate == "CS001"


def test_only_what_the_caller_may_see(server_url):
    with (
        fresh_database(server_url) as database,
        temporary_roles(server_url, "codesearch_reader") as (reader,),
    ):
        with database.connect() as connection:
            for repository in ("shop", "vault"):
                for path in ("shop/money.py", "shop/cart.py", "docs/money.md"):
                    upsert(connection, path, FILES[path], repository)
        chunk_all(database)
        with database.connect() as connection:
            store_history(connection, "vault", *HISTORY)
        database.rows("select codesearch.grant_repository('shop', %s)", [reader])
        database.rows("select codesearch.enable_row_level_security()")
        with acting_as(database, reader) as connection:
            for call in (
                "impact('convert_price', task => 'round')",
                "impact('shop/money.py')",
                "ask('who calls convert_price')",
                "ask('Cart')",
                "ask('where is it rounded')",
            ):
                rows = connection.execute(
                    f"select repository, string_agg(role, ' ') from codesearch.{call} group by 1"
                ).fetchall()
                assert [row[0] for row in rows] == ["shop"], call
                assert "history" not in rows[0][1]
                assert "precedent" not in rows[0][1]
