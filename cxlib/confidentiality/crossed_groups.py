"""Groups of several columns, such as segment and region, held against what the same table by fewer of them shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, combinations

import numpy as np
import pandas as pd

from cxlib.confidentiality.audit import told_groups
from cxlib.confidentiality.bases import SMALLEST_BASE, blanked, check_smallest_base, hidden_parts
from cxlib.confidentiality.totals import CheckedTotals
from cxlib.confidentiality.withholding import cheapest_choice
from cxlib.errors import require_columns

MOST_SMALL_GROUPS = 25
"""Of more the audit would try too many sums: some 15,000 of up to four groups, each in some 20 µs."""


def suppress_crossed(
    frame: pd.DataFrame,
    *,
    by: Sequence[str],
    figures: Mapping[str, Sequence[str]],
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Blank small groups, and those that would tell them beside the tables by fewer of the columns.

    Beside a table by segment and region there may stand the ones by segment, by region and of all. Each of them is held
    to what this function shows of it, so that the larger table tells nothing of too few that these do not tell.

    Parameters
    ----------
    frame : DataFrame, one row per group
        Nobody is in two groups.
    by : sequence of str
        The columns that make the groups; a missing value is a level of its own. By none there is one group of all.
    figures : mapping of a base to figures
        A column with the number of people that figures rest on, to the columns of those; a figure may rest on several
        bases. The bases stay visible, unless they are figures on another base themselves. Groups that are hidden for an
        earlier base guard those of a later one.
    smallest_base : int, >= 1

    Returns
    -------
    DataFrame, a new one

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    By one column it is `suppress_derivable`, of equals the first in their order. By more the fewest groups are withheld
    that leave nothing of few to be told (`withheld_totals`). Two tables by one column can tell of few together, segment
    less region, by what both show: no rule for the larger table helps there, and `derivable_groups` finds it. Where
    more than 25 groups are too small, every group of the larger table is blanked: it is too fine for these people.

    Examples
    --------
    >>> groups = pd.DataFrame({"segment": list("aabb"), "region": list("nsns"), "n": [20, 3, 30, 40], "share": 0.5})
    >>> suppress_crossed(groups, by=["segment", "region"], figures={"n": ["share"]})["share"].isna().tolist()
    [True, True, True, True]
    >>> suppress_crossed(groups, by=["segment", "region"], figures={"n": ["share"]}, smallest_base=3)["share"].tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    by = list(by)
    needed = [*by, *figures, *(each for some in figures.values() for each in some)]
    require_columns(frame, dict.fromkeys(needed), name="the frame")
    check_smallest_base(smallest_base)
    shown, hidden = frame.copy(), {}
    for base, columns in figures.items():
        hidden = _hidden(frame, by, frame[base].fillna(0).to_numpy(float), hidden, smallest_base)
        of_row, _ = _groups(frame, by)
        shown = blanked(shown, list(columns), hidden[tuple(by)][of_row])
    return shown


def _hidden(
    frame: pd.DataFrame,
    by: list[str],
    bases: np.ndarray,
    already: Mapping[tuple[str, ...], np.ndarray],
    smallest_base: int,
) -> dict[tuple[str, ...], np.ndarray]:
    """For the table by each choice of the columns, from that of all on: which of its groups are hidden."""
    found: dict[tuple[str, ...], np.ndarray] = {}
    for size in range(len(by) + 1):
        for chosen in combinations(by, size):
            of_row, n_groups = _groups(frame, list(chosen))
            people = np.bincount(of_row, bases, minlength=n_groups)
            first = already.get(chosen, np.zeros(n_groups, dtype=bool))
            if size < 2:
                found[chosen] = hidden_parts(people, smallest_base=smallest_base, already=first)
                continue
            groups = frame.iloc[np.unique(of_row, return_index=True)[1]]
            given = [
                (np.arange(n)[:, None] == of_group)[~found[fewer]]
                for fewer in chain.from_iterable(combinations(chosen, n_fewer) for n_fewer in range(size))
                for of_group, n in [_groups(groups, list(fewer))]
            ]
            first = first | (people < smallest_base)
            found[chosen] = _withheld(people, np.concatenate(given).astype(float), first, smallest_base)
    return found


def _withheld(people: np.ndarray, given: np.ndarray, hidden: np.ndarray, smallest_base: int) -> np.ndarray:
    """Which groups to hide where these sums of them are given: those hidden already, and the fewest more."""
    is_met = people > 0
    if (is_met & (people < smallest_base)).sum() > MOST_SMALL_GROUPS:
        return np.ones(len(people), dtype=bool)
    of_given = CheckedTotals(bases=people[is_met], matrix=given[:, is_met], members=None)
    told_anyway = {tuple(group) for group, _ in told_groups(of_given, smallest_base)}
    together = np.concatenate([given[:, is_met], np.eye(int(is_met.sum()))])
    is_given = np.arange(len(together)) < len(given)
    withheld = cheapest_choice(
        CheckedTotals(bases=people[is_met], matrix=together, members=None),
        np.concatenate([np.zeros(len(given), dtype=bool), hidden[is_met]]),
        kept=is_given,
        told_anyway=told_anyway,
        smallest_base=smallest_base,
        names=pd.RangeIndex(len(together)),
    )
    found = hidden.copy()
    found[is_met] = withheld[~is_given]
    return found


def _groups(frame: pd.DataFrame, by: list[str]) -> tuple[np.ndarray, int]:
    """The group of each row, and how many there are; by no column it is one."""
    if not by:
        return np.zeros(len(frame), dtype="int64"), 1
    grouped = frame.groupby(by, observed=True, dropna=False)
    return grouped.ngroup().to_numpy("int64"), grouped.ngroups
