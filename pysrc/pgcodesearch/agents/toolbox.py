"""What a tool is: a typed function over one verb, with a description; and the list of them.

The signature is the input schema, the dataclass it returns the output schema, and ``text()`` of that what a model
reads. A tool runs in a thread, with a client that is its own meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Protocol, TypeVar, get_type_hints

from pgcodesearch.agents import schema
from pgcodesearch.agents.freshness import Fresh, FreshnessWatch
from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.sessions import Session
from pgcodesearch.searching import Client


class Answer(Protocol):
    """What a tool gives: a dataclass."""

    def text(self) -> str:
        """It in few words, for a model to read."""
        ...


@dataclass
class Call:
    """One call of a tool: the client that it may ask, the session it belongs to, and what the database said beside."""

    client: Client
    session: Session
    watch: FreshnessWatch
    notices: list[str] = field(default_factory=list)

    def freshness(self, repository: str | None, found_in: list[str] | None = None) -> list[Fresh]:
        """What this answer was found in."""
        return self.watch.of_answer(self.client, repository, found_in or ())


Function = TypeVar("Function", bound=Callable[..., Answer])


@dataclass(frozen=True)
class Tool:
    """A function as a client sees it."""

    name: str
    title: str
    function: Callable[..., Answer]
    writes: bool = False

    @property
    def description(self) -> str:
        """The function's documentation, its lines joined."""
        return " ".join((self.function.__doc__ or "").split())

    @cached_property
    def input_schema(self) -> schema.Schema:
        return schema.of_parameters(self.function)

    @cached_property
    def output_schema(self) -> schema.Schema:
        return schema.of_dataclass(get_type_hints(self.function)["return"])

    def __call__(self, call: Call, arguments: dict[str, Any]) -> Answer:
        """Raises InvalidArgument for arguments that don't fit, and what the verb raises."""
        return self.function(call, **schema.checked(self.input_schema, arguments))


TOOLS: dict[str, Tool] = {}


def tool(title: str, writes: bool = False) -> Callable[[Function], Function]:
    """Make a function a tool of its own name."""

    def add(function: Function) -> Function:
        TOOLS[function.__name__] = Tool(function.__name__, title, function, writes)
        return function

    return add


# What tools have in common.
Repository = Annotated[str | None, Says("Only this repository: 'name', or 'name@branch'. Default: all.")]
PathGlob = Annotated[str | None, Says("Only files like this glob: 'src/**/*.py', '*.go'.")]
Language = Annotated[str | None, Says("Only this language: python, go, typescript …")]
Kind = Annotated[
    str | None, Says("Only function, method, class, module, block, or a language's word: trait …")
]
Limit = Annotated[int, Says("Results a page.", 1, 100)]
Offset = Annotated[int, Says("Results to skip: next_offset of the page before.", 0, 900)]
SnippetLines = Annotated[int, Says("Lines of code shown of each result; 0 for places alone.", 0, 40)]
ChunkId = Annotated[int, Says("chunk_id of a result.", 1)]
