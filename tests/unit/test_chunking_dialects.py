"""Scripts of several databases, and tests of C++: what is defined in them, by name and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pgcodesearch.chunking import chunk_file

FOLDER = Path(__file__).parent / "chunking_dialects"

EXPECTED = {
    "broken.sql": """
1-1 class first
3-3 class second
4-6 function broken
7-7 class third
8-10 function open_block
11-14 function fourth
15-15 class fifth
16-16 class sixth
18-18 class seventh
""",
    "mysql_dump.sql": """
4-8 class orders
14-17 function orders_bi
20-25 function ship order
26-26 function tax
28-30 class v_open
31-31 function e
32-35 function p1
36-36 class after_all
""",
    "oracle.sql": """
3-3 class orders
4-25 class order_pkg
7-16 function order_pkg.total
18-21 function order_pkg.log_it
26-32 function trg
33-33 class v
34-35 class t_obj
36-42 class t_obj
37-40 function t_obj.f
43-47 function late
""",
    "oracle_without_slashes.sql": """
1-5 function one
7-10 function two
11-11 class t
12-12 class u
""",
    "postgres_dump.sql": """
4-12 function public.f
14-18 class public.Order Details
25-25 function g
26-26 function h
27-27 function r
28-28 class v
29-29 function t
30-30 class mv
32-32 class mood
34-34 class last_one
""",
    "sqlite.sql": """
3-3 class notes
7-7 class ft
8-10 function tr
11-12 block i
""",
    "sqlserver.sql": """
8-26 function dbo.usp Big Report
28-29 class dbo.v_Orders
31-32 function trg_x
34-37 class dbo.Order Details
39-39 class dbo.IdList
42-42 class a
43-43 class b
47-47 function dbo.inl
""",
    "tests.cpp": """
1-3 method SuiteA.HandlesZero
4-7 method FixtureB.Works
8-8 method TypedC.Works
9-9 function boost_name
10-10 function fix_name
12-12 function in_suite
14-19 function vectors can be sized
20-20 function templ
21-23 function BM_Copy
25-27 method MyFixture.BarTest
28-28 block math
29-29 function math.factorials
30-30 function math.others
31-32 block t
33-33 function t.in ns
34-35 method t.A.InNs
36-38 function example
39-42 function read
43-43 function AddsNumbers
44-44 method suite.criterion
45-46 function multi part name
47-47 function raw name
48-48 function with: colon, and (parens)
49-49 method Foo.DISABLED_Bar
50-50 method CartFixture.adds a line
52-52 function REAL
53-53 function UPPER
54-54 method Foo.FOO
55-55 method Fix.doctest fixture
56-56 class Group
57-57 method Group.cpputest
58-58 class FooTest
58-58 method FooTest.FooTest
59-59 class URL
59-59 method URL.URL
""",
}


def defined(name: str, content: str) -> list[str]:
    chunks = chunk_file(name, content).chunks[1:]
    return [
        f"{chunk.start_line}-{chunk.end_line} {chunk.kind} {chunk.symbol}" for chunk in chunks if chunk.symbol
    ]


def test_every_file_is_expected() -> None:
    assert sorted(EXPECTED) == sorted(file.name for file in FOLDER.iterdir())


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_defined(name: str) -> None:
    content = (FOLDER / name).read_text(encoding="utf-8")
    assert defined(name, content) == EXPECTED[name].strip().split("\n")


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.endswith(".sql")])
def test_line_ends_of_windows_change_nothing(name: str) -> None:
    content = (FOLDER / name).read_text(encoding="utf-8")
    assert defined(name, content.replace("\n", "\r\n")) == EXPECTED[name].strip().split("\n")


@pytest.mark.parametrize(
    "first",
    [
        "INSERT INTO notes VALUES ('it\\'s paid');",
        "INSERT INTO paths VALUES ('C:\\'), ('it''s');",
        "# the customer's note is kept elsewhere",
        "id int, # the customer's id",
        "-- the customer's",
        "/* outer /* inner's */ still */",
        "/* a /* b */",
        "SELECT q'[it's]', nq'{it's}' FROM dual;",
        "SELECT date'2026-01-01', N'it''s', E'it\\'s', _utf8'x', x like'%', '';",
        "SELECT $$it's$$, $a$it's $$ $a$, '$$';",
        "COPY orders (id) FROM stdin;\n1\tthe customer's choice; CREATE TABLE nothing (x int);\n\\.\n",
        "\\restrict it's",
        "INSERT INTO t VALUES ('no end);",
        "DROP TABLE `it's`; DROP TABLE [it's]; DROP TABLE \"it's\";",
        "PRINT 'no semicolon'",
        "/* never closed",
        "SELECT ((1;",
        "GO",
        "/",
        "DELIMITER ;",
        "BEGIN TRANSACTION;",
    ],
)
def test_the_statement_above_hides_no_other(first: str) -> None:
    content = f"CREATE TABLE orders (id int);\n{first}\nCREATE TABLE shipments (id int);\n"
    names = [line.split()[-1] for line in defined("a.sql", content)]
    assert [name for name in names if name != "nothing"] == ["orders", "shipments"], names
    assert "nothing" not in names


@pytest.mark.parametrize(
    "head",
    [
        "ALTER PROCEDURE dbo.pay @id int AS\nSELECT 1",
        "CREATE OR ALTER PROC [dbo].[pay] AS\nSELECT 1",
        "CREATE /* a comment */ PROCEDURE `dbo`.`pay`() SELECT 1",
        'CREATE OR REPLACE EDITIONABLE PROCEDURE "dbo"."pay" IS BEGIN NULL; END',
        "create definer = 'root'@'%' procedure dbo . pay() select 1",
    ],
)
def test_heads_of_a_procedure(head: str) -> None:
    found = chunk_file("a.sql", head + ";\n").chunks[1:]
    assert [(chunk.kind, chunk.symbol) for chunk in found] == [("function", "dbo.pay")]


@pytest.mark.parametrize(
    "statement", ["ALTER FUNCTION f(int) OWNER TO x", "ALTER TABLE f ADD a int", "GRANT CREATE ON f TO x"]
)
def test_what_defines_nothing(statement: str) -> None:
    assert defined("a.sql", statement + ";\n") == []


@pytest.mark.parametrize(
    "content",
    [
        "q'[ " * 20_000,
        "".join(f"$a{number}$ " for number in range(20_000)),
        "CREATE PACKAGE BODY p AS " + "PROCEDURE p " * 5_000,
        "CREATE PACKAGE BODY p AS " + "PROCEDURE p IS BEGIN NULL; END;\n" * 3_000,
        "GO\nCREATE FUNCTION f() AS\n" + "SELECT 1;\n" * 10_000,
        "/* a " * 20_000,
    ],
    ids=["marks", "tags", "heads", "package", "batch", "comments"],
)
def test_scripts_that_would_take_for_ever_if_read_again_for_each_word(content: str) -> None:
    assert chunk_file("a.sql", content).chunks
