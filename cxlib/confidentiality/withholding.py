"""Which totals to withhold so that nothing about too few people follows from the rest: as few as can be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from cxlib.confidentiality.audit import (
    ROUNDING,
    checked_counts,
    is_told,
    n_groups_of_few,
    told_counts,
    told_groups,
    told_sums,
)
from cxlib.confidentiality.bases import SMALLEST_BASE, check_smallest_base
from cxlib.confidentiality.totals import CheckedTotals, checked_totals
from cxlib.errors import ParameterError

MOST_GROUPS_TRIED = 6_000
"""Of groups of hidden cells with too few people: the audit takes some 30 µs for each, in each of a few rounds."""

MOST_HIDDEN_CELLS = 200
"""Of more the audit's null space, cubic in them, and its linear programmes take seconds."""


MOST_CELLS_CHOSEN = 150
"""Of more the integer programme takes minutes to show that no fewer would do."""


def withheld_totals(
    cells: pd.DataFrame,
    totals: pd.DataFrame,
    *,
    base: str,
    count: str | None = None,
    keep: Iterable = (),
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Withhold every total on too few people, and the fewest others that leave nothing about too few to be told.

    Parameters
    ----------
    cells : DataFrame, one row per cell
        Its index names the cells.
    totals : DataFrame, one row per total, one column per cell
        As `crossed_totals` gives them, or any other sums that are to be published.
    base : str
        The column with the number of people behind a cell, or with the set of them where one person may be in several.
    count : str, optional
        A column with counts, whole numbers from 0 to the base. Then no count of a small cell may follow from what is
        published and what a count can be, either. A total that is 0, or all of its base, tells each of its cells, so
        it is withheld where one of them is small.
    keep : iterable of totals' names
        Those that are shown in any case, such as the total of all.
    smallest_base : int, >= 1

    Returns
    -------
    DataFrame, one row per total
        the base's column : float, the people behind it
        is_small : bool, whether they are too few
        is_withheld : bool

    Raises
    ------
    MissingColumnError
    ParameterError
        Also where what is to be kept tells of too few by itself.

    Notes
    -----
    Whatever tells of too few takes some totals, of which at least one has to go. Each round asks the audit for such
    sets of totals, and an integer programme (HiGHS) for the cheapest choice that breaks all that were found; it ends
    when the audit finds none. Every condition is necessary, so the last choice is a cheapest one: the fewest totals,
    and of those the ones with the fewest people. The problem is NP-hard: a table of 12 × 12 with its margins takes
    one to three seconds, with counts three to five.

    References
    ----------
    Fischetti & Salazar-González (2000), Journal of the American Statistical Association 95, for complementary
    suppression as an integer programme with conditions made as they are needed.
    """
    checked = checked_totals(cells, totals, base=base)
    check_smallest_base(smallest_base)
    counts = None if count is None else checked_counts(cells, checked.bases, count)[checked.bases > 0]
    checked = checked.met()

    people = checked.total_bases()
    is_small = (people > 0) & (people < smallest_base)
    kept = _kept(totals, keep)
    if (is_small & kept).any():
        first = totals.index[is_small & kept][0]
        raise ParameterError(f"{first!r} is to be kept, but rests on fewer than {smallest_base} people")
    withheld = cheapest_choice(
        checked, is_small, kept=kept, counts=counts, smallest_base=smallest_base, names=totals.index
    )
    return pd.DataFrame({base: people, "is_small": is_small, "is_withheld": withheld}, index=totals.index)


def cheapest_choice(
    checked: CheckedTotals,
    withheld: np.ndarray,
    *,
    kept: np.ndarray,
    counts: np.ndarray | None = None,
    smallest_base: int,
    names: pd.Index,
) -> np.ndarray:
    """`withheld_totals` on arrays: which totals are withheld, those that are so already among them.

    Parameters
    ----------
    checked : CheckedTotals, without cells of nobody
    withheld, kept : array of bool, by total
    counts : array of float, by cell, optional
    smallest_base : int
    names : Index of the totals, for messages

    Raises
    ------
    ParameterError
        What is kept tells of too few by itself.
    """
    sets: list[np.ndarray] = []
    people, first = checked.total_bases(), withheld
    while True:
        shown = np.flatnonzero(~withheld)
        told = told_groups(checked.of(shown), smallest_base)
        telling = [shown[used] for _, used in told]
        if not telling and counts is not None:
            few = np.flatnonzero(checked.bases < smallest_base)
            telling = [shown[used] for _, used in told_counts(checked.of(shown), counts, few)]
        if not telling:
            return withheld
        sets += telling
        withheld = first | _cheapest(sets, people, kept, names)


def guarded_cells(given: CheckedTotals, hidden: np.ndarray, *, smallest_base: int) -> np.ndarray:
    """Which cells to hide where sums of them are known: those hidden already, and few more.

    Parameters
    ----------
    given : CheckedTotals, without cells of nobody
        The sums that are known whatever is hidden.
    hidden : array of bool, by cell
        Every cell of too few people among them.
    smallest_base : int

    Returns
    -------
    array of bool, by cell
        The cells shown tell nothing of too few that the sums do not tell alone. Where there are more than
        `MOST_HIDDEN_CELLS` or `MOST_GROUPS_TRIED` to look at, every cell: then only the sums are left.

    Notes
    -----
    As `withheld_totals` does it, with the fewest cells: of more than `MOST_CELLS_CHOSEN` with the smallest one for each
    group that would be told, which may be more. A cell that is shown can be taken off every sum, so the audit looks at
    the hidden ones alone. It runs to its end or not at all: nothing is shown that it has not passed.
    """
    first, sets = hidden, []
    while hidden[given.bases < smallest_base].any():
        places = np.flatnonzero(hidden)
        left = given.of_cells(places)
        too_many = len(places) > MOST_HIDDEN_CELLS
        if too_many or n_groups_of_few(left, smallest_base, most=MOST_GROUPS_TRIED) > MOST_GROUPS_TRIED:
            return np.ones_like(hidden)
        telling = []
        touched = left.matrix.any(axis=1)
        for group, factors in told_sums(left.of(touched), smallest_base):
            if not is_told(given.matrix, places[group]):
                used = np.abs(factors @ given.matrix[touched]) > ROUNDING
                telling.append(np.flatnonzero(used & ~hidden))
        if not telling:
            break
        sets += telling
        if len(hidden) > MOST_CELLS_CHOSEN:
            hidden = hidden | _smallest_of_each(telling, given.bases)
        else:
            none_kept = np.zeros(len(hidden), dtype=bool)
            hidden = first | _cheapest(sets, given.bases, none_kept, pd.RangeIndex(len(hidden)))
    return hidden


def _smallest_of_each(sets: list[np.ndarray], people: np.ndarray) -> np.ndarray:
    """Of every set that has none yet its cell with the fewest people."""
    chosen = np.zeros(len(people), dtype=bool)
    for used in sets:
        if not chosen[used].any():
            chosen[used[np.argmin(people[used])]] = True
    return chosen


def _kept(totals: pd.DataFrame, keep: Iterable) -> np.ndarray:
    keep = list(keep)
    unknown = [name for name in keep if name not in totals.index]
    if unknown:
        raise ParameterError(f"there is no total {unknown[0]!r} to keep; the totals are named by the frame's index")
    return totals.index.isin(keep)


def _cheapest(sets: list[np.ndarray], people: np.ndarray, kept: np.ndarray, names: pd.Index) -> np.ndarray:
    """The fewest totals, then those with the fewest people, that take one out of every set."""
    rows = np.repeat(np.arange(len(sets)), [len(used) for used in sets])
    is_in = sparse.csr_array((np.ones(len(rows)), (rows, np.concatenate(sets))), shape=(len(sets), len(people)))
    blocked = [used for used in sets if kept[used].all()]
    if blocked:
        listed = ", ".join(map(repr, names[blocked[0]]))
        raise ParameterError(f"{listed} are to be kept, but tell of too few people together: keep fewer of them")
    found = optimize.milp(
        1 + people / (people.sum() + 1),
        integrality=np.ones(len(people)),
        bounds=optimize.Bounds(0, np.where(kept, 0, 1)),
        constraints=optimize.LinearConstraint(is_in, lb=1),
    )
    return found.x > 0.5
