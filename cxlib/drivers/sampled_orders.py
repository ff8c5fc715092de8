"""LMG of more drivers than can be fitted in every subset: the mean over orders of entry drawn by chance."""

from __future__ import annotations

import numpy as np

from cxlib.drivers.elimination import condition_on_first
from cxlib.drivers.lmg import checked_correlations
from cxlib.errors import ParameterError

FEWEST_ROUNDS = 5
"""Fewer tell too little of how far apart rounds are."""


def balanced_orders(p: int, n_rounds: int, *, seed: int = 0) -> np.ndarray:
    """Orders in which p drivers may enter, in rounds of 2p in which every driver has every place twice.

    What a driver adds depends most on how early it comes. A round is an order drawn by chance, turned by each number of
    places, and the reverse of each: its mean varies far less than that of as many orders drawn one by one.

    Parameters
    ----------
    p : int
    n_rounds : int, >= `FEWEST_ROUNDS`
    seed : int

    Returns
    -------
    array of int, (n_rounds, 2p, p)

    Raises
    ------
    ParameterError

    References
    ----------
    Mitchell, Cooper, Frank & Holmes (2022), Journal of Machine Learning Research 23(43), on sampling orders in sets.
    """
    if n_rounds < FEWEST_ROUNDS:
        raise ParameterError(f"n_rounds must be at least {FEWEST_ROUNDS}, found {n_rounds}")
    places = np.arange(p)
    drawn = np.random.default_rng(seed).permuted(np.tile(places, (n_rounds, 1)), axis=1)
    turned = drawn[:, (places[:, None] + places) % p]
    return np.concatenate([turned, turned[:, :, ::-1]], axis=1)


def sampled_lmg_contributions(r_xx, r_xy, *, orders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `lmg_contributions`, from some orders of entry in place of all.

    Parameters
    ----------
    r_xx : array, (…, p, p)
    r_xy : array, (…, p)
    orders : array of int, (n_rounds, 2p, p)
        As `balanced_orders` gives them.

    Returns
    -------
    contributions : array, (…, p)
        They sum to R² whatever the orders. NaN where an entry is NaN.
    standard_error : array, (…, p)
        Of the drawing of orders alone, from the spread of the rounds' means; nothing of the sample's.

    Raises
    ------
    ParameterError
        The shapes do not fit.

    Notes
    -----
    p³ / 6 multiplications for each order and leading entry.

    References
    ----------
    Castro, Gómez & Tejada (2009), Computers & Operations Research 36, "Polynomial calculation of the Shapley value …".
    """
    r_xx, r_xy = checked_correlations(r_xx, r_xy)
    p = r_xy.shape[-1]
    if orders.ndim != 3 or orders.shape[2] != p:
        raise ParameterError(f"orders must be (n_rounds, 2p, p) with {p} drivers; found {orders.shape}")
    many_xx, many_xy = r_xx.reshape(-1, p, p), r_xy.reshape(-1, p)
    parts, errors = np.empty_like(many_xy), np.empty_like(many_xy)
    n_rounds = len(orders)
    in_a_row = orders.reshape(-1, p)
    cells = _cells_by_order(in_a_row)
    whole = np.ones((p + 1, p + 1))
    for each in range(len(parts)):
        whole[:p, :p] = many_xx[each]
        whole[p, :p] = whole[:p, p] = many_xy[each]
        by_round = _added_by_driver(whole.take(cells), in_a_row).reshape(n_rounds, -1, p).mean(axis=1)
        parts[each], errors[each] = by_round.mean(axis=0), by_round.std(axis=0, ddof=1) / np.sqrt(n_rounds)
    return parts.reshape(r_xy.shape), errors.reshape(r_xy.shape)


def _cells_by_order(orders: np.ndarray) -> np.ndarray:
    """Where the lower triangle of the variables in each order stands in their matrix, the outcome last: one matrix is
    read in all orders at once."""
    n_orders, p = orders.shape
    variables = np.column_stack([orders, np.full(n_orders, p)]).T
    row, column = np.tril_indices(p + 1)
    return variables[row] * (p + 1) + variables[column]


def _added_by_driver(triangle: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """What each driver adds to R² in each order, (n_orders, p)."""
    n_orders, p = orders.shape
    added = np.empty((n_orders, p))
    for place in range(p):
        k = p - place
        given = np.empty((k * (k + 1) // 2, n_orders))
        added[:, place] = condition_on_first(triangle, given=given)
        triangle = given
    by_driver = np.empty_like(added)
    np.put_along_axis(by_driver, orders, added, axis=1)
    return by_driver
