"""A run of ``pgcodesearch describe``: what lacks a description gets one, a few definitions a transaction.

Killed at any moment it goes on when it is called again: what was said is kept by the hash of the content, and only what
nobody said anything of is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.describing.config import DescribeConfig
from pgcodesearch.describing.prompt import WORDINGS, Definition, messages, read_descriptions
from pgcodesearch.embedding.endpoint.http import Refused
from pgcodesearch.embedding.errors import EndpointUnavailable
from pgcodesearch.indexing.reading import secret_skip
from pgcodesearch.reranking.chat import Chat
from pgcodesearch.reranking.completion import NoAnswer, used_tokens
from pgcodesearch.reranking.prompt import estimated_tokens
from pgcodesearch.words.sentences import documentation_text

Progress = Callable[[str, int, int], None]

_DOCUMENTED_AT_ONCE = 1_000
# Questions at the same time, and definitions between two commits: what a killed run was told and nobody kept is paid.
_AT_ONCE = 4
_A_COMMIT = 8
# Definitions that are looked up at a time: which ones lack a description is asked of every chunk of the repository.
_A_PAGE = 400
# A service that answers nothing usable so often in a row at the beginning will not do so later.
_HOPELESS = 5


@dataclass
class Asked:
    """What a language model did in a run. ``left``: definitions that still lack a description."""

    described: int = 0
    secret: int = 0
    failed: int = 0
    calls: int = 0
    tokens: int = 0
    left: int = 0
    stopped: str = ""


def describe_by_documentation(connection: Connection, repository_id: int, progress: Progress) -> int:
    """Make what the documentation of definitions says texts of theirs; how many chunks have it more than before.

    ``connection`` is in autocommit mode. Nothing is sent anywhere.
    """
    # What an earlier run had to leave, because its chunk was being replaced.
    attached = _store(connection, repository_id, None, "")
    done = 0
    total = count_undescribed(connection, repository_id, ["documentation"])
    while rows := _undescribed(connection, repository_id, ["documentation"], _DOCUMENTED_AT_ONCE):
        said = [_said(row, "documentation", documentation_text(row.doc)) for row in rows]
        attached += _store(connection, repository_id, said, "")
        done += len(rows)
        progress("documentation read", min(done, total), total)
    return attached


def describe_by_model(
    connection: Connection,
    repository_id: int,
    config: DescribeConfig,
    asked: Asked,
    wordings: Sequence[str] = WORDINGS,
    progress: Progress = lambda label, done, total: None,
) -> None:
    """Ask the language model about what lacks one of the wordings, and count what it did in ``asked``.

    Ends where nothing is left, or the run's tokens are used up (``asked.stopped`` says so). Definitions that hold a key
    or password are not sent. ``connection`` is in autocommit mode. Raises EndpointUnavailable, what is described stays.
    """
    chat = Chat(config.endpoint)
    total = count_undescribed(connection, repository_id, wordings)
    passed: set[Any] = set()
    done = 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while not asked.stopped:
            found = _undescribed(connection, repository_id, wordings, _A_PAGE + len(passed))
            page = [row for row in found if row.content_hash not in passed]
            if not page:
                break
            for start in range(0, len(page), _A_COMMIT):
                rows = page[start : start + _A_COMMIT]
                passed |= (secret := {row.content_hash for row in rows if _is_secret(row)})
                asked.secret += len(secret)
                questions = [
                    _Question(row, wordings, config) for row in rows if row.content_hash not in secret
                ]
                affordable = _within_budget(questions, config, asked)
                if questions and not affordable:
                    break
                answers = list(pool.map(lambda question: question.ask(chat), affordable))
                said = _counted(affordable, answers, asked)
                _store(connection, repository_id, said, config.endpoint.model)
                passed |= {
                    question.definition.content_hash for question in affordable if not question.answered
                }
                done += len(affordable)
                progress("described", min(done, total), total)
                _raise_hopeless(affordable, asked)
    asked.left += count_undescribed(connection, repository_id, wordings)


def _counted(
    questions: list[_Question], answers: list[dict[str, str] | None], asked: Asked
) -> list[dict[str, str]]:
    """What is to be stored of the answers, and what they took, counted in ``asked``."""
    said = []
    for question, descriptions in zip(questions, answers, strict=True):
        asked.calls += 1
        asked.tokens += question.tokens
        question.answered = descriptions is not None
        asked.described += question.answered
        asked.failed += not question.answered
        said += [_said(question.definition, wording, text) for wording, text in (descriptions or {}).items()]
    return said


class _Question:
    """What is asked of one definition; ``tokens`` is what it may take, and once it was asked what it took."""

    def __init__(self, definition: Definition, wordings: Sequence[str], config: DescribeConfig) -> None:
        self.definition = definition
        self._wordings = wordings
        self._answer_tokens = config.answer_tokens
        self._chat = messages(definition, wordings, config.tokens_a_call - config.answer_tokens)
        self.tokens = estimated_tokens(self._chat) + config.answer_tokens
        self.answered = False
        self.unavailable: EndpointUnavailable | None = None
        self.failure = ""

    def ask(self, chat: Chat) -> dict[str, str] | None:
        """What the model says, by wording; None where it said nothing that can be used, or was not reached."""
        try:
            document = chat.ask(self._chat, self._answer_tokens)
            used = used_tokens(document)
            self.tokens = self.tokens if used is None else used
            return read_descriptions(document, self._wordings)
        except NoAnswer as error:
            self.failure = str(error)
        except Refused as error:
            self.failure, self.tokens = str(error), 0
        except EndpointUnavailable as error:
            # One that had no more time may have done the work, and ask for its price.
            self.unavailable, self.tokens = error, self.tokens if error.timed_out else 0
        return None


def _within_budget(questions: list[_Question], config: DescribeConfig, asked: Asked) -> list[_Question]:
    """The questions that the run can still pay for, whatever they take; ``asked.stopped`` where there is none."""
    if not config.tokens_a_run:
        return questions
    affordable, reserved = [], asked.tokens
    for question in questions:
        reserved += question.tokens
        if reserved > config.tokens_a_run:
            break
        affordable.append(question)
    if questions and not affordable:
        asked.stopped = f"the run's {config.tokens_a_run:,} tokens are used up"
    return affordable


def _raise_hopeless(questions: list[_Question], asked: Asked) -> None:
    """Raise EndpointUnavailable where the service is away, or has never given an answer that can be used."""
    for question in questions:
        if question.unavailable:
            raise question.unavailable
    failures = [question.failure for question in questions if question.failure]
    if failures and not asked.described and asked.failed >= _HOPELESS:
        raise EndpointUnavailable(
            f"none of {asked.failed} answers can be used: {failures[-1]}",
            "Check describe.model; one that thinks needs more describe.answer_tokens.",
        )


def _is_secret(row: Definition) -> bool:
    return secret_skip(row.path, f"{row.signature}\n{row.doc}\n{row.content}") is not None


def _said(row: Definition, wording: str, text: str) -> dict[str, str]:
    return {"content_hash": str(row.content_hash), "wording": wording, "text": text}


def _undescribed(
    connection: Connection, repository_id: int, wordings: Sequence[str], most: int
) -> list[Definition]:
    with mapped_errors(), connection.cursor(row_factory=class_row(Definition)) as cursor:
        return cursor.execute(
            "select * from codesearch.undescribed_chunks(%s, %s, %s)", (repository_id, list(wordings), most)
        ).fetchall()


def count_undescribed(connection: Connection, repository_id: int, wordings: Sequence[str]) -> int:
    """How many contents of a repository lack a description of one of the wordings."""
    with mapped_errors():
        (count,) = one_row(
            connection, "select count(*) from codesearch.undescribed_chunks(%s, %s, null)",
            (repository_id, list(wordings)),
        )  # fmt: skip
    return int(count)


def _store(connection: Connection, repository_id: int, said: list[dict[str, str]] | None, model: str) -> int:
    with mapped_errors():
        (changed,) = one_row(
            connection, "select codesearch.store_descriptions(%s, %s, %s)",
            (repository_id, None if said is None else Jsonb(said), model),
        )  # fmt: skip
    return int(changed)
