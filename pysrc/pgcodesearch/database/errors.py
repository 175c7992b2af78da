"""The one list of the project's SQLSTATEs, and the typed exceptions they become.

SQL functions raise them with ``RAISE ... USING ERRCODE, MESSAGE, DETAIL, HINT``; nobody matches on message text.
An exception's docstring is its default message.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from pgcodesearch.errors import CodeSearchError as CodeSearchError


class InvalidArgument(CodeSearchError):
    """an argument has a value that is not allowed"""

    sqlstate = "CS001"


class UnknownModel(CodeSearchError):
    """no such model version"""

    sqlstate = "CS002"
    default_hint = "list the model versions with: pgcodesearch models"


class WrongDimension(CodeSearchError):
    """the embedding has another dimension than the model version"""

    sqlstate = "CS003"


class QueryTooLong(CodeSearchError):
    """the query is too long"""

    sqlstate = "CS004"


class NoEmbedding(CodeSearchError):
    """no embedding is available for this query"""

    sqlstate = "CS005"
    default_hint = "pass query_embedding, or search with mode => 'lexical'"


class UnknownRepository(CodeSearchError):
    """no such repository"""

    sqlstate = "CS006"
    default_hint = "list the indexed repositories with: pgcodesearch status"


class SchemaTooNew(CodeSearchError):
    """the database was made by a newer pgcodesearch"""

    sqlstate = "CS007"
    default_hint = "upgrade the pgcodesearch package on this machine"


class SchemaTooOld(CodeSearchError):
    """the database has an older schema than this pgcodesearch needs"""

    sqlstate = "CS008"
    default_hint = "upgrade the database with: pgcodesearch init"


class UnknownId(CodeSearchError):
    """no such chunk or query"""

    sqlstate = "CS009"


class ModelInUse(CodeSearchError):
    """the model version is in use"""

    sqlstate = "CS010"


class CandidateRefused(CodeSearchError):
    """the gate refused the candidate model version"""

    sqlstate = "CS011"


class InvalidFileContent(CodeSearchError):
    """the file's content cannot be indexed"""

    sqlstate = "CS012"


class ModelNotReady(CodeSearchError):
    """the model version's vectors are not complete"""

    sqlstate = "CS013"


class SharingRefused(CodeSearchError):
    """files of a repository cannot be shared, or changed, like this"""

    sqlstate = "CS014"


class WrongEncoding(CodeSearchError):
    """the database's encoding is not UTF8"""

    sqlstate = "CS015"


class InvalidPattern(CodeSearchError):
    """the pattern is no regular expression of PostgreSQL"""

    sqlstate = "CS016"
    default_hint = "a text as it is needs no regular expression: literal => true"


class OutOfTime(CodeSearchError):
    """nothing was found in the time that was given, and not all was read"""

    sqlstate = "CS017"


class NotCalibrated(CodeSearchError):
    """how sure a result is was not calibrated for this search"""

    sqlstate = "CS018"


class ShardError(CodeSearchError):
    """a shard does not answer, or can't be used as one"""

    sqlstate = "CS019"


class MissingExtra(CodeSearchError):
    """a part of the package that is installed on request is missing"""

    sqlstate = None


class NotInitialized(CodeSearchError):
    """the database has no codesearch schema"""

    sqlstate = None
    default_hint = "create it with: pgcodesearch init"


class CannotConnect(CodeSearchError):
    """cannot connect to the database"""

    sqlstate = None
    default_hint = "check --database or PGCODESEARCH_DATABASE_URL, and that the server runs"


class EmbeddedServerError(CodeSearchError):
    """the embedded server could not be started"""

    sqlstate = None


class DatabaseError(CodeSearchError):
    """the database reported an error"""

    sqlstate = None


DEBUG_VARIABLE = "PGCODESEARCH_DEBUG"

BY_SQLSTATE: dict[str, type[CodeSearchError]] = {
    cls.sqlstate: cls for cls in CodeSearchError.__subclasses__() if cls.sqlstate is not None
}

# Mends for errors of PostgreSQL itself that a user of the command is likely to meet.
_SERVER_HINTS = {
    "42501": "connect as a role that was granted codesearch_reader, codesearch_writer or codesearch_admin",
    "53100": "free space on the server's disk, then run the command again; nothing committed is lost",
    "53300": "raise max_connections, or close idle clients",
    "55P03": "another session holds the lock; run the command again",
    "57014": "the statement was cancelled or ran into statement_timeout",
    "57P03": "the server is starting or stopping; run the command again",
}
_UNDEFINED = {"42P01", "42883", "3F000"}  # table, function, schema


def translate(error: psycopg.Error) -> CodeSearchError:
    """The typed exception for an error of the driver: message, detail and hint are kept."""
    diag = error.diag
    message = diag.message_primary or str(error).strip() or None
    known = BY_SQLSTATE.get(error.sqlstate or "")
    if known is not None:
        return known(message, detail=diag.message_detail, hint=diag.message_hint)
    if error.sqlstate in _UNDEFINED and "codesearch." in str(error):
        return NotInitialized(f"the database lacks an object of this pgcodesearch: {message}")
    if error.sqlstate == "3F000" or (error.sqlstate in _UNDEFINED and 'schema "codesearch"' in str(error)):
        return NotInitialized()
    if error.sqlstate is None and isinstance(error, psycopg.OperationalError):
        return CannotConnect(message)
    hint = diag.message_hint or _SERVER_HINTS.get(error.sqlstate or "")
    return DatabaseError(message, detail=diag.message_detail, hint=hint)


def described(error: Exception) -> CodeSearchError:
    """What to tell the user of an exception; one that nobody foresaw is a defect of pgcodesearch."""
    if isinstance(error, CodeSearchError):
        return error
    if isinstance(error, psycopg.Error):
        return translate(error)
    if isinstance(error, OSError):
        return CodeSearchError(str(error))
    return CodeSearchError(
        f"unexpected {type(error).__name__}: {error}",
        hint=f"this is a defect; {DEBUG_VARIABLE}=1 shows where it happened",
    )


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Raise the project's typed exceptions in place of the driver's."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(error) from error
