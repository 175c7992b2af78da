"""The list of SQLSTATEs and the exceptions it becomes agree with the SQL, and keep message, detail and hint."""

import re

import psycopg
import pytest

from pgcodesearch.database import connect, errors, sql_files
from pgcodesearch.embedding.errors import ArtefactCorrupt, EndpointUnavailable
from pgcodesearch.errors import TrainingError


def test_every_code_has_one_class():
    assert sorted(errors.BY_SQLSTATE) == [f"CS{number:03}" for number in range(1, 20)]
    assert len(set(errors.BY_SQLSTATE.values())) == 19


def test_every_class_says_something():
    for cls in [errors.CodeSearchError, *errors.CodeSearchError.__subclasses__()]:
        assert str(cls()).strip(), cls


def test_sql_raises_only_listed_codes():
    """Save what the same function catches."""
    for file in sql_files.manifest():
        text = file.text()
        for code in set(re.findall(r"'(CS\d{3})'", text)) - set(
            re.findall(r"when sqlstate '(CS\d{3})'", text)
        ):
            assert code in errors.BY_SQLSTATE, f"{file.path} raises {code}"


@pytest.mark.parametrize("code", sorted(errors.BY_SQLSTATE))
def test_server_error_becomes_typed(embedded_server, code):
    statement = (
        f"do $$ begin raise exception using errcode = '{code}', message = 'no model \"x\"',"
        " detail = 'asked for x', hint = 'try y'; end $$"
    )
    with connect(embedded_server.url) as connection, pytest.raises(errors.BY_SQLSTATE[code]) as caught:  # noqa: SIM117
        with errors.mapped_errors():
            connection.execute(statement)
    assert str(caught.value) == 'no model "x"\ndetail: asked for x\nhint: try y'
    assert isinstance(caught.value.__cause__, psycopg.Error)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("select * from codesearch.search('x')", errors.NotInitialized),
        ("select * from codesearch.source_file", errors.NotInitialized),
        ("select 1/0", errors.DatabaseError),
        ("select * from nowhere", errors.DatabaseError),
    ],
)
def test_other_errors(empty_database, statement, expected):
    with empty_database.connect() as connection, pytest.raises(errors.CodeSearchError) as caught:  # noqa: SIM117
        with errors.mapped_errors():
            connection.execute(statement)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    "error",
    [
        EndpointUnavailable("busy", "ask later"),
        ArtefactCorrupt("busy", "ask later"),
        TrainingError("busy", hint="ask later"),
        errors.UnknownModel("busy", hint="ask later"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_user_can_mend_is_no_defect(error):
    """Whichever part of the package says so."""
    assert errors.described(error).lines() == "busy\nhint: ask later"
    assert "defect" in errors.described(ValueError("busy")).lines()


def test_unreachable_server():
    with pytest.raises(errors.CannotConnect, match=r"refused|No such file") as caught, errors.mapped_errors():
        connect("postgresql://nobody@127.0.0.1:1/nothing")
    assert "PGCODESEARCH_DATABASE_URL" in caught.value.hint
