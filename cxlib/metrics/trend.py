"""Whether a metric rises or falls over all of its periods."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from cxlib.answers import key_columns
from cxlib.confidentiality import SMALLEST_BASE
from cxlib.intervals import CONFIDENCE, normal_quantile
from cxlib.metrics.answers import groups_of
from cxlib.metrics.changes import HIGHEST_Q, allowed_for, values_by_period
from cxlib.metrics.estimates import Estimates, mean_correlation
from cxlib.metrics.measures import measure_of
from cxlib.metrics.periods import period_numbers
from cxlib.scales import Scale

TREND = (
    "unit", "n_responses", "n_periods", "first_period", "last_period", "slope_per_period", "low_per_period",
    "high_per_period", "p", "q", "is_trend", "shock",
)  # fmt: skip

FEWEST_PERIODS = 4
"""Through three points the scatter around a line is known from one of them."""


def score_trend(
    responses: pd.DataFrame,
    *,
    metric: str = "nps",
    statistic: str | None = None,
    scale: Scale | None = None,
    every: str = "month",
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """The slope of a metric over all of its periods, per group.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        As `score_changes` takes it, with the other parameters.
    metric, statistic, scale, every, by, smallest_base
        As in `score_changes`; periods that are suppressed do not count.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        unit : str, "points", "share" or "score"
        n_responses, n_periods : int, of the periods that count
        first_period, last_period : Period
        slope_per_period, low_per_period, high_per_period : float, with its 95 % interval; NA under four periods
        p, q : float, two-sided; q with allowance for all groups of the table
        is_trend : boolean, whether q is at most 0.05
        shock : float, the standard deviation of the periods around the line beyond what sampling explains

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
    A regression of the periods' values on their number, weighted by 1 / (v + τ²): v is the variance of a period's value
    and τ² that of the periods' own shocks (DerSimonian & Laird), for a month may be good or bad for reasons that no
    larger sample would remove. The interval is that of Knapp & Hartung, from the scatter that is seen, with t of
    periods − 2, or the usual one from the weights where that is wider: periods that happen to lie on a line, or to be
    all alike, are not certain (Jackson et al.). So it holds with shocks and without, and few periods give a wide one.
    What periods have in common because the same customers answer moves the line's height and not its slope, so it is
    taken off v. Shocks that last for several periods are not allowed for. Linear in the answers.

    References
    ----------
    Knapp & Hartung (2003), Statistics in Medicine 22; Jackson, Law, Rücker & Schwarzer (2017), Statistics in Medicine
    36, for the wider of the two. DerSimonian & Laird (1986), Controlled Clinical Trials 7; Thompson & Sharp (1999),
    Statistics in Medicine 18, for the regression.
    """
    keys = key_columns(by, taken=TREND)
    periods, _, found = values_by_period(
        responses, metric=metric, statistic=statistic, scale=scale, every=every, by=keys, smallest_base=smallest_base
    )
    groups, every_group = groups_of(periods, keys)
    size = len(groups)
    counts = periods["value"].notna().to_numpy()
    shown, group = periods.loc[counts], every_group[counts]
    y = shown["value"].to_numpy("float64")
    error = (shown["high"] - shown["low"]).to_numpy("float64") / (2 * normal_quantile())
    error = error * np.sqrt(1 - _shared(found, np.where(counts, every_group, -1), size))[group]
    x = period_numbers(shown["period"]).astype("float64")
    line = slopes(x, y, error**2, group, size)
    freedom = np.maximum(line["n"] - 2, 1)
    half = np.fmax(
        special.stdtrit(freedom, 0.5 + CONFIDENCE / 2) * line["by_scatter"], normal_quantile() * line["by_weight"]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        by_scatter = 2 * special.stdtr(freedom, -np.abs(line["slope"] / line["by_scatter"]))
        p = np.fmax(by_scatter, 2 * special.ndtr(-np.abs(line["slope"] / line["by_weight"])))
    q = allowed_for(p)
    is_trend = pd.array(q <= HIGHEST_Q, dtype="boolean")
    is_trend[np.isnan(q)] = pd.NA
    first, last = np.full(size, -1), np.full(size, -1)
    first[group[::-1]], last[group] = np.arange(len(group))[::-1], np.arange(len(group))  # sorted by period
    return groups.assign(
        unit=pd.Series([measure_of(metric, statistic, scale).unit] * size, dtype="str"),
        n_responses=np.bincount(group, shown["n_responses"], minlength=size).astype("int64"),
        n_periods=line["n"].astype("int64"),
        first_period=shown["period"].array.take(first, allow_fill=True),
        last_period=shown["period"].array.take(last, allow_fill=True),
        slope_per_period=line["slope"],
        low_per_period=line["slope"] - half,
        high_per_period=line["slope"] + half,
        p=p,
        q=q,
        is_trend=is_trend,
        shock=line["shock"],
    )


def slopes(x: np.ndarray, y: np.ndarray, variance: np.ndarray, group: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """The random-effects regression of y on x in every group.

    Parameters
    ----------
    x, y, variance : array of float
    group : array of int
        From 0 to size − 1.
    size : int

    Returns
    -------
    dict of arrays with one entry per group; NaN under `FEWEST_PERIODS` points
        n : the points
        slope
        by_scatter, by_weight : standard errors of the slope, from the scatter around the line and from the weights
        shock : τ
    """

    def sums(values):
        return np.bincount(group, values, minlength=size)

    def fit(weight):
        total = sums(weight)
        middle_x, middle_y = sums(weight * x) / total, sums(weight * y) / total
        from_x, from_y = x - middle_x[group], y - middle_y[group]
        spread = sums(weight * from_x**2)
        slope = sums(weight * from_x * from_y) / spread
        scatter = sums(weight * (from_y - slope[group] * from_x) ** 2)
        return slope, spread, scatter, from_x

    n = np.bincount(group, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = 1 / variance
        _, spread, scatter, from_x = fit(weight)
        # Σw less the trace of (X'WX)⁻¹ X'W²X, with x counted from its weighted mean
        trace = sums(weight) - sums(weight**2) / sums(weight) - sums(weight**2 * from_x**2) / spread
        shock = np.maximum((scatter - (n - 2)) / trace, 0.0)
        slope, spread, scatter, _ = fit(1 / (variance + shock[group]))
        by_scatter, by_weight = np.sqrt(scatter / (n - 2) / spread), np.sqrt(1 / spread)
    too_few = n < FEWEST_PERIODS
    return {
        "n": n,
        "slope": np.where(too_few, np.nan, slope),
        "by_scatter": np.where(too_few, np.nan, by_scatter),
        "by_weight": np.where(too_few, np.nan, by_weight),
        "shock": np.where(too_few, np.nan, np.sqrt(shock)),
    }


def _shared(found: Estimates, of: np.ndarray, size: int) -> np.ndarray:
    """The part of the periods' variance that is theirs together, for the same customers answer: it moves no slope."""
    customers = np.bincount(of[of >= 0], found.n_customers[of >= 0], minlength=size)
    per_period = customers / np.maximum(np.bincount(of[of >= 0], minlength=size), 1)
    # never all of it: of so many customers who answered alike each time the next could do otherwise
    return np.minimum(mean_correlation(found, of, size), 1 - 1 / np.maximum(per_period, 1))
