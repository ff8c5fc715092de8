"""Explained variance shared out among drivers that are correlated: LMG, the Shapley value of R²."""

from __future__ import annotations

from functools import cache
from math import factorial

import numpy as np

from cxlib.drivers.elimination import condition_on_first, lower_triangle
from cxlib.errors import ParameterError

MOST_DRIVERS = 15
"""Every subset of the drivers is fitted, and each further driver doubles their number."""

CELLS_AT_ONCE = 2**16
"""Subsets times matrices that are fitted at once: what stays in a processor's own memory."""


def lmg_contributions(r_xx, r_xy) -> np.ndarray:
    """The part of R² that each driver contributes, averaged over all orders in which drivers can enter.

    Parameters
    ----------
    r_xx : array, (…, p, p)
        Correlations of the drivers. A driver without spread has 0 off its diagonal, and contributes 0.
    r_xy : array, (…, p)
        Correlations of the drivers with the outcome.

    Returns
    -------
    array, (…, p)
        They sum to R². NaN where an entry is NaN.

    Raises
    ------
    ParameterError
        The shapes do not fit, or there are more than `MOST_DRIVERS` drivers.

    Notes
    -----
    Exact. Costs about 6 · 2^p multiplications for each leading entry: every subset is fitted by one step from a
    smaller one. A driver that others make up exactly shares their part. For more drivers: `sampled_lmg_contributions`.

    References
    ----------
    Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate Analysis, 119 ff. Grömping (2006),
    Journal of Statistical Software 17(1).

    Examples
    --------
    >>> lmg_contributions([[1, 0], [0, 1]], [0.6, 0.3]).round(2).tolist()
    [0.36, 0.09]
    """
    r_xx, r_xy = checked_correlations(r_xx, r_xy)
    p = r_xy.shape[-1]
    if p > MOST_DRIVERS:
        raise ParameterError(
            f"{p} drivers are too many: {MOST_DRIVERS} at most, because every subset is fitted; "
            "leave some out, or use sampled_lmg_contributions"
        )
    many_xx, many_xy = r_xx.reshape(-1, p, p), r_xy.reshape(-1, p)
    at_once = max(1, CELLS_AT_ONCE >> p)
    parts = np.empty_like(many_xy)
    for begin in range(0, len(parts), at_once):
        some = slice(begin, begin + at_once)
        parts[some] = _explained_by_subset(many_xx[some], many_xy[some]).T @ _subset_weights(p)
    return parts.reshape(r_xy.shape)


def checked_correlations(r_xx, r_xy) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays of float; where an entry is NaN, the whole of r_xy is.

    Raises
    ------
    ParameterError
        The shapes do not fit.
    """
    r_xx, r_xy = np.asarray(r_xx, float), np.asarray(r_xy, float)
    if r_xx.ndim < 2 or r_xx.shape[:-1] != r_xy.shape or r_xx.shape[-1] != r_xy.shape[-1]:
        raise ParameterError(
            f"r_xx must be (…, p, p) and r_xy (…, p) for the same drivers; found {r_xx.shape} and {r_xy.shape}"
        )
    is_whole = np.isfinite(r_xx).all(axis=(-1, -2)) & np.isfinite(r_xy).all(axis=-1)
    eye = np.eye(r_xy.shape[-1])
    return np.where(is_whole[..., None, None], r_xx, eye), np.where(is_whole[..., None], r_xy, np.nan)


@cache
def _subset_weights(p: int) -> np.ndarray:
    """How R² of each subset counts in each driver's contribution, (2^p, p): with it for, without it against."""
    subsets = np.arange(2**p)
    sizes = np.array([subset.bit_count() for subset in range(2**p)])
    # how many orders have exactly so many drivers before this one, as a part of all orders
    before = np.array([factorial(size) * factorial(p - 1 - size) / factorial(p) for size in range(p)] + [0.0])
    is_in = (subsets[:, None] >> np.arange(p) & 1).astype(bool)
    return np.where(is_in, before[sizes - 1][:, None], -before[sizes][:, None])


def _explained_by_subset(r_xx: np.ndarray, r_xy: np.ndarray) -> np.ndarray:
    """R² of every subset of the drivers, (2^p, n); bit i of the first index says that driver i is in."""
    triangle = lower_triangle(r_xx, r_xy)[:, None, :]
    explained = np.zeros((1, len(r_xy)))
    for k in range(r_xy.shape[1], 0, -1):
        n_subsets = triangle.shape[1]
        halves = np.empty((k * (k + 1) // 2, 2 * n_subsets, len(r_xy)))
        added = condition_on_first(triangle, rest=halves[:, :n_subsets], given=halves[:, n_subsets:])
        explained = np.concatenate([explained, explained + added])
        triangle = halves
    return explained
