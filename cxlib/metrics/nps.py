"""The Net Promoter Score."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.intervals import normal_quantile
from cxlib.metrics.answers import answers_of
from cxlib.metrics.estimates import group_means
from cxlib.metrics.measures import adjusted_wald_interval, measure_of
from cxlib.metrics.tables import metric_table


def net_promoter_score(
    responses: pd.DataFrame,
    *,
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Net Promoter Score per group, with its interval.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Needs `score` (0-10, NA = unanswered) and the `by` columns. Where there is a `metric` column only its "nps"
        rows count; where there is a `survey_weight`, answers count by it (an answer without a weight counts 1); where
        there is a `customer_id`, several answers of one customer are not taken for those of several.
    by : str or list of str, optional
        Such as a month, a segment, a touchpoint; a missing value is a group of its own.
    smallest_base : int, >= 1
        Groups with answers of fewer customers are suppressed, and with them others, until the score of all, or by one
        `by` column less, no longer gives them away.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        n_responses : int, answered only, with a weight above 0
        n_customers : int, who gave them; without `customer_id` every answer is of somebody else
        effective_n : float, as many equal answers of as many customers would be as certain; n_responses where weights
            are equal and each customer answers once
        promoter_share, passive_share, detractor_share : float, 0 to 1; NA where suppressed, as all that follows
        nps_points : float, −100 to 100
        variance : float, of an answer worth 1, 0 or −1: p + d − (p − d)²
        standard_error_points : float, √(variance / effective_n)
        low_points, high_points : float, 95 % adjusted-Wald interval
        wald_low_points, wald_high_points : float, the plain one, for comparison: too narrow for small bases

    Raises
    ------
    MissingColumnError
    ParameterError
        A `by` column is named twice or called like a column of the result; a weight is negative, infinite or no number;
        the smallest base is under 1.
    ScoreRangeError
        A score lies outside its scale.

    References
    ----------
    Reichheld (2003), Harvard Business Review 81(12). Rocks (2016), American Journal of Management Science and
    Engineering 1(2), for the intervals. `cxlib.metrics.estimates.group_means` for weights and customers.
    """
    measure = measure_of("nps", "net_promoter")
    answers = answers_of(responses, metric="nps", scale=measure.scale, by=by)
    found = group_means(answers, measure.values(answers.score))
    both = found.variance + found.mean**2
    low, high = adjusted_wald_interval(found)
    wald = normal_quantile() * np.sqrt(found.variance / found.interval_n)
    figures = {
        "effective_n": found.effective_n,
        "promoter_share": (both + found.mean) / 2,
        "passive_share": 1 - both,
        "detractor_share": (both - found.mean) / 2,
        "nps_points": 100 * found.mean,
        "variance": found.variance,
        "standard_error_points": 100 * np.sqrt(found.variance / found.effective_n),
        "low_points": 100 * low,
        "high_points": 100 * high,
        "wald_low_points": 100 * np.clip(found.mean - wald, -1, 1),
        "wald_high_points": 100 * np.clip(found.mean + wald, -1, 1),
    }
    bases = {"n_responses": found.n, "n_customers": found.n_customers}
    return metric_table(answers, bases, figures, smallest_base=smallest_base)
