"""Types as JSON Schema, and arguments checked against it: what a tool's signature says is what a client is told.

Only what tools here use: text, numbers, booleans, choices, lists, dates, dictionaries and frozen dataclasses.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, get_args, get_origin

from pgcodesearch.database.errors import InvalidArgument

Schema = dict[str, Any]
_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True)
class Says:
    """What a parameter is for, and the bounds of a number."""

    description: str
    minimum: float | None = None
    maximum: float | None = None


def of_parameters(function: Callable[..., Any]) -> Schema:
    """The schema of a function's arguments without its first, which is not a client's to give."""
    hints = typing.get_type_hints(function, include_extras=True)
    properties: dict[str, Schema] = {}
    required = []
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        properties[name] = _of(hints[name])
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
        elif parameter.default is not None:
            properties[name]["default"] = parameter.default
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def of_dataclass(kind: type[Any]) -> Schema:
    """The schema of a dataclass, every field of which is always there."""
    hints = typing.get_type_hints(kind, include_extras=True)
    properties = {field.name: _of(hints[field.name], nullable=True) for field in dataclasses.fields(kind)}
    return {"type": "object", "properties": properties, "required": list(properties)}


def as_json(value: Any) -> Any:
    """Dataclasses, dates and what holds them as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, dict):
        return {str(name): as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def checked(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a client gave, as the function takes them. Raises InvalidArgument.

    Models write numbers and booleans as text at times, and null for what they leave out: both are taken.
    """
    known = schema["properties"]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidArgument(
            f"there is no argument {', '.join(unknown)}", hint=f"arguments: {', '.join(known)}"
        )
    found = {name: value for name, value in given.items() if value is not None}
    missing = [name for name in schema["required"] if name not in found]
    if missing:
        raise InvalidArgument(
            f"the argument {', '.join(missing)} is missing", hint=known[missing[0]].get("description")
        )
    return {name: _checked(name, known[name], value) for name, value in found.items()}


def _of(hint: Any, nullable: bool = False) -> Schema:
    """The schema of one type; None is said only where ``nullable``: an argument without a value is left out."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        (says,) = [extra for extra in hint.__metadata__ if isinstance(extra, Says)]
        bounds = {"minimum": says.minimum, "maximum": says.maximum}
        found = _of(parts[0], nullable)
        return (
            found
            | {"description": says.description}
            | {key: value for key, value in bounds.items() if value is not None}
        )
    if origin in (typing.Union, types.UnionType):
        (inner,) = [part for part in parts if part is not type(None)]
        found = _of(inner)
        return {"anyOf": [found, {"type": "null"}]} if nullable else found
    if origin is Literal:
        return {"type": "string", "enum": list(parts)}
    if origin is list:
        return {"type": "array", "items": _of(parts[0], nullable)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(parts[1], nullable)}
    if hint is Any:
        return {}
    if hint is datetime:
        return {"type": "string", "format": "date-time"}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return of_dataclass(hint)
    return {"type": _NAMES[hint]}


def _checked(name: str, schema: Schema, value: Any) -> Any:
    kind = schema["type"]
    if kind in ("integer", "number"):
        value = _number(name, kind, value)
        low, high = schema.get("minimum"), schema.get("maximum")
        if (low is not None and value < low) or (high is not None and value > high):
            raise InvalidArgument(f"{name} is {value}", hint=f"{name} is {_range(low, high)}")
        return value
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind == "array":
        if not isinstance(value, list):
            value = [value]
        return [_checked(name, schema["items"], item) for item in value]
    if not isinstance(value, {"string": str, "boolean": bool, "object": dict}[kind]):
        raise InvalidArgument(f"{name} is {value!r:.80}", hint=f"{name} is a {kind}")
    if "enum" in schema and value not in schema["enum"]:
        raise InvalidArgument(
            f"{name} is {value!r:.80}", hint=f"{name} is one of {', '.join(schema['enum'])}"
        )
    return value


def _number(name: str, kind: str, value: Any) -> int | float:
    try:
        number = (
            float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
        )
    except (ValueError, OverflowError):
        number = None
    if number is None or number != number or (kind == "integer" and not number.is_integer()):
        raise InvalidArgument(f"{name} is {value!r:.80}", hint=f"{name} is a {kind}")
    return int(value if isinstance(value, int) else number) if kind == "integer" else number


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{low} or more" if high is None else f"{high} or less"
    return f"{low} to {high}"
