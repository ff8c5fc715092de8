"""Whether one score decides another exactly: then it is no driver of it but another form of it."""

from __future__ import annotations

import numpy as np
from scipy import special

BY_CHANCE = np.log(1e-6)
"""An exact rule that chance would bring about more often, in a few rows or of rare answers, is no evidence."""


FIRST = 1000
"""Rows that show most drivers to be no other form of the outcome."""


def decides(by: np.ndarray, what: np.ndarray) -> bool:
    """Whether each value of one score always comes with the same value of the other, too often to be chance.

    Parameters
    ----------
    by, what : arrays of float, (rows,), without NaN

    Returns
    -------
    bool

    Notes
    -----
    Under chance, rows that repeat a value of `by` would all have the first one's value of `what` with the product of
    its frequencies. Where all values differ no row repeats one, and the rule may still be seen from order: values of
    `what` that rise (or fall) throughout, of all the orders that they could have.
    """
    if not len(by) or np.ptp(by) == 0 or np.ptp(what) == 0:
        return False
    # a rule that the first rows break need not be looked for in all of them
    for some in (slice(FIRST), slice(None)):
        by_rows, what_rows, begins = _by_value(by[some], what[some])
        first = what_rows[begins]
        if not (np.maximum.reduceat(what_rows, begins) == first).all():
            return False
    by, what = by_rows, what_rows
    values, place, count = np.unique(what, return_inverse=True, return_counts=True)
    repeats = np.diff(np.r_[begins, len(by)]) - 1
    by_chance = float((repeats * np.log(count[place[begins]] / len(what))).sum())
    steps = np.diff(first)
    if (steps >= 0).all() or (steps <= 0).all():
        groups_of = np.bincount(place[begins], minlength=len(values))
        by_chance += float(np.log(2) - special.gammaln(len(first) + 1) + special.gammaln(groups_of + 1).sum())
    return by_chance < BY_CHANCE


def _by_value(by: np.ndarray, what: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both in order of the first, and where each of its values begins."""
    order = np.lexsort([what, by])
    by, what = by[order], what[order]
    return by, what, np.flatnonzero(np.r_[True, np.diff(by) != 0])
