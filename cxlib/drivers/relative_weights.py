"""Explained variance shared out by way of uncorrelated stand-ins for the drivers: Johnson's relative weights."""

from __future__ import annotations

import numpy as np

from cxlib.drivers.elimination import ROUNDING
from cxlib.drivers.lmg import checked_correlations


def relative_weights(r_xx, r_xy) -> np.ndarray:
    """The part of R² that falls to each driver by Johnson's relative weights.

    Parameters
    ----------
    r_xx : array, (…, p, p)
        Correlations of the drivers. A driver without spread has 0 off its diagonal, and weighs 0.
    r_xy : array, (…, p)
        Correlations of the drivers with the outcome.

    Returns
    -------
    array, (…, p)
        They sum to R². NaN where an entry is NaN.

    Raises
    ------
    ParameterError
        The shapes do not fit.

    Notes
    -----
    ε = Λ² β*², the squares element by element: Λ = R_xx^½ holds the correlations of the drivers with those uncorrelated
    variables that are most like them, and β* = Λ⁻¹ r_xy the outcome's with these. For comparison with what other tools
    print; they lack LMG's ground and can differ from it where drivers are correlated (Thomas et al. 2014).

    References
    ----------
    Johnson (2000), Multivariate Behavioral Research 35. Thomas, Zumbo, Kwan & Schweitzer (2014), Multivariate
    Behavioral Research 49, 329-338, who advise against it.

    Examples
    --------
    >>> relative_weights([[1, 0], [0, 1]], [0.6, 0.3]).round(2).tolist()
    [0.36, 0.09]
    """
    r_xx, r_xy = checked_correlations(r_xx, r_xy)
    size, axis = np.linalg.eigh(r_xx)
    length = np.sqrt(np.maximum(size, 0.0))
    is_own = size > ROUNDING * size[..., -1:]
    inverse = np.where(is_own, 1 / np.where(is_own, length, 1.0), 0.0)
    root = (axis * length[..., None, :]) @ np.swapaxes(axis, -1, -2)
    with_stand_ins = ((axis * inverse[..., None, :]) @ np.swapaxes(axis, -1, -2) @ r_xy[..., None])[..., 0]
    return ((root**2) @ (with_stand_ins**2)[..., None])[..., 0]
