"""What totals that cut through one another tell of the parts that they leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, product

import numpy as np
import pandas as pd

from cxlib.confidentiality.bases import APART, OVERLAPPING, SMALLEST_BASE, check_parts, check_smallest_base
from cxlib.errors import require_columns


def few_told(
    hidden: pd.DataFrame,
    *,
    base: str,
    rows: str,
    columns: str,
    shown_rows: Sequence[str],
    shown_columns: Sequence[str],
    parts: str = APART,
    smallest_base: int = SMALLEST_BASE,
) -> Iterator[tuple[list[str], list[str]]]:
    """The totals of a two-way table that, taken from one another, leave a hidden part alone, or parts of too few.

    A stage and a phase share touchpoints: the stage less the phase can leave a single one.

    Parameters
    ----------
    hidden : DataFrame, one row per hidden part
        Each lies in one row and one column of the table, or where those are missing in none. Parts that are shown are
        no secret: they can be taken off every total.
    base : str
        The column with the number that a part rests on. A part of base 0 hides nobody.
    rows, columns : str
        The columns of `hidden` that say in which row and which column of the table a part lies.
    shown_rows, shown_columns : sequence of str
        The rows and the columns whose totals are shown.
    parts : "apart" or "overlapping"
        Whether nobody is in two parts, or somebody may be; then the bases do not add up.
    smallest_base : int, >= 1

    Yields
    ------
    tuple of two lists of str
        Rows and columns. The rows less the columns leave the parts that lie in one of those rows or in one of those
        columns, but not in both: one part, or parts that may rest on fewer than `smallest_base` together.

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Totals may be added and subtracted with any factors; taking each once is enough. With parts as edges between their
    row and their column, what totals tell is the cut space of a graph, in which every vector covers a cut. For given
    columns each row is taken or not by what it leaves, so the cost is linear in the parts and the rows, and doubles
    with every column.
    """
    require_columns(hidden, [base, rows, columns], name="the hidden parts")
    check_smallest_base(smallest_base)
    met = hidden.loc[hidden[base] > 0]
    places = tuple(
        pd.Index(list(shown), dtype=object).get_indexer(met[name].astype("object"))  # -1, the last: in no total
        for name, shown in ((rows, shown_rows), (columns, shown_columns))
    )
    bases = met[base].to_numpy(float)
    least_of = [(bases, smallest_base), (np.ones(len(met)), 2)]
    if check_parts(parts) == OVERLAPPING:
        # a part of enough people makes any parts enough; those of too few, however many, may all be the same people
        is_enough = bases >= smallest_base
        least_of.append((np.where(is_enough, 1.0, 0.5 / max(len(met), 1)), 1))
    told: set[tuple[tuple, tuple]] = set()
    for weights, least in least_of:
        table = np.zeros((len(shown_rows) + 1, len(shown_columns) + 1))
        np.add.at(table, places, weights)
        for chosen in product((False, True), repeat=len(shown_columns)):
            is_chosen = np.array([*chosen, False])
            taken = _rows_that_leave_least(table[:, ~is_chosen].sum(axis=1), table[:, is_chosen].sum(axis=1), least)
            if taken is not None and (found := (tuple(taken), chosen)) not in told:
                told.add(found)
                yield list(compress(shown_rows, taken)), list(compress(shown_columns, chosen))


def _rows_that_leave_least(if_taken: np.ndarray, if_not: np.ndarray, least: float) -> np.ndarray | None:
    """Which rows to take so that something is left, but less than `least`; None where that cannot be."""
    if_taken[-1] = np.inf  # the last are the parts of no row
    taken = if_taken < if_not
    left = np.minimum(if_taken, if_not).sum()
    if left == 0:  # nothing is told yet: of one row more, or one less, something is
        others = np.maximum(if_taken, if_not)
        others[(others == 0) | np.isinf(others)] = np.inf
        row = others.argmin()
        taken[row] = ~taken[row]
        left = others[row]
    return taken[:-1] if left < least else None
