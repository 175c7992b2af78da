"""What paths say of their files, folders in any capitals."""

import pytest

from support.databases import fresh_database


@pytest.fixture(scope="module")
def flags(server_url):
    with fresh_database(server_url) as database, database.connect() as connection:
        yield lambda path: connection.execute("select codesearch.path_flags(%s)", [path]).fetchone()[0]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Tests/a.py", ["test"]),
        ("src/TESTS/a.py", ["test"]),
        ("Spec/a.rb", ["test"]),
        ("Shop.Tests/Cart.cs", ["test"]),
        ("ShopTests/Cart.swift", ["test"]),
        ("src/androidTest/Cart.kt", ["test"]),
        ("src/integrationTest/Cart.java", ["test"]),
        ("Examples/a.py", ["example"]),
        ("Samples/Shop/a.cs", ["example"]),
        ("ShopExamples/a.swift", ["example"]),
        ("Vendor/a.c", ["vendored"]),
        ("ThirdParty/a.c", ["vendored"]),
        ("Pods/A/a.m", ["vendored"]),
        ("Generated/a.cs", ["generated"]),
        ("Legacy/a.cs", ["legacy"]),
        ("Docs/a.py", ["docs"]),
        ("src/test/CartTest.java", ["test"]),
        ("README", ["docs"]),
        ("src/latest/a.py", []),
        ("src/Contest/a.py", []),
        ("src/news.py", []),
        ("src/readme_parser.py", []),
        ("src/unit.py", []),
        ("src/Inspector/a.swift", []),
    ],
)
def test_what_a_path_says(flags, path, expected):
    assert flags(path) == expected
