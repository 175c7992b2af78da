"""The object ``endpoint`` of a model's config.json: where texts are sent, and what may be sent with them.

The configuration is kept in the database, so it never has the key: only the name of the environment variable that
has it, on each machine that embeds.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from pgcodesearch.embedding.errors import InvalidEndpoint

# Who may add models to a database decides where its users' keys go: a name of this kind only, so that it is never the
# variable with the password of the database or of something else.
_VARIABLE = re.compile(r"([A-Z][A-Z0-9_]*_)?API_KEY")
_PATH = "/embeddings"
_MOST_TEXTS = 2_048  # OpenAI's limit


@dataclass(frozen=True)
class EndpointConfig:
    """``url`` is the base that /embeddings is added to, ``model`` the name the endpoint knows.

    ``send_dimensions``: ask for vectors of the model version's width (OpenAI's ``dimensions``). ``batch_texts``: texts
    of one request. ``timeout``: seconds to wait for an answer while indexing; a search waits ten.
    """

    url: str
    model: str
    api_key_variable: str | None = None
    send_dimensions: bool = False
    batch_texts: int = 32
    timeout: float = 45.0

    @classmethod
    def from_mapping(cls, values: Any) -> EndpointConfig:
        """Check what a config.json says; raises InvalidEndpoint, which names the key at fault but shows no secret."""
        if not isinstance(values, Mapping):
            raise InvalidEndpoint("'endpoint' in config.json is no JSON object", "It needs url and model.")
        known = {field.name: field.type for field in fields(cls)}
        if unknown := sorted(set(values) - set(known)):
            raise InvalidEndpoint(
                f"'endpoint' in config.json has {', '.join(map(ascii, unknown))}",
                f"Known are {', '.join(known)}; a key is never written down, only the name of its variable.",
            )
        checked = {name: _typed(name, value, known[name]) for name, value in values.items()}
        if missing := [name for name in ("url", "model") if not checked.get(name)]:
            raise InvalidEndpoint(f"'endpoint' in config.json has no {' and no '.join(missing)}")
        config = cls(**checked)
        config._check()
        return config

    @property
    def embeddings_url(self) -> str:
        """Where requests go."""
        base = self.url.rstrip("/")
        return base if base.endswith(_PATH) else base + _PATH

    def _check(self) -> None:
        url = _parsed(self.url)
        name = self.api_key_variable
        if name is not None and not _VARIABLE.fullmatch(name):
            raise InvalidEndpoint(
                "the endpoint's api_key_variable is not the name of an environment variable that ends in API_KEY",
                "Put the key into such a variable, as OPENAI_API_KEY, and give its name.",
            )
        if name is not None and url.scheme == "http" and not is_loopback(url.host):
            raise InvalidEndpoint(
                f"a key would be sent to {url.host} without encryption",
                "Use https://, or an endpoint on this machine (localhost).",
            )
        if not 1 <= self.batch_texts <= _MOST_TEXTS:
            raise InvalidEndpoint(f"the endpoint's batch_texts is {self.batch_texts}, not 1 to {_MOST_TEXTS}")
        if not 1 <= self.timeout <= 3_600:
            raise InvalidEndpoint(f"the endpoint's timeout is {self.timeout} seconds, not 1 to 3600")


def is_loopback(host: str | None) -> bool:
    """Whether a URL's host is this machine, by its name or number; nothing is looked up."""
    bare = (host or "").strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def _parsed(url: str) -> Url:
    hint = "It looks like https://host/v1 or http://localhost:8080/v1."
    # Not shown where it may hold a password.
    try:
        parsed = parse_url(url)
    except LocationParseError:
        raise InvalidEndpoint("the endpoint's url cannot be read", hint) from None
    if parsed.auth or "@" in url:
        raise InvalidEndpoint(
            "the endpoint's url holds a user or password",
            "It is kept in the database: put the key into an environment variable and give its name.",
        )
    if parsed.query or parsed.fragment or not url.isprintable() or " " in url:
        raise InvalidEndpoint("the endpoint's url has a query, a fragment or white space", hint)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InvalidEndpoint(f"the endpoint's url {url!a} is no http or https address", hint)
    return parsed


def _typed(name: str, value: Any, kind: Any) -> Any:
    expected: dict[str, Any] = {
        "str": str,
        "str | None": (str, type(None)),
        "bool": bool,
        "int": int,
        "float": (int, float),
    }
    if not isinstance(value, expected[kind]) or (isinstance(value, bool) and kind != "bool"):
        raise InvalidEndpoint(f"the endpoint's {name} is not of type {kind}")
    return value
