"""A protocol's run that was interrupted goes on, and never with ranks of something else."""

import os
import time

import numpy as np
import pytest

from pgcodesearch.evaluating.documented import Documented
from pgcodesearch.evaluating.kept_ranks import KeptRanks
from pgcodesearch.evaluating.protocol import Pools, reciprocal_ranks
from support.documented import PAIRS


class Embedder:
    """Vectors by a text's length; fails once it has had ``most`` texts."""

    def __init__(self, name="model", most=10**6):
        self.name = name
        self.most = most
        self.asked = 0

    def encode(self, texts, kind):
        self.asked += len(texts)
        if self.asked > self.most:
            raise KeyboardInterrupt
        angles = np.array([hash((self.name, len(text))) % 628 / 100 for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def pools():
    functions = [
        Documented(**dict.fromkeys(Documented.__dataclass_fields__) | {"query": query, "text": text})
        for query, text in PAIRS
    ]
    return Pools({"go": functions[:10], "python": functions[:12]}, {})


def _ranks(embedder, pools, folder, progress=lambda done: None):
    found = reciprocal_ranks(embedder, pools, KeptRanks(folder, embedder.name), progress)
    return {language: ranks.tolist() for language, ranks in found.items()}


def test_an_interrupted_run_goes_on(pools, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        _ranks(Embedder(most=30), pools, tmp_path / "kept")
    again, seen = Embedder(), []
    found = _ranks(again, pools, tmp_path / "kept", seen.append)
    assert again.asked == 24, "of the language that was not through"
    assert seen[0] == 20
    assert seen[-1] == pools.texts
    assert found == _ranks(Embedder(), pools, tmp_path / "nothing")


def test_another_model_or_text_is_asked(pools, tmp_path):
    _ranks(Embedder(), pools, tmp_path)
    other = Embedder("other")
    _ranks(other, pools, tmp_path)
    assert other.asked == pools.texts
    fewer = Pools({"go": pools.functions["go"][:-1]}, {})
    changed = Embedder()
    _ranks(changed, fewer, tmp_path)
    assert changed.asked == fewer.texts


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY no array", None], ids=["empty", "damaged", "a day old"])
def test_what_is_of_no_use_is_asked_again(pools, tmp_path, damage):
    first = _ranks(Embedder(), pools, tmp_path)
    for file in tmp_path.iterdir():
        if damage is None:
            os.utime(file, (time.time() - 100_000,) * 2)
        else:
            file.write_bytes(damage)
    again = Embedder()
    assert _ranks(again, pools, tmp_path) == first
    assert again.asked == pools.texts
    assert len(list(tmp_path.iterdir())) == 2, "what is too old is gone"


def test_a_folder_that_cannot_be_made_only_costs_time(pools, tmp_path):
    (tmp_path / "file").write_text("")
    assert _ranks(Embedder(), pools, tmp_path / "file" / "kept") == _ranks(Embedder(), pools, tmp_path / "ok")
