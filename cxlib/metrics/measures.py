"""What is taken of the answers: the Net Promoter Score, the share in the top two boxes, or the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlib.errors import ParameterError, hint
from cxlib.intervals import CONFIDENCE, bounded_mean_interval, mean_interval, normal_quantile, wilson_interval
from cxlib.metrics.answers import scale_of
from cxlib.metrics.estimates import Estimates
from cxlib.scales import Scale

STATISTICS = ("net_promoter", "top_two_box", "mean")

LOWEST_PROMOTER, HIGHEST_DETRACTOR = 9, 6

ADDED_ANSWERS = {"promoters": 0.75, "passives": 1.5, "detractors": 0.75}
"""What the adjusted Wald interval adds to each count (Rocks 2016)."""

N_TOP_BOXES = 2

_USUAL = {"nps": "net_promoter", "csat": "top_two_box"}
_UNITS = {"net_promoter": "points", "top_two_box": "share", "mean": "score"}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What is taken of the answers to one metric.

    Attributes
    ----------
    metric : str
    statistic : one of STATISTICS
    scale : Scale
    """

    metric: str
    statistic: str
    scale: Scale

    @property
    def unit(self) -> str:
        """Of the value: "points" (−100 to 100), "share" (0 to 1) or "score" (as the scale has it)."""
        return _UNITS[self.statistic]

    @property
    def factor(self) -> float:
        """How many units the value of an answer of 1 is."""
        return 100.0 if self.statistic == "net_promoter" else 1.0

    def values(self, score: np.ndarray) -> np.ndarray:
        """What each answer adds to the mean."""
        if self.statistic == "net_promoter":
            return (score >= LOWEST_PROMOTER).astype(float) - (score <= HIGHEST_DETRACTOR)
        return in_top_boxes(score, self.scale).astype(float) if self.statistic == "top_two_box" else score

    def interval(
        self, estimates: Estimates, *, confidence: float | np.ndarray = CONFIDENCE
    ) -> tuple[np.ndarray, np.ndarray]:
        """The interval of the mean of these values, not yet in units; of one confidence, or one for each group."""
        if self.statistic == "net_promoter":
            return adjusted_wald_interval(estimates, confidence=confidence)
        if self.statistic == "top_two_box":
            return share_interval(estimates, confidence=confidence)
        return score_interval(estimates, self.scale, confidence=confidence)


def measure_of(metric: str, statistic: str | None = None, scale: Scale | None = None) -> Measure:
    """The measure that is asked for, or the usual one of the metric.

    Raises
    ------
    ParameterError
    """
    found = scale_of(metric, scale)
    if found is None:
        raise ParameterError(
            f"metric {metric!r} has no scale of its own: give one as scale=Scale(...), or the study's as "
            f"scale=study.settings.scales[{metric!r}]"
        )
    statistic = _USUAL.get(metric, "mean") if statistic is None else statistic
    if statistic not in STATISTICS:
        allowed = ", ".join(STATISTICS)
        raise ParameterError(f"statistic is {statistic!r}; allowed: {allowed}{hint(statistic, STATISTICS)}")
    if statistic == "net_promoter" and (found.minimum, found.maximum) != (0, 10):
        raise ParameterError(
            f"a Net Promoter Score needs a scale of 0 to 10, and {found.name!r} runs from {found.minimum:g} to "
            f"{found.maximum:g}; allowed for it: top_two_box, mean"
        )
    return Measure(metric=metric, statistic=statistic, scale=found)


def in_top_boxes(score: np.ndarray, scale: Scale) -> np.ndarray:
    """Whether an answer lies in the two boxes at the good end: 4 and 5 of 1 to 5."""
    if scale.better == "lower":
        return score <= scale.minimum + N_TOP_BOXES - 1
    return score >= scale.maximum - N_TOP_BOXES + 1


def adjusted_wald_interval(
    estimates: Estimates, *, confidence: float | np.ndarray = CONFIDENCE
) -> tuple[np.ndarray, np.ndarray]:
    """The interval around the Net Promoter Score with ¾ promoter, 1½ passives and ¾ detractor added, in shares."""
    n = estimates.interval_n
    both = estimates.variance + estimates.mean**2  # the promoters' and the detractors' share together
    enlarged = n + sum(ADDED_ANSWERS.values())
    p = ((both + estimates.mean) / 2 * n + ADDED_ANSWERS["promoters"]) / enlarged
    d = ((both - estimates.mean) / 2 * n + ADDED_ANSWERS["detractors"]) / enlarged
    half = normal_quantile(confidence) * np.sqrt((p + d - (p - d) ** 2) / enlarged)
    low, high = np.clip(p - d - half, -1, 1), np.clip(p - d + half, -1, 1)
    # where hardly anything was asked the added answers outweigh it, and the interval would pass by its own estimate
    return np.minimum(low, estimates.mean), np.maximum(high, estimates.mean)


def share_interval(
    estimates: Estimates, *, confidence: float | np.ndarray = CONFIDENCE
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval on the effective n."""
    n = estimates.interval_n
    low, high = wilson_interval(estimates.mean * n, n, confidence=confidence)
    return np.minimum(low, estimates.mean), np.maximum(high, estimates.mean)  # of 0 it rounds to a hair above


def score_interval(
    estimates: Estimates, scale: Scale | None, *, confidence: float | np.ndarray = CONFIDENCE
) -> tuple[np.ndarray, np.ndarray]:
    """The t interval of a mean, within its scale, and never without width where all answers are alike."""
    freedom = estimates.degrees_of_freedom
    # the t interval of freedom + 1 answers with this standard error
    sd = estimates.standard_error * np.sqrt(np.where(freedom > 0, freedom + 1, np.nan))
    low, high = mean_interval(estimates.mean, sd, freedom + 1, confidence=confidence)
    if scale is None:
        return low, high
    like_low, like_high = bounded_mean_interval(
        estimates.mean,
        np.zeros_like(estimates.mean),
        estimates.interval_n,
        lowest=scale.minimum,
        highest=scale.maximum,
        confidence=confidence,
    )
    is_alike = (estimates.variance == 0) | (estimates.n_customers < 2)
    low, high = np.where(is_alike, like_low, low), np.where(is_alike, like_high, high)
    return np.clip(low, scale.minimum, scale.maximum), np.clip(high, scale.minimum, scale.maximum)
