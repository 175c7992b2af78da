"""The growth benchmark's parts that need no database: varied copies, vectors of words, and the fitted exponents."""

import ast
from pathlib import Path

import numpy as np
import pytest

from benchmarks import growth_report
from benchmarks.renaming import Renamer
from benchmarks.word_vectors import WordVectors, word_vector

CODE = '''
def follow_redirects(response, session):
    """Yield each response that a redirect leads to."""
    for header in response.headers:
        if header.lower() == "location":
            yield session.send(response.next_request)
'''


@pytest.fixture(scope="module")
def renamer():
    return Renamer(file.read_text() for file in Path(ast.__file__).parent.glob("[a-m]*.py"))


def test_copy_0_is_the_text(renamer):
    assert renamer.renamed(CODE, 0) == CODE


def test_copies_are_programs_with_other_words(renamer):
    copies = [renamer.renamed(CODE, copy) for copy in range(1, 9)]
    assert len({*copies, CODE}) == 9
    for copy in copies:
        assert ast.dump(ast.parse(copy)) != ast.dump(ast.parse(CODE))
    assert copies == [renamer.renamed(CODE, copy) for copy in range(1, 9)], "the same at every run"


def test_two_words_never_become_one(renamer):
    words = renamer._words[:5000]
    for copy in (1, 7, 64):
        assert len({renamer._other(word, copy) for word in words}) == len(words)


def test_texts_with_the_same_words_are_near():
    near, far = word_vector("follow redirects of a response"), word_vector("parse the calendar")
    asked = word_vector("response redirects")
    assert asked @ near > asked @ far + 0.3
    assert np.linalg.norm(WordVectors().encode(["", "x y"]), axis=1) == pytest.approx([1, 1])


def test_exponents_are_slopes_of_logarithms():
    sizes = [{"index": {"chunks": chunks}} for chunks in (10_000, 100_000, 1_000_000)]
    assert growth_report.exponent(sizes, [3.0, 30.0, 300.0]) == pytest.approx(1)
    assert growth_report.exponent(sizes, [4.0, 5.0, 6.0]) == pytest.approx(0.088, abs=0.001)
    assert growth_report.exponent(sizes, [None, None, 6.0]) is None
