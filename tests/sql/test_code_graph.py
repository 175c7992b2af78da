"""Definitions, usages, implementations, callers, callees and imports: of one branch each, as the caller may see."""

from __future__ import annotations

import psycopg
import pytest

from support.databases import fresh_database
from support.indexing import chunk_all, upsert
from support.tenants import acting_as, temporary_roles

FILES = {
    "shop/money.py": """import decimal


class Price:
    def rounded(self):
        return decimal.Decimal(1)


def convert(price):
    return price.rounded()
""",
    "shop/cart.py": """from .money import Price, convert as to_euro
from .base import Base


class Cart(Base):
    def __init__(self, price: Price):
        self.price = price

    def total(self):
        self.check()
        return to_euro(self.price.rounded())

    def check(self):
        return convert(1)


def convert(value):
    return Cart(value)
""",
    "shop/base.py": """class Base:
    def check(self):
        return self.total()

    def total(self):
        raise NotImplementedError
""",
    "shop/special.py": """from shop.cart import Cart


class Special(Cart):
    def total(self):
        return super().total()


def close(thing):
    return thing.total(), thing.rounded()
""",
    "tests/test_cart.py": """from shop.cart import convert


def test_convert():
    assert convert(1)
""",
    "web/run.ts": """import { Shape } from './shape';
export class Circle implements Shape {
  area() { return this.radius(); }
  radius() { return 1; }
}
""",
    "web/shape.ts": "export interface Shape {\n  area(): number;\n}\n",
}


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            for path, content in FILES.items():
                upsert(connection, path, content, "shop")
            upsert(
                connection,
                "vault/money.py",
                "class Price:\n    pass\n\n\ndef spend():\n    return Price()\n",
                "vault",
            )
        chunk_all(made)
        yield made


def _places(connection, call: str, *parameters: object) -> list[tuple]:
    """Path, line, kind and symbol of each row; the text of the line must be there."""
    rows = connection.execute(f"select * from codesearch.{call}", parameters).fetchall()
    for row in rows:
        content = FILES.get(row[1])
        assert content is None or row[6] == content.split("\n")[row[2] - 1]
        assert 0 < row[7] <= 1
    return [(row[1], row[2], row[4], row[5]) for row in rows]


def _chunk(connection, symbol: str) -> int:
    row = connection.execute(
        "select chunk_id from codesearch.find_definition(%s, repository => 'shop')", (symbol,)
    ).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("symbol", "wanted"),
    [
        ("Cart", [("shop/cart.py", 5, "class", "Cart")]),
        ("Cart.total", [("shop/cart.py", 9, "method", "Cart.total")]),
        ("Cart::total", [("shop/cart.py", 9, "method", "Cart.total")]),
        ("Cart#total()", [("shop/cart.py", 9, "method", "Cart.total")]),
        ("shop.money.convert", [("shop/money.py", 9, "function", "convert")]),
        (
            "shop.convert",
            [("shop/cart.py", 17, "function", "convert"), ("shop/money.py", 9, "function", "convert")],
        ),
        ("shop/cart.py", []),
        ("cart", [("shop/cart.py", 1, "module", "cart")]),
        ("CART.TOTAL", [("shop/cart.py", 9, "method", "Cart.total")]),
        ("nothing_like_this", []),
        ("Cart.nothing", []),
    ],
)
def test_definitions(database, symbol, wanted):
    with database.connect() as connection:
        assert _places(connection, "find_definition(%s, repository => 'shop')", symbol) == wanted


def test_several_definitions_share_the_confidence(database):
    sure = "select confidence from codesearch.find_definition(%s, repository => 'shop')"
    assert [row[0] for row in database.rows(sure, ["convert"])] == [0.5, 0.5]
    assert [row[0] for row in database.rows(sure, ["shop.cart.convert"])] == [1.0]
    assert database.rows(
        "select count(*) from codesearch.find_definition('convert', min_confidence => 0.6)"
    ) == [(0,)]


def test_usages_follow_imports_and_aliases(database):
    with database.connect() as connection:
        assert _places(connection, "find_usages('money.convert')") == [
            ("shop/cart.py", 1, "import", ""),
            ("shop/cart.py", 11, "call", "Cart.total"),
        ]
        assert _places(connection, "find_usages('cart.convert')") == [
            ("shop/cart.py", 14, "call", "Cart.check"),
            ("tests/test_cart.py", 1, "import", ""),
            ("tests/test_cart.py", 5, "call", "test_convert"),
        ]


def test_usages_of_a_method_by_the_type_of_its_receiver(database):
    with database.connect() as connection:
        rows = connection.execute(
            "select path, line, confidence from codesearch.find_usages('Price.rounded')"
        ).fetchall()
    assert rows == [("shop/cart.py", 11, 0.97), ("shop/money.py", 10, 0.8), ("shop/special.py", 10, 0.5)]


def test_usages_of_what_is_defined_elsewhere(database):
    with database.connect() as connection:
        assert _places(connection, "find_usages('decimal.Decimal')") == [
            ("shop/money.py", 6, "call", "Price.rounded")
        ]


