"""Documented functions in two languages, each with a sentence of its own, and comments that are no help."""

from __future__ import annotations

from support.tiny_encoder import NOUNS, VERBS

# 24 functions: each verb with some nouns, so that neither word alone tells which one is meant.
PAIRS = [
    (verb, noun)
    for number, verb in enumerate(VERBS)
    for offset, noun in enumerate(NOUNS)
    if (number + offset) % 4 == 0
][:24]
HOSTILE = {
    "long": "word after word\n    " * 20_000,
    "markup": "<p>`*{[]}*`</p> ![](x)",
    "letters": "日本語の説明 はここに あります よね",
    "arguments": "path (str): where it is stored",
    "rule": "=" * 3_000,
    "quotes": r"Don\'t $1 %s {0} \\ a \u0001 thing: \"quoted\" and 100% odd",
    "right to left": "\u202eThe words of this sentence run backwards\u202c over the emoji 🎉",
}


def sentence(verb: str, noun: str) -> str:
    """What the function's author says it does."""
    return f"Will {VERBS[verb]} whatever {NOUNS[noun]} the caller hands over to {verb} the {noun}"


def python_file(pairs: list[tuple[str, str]] = PAIRS, documented: bool = True) -> str:
    """A module of one function a pair."""
    return "\n\n".join(
        f"def {verb}_{noun}({noun}, options):\n"
        + (f'    """{sentence(verb, noun)}.\n\n    More of it.\n    """\n' if documented else "")
        + f"    {verb}ed = {noun}.{verb}(options.{noun})\n    return {verb}ed.{noun}_count"
        for verb, noun in pairs
    )


def go_file(pairs: list[tuple[str, str]] = PAIRS) -> str:
    """The same in Go, about other things."""
    return "package demo\n\n" + "\n\n".join(
        f"// {sentence(verb, noun)} of a server.\n"
        f"func {verb.title()}{noun.title()}(server Server) error {{\n"
        f"\tif server.{noun} == nil {{\n\t\treturn ErrNo{noun.title()}\n\t}}\n"
        f"\treturn server.{noun}.{verb.title()}(server.Context)\n}}"
        for verb, noun in pairs
    )


def hostile_file() -> str:
    """A module whose functions' documentation is no help."""
    return "\n\n".join(
        f'def odd_{number}(value):\n    """{doc}"""\n    return value.odd_{number}'
        for number, doc in enumerate(HOSTILE.values())
    )


LUA_FILE = """-- Counts the sheep that jump over a fence at night
function count_sheep(fence)
  return fence.sheep
end
"""
