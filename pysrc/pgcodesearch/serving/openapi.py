"""The OpenAPI document of the JSON API, made of its verbs."""

from __future__ import annotations

from typing import Any

from pgcodesearch import __version__
from pgcodesearch.agents.schema import Schema
from pgcodesearch.serving.verbs import VERBS, Verb

_ERROR: Schema = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                name: {"anyOf": [{"type": "string"}, {"type": "null"}]}
                for name in ("sqlstate", "message", "detail", "hint")
            },
            "required": ["sqlstate", "message", "detail", "hint"],
        }
    },
    "required": ["error"],
}


def document() -> dict[str, Any]:
    """OpenAPI 3.1: each verb at ``/api/NAME``, and the error that all give in the database's own words."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pgcodesearch",
            "version": __version__,
            "description": "The SQL functions of the schema codesearch by HTTP: same names, arguments and errors.",
        },
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        # A server on loopback may have no token.
        "security": [{"token": []}, {}],
        "paths": {
            f"/api/{verb.name}": {"post" if verb.writes else "get": _operation(verb)} for verb in VERBS
        },
    }


def _operation(verb: Verb) -> dict[str, Any]:
    given = verb.parameters
    asked: dict[str, Any] = (
        {"requestBody": {"required": True, "content": {"application/json": {"schema": given}}}}
        if verb.writes
        else {"parameters": [_parameter(name, schema, name in given["required"])
                             for name, schema in given["properties"].items()]}
    )  # fmt: skip
    return {
        "operationId": verb.name,
        "summary": verb.summary,
        **asked,
        "responses": {
            "200": {"description": "the answer", "content": {"application/json": {"schema": verb.answer}}},
            "default": {
                "description": "what went wrong, and what to do",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }


def _parameter(name: str, schema: Schema, required: bool) -> dict[str, Any]:
    described = {"description": schema["description"]} if "description" in schema else {}
    bare = {key: value for key, value in schema.items() if key != "description"}
    return {"name": name, "in": "query", "required": required, **described, "schema": bare}
