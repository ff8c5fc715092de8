"""Confidence intervals of shares and means, for whole columns at a time.

scipy has Wilson's interval for one pair of numbers (`binomtest`) and statsmodels for columns; these
few lines save the second import, and `tests/test_intervals.py` holds them to scipy's. The quantiles come from
scipy.special, which loads five times as fast as scipy.stats.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

CONFIDENCE = 0.95


def normal_quantile(confidence: float | np.ndarray = CONFIDENCE) -> float | np.ndarray:
    """The two-sided standard normal quantile: 1.96 at 95 %."""
    found = special.ndtri(0.5 + confidence / 2)
    return found if isinstance(found, np.ndarray) else float(found)


def wilson_interval(count, base, *, confidence: float | np.ndarray = CONFIDENCE) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval of count / base.

    Parameters
    ----------
    count, base : array-like of float
        0 <= count <= base; base may be an effective n.

    Returns
    -------
    (low, high) : arrays of float, 0 to 1; NaN where the base is 0

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22.
    """
    z2 = normal_quantile(confidence) ** 2
    count, base = np.asarray(count, float), np.asarray(base, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = count / base
        middle = (share + z2 / (2 * base)) / (1 + z2 / base)
        half = np.sqrt(z2 * share * (1 - share) / base + z2**2 / (4 * base**2)) / (1 + z2 / base)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def mean_interval(mean, sd, base, *, confidence: float | np.ndarray = CONFIDENCE) -> tuple[np.ndarray, np.ndarray]:
    """Student's t interval of a mean.

    Parameters
    ----------
    mean, sd, base : array-like of float
        `sd` is the sample's standard deviation (n − 1).

    Returns
    -------
    (low, high) : arrays of float; NaN where the base is under 2
    """
    mean, sd, base = (np.asarray(values, float) for values in (mean, sd, base))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = special.stdtrit(np.where(base > 1, base - 1, np.nan), 0.5 + confidence / 2)
        half = t * sd / np.sqrt(base)
    return mean - half, mean + half


def bounded_mean_interval(
    mean, sd, base, *, lowest: float, highest: float, confidence: float | np.ndarray = CONFIDENCE
) -> tuple[np.ndarray, np.ndarray]:
    """The t interval of a mean that cannot leave lowest to highest, and is never certain of a few like answers.

    Parameters
    ----------
    mean, sd, base : array-like of float
    lowest, highest : float

    Returns
    -------
    (low, high) : arrays of float; NaN where the base is 0

    Notes
    -----
    A t interval of equal answers has no width, and of one answer none at all. There the other answers, of which none
    was seen, get a share of at most Wilson's upper limit of 0 in n, and lie at the end of the range.
    """
    mean, sd, base = (np.asarray(values, float) for values in (mean, sd, base))
    low, high = mean_interval(mean, sd, base, confidence=confidence)
    _, unseen = wilson_interval(np.zeros_like(base), base, confidence=confidence)
    is_alike = (base == 1) | (sd == 0)
    low = np.where(is_alike, mean - unseen * (mean - lowest), low)
    high = np.where(is_alike, mean + unseen * (highest - mean), high)
    return np.clip(low, lowest, highest), np.clip(high, lowest, highest)


def difference_interval(now, before, *, correlation=0.0) -> tuple[np.ndarray, np.ndarray]:
    """The interval of now − before from the intervals of two estimates.

    Parameters
    ----------
    now, before : (estimate, low, high), arrays of float
    correlation : array-like of float, −1 to 1
        Of the two estimates; 0: they are independent.

    Returns
    -------
    (low, high) : arrays of float

    References
    ----------
    Zou & Donner (2008), Statistics in Medicine 27; for two shares with Wilson's intervals it is method 10 of
    Newcombe (1998), Statistics in Medicine 17. Zou (2007), Psychological Methods 12, for correlated estimates.
    """
    (estimate, low, high), (old_estimate, old_low, old_high) = now, before
    difference = estimate - old_estimate
    return (
        difference - _joined(estimate - low, old_high - old_estimate, correlation),
        difference + _joined(high - estimate, old_estimate - old_low, correlation),
    )


def _joined(one, other, correlation) -> np.ndarray:
    """√(a² + b² − 2rab), never the root of a negative number that rounding made."""
    return np.sqrt(np.maximum((one - other) ** 2 + 2 * (1 - np.asarray(correlation)) * one * other, 0.0))


def paired_change_p(n_became: int, n_ceased: int) -> float:
    """The exact two-sided p-value that as many became something as ceased to be it (McNemar).

    >>> round(paired_change_p(1, 9), 6)
    0.021484
    """
    n_changed = n_became + n_ceased
    return min(1.0, 2 * float(special.bdtr(min(n_became, n_ceased), n_changed, 0.5))) if n_changed else 1.0


def median_interval(values, *, confidence: float = CONFIDENCE, lowest_rank: int = 1) -> tuple[float, float, float]:
    """The median with the interval that the values themselves bound; infinite values count as the largest.

    Parameters
    ----------
    values : array-like of float
    lowest_rank : int, >= 1
        From 2 on the extremes bound no interval: where they would, there is none.

    Returns
    -------
    (median, low, high) : floats
        NaN where there is no value; low and high NaN under six values, where no two of them bound the median at 95 %.

    Notes
    -----
    From the k-th smallest value to the k-th largest, with the largest k that leaves at most half of the uncertainty
    on either side (the number of values under the median is binomial, n and ½). It assumes no distribution.

    >>> median_interval([1, 2, 3, 4, 5, 6])
    (3.5, 1.0, 6.0)
    """
    ordered = np.sort(np.asarray(values, float))
    n = ordered.size
    if n == 0:
        return np.nan, np.nan, np.nan
    lower, upper = ordered[(n - 1) // 2], ordered[n // 2]
    middle = float(lower) if lower == upper else float((lower + upper) / 2)  # inf − inf is no number, inf + inf is
    rank = _median_rank(n, confidence)
    if rank < max(lowest_rank, 1):
        return middle, np.nan, np.nan
    return middle, float(ordered[rank - 1]), float(ordered[n - rank])


@lru_cache(maxsize=1024)
def _median_rank(n: int, confidence: float) -> int:
    """The largest k with which the k-th smallest of n values and the k-th largest bound the median; 0: none does."""
    k = np.arange(1, n // 2 + 1)
    allowed = k[special.bdtr(k - 1, n, 0.5) <= (1 - confidence) / 2]
    return int(allowed[-1]) if allowed.size else 0
