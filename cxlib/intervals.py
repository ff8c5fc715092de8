"""Confidence intervals of shares and means, for whole columns at a time.

scipy has Wilson's interval for one pair of numbers (`binomtest`) and statsmodels for columns; these
few lines save the second import, and `tests/test_intervals.py` holds them to scipy's. The quantiles come from
scipy.special, which loads five times as fast as scipy.stats.
"""

from __future__ import annotations

import numpy as np
from scipy import special

CONFIDENCE = 0.95


def normal_quantile(confidence: float = CONFIDENCE) -> float:
    """The two-sided standard normal quantile: 1.96 at 95 %."""
    return float(special.ndtri(0.5 + confidence / 2))


def wilson_interval(count, base, *, confidence: float = CONFIDENCE) -> tuple[np.ndarray, np.ndarray]:
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


def mean_interval(mean, sd, base, *, confidence: float = CONFIDENCE) -> tuple[np.ndarray, np.ndarray]:
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
