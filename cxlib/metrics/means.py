"""Mean scores: the Customer Effort Score, and the mean of any other scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.metrics.answers import answers_of, scale_of
from cxlib.metrics.estimates import Estimates, group_means
from cxlib.metrics.measures import score_interval
from cxlib.metrics.tables import metric_table
from cxlib.scales import Scale


def mean_score(
    responses: pd.DataFrame,
    *,
    metric: str | None = None,
    scale: Scale | None = None,
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Mean score per group, with its t interval.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Needs `score` (NA = unanswered) and the `by` columns; `survey_weight` and `customer_id` count as in
        `net_promoter_score`.
    metric : str, optional
        The rows that count, where there is a `metric` column; default: all of them.
    scale : Scale, optional
        Where every score must lie; default: the built-in one of the metric, and no bounds for another.
    by : str or list of str, optional
    smallest_base : int, >= 1
        Groups with answers of fewer customers are suppressed, and with them others, as in `net_promoter_score`.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        n_responses : int, answered only, with a weight above 0
        n_customers : int, who gave them; without `customer_id` every answer is of somebody else
        effective_n : float; NA where suppressed, as all that follows
        mean_score : float, in units of the scale
        sd_score : float, of the answers (n − 1)
        standard_error_score : float, of the mean
        low_score, high_score : float, 95 % t interval with customers − 1 degrees of freedom (fewer where a few
            customers weigh most), within the scale. Of answers that are all alike: as `bounded_mean_interval` says;
            without a scale NA

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
    Student (1908), Biometrika 6. `cxlib.metrics.estimates.group_means` for weights and customers.
    """
    scale = scale_of(metric, scale)
    answers = answers_of(responses, metric=metric, scale=scale, by=by)
    found = group_means(answers, answers.score)
    bases = {"n_responses": found.n, "n_customers": found.n_customers}
    return metric_table(answers, bases, mean_figures(found, scale), smallest_base=smallest_base)


def mean_figures(found: Estimates, scale: Scale | None) -> dict[str, np.ndarray]:
    """What `mean_score` tells of each group, as columns, from the estimates of the scores themselves."""
    low, high = score_interval(found, scale)
    if scale is None:
        low, high = (np.where(found.variance > 0, bound, np.nan) for bound in (low, high))
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(found.variance * found.n / (found.n - 1))
    return {
        "effective_n": found.effective_n,
        "mean_score": found.mean,
        "sd_score": sd,
        "standard_error_score": found.standard_error,
        "low_score": low,
        "high_score": high,
    }


def customer_effort(
    responses: pd.DataFrame,
    *,
    scale: Scale | None = None,
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Customer Effort Score per group: the mean of the "ces" answers, with its t interval.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        As `mean_score` takes it.
    scale : Scale, optional
        Default: 1 to 7, "it was easy", higher is better (the second form of the question).
    by : str or list of str, optional
    smallest_base : int

    Returns
    -------
    DataFrame
        As `mean_score` gives it.

    Raises
    ------
    MissingColumnError, ParameterError, ScoreRangeError

    References
    ----------
    Dixon, Freeman & Toman (2010), Harvard Business Review 88(7/8); Dixon, Toman & DeLisi (2013), The Effortless
    Experience, for the form of 1 to 7.
    """
    return mean_score(responses, metric="ces", scale=scale, by=by, smallest_base=smallest_base)
