"""Median scores, with the interval that the scores themselves bound."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.intervals import CONFIDENCE
from cxlib.metrics.answers import Answers, answers_of, scale_of
from cxlib.metrics.estimates import Estimates, group_means
from cxlib.metrics.tables import metric_table
from cxlib.scales import Scale

_ROUNDING = 1e-9
"""Shares of one half add up to a little more or less than one."""


def median_score(
    responses: pd.DataFrame,
    *,
    metric: str | None = None,
    scale: Scale | None = None,
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Median score per group, with its interval.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        As `mean_score` takes it.
    metric : str, optional
    scale : Scale, optional
    by : str or list of str, optional
    smallest_base : int, >= 1
        Groups with answers of fewer customers are suppressed, and with them others, as in `net_promoter_score`.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        n_responses : int, answered only, with a weight above 0
        n_customers : int, who gave them; without `customer_id` every answer is of somebody else
        effective_n : float; NA where suppressed, as all that follows
        median_score : float; where half of the weight lies below a gap, the middle of the gap
        low_score, high_score : float, two of the scores; NA where so few answers bound none (under six)

    Raises
    ------
    MissingColumnError
    ParameterError
        A `by` column is named twice or called like a column of the result; a weight is negative, infinite or no number;
        the smallest base is under 1.
    ScoreRangeError
        A score lies outside its scale.

    Notes
    -----
    Of answers that weigh alike, one of each customer, it is `cxlib.intervals.median_interval`: from the k-th smallest
    to the k-th largest, with k from the binomial distribution. Else k is that of as many answers as the effective n of
    the share below the median, and the scores are counted by weight (Woodruff). It assumes no distribution. On a scale
    of few steps the interval is often wider than 95 %, for it can only end at a step.

    References
    ----------
    Woodruff (1952), Journal of the American Statistical Association 47. Sitter & Wu (2001), Statistics & Probability
    Letters 52, for why it serves as well for few answers.
    """
    answers = answers_of(responses, metric=metric, scale=scale_of(metric, scale), by=by)
    found, figures = medians(answers)
    bases = {"n_responses": found.n, "n_customers": found.n_customers}
    return metric_table(answers, bases, figures, smallest_base=smallest_base)


def medians(answers: Answers) -> tuple[Estimates, dict[str, np.ndarray]]:
    """What `median_score` tells of each group, as columns, with the estimates of the share below each median."""
    # by group and score: then every question is one of running sums
    order = np.lexsort((answers.score, answers.group))
    group, score, weight = answers.group[order], answers.score[order], answers.weight[order]
    below, upto = _running_shares(group, weight, answers.n_groups)
    median = _middle(group, score, below, upto, answers.n_groups)
    found = group_means(answers, np.sign(answers.score - median[answers.group]))
    with np.errstate(invalid="ignore", divide="ignore"):
        # from the share up to the k-th score the score itself is taken: it bounds, and does not lie beyond
        cut = _rank(found.interval_n) / found.interval_n - 1 / found.n + _ROUNDING
    low = np.full(answers.n_groups, np.nan)
    high = low.copy()
    # the largest score with no more than the cut below it, the smallest with no more above it
    is_low, is_high = below <= cut[group], 1 - upto <= cut[group]
    low[group[is_low]] = score[is_low]  # ascending: the last one stays
    high[group[is_high][::-1]] = score[is_high][::-1]
    return found, {"effective_n": found.effective_n, "median_score": median, "low_score": low, "high_score": high}


def _running_shares(group: np.ndarray, weight: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The share of its group's weight before each answer, and up to it."""
    total = np.bincount(group, weight, minlength=size)
    running = np.concatenate([[0.0], np.cumsum(weight)])
    start = np.concatenate([[0.0], np.cumsum(total)])[group]
    return (running[:-1] - start) / total[group], (running[1:] - start) / total[group]


def _middle(group: np.ndarray, score: np.ndarray, below: np.ndarray, upto: np.ndarray, size: int) -> np.ndarray:
    """The median: halfway between the first score that reaches half of the weight and the first that passes it."""
    first, last = np.full(size, np.nan), np.full(size, np.nan)
    reaches, passes = upto >= 0.5 - _ROUNDING, below <= 0.5 + _ROUNDING
    first[group[reaches][::-1]] = score[reaches][::-1]
    last[group[passes]] = score[passes]
    return (first + last) / 2


def _rank(n: np.ndarray) -> np.ndarray:
    """The k of the k-th smallest of n answers that bounds the median, as a real number; NaN where none does."""
    tail = (1 - CONFIDENCE) / 2
    known = np.where(0.5**n <= tail, n, np.nan)
    return 1 + special.bdtrik(tail, known, 0.5)