def test_implementations_of_a_class_and_of_a_method(database):
    with database.connect() as connection:
        assert _places(connection, "find_implementations('Base')") == [
            ("shop/cart.py", 5, "class", "Cart"),
            ("shop/special.py", 4, "class", "Special"),
        ]
        assert _places(connection, "find_implementations('Base.total')") == [
            ("shop/cart.py", 9, "method", "Cart.total"),
            ("shop/special.py", 5, "method", "Special.total"),
        ]
        assert _places(connection, "find_implementations('Shape')") == [("web/run.ts", 2, "class", "Circle")]
        assert _places(connection, "find_implementations('Shape.area')") == [
            ("web/run.ts", 3, "method", "Circle.area")
        ]


def test_callers_and_callees(database):
    with database.connect() as connection:
        assert _places(connection, "callers(%s)", _chunk(connection, "Cart.check")) == [
            ("shop/cart.py", 10, "call", "Cart.total")
        ]
        assert _places(connection, "callers(%s)", _chunk(connection, "Circle.radius")) == [
            ("web/run.ts", 3, "call", "Circle.area")
        ]
        calls = "select path, line, symbol, call_line from codesearch.callees(%s)"
        assert connection.execute(calls, (_chunk(connection, "Cart.total"),)).fetchall() == [
            ("shop/cart.py", 13, "Cart.check", 10),
            ("shop/money.py", 5, "Price.rounded", 11),
            ("shop/money.py", 9, "convert", 11),
        ]
        # super() is the next class that has it.
        assert connection.execute(calls, (_chunk(connection, "Special.total"),)).fetchall() == [
            ("shop/cart.py", 9, "Cart.total", 6)
        ]


def test_imports(database):
    rows = database.rows(
        "select line, symbol, module, alias, defined_in, defined_at from codesearch.imports_of('shop/cart.py', 'shop')"
    )
    assert rows == [
        (1, "Price", "shop.money", None, "shop/money.py", 4),
        (1, "convert", "shop.money", "to_euro", "shop/money.py", 9),
        (2, "Base", "shop.base", None, "shop/base.py", 1),
    ]
    assert database.rows("select * from codesearch.imports_of('nothing.py')") == []


@pytest.mark.parametrize("verb", ["find_definition", "find_usages", "find_implementations"])
@pytest.mark.parametrize(
    ("arguments", "part", "sqlstate"),
    [
        ("''", "the symbol is empty", "CS001"),
        ("null", "the symbol is empty", "CS001"),
        ("'::'", "the symbol is empty", "CS001"),
        ("repeat('x', 501)", "at most 500", "CS004"),
        ("'x', 0", "k is 0", "CS001"),
        ("'x', null", "k is NULL", "CS001"),
        ("'x', repository => 'nowhere'", "no repository", "CS006"),
    ],
)
def test_what_can_not_be_meant(database, verb, arguments, part, sqlstate):
    with pytest.raises(psycopg.Error, match=part) as caught:
        database.rows(f"select * from codesearch.{verb}({arguments})")
    assert caught.value.sqlstate == sqlstate
    assert caught.value.diag.message_hint


@pytest.mark.parametrize("verb", ["callers", "callees"])
def test_a_chunk_that_is_not_there(database, verb):
    with pytest.raises(psycopg.Error, match="there is no chunk 0") as caught:
        database.rows(f"select * from codesearch.{verb}(0)")
    assert caught.value.sqlstate == "CS009"


def test_no_more_rows_than_asked_for(database):
    for verb in ("find_definition('total', 1)", "find_usages('total', 1)", "find_implementations('Base', 1)"):
        assert len(database.rows(f"select * from codesearch.{verb}")) == 1


def test_classes_that_inherit_from_each_other_end(server_url):
    with fresh_database(server_url) as database:
        with database.connect() as connection:
            upsert(
                connection,
                "a.py",
                "class A(B):\n    def go(self):\n        self.go()\n\n\nclass B(A):\n    pass\n",
            )
        chunk_all(database)
        assert [row[5] for row in database.rows("select * from codesearch.find_implementations('A')")] == [
            "B"
        ]
        assert [row[2] for row in database.rows("select * from codesearch.find_usages('A.go')")] == [3]


def test_another_tenant_sees_nothing_of_it(server_url):
    with (
        fresh_database(server_url) as database,
        temporary_roles(server_url, "codesearch_reader") as (reader,),
    ):
        with database.connect() as connection:
            for repository in ("shop", "vault"):
                upsert(
                    connection,
                    "a.py",
                    "class Base:\n    pass\n\n\nclass Heir(Base):\n    pass\n\n\nHeir()\n",
                    repository,
                )
        chunk_all(database)
        chunk = database.value(
            "select c.chunk_id from codesearch.chunk c join codesearch.repository r using (repository_id)"
            " where r.name = 'vault' and c.name = 'Heir'"
        )
        database.rows("select codesearch.grant_repository('shop', %s)", [reader])
        database.rows("select codesearch.enable_row_level_security()")
        with acting_as(database, reader) as connection:
            for verb in ("find_definition('Heir')", "find_usages('Heir')", "find_implementations('Base')"):
                rows = connection.execute(f"select repository from codesearch.{verb}").fetchall()
                assert rows == [("shop",)], verb
            assert connection.execute("select count(*) from codesearch.imports_of('a.py')").fetchone() == (0,)
            for verb in ("callers", "callees"):
                with pytest.raises(psycopg.Error, match="there is no chunk"):
                    connection.execute(f"select * from codesearch.{verb}({chunk})")
            with pytest.raises(psycopg.Error, match="no repository"):
                connection.execute("select * from codesearch.find_definition('Heir', repository => 'vault')")


