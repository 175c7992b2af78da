"""How sure results are: ``pgcodesearch calibrate`` fits it for the ranker that answers, on judged queries."""

from pgcodesearch.evaluating.calibrating.fitting import FitOptions
from pgcodesearch.evaluating.calibrating.reliability import Reliability
from pgcodesearch.evaluating.calibrating.running import CalibrateOptions, CalibrationReport, calibrate

__all__ = ["CalibrateOptions", "CalibrationReport", "FitOptions", "Reliability", "calibrate"]
