"""The median of a time that for some is not over yet."""

from __future__ import annotations

import numpy as np

from cxlib.intervals import CONFIDENCE, normal_quantile

ALIKE = 1e-12


def waiting_median(days, is_over, *, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """How long half of them take, when some still wait: Kaplan and Meier's median with its log-log interval.

    Leaving out those who still wait would count the quick ones alone; counting their time so far as the whole would
    do little better.

    Parameters
    ----------
    days : array-like of float, >= 0
        The time taken, or the time waited so far.
    is_over : array-like of bool
        Whether the wait is over.

    Returns
    -------
    (median, low, high) : floats
        NaN where the data do not reach so far: more than half still wait, or too few are done to bound it.

    Notes
    -----
    Where nobody waits it is the usual median: a curve that stands at one half between two times gives the middle
    between them. scipy.stats.ecdf and statsmodels have the curve; the few lines here save their import, and
    `tests/test_feedback_loop.py` holds them to scipy's.

    References
    ----------
    Kaplan & Meier (1958), Journal of the American Statistical Association 53. Brookmeyer & Crowley (1982), Biometrics
    38, for the interval; Kalbfleisch & Prentice (1980) for the log-log scale.

    >>> waiting_median([1, 2, 3, 4, 5], [True] * 5)[0]
    3.0
    """
    days, is_over = np.asarray(days, float), np.asarray(is_over, bool)
    times, n_over = np.unique(days[is_over], return_counts=True)
    if not times.size:
        return np.nan, np.nan, np.nan
    n_waiting = days.size - np.searchsorted(np.sort(days), times, side="left")
    left = np.cumprod(1 - n_over / n_waiting)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(n_over / (n_waiting * (n_waiting - n_over)))
        spread = np.exp(normal_quantile(confidence) * np.sqrt(variance) / -np.log(left))
        low_left, high_left = left**spread, left ** (1 / spread)
    return _first_half(times, left), _first_half(times, low_left), _first_half(times, high_left)


def _first_half(times: np.ndarray, left: np.ndarray) -> float:
    """Where a curve comes down to one half; the middle of the times at which it stands there."""
    reached = np.flatnonzero(left <= 0.5 + ALIKE)
    if not reached.size:
        return np.nan
    first = reached[0]
    stands = abs(left[first] - 0.5) <= ALIKE and first + 1 < times.size
    return float((times[first] + times[first + 1]) / 2 if stands else times[first])