@pytest.fixture
def branches(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            upsert(
                connection,
                "a.py",
                "def first():\n    return 1\n\n\ndef second():\n    return first()\n",
                "web",
            )
            chunk_all(made)
            connection.execute("select codesearch.ensure_branch('web', 'topic')")
            upsert(
                connection,
                "a.py",
                "def first():\n    return 1\n\n\ndef third():\n    return first(), first()\n",
                "web@topic",
            )
            chunk_all(made)
        yield made


def test_each_branch_has_its_own_graph(branches):
    callers = "select repository, line, symbol from codesearch.find_usages('first', repository => %s)"
    assert branches.rows(callers, ["web"]) == [("web", 6, "second")]
    assert branches.rows(callers, ["web@topic"]) == [("web@topic", 6, "third")]
    assert branches.rows(callers, [None]) == [("web", 6, "second")]
    assert branches.rows("select * from codesearch.find_definition('third')") == []
    third = branches.value(
        "select chunk_id from codesearch.find_definition('third', repository => 'web@topic')"
    )
    assert branches.rows("select symbol from codesearch.callees(%s)", [third]) == [("first",)]


def test_one_function_changes_and_the_others_move(server_url):
    before = (
        "import os\n\n\ndef first():\n    os.getcwd()\n\n\n"
        "class A:\n    def b(self):\n        first()\n\n    x = first()\n"
    )
    after = before.replace("    os.getcwd()\n", "    os.getcwd()\n    os.sep()\n").replace(
        "first()\n\n    x", "y()\n        first()\n\n    x"
    )
    with fresh_database(server_url) as database:
        for content in (before, after):
            with database.connect() as connection:
                upsert(connection, "a.py", content)
            chunk_all(database)
            rows = database.rows("select line, text from codesearch.find_usages('first')")
            assert rows == [
                (number, text)
                for number, text in enumerate(content.split("\n"), 1)
                if " first()" in text and "def" not in text
            ]
        # A changed import changes what unchanged functions name.
        with database.connect() as connection:
            upsert(connection, "a.py", after.replace("import os", "import sys as os"))
        chunk_all(database)
        assert {row[0] for row in database.rows("select kind from codesearch.find_usages('sys.getcwd')")} == {
            "call"
        }
        assert database.rows("select * from codesearch.find_usages('os.getcwd')") == []


def test_a_line_of_a_file_that_has_changed_since_is_not_shown(branches):
    with branches.connect() as connection:
        upsert(connection, "a.py", "\n\n\n\n\n\n\n", "web")
    assert branches.rows("select line, text from codesearch.find_usages('first')") == [(6, None)]


def test_importance_follows_what_leads_to_it(server_url):
    text = "def hub():\n    return rim()\n\n\ndef rim():\n    return 1\n\n\n" + "".join(
        f"def spoke_{n}():\n    return hub()\n\n\n" for n in range(5)
    )
    with fresh_database(server_url) as database:
        with database.connect() as connection:
            upsert(connection, "a.py", text)
            upsert(connection, "tests/test_a.py", text)
        chunk_all(database)
        assert database.rows("select * from codesearch.importance()") == []
        refresh = "select codesearch.refresh_importance(repository_id) from codesearch.repository"
        assert database.rows(refresh) == [(True,)]
        ranked = database.rows("select path, symbol, text, score from codesearch.importance()")
        assert {row[:3] for row in ranked[:2]} == {
            ("a.py", "hub", "def hub():"),
            ("a.py", "rim", "def rim():"),
        }
        # rim has one caller, but that is the one that all others call.
        assert ranked[1][3] > 1 > ranked[2][3]
        assert {row[0] for row in ranked} == {"a.py"}
        assert database.value("select round(avg(score)::numeric, 3) from codesearch.chunk_importance") == 1
        assert database.rows(refresh) == [(False,)]
        with database.connect() as connection:
            upsert(connection, "b.py", "x = 1\n")
        chunk_all(database)
        assert database.rows(refresh) == [(True,)]


def test_files_of_an_earlier_chunker_are_read_again_when_queued(branches):
    usages = "select line from codesearch.find_usages('first')"
    branches.rows("update codesearch.chunk_reference set lines = '{}' where kind <> 'definition'")
    branches.rows("update codesearch.file_version set chunker = 'older'")
    assert branches.rows(usages) == [(None,)]
    branches.rows(
        "insert into codesearch.index_job (repository_id, file_id, stage)"
        " select repository_id, file_id, 'chunk' from codesearch.source_file on conflict do nothing"
    )
    chunk_all(branches)
    assert branches.rows(usages) == [(6,)]
