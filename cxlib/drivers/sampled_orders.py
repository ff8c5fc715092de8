"""LMG of more drivers than can be fitted in every subset: the mean over orders of entry drawn by chance."""

from __future__ import annotations

import numpy as np

from cxlib.drivers.elimination import condition_on_first, lower_triangle
from cxlib.drivers.lmg import checked_correlations
from cxlib.errors import ParameterError

FEWEST_ORDERS = 20
"""Ten pairs: fewer tell too little of how far apart orders are."""


def antithetic_orders(p: int, n_orders: int, *, seed: int = 0) -> np.ndarray:
    """Orders in which p drivers may enter, each followed by its reverse.

    A driver that comes early in an order comes late in its reverse, so that most of the chance of one is made up for by
    the other.

    Parameters
    ----------
    p : int
    n_orders : int, even, >= `FEWEST_ORDERS`
    seed : int

    Returns
    -------
    array of int, (n_orders, p)

    Raises
    ------
    ParameterError

    References
    ----------
    Mitchell, Cooper, Frank & Holmes (2022), Journal of Machine Learning Research 23.
    """
    if n_orders < FEWEST_ORDERS or n_orders % 2:
        raise ParameterError(f"n_orders must be even and at least {FEWEST_ORDERS}, found {n_orders}")
    first = np.random.default_rng(seed).permuted(np.tile(np.arange(p), (n_orders // 2, 1)), axis=1)
    return np.stack([first, first[:, ::-1]], axis=1).reshape(n_orders, p)


def sampled_lmg_contributions(r_xx, r_xy, *, orders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `lmg_contributions`, from some orders of entry in place of all.

    Parameters
    ----------
    r_xx : array, (…, p, p)
    r_xy : array, (…, p)
    orders : array of int, (n_orders, p)
        As `antithetic_orders` gives them.

    Returns
    -------
    contributions : array, (…, p)
        They sum to R² whatever the orders. NaN where an entry is NaN.
    standard_error : array, (…, p)
        Of the drawing of orders alone, from the spread of the pairs' means; nothing of the sample's.

    Raises
    ------
    ParameterError
        The shapes do not fit.

    Notes
    -----
    p³ / 6 multiplications for each order and leading entry.

    References
    ----------
    Castro, Gómez & Tejada (2009), Computers & Operations Research 36.
    """
    r_xx, r_xy = checked_correlations(r_xx, r_xy)
    p = r_xy.shape[-1]
    if orders.ndim != 2 or orders.shape[1] != p:
        raise ParameterError(f"orders must be (n, {p}) for {p} drivers; found {orders.shape}")
    many_xx, many_xy = r_xx.reshape(-1, p, p), r_xy.reshape(-1, p)
    parts, errors = np.empty_like(many_xy), np.empty_like(many_xy)
    n_pairs = len(orders) // 2
    for each in range(len(parts)):
        by_order = _added_by_driver(many_xx[each], many_xy[each], orders)
        by_pair = by_order.reshape(n_pairs, 2, p).mean(axis=1)
        parts[each], errors[each] = by_pair.mean(axis=0), by_pair.std(axis=0, ddof=1) / np.sqrt(n_pairs)
    return parts.reshape(r_xy.shape), errors.reshape(r_xy.shape)


def _added_by_driver(r_xx: np.ndarray, r_xy: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """What each driver adds to R² in each order, (n_orders, p)."""
    p = len(r_xy)
    triangle = lower_triangle(r_xx[orders[:, :, None], orders[:, None, :]], r_xy[orders])
    added = np.empty((len(orders), p))
    spare = np.empty_like(triangle)
    for place in range(p):
        k = p - place
        given = np.empty((k * (k + 1) // 2, len(orders)))
        added[:, place] = condition_on_first(triangle, rest=spare[: len(given)], given=given)
        triangle = given
    by_driver = np.empty_like(added)
    np.put_along_axis(by_driver, orders, added, axis=1)
    return by_driver
