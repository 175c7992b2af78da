"""Every file of sql/ parses, and keeps the house rules a parser can see."""

import re

import pytest
from pglast import ast, parse_sql
from pglast.visitors import Visitor

from pgcodesearch.database import sql_files
from pgcodesearch.database.sql_files import SqlFile

# Those of a coordinator are loaded beside the manifest, in the order of their names.
PROXIES = sorted(sql_files.plproxy_directory().glob("*.sql"))
FILES = [
    *sql_files.manifest(),
    *(SqlFile("proxies", None, f"../plproxy/{path.name}") for path in PROXIES),
]


class _Functions(Visitor):
    def __init__(self) -> None:
        self.found: list[ast.CreateFunctionStmt] = []

    def visit_CreateFunctionStmt(self, ancestors, node):
        self.found.append(node)


def _functions(text: str) -> list[ast.CreateFunctionStmt]:
    visitor = _Functions()
    visitor(parse_sql(text))
    return visitor.found


def _options(function: ast.CreateFunctionStmt) -> dict[str, object]:
    return {option.defname: option.arg for option in function.options}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_parses(file):
    assert parse_sql(file.text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_head_says_what_it_is_for(file):
    assert file.text().startswith("-- "), "the first line says in one sentence what the file is for"


@pytest.mark.parametrize("file", [f for f in FILES if f.section != "tables"], ids=lambda file: file.path)
def test_functions_are_replaceable_and_commented(file):
    text = file.text()
    for function in _functions(text):
        assert function.replace, "CREATE OR REPLACE"
        name = function.funcname[-1].sval
        kind = "procedure" if function.is_procedure else "function"
        if file.section == "proxies" and any(f"/{name}.sql" in known.path for known in FILES):
            continue  # stands in the place of another, whose comment stays
        assert re.search(rf"comment on {kind} (codesearch\.)?{name}\s*\(", text, re.I), f"COMMENT ON {name}"


@pytest.mark.parametrize("file", [f for f in FILES if f.section != "tables"], ids=lambda file: file.path)
def test_privileged_functions_are_closed(file):
    """SECURITY DEFINER needs a pinned search_path, and no rights for PUBLIC."""
    text = file.text()
    for function in _functions(text):
        options = _options(function)
        security = options.get("security")
        if security is not None and security.boolval:
            name = function.funcname[-1].sval
            assert "set" in options, f"{name} pins search_path"
            assert re.search(rf"revoke (all|execute) on function (codesearch\.)?{name}", text, re.I), (
                f"{name} is revoked"
            )
