"""The simulated month's people: what they know is not in the code, and they err as often as they are said to."""

from __future__ import annotations

import ast
import random
from collections import Counter

from benchmarks.month.intents import Intent, bare_source, find_intents
from benchmarks.month.users import _senseless, _sensible, asked_intents

SOURCE = '''"""The module."""

GREETING = "# not a comment"


class Box:
    """Holds things."""

    def put(self, thing):
        """Store a thing for later. It stays until somebody takes the oldest entry away."""
        # a full box drops whatever came in before everything else
        self.things.append(thing)  # keeps order
        return len(self.things)

    def only(self):
        """Nothing else."""
'''


def test_bare_sources_have_no_prose_and_still_parse() -> None:
    bare = bare_source(SOURCE)
    assert bare is not None
    assert ast.unparse(ast.parse(bare)).count('"""') == 0
    for word in ("Holds", "Store", "drops", "keeps order", "The module", "Nothing"):
        assert word not in bare
    assert '"# not a comment"' in bare
    assert bare_source("def broken(:") is None


def test_wordings_are_dealt_out_once() -> None:
    bare = bare_source(SOURCE)
    assert bare is not None
    (intent,) = find_intents("r", {"box.py": (SOURCE, bare)}, random.Random(1))
    assert intent.symbol == "Box.put"
    assert bare.splitlines()[intent.start_line - 1].strip() == "def put(self, thing):"
    parts = [set(intent.asked), set(intent.gate), set(intent.held_out)]
    assert all(parts)
    assert len(set.union(*parts)) == sum(map(len, parts))


def test_most_stop_at_the_right_result_and_some_take_a_wrong_one() -> None:
    draw = random.Random(1)
    right = [False, False, True, *[False] * 7]
    believed = Counter(right[place] for _ in range(4000) for place, sure in _sensible(right, draw) if sure)
    assert 0.03 < believed[False] / believed.total() < 0.2
    assert 0.4 < believed[True] / 4000 < 0.7  # the third is looked at by 58 %
    assert all(sure or not right[place] for _ in range(500) for place, sure in _sensible(right, draw))


def test_blind_clicks_depend_on_the_rank_alone() -> None:
    draw = random.Random(1)
    ranks = Counter(_senseless(10, draw)[0][0] for _ in range(4000))
    assert ranks[0] > ranks[3] > ranks[9] > 100


def test_few_intents_make_most_queries() -> None:
    intents = [Intent("r", f"{n}.py", "f", 1, 2, ("a",), ("b",), ("c",)) for n in range(100)]
    asked = Counter(intent.path for intent in asked_intents(intents, 5000, random.Random(1)))
    assert asked["0.py"] > 8 * asked["20.py"] > 0
