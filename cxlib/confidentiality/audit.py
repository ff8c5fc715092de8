"""Whether what is hidden follows from what is published, by any sums and differences or by what a count can be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import linalg, optimize

from cxlib.confidentiality.bases import SMALLEST_BASE, check_smallest_base
from cxlib.confidentiality.totals import CheckedTotals, checked_totals
from cxlib.errors import ParameterError, require_columns

ROUNDING = 1e-7
"""What floating point leaves of a number that is 0, here of sums of at most some thousand cells."""

WHOLE = 1e-6
"""How near to a whole number the solver's bound of a count is taken for it."""


def derivable_groups(
    cells: pd.DataFrame, totals: pd.DataFrame, *, base: str, smallest_base: int = SMALLEST_BASE
) -> pd.DataFrame:
    """The groups of too few people of which something follows from the published totals.

    Something follows of a group where the totals, each taken any number of times and added or subtracted, leave its
    cells and no others: their sum, or how they differ. That is so whatever the figures are.

    Parameters
    ----------
    cells : DataFrame, one row per cell
        Its index names the cells.
    totals : DataFrame, one row per published total, one column per cell
        How often the total takes each cell: 1 or 0, as `crossed_totals` gives it. A cell that is shown is a total
        of its own.
    base : str
        The column with the number of people behind a cell, or with the set of them where one person may be in several.
        A cell of nobody hides nobody.
    smallest_base : int, >= 1

    Returns
    -------
    DataFrame, one row per group that cannot be made smaller
        cells : tuple of the cells' names
        n_people : float, fewer than smallest_base
        totals : tuple of the totals' names that tell it together

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Exact, up to floating point: with N a basis of what the totals leave open (their null space), something of a group
    is told where its rows of N depend on one another, and a smallest such group is a circuit of that matroid. Where
    the rows of all small cells are independent, which one rank tells, nothing is told. Else the groups are tried from
    the smallest on: at most as many as there are ways to take cells whose people together are fewer than
    `smallest_base`, so four cells at the usual 5.

    Examples
    --------
    >>> cells = pd.DataFrame({"n": [40, 30, 3]}, index=["House", "Apartment", "Farm"])
    >>> everybody_and_two = pd.DataFrame([[1, 1, 1], [1, 0, 0], [0, 1, 0]], columns=cells.index, index=[
    ...     "everybody", "House", "Apartment"])
    >>> derivable_groups(cells, everybody_and_two, base="n")["cells"].tolist()
    [('Farm',)]
    >>> derivable_groups(cells, everybody_and_two.drop("House"), base="n")["cells"].tolist()
    []
    """
    checked = checked_totals(cells, totals, base=base)
    check_smallest_base(smallest_base)
    names, known = cells.index[checked.bases > 0], checked.met()
    found = [
        {
            "cells": tuple(names[group]),
            "n_people": known.n_people(group),
            "totals": tuple(totals.index[used]),
        }
        for group, used in told_groups(known, smallest_base)
    ]
    return pd.DataFrame(found, columns=["cells", "n_people", "totals"]).astype({"n_people": "float64"})


def feasible_counts(cells: pd.DataFrame, totals: pd.DataFrame, *, base: str, count: str) -> pd.DataFrame:
    """How large each cell's count can be, given the published totals and that it lies between 0 and the base.

    Where little room is left a hidden count is told though no subtraction gives it: 0 of 7 in two hidden cells is 0 in
    each.

    Parameters
    ----------
    cells, totals, base
        As `derivable_groups` takes them.
    count : str
        The column with the true counts, such as n_at_risk: whole numbers from 0 to the base. They give the totals'
        values.

    Returns
    -------
    DataFrame, one row per cell
        low_count, high_count : int
        is_told : bool, whether they are the same; of a cell of nobody they are

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Two linear programmes for each cell (HiGHS), each in practice about linear in the table. They leave fractions open,
    so the true limits, of whole numbers in all cells at once, may be narrower in tables of three dimensions; in tables
    of two they are the same (the matrix is totally unimodular).
    """
    checked = checked_totals(cells, totals, base=base)
    counts = checked_counts(cells, checked.bases, count)
    limits = [_count_limits(checked, counts, place) for place in range(len(cells))]
    low = [int(np.ceil(least.fun - WHOLE)) for least, _ in limits]
    high = [int(np.floor(-most.fun + WHOLE)) for _, most in limits]
    found = pd.DataFrame({"low_count": low, "high_count": high}, index=cells.index, dtype="int64")
    return found.assign(is_told=found["low_count"] == found["high_count"])


