"""Which totals to withhold so that nothing about too few people follows from the rest: as few as can be."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from cxlib.confidentiality.audit import checked_counts, told_counts, told_groups
from cxlib.confidentiality.bases import SMALLEST_BASE, check_smallest_base
from cxlib.confidentiality.totals import CheckedTotals, checked_totals
from cxlib.errors import ParameterError


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
    told_anyway: Collection[tuple[int, ...]] = (),
    counts: np.ndarray | None = None,
    smallest_base: int,
    names: pd.Index,
) -> np.ndarray:
    """`withheld_totals` on arrays: which totals are withheld, those that are so already among them.

    Parameters
    ----------
    checked : CheckedTotals, without cells of nobody
    withheld, kept : array of bool, by total
    told_anyway : collection of tuples of cells' places
        Groups that need no guard, since what is kept tells them by itself.
    counts : array of float, by cell, optional
    smallest_base : int
    names : Index of the totals, for messages

    Raises
    ------
    ParameterError
        What is kept tells of too few by itself, and not of `told_anyway`.
    """
    sets: list[np.ndarray] = []
    people, first = checked.total_bases(), withheld
    while True:
        shown = np.flatnonzero(~withheld)
        told = told_groups(checked.of(shown), smallest_base)
        telling = [shown[used] for group, used in told if tuple(group) not in told_anyway]
        if not telling and counts is not None:
            few = np.flatnonzero(checked.bases < smallest_base)
            telling = [shown[used] for _, used in told_counts(checked.of(shown), counts, few)]
        if not telling:
            return withheld
        sets += telling
        withheld = first | _cheapest(sets, people, kept, names)


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
