"""One step of entering drivers into a regression, for many regressions at once: condition on the first variable.

Symmetric matrices of variables, the outcome last, are held as their lower triangles, row by row, in the first axis of
an array; the other axes are regressions. `np.linalg.cholesky` would do for one order of entry, but stops at drivers
that make each other up.
"""

from __future__ import annotations

import numpy as np

ROUNDING = 1e-10
"""A driver of which less than this part is its own after those before it is made up by them."""


def lower_triangle(r_xx: np.ndarray, r_xy: np.ndarray) -> np.ndarray:
    """Correlations of p drivers, (…, p, p), and with the outcome, (…, p), as ((p + 1)(p + 2) / 2, …)."""
    p = r_xy.shape[-1]
    whole = np.ones((*r_xy.shape[:-1], p + 1, p + 1))
    whole[..., :p, :p] = r_xx
    whole[..., p, :p] = r_xy
    row, column = np.tril_indices(p + 1)
    return np.ascontiguousarray(np.moveaxis(whole[..., row, column], -1, 0))


def n_variables(triangle: np.ndarray) -> int:
    """How many variables a lower triangle is of.

    >>> n_variables(np.zeros(6))
    3
    """
    return int((np.sqrt(8 * len(triangle) + 1) - 1) / 2)


def condition_on_first(triangle: np.ndarray, *, given: np.ndarray, rest: np.ndarray | None = None) -> np.ndarray:
    """Take the first variable away: what is left of the others less what it explains of them.

    Parameters
    ----------
    triangle : array, (k (k + 1) / 2, …)
        Of k variables.
    given : array, (k (k − 1) / 2, …)
        Written to: the others given the first.
    rest : array of the same shape, optional
        Written to: the others as they are.

    Returns
    -------
    array, (…)
        What the first variable explains of the last: 0 where nothing of it is its own.
    """
    k = n_variables(triangle)
    begins = np.arange(k) * np.arange(1, k + 1) // 2
    own, beside = triangle[0], triangle[begins[1:]]
    is_own = own > ROUNDING
    part = beside * np.where(is_own, 1 / np.where(is_own, own, 1.0), 0.0)
    for row in range(k - 1):
        here = slice(begins[row], begins[row] + row + 1)
        others = triangle[begins[row + 1] + 1 : begins[row + 1] + row + 2]
        if rest is not None:
            rest[here] = others
        np.multiply(beside[: row + 1], part[row], out=given[here])
        np.subtract(others, given[here], out=given[here])
    return part[-1] * beside[-1]
