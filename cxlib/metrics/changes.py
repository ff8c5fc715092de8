"""What changed since the period before and since a year before, and what cannot be told from noise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.answers import key_columns
from cxlib.confidentiality import SMALLEST_BASE
from cxlib.intervals import CONFIDENCE, difference_interval
from cxlib.metrics.answers import Answers, answers_of
from cxlib.metrics.detectable import POWER, times_noise
from cxlib.metrics.estimates import Estimates, correlation_with, group_means
from cxlib.metrics.measures import Measure, measure_of
from cxlib.metrics.periods import AGAINST, PERIODS_BACK, earlier_groups, is_whole, with_periods
from cxlib.metrics.tables import metric_table
from cxlib.scales import Scale

CHANGE = ("change", "low", "high", "p", "q", "is_change", "noise", "detectable")
"""What is told of each change, beside the number of customers who are in both of its periods."""

SMALLEST_P = 1e-15
"""Where the interval of a change has no width."""

HALVINGS = 40

HIGHEST_Q = 0.05
"""A change is called one where at most this share of what is so called is expected to be chance."""


def score_changes(
    responses: pd.DataFrame,
    *,
    metric: str = "nps",
    statistic: str | None = None,
    scale: Scale | None = None,
    every: str = "month",
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """A metric by period and group, with its change against the period before and the same period a year before.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Needs `score`, `answered_at` (local time) and the `by` columns; `metric`, `survey_weight` and `customer_id`
        count as in `net_promoter_score`. Answers without a moment belong to no period.
    metric : str
    statistic : "net_promoter", "top_two_box" or "mean", optional
        Default: the score for "nps", the share for "csat", the mean for any other.
    scale : Scale, optional
        Default: the built-in one of the metric.
    every : "month" or "quarter"
    by : str or list of str, optional
    smallest_base : int, >= 1
        Periods with answers of fewer customers are suppressed, and with them those that all periods together, or all
        groups of a period, would give them away by; and so are the changes from and to them.

    Returns
    -------
    DataFrame, one row per group and period with answers, sorted by `by` and period
        period : Period
        is_whole : bool; False for a period that may go on: that of the latest answer of all, unless it came on the last
            day. What is lacking of it is not in its figures, and the change is of what there is
        unit : str, of all values: "points" (−100 to 100), "share" (0 to 1) or "score" (as the scale has it)
        n_responses, n_customers : int; without `customer_id` every answer is of somebody else
        effective_n, value, low, high : float
        and for each of "before" and "year_before", as in change_before and change_year_before
        n_both_… : int, customers who answered in both periods; only with `customer_id`, as nobody knows else
        change_…, low_…, high_… : float, with its 95 % interval; NA where one of the periods is suppressed or absent
        p_… : float, two-sided: one less the confidence at which the interval would just reach 0, so under 0.05 where
            it does not hold 0
        q_… : float, with allowance for all changes of the table
        is_change_… : boolean, whether q is at most 0.05
        noise_… : float, half the width of the interval: a smaller change at these bases cannot be told from noise
        detectable_… : float, the true change that is told from noise four times in five

    Raises
    ------
    MissingColumnError
    ParameterError
        A `by` column is named twice or called like a column of the result; the statistic, the scale or `every` is none
        that there is; a weight is negative, infinite or no number; the smallest base is under 1.
    ScoreRangeError
        A score lies outside its scale.

    Notes
    -----
    A table by month tells what one by quarter holds, and the other way round: a quarter less two of its months is the
    third, on however few answers. One call cannot know of the other: pass on one of the two, not both.

    The interval of a change is made of the two intervals, less what they have in common (Zou & Donner): customers who
    answer in both periods make the two values go together, and their covariance is counted customer by customer.
    Without `customer_id` the periods count as independent. A detectable change is 1 + z(.80) / z(.975) = 1.43 times the
    noise, the usual (z(.975) + z(.80)) · standard error. Linear in the answers.

    References
    ----------
    Zou & Donner (2008), Statistics in Medicine 27; Zou (2007), Psychological Methods 12, for dependent estimates.
    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57.
    """
    keys = key_columns(by, taken=[f"{name}_{against}" for name in ("n_both", *CHANGE) for against in AGAINST])
    table, answers, found = values_by_period(
        responses, metric=metric, statistic=statistic, scale=scale, every=every, by=keys, smallest_base=smallest_base
    )
    measure = measure_of(metric, statistic, scale)
    for against in AGAINST:
        earlier = earlier_groups(answers.groups, keys, back=PERIODS_BACK[every][against])
        correlation, n_both = correlation_with(found, earlier)
        changes = _changes(table, earlier, correlation)
        known = np.flatnonzero(changes["change"].notna())
        is_change = ((changes["low"] > 0) | (changes["high"] < 0)).to_numpy()[known]
        pairs = (found.of(known), found.of(earlier[known]), correlation[known])
        changes.loc[known, "p"] = change_p(measure, *pairs, is_change)
        if answers.knows_customers:
            both = pd.Series(n_both, table.index, dtype="Int64").where(changes["change"].notna())
            table = table.assign(**{f"n_both_{against}": both})
        table = table.assign(**changes.add_suffix(f"_{against}"))
    return _judged(table)


def values_by_period(
    responses: pd.DataFrame,
    *,
    metric: str,
    statistic: str | None,
    scale: Scale | None,
    every: str,
    by: list[str],
    smallest_base: int,
) -> tuple[pd.DataFrame, Answers, Estimates]:
    """The values of `score_changes` without the changes, with the answers and estimates that they are made of.

    Parameters
    ----------
    responses, metric, statistic, scale, every, by, smallest_base
        As `score_changes` takes them.

    Returns
    -------
    table : DataFrame, one row per group and period, with period, is_whole, unit, n_responses, n_customers, effective_n,
        value, low, high
    answers : Answers
    estimates : Estimates, of the rows of the table

    Raises
    ------
    MissingColumnError, ParameterError, ScoreRangeError
    """
    measure = measure_of(metric, statistic, scale)
    rows = with_periods(responses, every=every, by=by)
    answers = answers_of(rows, metric=metric, scale=measure.scale, by=[*by, "period"])
    found = group_means(answers, measure.values(answers.score))
    low, high = (measure.factor * bound for bound in measure.interval(found))
    whole = is_whole(rows, answers.groups["period"])
    bases = {"is_whole": whole, "unit": measure.unit, "n_responses": found.n, "n_customers": found.n_customers}
    figures = {"effective_n": found.effective_n, "value": measure.factor * found.mean, "low": low, "high": high}
    return metric_table(answers, bases, figures, smallest_base=smallest_base), answers, found


def change_p(
    measure: Measure, now: Estimates, before: Estimates, correlation: np.ndarray, is_change: np.ndarray
) -> np.ndarray:
    """The p-values of changes: one less the confidence at which the interval of a change just reaches 0.

    Parameters
    ----------
    measure : Measure
    now, before : Estimates, one entry per change
    correlation : array of float
    is_change : array of bool
        Whether the 95 % interval leaves out 0; so p is under 0.05 there and nowhere else.

    Returns
    -------
    array of float, `SMALLEST_P` to 1

    Notes
    -----
    The confidence is found by halving, for all changes at once; the interval's effective n stays that of 95 %.
    """
    change = now.mean - before.mean
    low_p = np.where(is_change, SMALLEST_P, 1 - CONFIDENCE)
    high_p = np.where(is_change, 1 - CONFIDENCE, 1.0)
    for _ in range(HALVINGS):
        # by the logarithm: a small p deserves as many digits as a large one
        p = np.sqrt(low_p * high_p)
        ends = [(each.mean, *measure.interval(each, confidence=1 - p)) for each in (now, before)]
        low, high = difference_interval(*ends, correlation=correlation)
        leaves_out = np.where(change > 0, low > 0, high < 0)
        low_p, high_p = np.where(leaves_out, low_p, p), np.where(leaves_out, p, high_p)
    return np.where(change == 0, 1.0, high_p)


def allowed_for(p: np.ndarray) -> np.ndarray:
    """The p-values with allowance for how many there are (Benjamini & Hochberg); NaN stays NaN."""
    # scipy.stats takes a while to load, and only a table of changes needs it
    from scipy.stats import false_discovery_control

    q = np.full(p.shape, np.nan)
    known = np.isfinite(p)
    if known.any():
        q[known] = false_discovery_control(p[known])
    return q


def _changes(table: pd.DataFrame, earlier: np.ndarray, correlation: np.ndarray) -> pd.DataFrame:
    estimates = table[["value", "low", "high"]].to_numpy("float64")
    # row −1, of no earlier period, is one without values
    then = np.vstack([estimates, np.full(3, np.nan)])[earlier]
    change = estimates[:, 0] - then[:, 0]
    low, high = difference_interval(estimates.T, then.T, correlation=correlation)
    noise = (high - low) / 2
    return pd.DataFrame(
        {
            "change": change,
            "low": low,
            "high": high,
            "p": np.nan,
            "q": np.nan,
            "is_change": pd.array([pd.NA] * len(table), dtype="boolean"),
            "noise": noise,
            "detectable": times_noise(POWER) * noise,
        },
        index=table.index,
    )


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """The table with every change judged as one of all that it holds."""
    p = table[[f"p_{against}" for against in AGAINST]].to_numpy("float64")
    q = allowed_for(p)
    judged = {}
    for column, against in enumerate(AGAINST):
        is_change = pd.array(q[:, column] <= HIGHEST_Q, dtype="boolean")
        is_change[np.isnan(q[:, column])] = pd.NA
        judged |= {f"q_{against}": q[:, column], f"is_change_{against}": is_change}
    return table.assign(**judged)
