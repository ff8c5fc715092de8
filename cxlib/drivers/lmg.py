"""Explained variance shared out among drivers that are correlated: LMG, the Shapley value of R²."""

from __future__ import annotations

from math import factorial

import numpy as np

from cxlib.errors import ParameterError

ROUNDING = 1e-10
"""Eigenvalues under this part of the largest are rounding: the drivers make each other up."""

MOST_DRIVERS = 15
"""Every subset of the drivers is fitted, and each further driver doubles their number."""


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
    Exact. Costs 2^p small solves for each leading entry; those of one size are solved together. A driver that others
    make up exactly shares their part.

    References
    ----------
    Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate Analysis. Grömping (2006), Journal of
    Statistical Software 17(1).

    Examples
    --------
    >>> lmg_contributions([[1, 0], [0, 1]], [0.6, 0.3]).round(2).tolist()
    [0.36, 0.09]
    """
    r_xx, r_xy = np.asarray(r_xx, float), np.asarray(r_xy, float)
    if r_xx.ndim < 2 or r_xx.shape[:-1] != r_xy.shape or r_xx.shape[-1] != r_xy.shape[-1]:
        raise ParameterError(
            f"r_xx must be (…, p, p) and r_xy (…, p) for the same drivers; found {r_xx.shape} and {r_xy.shape}"
        )
    p = r_xy.shape[-1]
    if p > MOST_DRIVERS:
        raise ParameterError(f"{p} drivers are too many: {MOST_DRIVERS} at most, because every subset is fitted")
    explained = _explained_by_subset(r_xx, r_xy)
    subsets = np.arange(2**p)
    sizes = np.array([subset.bit_count() for subset in subsets])
    # how many orders have exactly this subset before the driver, as a part of all orders
    weight = np.array([factorial(size) * factorial(p - 1 - size) / factorial(p) for size in range(p)])
    contributions = np.empty_like(r_xy)
    for driver in range(p):
        without = subsets[subsets & (1 << driver) == 0]
        added = explained[..., without | (1 << driver)] - explained[..., without]
        contributions[..., driver] = added @ weight[sizes[without]]
    return contributions


def _explained_by_subset(r_xx: np.ndarray, r_xy: np.ndarray) -> np.ndarray:
    """R² of every subset of the drivers, (…, 2^p); bit i of the last index says that driver i is in."""
    p = r_xy.shape[-1]
    explained = np.zeros((*r_xy.shape[:-1], 2**p))
    is_whole = np.isfinite(r_xx).all(axis=(-1, -2)) & np.isfinite(r_xy).all(axis=-1)
    r_xx, r_xy = np.where(is_whole[..., None, None], r_xx, np.eye(p)), np.where(is_whole[..., None], r_xy, np.nan)
    for subset in range(1, 2**p):
        inside = [driver for driver in range(p) if subset >> driver & 1]
        corner, side = r_xx[..., inside, :][..., inside], r_xy[..., inside]
        # not solve: a driver without spread, or made up by others, leaves no inverse
        explained[..., subset] = np.einsum(
            "...i,...ij,...j", side, np.linalg.pinv(corner, rtol=ROUNDING, hermitian=True), side
        )
    return explained
