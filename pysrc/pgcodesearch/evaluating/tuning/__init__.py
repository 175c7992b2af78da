"""Rankers fitted to judged queries: weights of the features of a candidate, for each class of query."""

from pgcodesearch.evaluating.tuning.examples import Example, collect
from pgcodesearch.evaluating.tuning.fitting import FitOptions, fit
from pgcodesearch.evaluating.tuning.ranking import Ranked, rank
from pgcodesearch.evaluating.tuning.running import TuneOptions, TuneReport, tune
from pgcodesearch.evaluating.tuning.settings import SettingsOptions, SettingsReport

__all__ = [
    "Example", "FitOptions", "Ranked", "SettingsOptions", "SettingsReport", "TuneOptions", "TuneReport", "collect",
    "fit", "rank", "tune",
]  # fmt: skip
