"""Scripts inside pages and components: HTML, Vue, Svelte, and Astro with its frontmatter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .preprocessor import blank

_SCRIPT = re.compile(
    rb"<!--.*?(?:-->|\Z)|"
    rb"<script\b(?P<attributes>(?:\s+[^\s=<>/\"']+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|\{[^}]*\}|[^\s\"'<>]+))?)*)\s*(?P<end>/?)>",
    re.DOTALL | re.IGNORECASE,
)
_CLOSE = re.compile(rb"</script\s*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"\b(lang|type)\s*=\s*[\"']?([\w/+.-]+)", re.IGNORECASE)
_FRONTMATTER = re.compile(rb"\A\xef?\xbb?\xbf?\s*---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_LANGUAGES = {
    "": "javascript", "js": "javascript", "javascript": "javascript", "module": "javascript", "jsx": "javascript",
    "ecmascript": "javascript", "babel": "javascript", "x-javascript": "javascript", "ts": "typescript",
    "typescript": "typescript", "tsx": "tsx",
}  # fmt: skip
# Functions that every component of Vue has under the same names: only long ones are worth a chunk.
COMPONENT_HOOKS = frozenset(
    {
        *(
            "data",
            "setup",
            "render",
            "provide",
            "props",
            "head",
            "fetch",
            "asyncData",
            "validate",
            "errorCaptured",
        ),
        *(
            "beforeCreate",
            "created",
            "beforeMount",
            "mounted",
            "beforeUpdate",
            "updated",
            "activated",
            "deactivated",
        ),
        *("beforeUnmount", "unmounted", "beforeDestroy", "destroyed"),
    }
)


@dataclass(frozen=True, slots=True)
class Script:
    """Code in a page: its language and its bytes, the tags left out."""

    language: str
    start: int
    end: int

    def alone(self, data: bytes) -> bytes:
        """The page with everything else blank."""
        return blank(data[: self.start]) + data[self.start : self.end] + blank(data[self.end :])


def find_scripts(page: str, data: bytes) -> Iterator[Script]:
    """Scripts of a page in `html`, `vue`, `svelte` or `astro`; those in other languages, and data, left out."""
    front = _FRONTMATTER.match(data) if page == "astro" else None
    if front and front.group(1).strip():
        yield Script("typescript", *front.span(1))
    position = front.end() if front else 0
    while opened := _SCRIPT.search(data, position):
        position = opened.end()
        if opened.group("attributes") is None or opened.group("end"):
            continue  # a comment, or <script src="…" />
        closed = _CLOSE.search(data, position)
        end = closed.start() if closed else len(data)
        language = _language(opened.group("attributes"), "typescript" if page == "astro" else "javascript")
        if language and data[position:end].strip():
            yield Script(language, position, end)
        position = closed.end() if closed else end


def _language(attributes: bytes, default: str) -> str | None:
    """The language that `lang` or `type` says; None for templates, JSON and what has no grammar here."""
    said = {key.lower(): value.decode().lower() for key, value in _ATTRIBUTE.findall(attributes)}
    named = said.get(b"lang", said.get(b"type", ""))
    language = _LANGUAGES.get(re.sub(r"^(?:text|application)/", "", named))
    return default if language == "javascript" and not named else language
