"""Queries that a chunk's own words suggest: sentences, keywords, comments.

A docstring is no question: models trained on first sentences alone get better at first sentences
and no better at what people ask. So sentences lose their ceremony ("Returns the", the function's
own name), and short keyword queries and comments from inside the body stand beside them.
"""

from __future__ import annotations

import random
import re

from pgcodesearch.words.sentences import STOP_WORDS, is_prose, plain_text

_CEREMONY = re.compile(
    r"^(returns?|gets?|this (function|method|class|is)|a (function|method|class) (that|to|which)"
    r"|helper( function)? (to|for|that)|utility (to|for|that)|internal|simple|used to|should|wrapper for)"
    r"\s+(the |a |an )?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def without_ceremony(sentence: str, name: str) -> str:
    """A sentence as someone would type it: no leading own name, no "Returns the", no full stop."""
    text = (
        re.sub(rf"^{re.escape(name)}\s+(is|are)?\s*", "", sentence, flags=re.IGNORECASE) if name else sentence
    )
    shorter = _CEREMONY.sub("", text)
    text = shorter if len(shorter.split()) >= 3 else text
    return text.rstrip(" .:!").lower()


def keywords(sentence: str, name_words: str, shuffle: random.Random) -> str:
    """Two to four salient words of the sentence, in its order, sometimes with a word of the name."""
    words = [word.lower() for word in _WORD.findall(sentence)]
    salient = list(dict.fromkeys(word for word in words if word not in STOP_WORDS and len(word) > 2))
    if len(salient) < 2:
        return ""
    kept = sorted(shuffle.sample(range(len(salient)), min(len(salient), shuffle.choice([2, 3, 3, 4]))))
    chosen = [salient[index] for index in kept]
    own = [word for word in name_words.lower().split() if word not in chosen and word not in STOP_WORDS]
    if own and shuffle.random() < 0.4:
        chosen.insert(0, own[0])
    return " ".join(chosen)


def comment_sentences(comments: str) -> list[str]:
    """Comments from inside a body that say something: at least four words of prose."""
    lines = [plain_text(line) for line in comments.splitlines()]
    return [line for line in lines if is_prose(line) and len(line.split()) >= 4]
