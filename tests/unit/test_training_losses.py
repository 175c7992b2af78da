"""Losses on toy data that can be separated: the contrastive ones learn it, MSE does not."""

from __future__ import annotations

import dataclasses

import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")

from torch.nn import functional  # noqa: E402

from pgcodesearch.training.config import LOSS_NAMES, TrainConfig  # noqa: E402
from pgcodesearch.training.losses import LOSSES, Embedded, separation  # noqa: E402
from pgcodesearch.training.proof import mrr_at_10  # noqa: E402

torch.set_num_threads(1)  # on a busy machine a second thread waits more than it works
CONFIG = TrainConfig(model="", output="", train="", validation="", margin=0.3, temperature=0.1)
GROUPS, GROUP_SIZE, WIDTH = 8, 8, 48


class ToyTask:
    """Queries and codes are two noisy views of the same meanings, which come in groups of near relations.

    Each view has a large part in common with all others of its side, as source code has with source
    code: a vector that says nothing but that makes every pair look alike.
    """

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        groups = self.normal(GROUPS, WIDTH).repeat_interleave(GROUP_SIZE, dim=0)
        self.meanings = groups + 0.6 * self.normal(GROUPS * GROUP_SIZE, WIDTH)
        self.views = self.normal(2, WIDTH, WIDTH) / WIDTH**0.5
        self.common = 6 * self.normal(2, 1, WIDTH)

    def normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.generator)

    def view(self, which: int) -> torch.Tensor:
        noise = 0.1 * self.normal(*self.meanings.shape)
        side = self.meanings @ self.views[which] + self.common[which] + noise
        padding = torch.zeros_like(side)
        return torch.cat([side, padding] if which == 0 else [padding, side], dim=1)


def hard_negatives(codes: torch.Tensor) -> torch.Tensor:
    """Two codes of the same group and three of others for each row: (n, 5, d)."""
    grouped = codes.view(GROUPS, GROUP_SIZE, -1)
    near = [grouped.roll(shift, dims=1).flatten(0, 1) for shift in (1, 3)]
    return torch.stack([*near, *(codes.roll(shift, dims=0) for shift in (9, 21, 40))], dim=1)


def trained(loss: str, steps: int = 300) -> tuple[float, float, float]:
    """MRR@10 before and after, on views never seen, and the last loss."""
    task = ToyTask(seed=4)
    torch.manual_seed(4)
    encoder = torch.nn.Sequential(torch.nn.Linear(2 * WIDTH, 64), torch.nn.ReLU(), torch.nn.Linear(64, 24))
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=0.005)

    def embed(which: int) -> torch.Tensor:
        return functional.normalize(encoder(task.view(which)), dim=1)

    def mrr() -> float:
        with torch.no_grad():
            return mrr_at_10(embed(0).numpy(), embed(1).numpy())

    before, value = mrr(), torch.tensor(0.0)
    for _ in range(steps):
        queries, codes = embed(0), embed(1)
        value = LOSSES[loss](Embedded(queries, codes, hard_negatives(codes)), CONFIG)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return before, mrr(), value.item()


@pytest.mark.parametrize(
    ("loss", "least"),
    [("triplet", 0.65), ("margin_ranking", 0.6), ("infonce", 0.95), ("multiple_negatives", 0.95)],
)
def test_contrastive_losses_separate_the_toy_data(loss: str, least: float) -> None:
    before, after, _ = trained(loss)
    assert before < 0.1
    assert after > least


def test_mse_falls_to_nothing_and_does_not_separate() -> None:
    _, after, last_loss = trained("mse")
    assert last_loss < 0.001, "the loss itself looks perfect"
    assert after < 0.5, "and the ranking does not"


def unit(*shape: int) -> torch.Tensor:
    return functional.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(1)), dim=-1)


@pytest.mark.parametrize("loss", ["infonce", "multiple_negatives"])
def test_twins_are_no_negatives(loss: str) -> None:
    anchors = unit(3, 8)
    positives = torch.stack([anchors[0], anchors[0], unit(5, 8)[4]])  # row 1 repeats row 0's code
    twins = torch.tensor([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=torch.bool)
    compute = LOSSES[loss]
    assert compute(Embedded(anchors, positives, None, twins), CONFIG) < compute(
        Embedded(anchors, positives), CONFIG
    )


@pytest.mark.parametrize("loss", ["triplet", "margin_ranking"])
def test_hinge_losses_say_that_they_need_negatives(loss: str) -> None:
    with pytest.raises(ValueError, match="hard negatives"):
        LOSSES[loss](Embedded(unit(2, 4), unit(2, 4)), CONFIG)
    with pytest.raises(ValueError, match="set negatives"):
        dataclasses.replace(CONFIG, loss=loss)


def test_the_hinge_is_zero_beyond_the_margin() -> None:
    anchors = torch.eye(2)
    apart = Embedded(anchors, anchors, anchors.flip(0).unsqueeze(1))
    together = Embedded(anchors, anchors, anchors.unsqueeze(1))
    for loss in ("triplet", "margin_ranking"):
        assert LOSSES[loss](apart, CONFIG).item() == 0.0
        assert LOSSES[loss](together, CONFIG).item() == pytest.approx(CONFIG.margin)


def test_margin_ranking_averages_over_violations_only() -> None:
    anchors = torch.eye(2)
    negatives = torch.stack([anchors[0], anchors[0]]).unsqueeze(1)  # row 0 violates, row 1 does not
    batch = Embedded(anchors, anchors, negatives)
    assert LOSSES["margin_ranking"](batch, CONFIG).item() == pytest.approx(CONFIG.margin)
    assert LOSSES["triplet"](batch, CONFIG).item() == pytest.approx(CONFIG.margin / 2)


def test_separation_counts_hard_negatives_or_the_batch() -> None:
    anchors = torch.eye(3)
    batch = separation(Embedded(anchors, anchors))
    assert batch == {"positive_cosine": 1.0, "negative_cosine": 0.0, "margin": 1.0, "violation_rate": 0.0}
    hard = separation(Embedded(anchors, anchors.roll(1, 0), anchors.unsqueeze(1)))
    assert hard["violation_rate"] == 1.0
    assert hard["margin"] == -1.0


def test_every_named_loss_exists() -> None:
    assert tuple(LOSSES) == LOSS_NAMES


@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_weights_count_rows_several_times(loss: str) -> None:
    """A weight of 2 is worth the row twice; losses over the batch see each other row's code once."""
    compute = LOSSES[loss]
    anchors, positives, negatives = unit(4, 8), unit(5, 8)[1:], unit(6, 8)[2:].unsqueeze(1)
    one = [
        compute(Embedded(anchors, positives, negatives, weights=torch.eye(4)[row]), CONFIG)
        for row in range(4)
    ]
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0])
    both = compute(Embedded(anchors, positives, negatives, weights=weights), CONFIG)
    expected = (torch.stack(one) * weights).sum() / weights.sum()
    if loss == "margin_ranking":  # its mean is over the rows that violate
        violating = torch.stack(one) > 1e-6
        expected = (torch.stack(one) * weights * violating).sum() / (weights * violating).sum()
    torch.testing.assert_close(both, expected, rtol=1e-4, atol=1e-5)
    equal = compute(Embedded(anchors, positives, negatives, weights=torch.full((4,), 3.0)), CONFIG)
    torch.testing.assert_close(equal, compute(Embedded(anchors, positives, negatives), CONFIG))