def told_groups(checked: CheckedTotals, smallest_base: float) -> Iterator[tuple[list[int], np.ndarray]]:
    """`derivable_groups` on arrays, none of the bases 0: the cells of each group, and the totals that tell it."""
    for group in _told(checked, smallest_base):
        yield group, _telling(checked.matrix, group)


def told_counts(checked: CheckedTotals, counts: np.ndarray, places: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The cells among `places` whose count is told, each with the totals by which it is."""
    for place in places:
        least, most = _count_limits(checked, counts, place)
        if np.ceil(least.fun - WHOLE) == np.floor(-most.fun + WHOLE):
            used = np.abs(least.eqlin.marginals) + np.abs(most.eqlin.marginals)
            yield int(place), np.flatnonzero(used > ROUNDING)


def checked_counts(cells: pd.DataFrame, bases: np.ndarray, count: str) -> np.ndarray:
    """The counts, if they are whole numbers from 0 to the bases.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    require_columns(cells, [count], name="the cells")
    counts = cells[count].to_numpy(float, na_value=np.nan)
    is_wrong = ~((counts >= 0) & (counts <= bases) & (counts == np.round(counts)))
    if is_wrong.any():
        raise ParameterError(
            f"{count} of {int(is_wrong.sum())} cells, such as {cells.index[is_wrong][0]!r}, is no whole number from 0 "
            "to the base; a missing one cannot be audited"
        )
    return counts


def _told(checked: CheckedTotals, smallest_base: float) -> Iterator[list[int]]:
    """The smallest groups of cells with too few people of which the totals tell something."""
    matrix = checked.matrix
    few = np.flatnonzero(checked.bases < smallest_base)
    if not len(few) or not len(matrix):
        return
    open_ways = linalg.null_space(matrix) if matrix.any() else np.eye(matrix.shape[1])
    open_ways = open_ways[few]
    if _rank(open_ways) == len(few):
        return
    found: list[set[int]] = []
    # breadth first: a group that holds a smaller one which is told is not tried
    groups: list[list[int]] = [[]]
    while groups:
        larger = []
        for group in groups:
            for place in range(group[-1] + 1 if group else 0, len(few)):
                wider = [*group, place]
                if checked.n_people(few[wider]) >= smallest_base or any(told <= set(wider) for told in found):
                    continue
                if _rank(open_ways[wider]) < len(wider):
                    found.append(set(wider))
                    yield list(few[wider])
                else:
                    larger.append(wider)
        groups = larger


def _rank(rows: np.ndarray) -> int:
    if not rows.size:
        return 0
    return int((np.linalg.svd(rows, compute_uv=False) > ROUNDING).sum())


def _telling(matrix: np.ndarray, group: list[int]) -> np.ndarray:
    """Few totals that, combined, leave the group's cells alone: those of the least sum of factors."""
    others = np.delete(matrix, group, axis=1).T
    least = optimize.linprog(
        np.ones(2 * len(matrix)),
        A_eq=np.block([[others, -others], [matrix[:, group[:1]].T, -matrix[:, group[:1]].T]]),
        b_eq=[*np.zeros(len(others)), 1],
        bounds=(0, None),
        method="highs",
    )
    factors = least.x[: len(matrix)] - least.x[len(matrix) :]
    return np.flatnonzero(np.abs(factors) > ROUNDING)


def _count_limits(checked: CheckedTotals, counts: np.ndarray, place: int):
    """The solutions with the least and the most count in one cell."""
    bases, matrix = checked.bases, checked.matrix
    wanted = np.zeros(len(bases))
    wanted[place] = 1
    known = {"A_eq": matrix, "b_eq": matrix @ counts, "bounds": np.column_stack([np.zeros(len(bases)), bases])}
    return [optimize.linprog(sign * wanted, **known, method="highs") for sign in (1, -1)]
