"""Settings of a run from TOML to a typed dataclass: every key known, every type right, tables inside tables.

Readable without PyTorch, so that a wrong setting is refused before seconds of imports.
"""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pgcodesearch.errors import TrainingError

Settings = TypeVar("Settings")


def read_values(path: str | Path, overrides: list[str] | None = None) -> dict[str, Any]:
    """Read a TOML file; ``overrides`` are ``key=value`` as TOML writes them, also ``table.key=value``.

    Raises TrainingError for a file that is not there or no TOML; keys and types are checked by :func:`checked`.
    """
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"{path} is no TOML: {error}") from error
    for override in overrides or []:
        _merge(values, _parsed(override))
    return values


def checked(kind: type[Settings], values: Mapping[str, Any], place: str = "") -> Settings:
    """Values by name → an instance of the dataclass ``kind``.

    Tables become the dataclasses that the fields are annotated with, arrays tuples. ``place`` is the table's name, for
    messages. Raises TrainingError for an unknown key, a wrong type, a missing required key, and what ``kind`` refuses.
    """
    types = typing.get_type_hints(kind)
    found = {}
    for key, value in values.items():
        if key not in types:
            hint = _RENAMED.get(key)
            raise TrainingError(f"unknown setting {place + key!r}: known are {', '.join(types)}", hint=hint)
        found[key] = _converted(types[key], value, place + key)
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    missing = [
        place + field.name
        for field in fields
        if field.name not in found
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise TrainingError(f"missing settings: {', '.join(missing)}")
    return kind(**found)


_RENAMED = {
    "bf16": 'bf16 = true is precision = "auto" now, bf16 = false is precision = "fp32"',
    "teacher": 'write [[teachers]] and below it model = "FOLDER"',
    "teacher_share": "own_share is the rest of it: what the student saw before",
}


def require_positive(settings: Any, *keys: str) -> None:
    """Raise TrainingError naming the first of ``keys`` whose value is not above 0."""
    for key in keys:
        if getattr(settings, key) <= 0:
            raise TrainingError(f"{key} must be above 0, and is {getattr(settings, key)}")


def require_share(settings: Any, *keys: str) -> None:
    """Raise TrainingError naming the first of ``keys`` whose value is not from 0 to 1."""
    for key in keys:
        if not 0 <= getattr(settings, key) <= 1:
            raise TrainingError(f"{key} must be between 0 and 1, and is {getattr(settings, key)}")


def _converted(kind: Any, value: Any, place: str) -> Any:
    if typing.get_origin(kind) is tuple:
        item = typing.get_args(kind)[0]
        if not isinstance(value, list | tuple):
            raise TrainingError(f"{place} must be a list of {_name(item)}, and is {value!r}")
        return tuple(_converted(item, part, f"{place}[{number}]") for number, part in enumerate(value))
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        return checked(kind, value, f"{place}.")  # type: ignore[arg-type]
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise TrainingError(f"{place} must be {_name(kind)}, and is {value!r}")
    return value


def _name(kind: Any) -> str:
    return "a table" if dataclasses.is_dataclass(kind) else kind.__name__


def _parsed(override: str) -> dict[str, Any]:
    key, equals, text = override.partition("=")
    if not equals:
        raise TrainingError(f"{override!r} is no setting", hint="write key=value")
    try:
        return tomllib.loads(f"{key} = {text}")
    except tomllib.TOMLDecodeError:
        return {key: text}  # a bare word: a path or a name


def _merge(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        if isinstance(value, Mapping) and isinstance(values.get(key), dict):
            _merge(values[key], value)
        else:
            values[key] = value
