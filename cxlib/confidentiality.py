"""What may be shown: nothing under the smallest base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, product

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, require_columns

SMALLEST_BASE = 5
"""The fewest customers or answers that a figure may rest on."""


def suppress_small_bases(
    frame: pd.DataFrame, *, base: str, columns: Iterable[str], smallest_base: int = SMALLEST_BASE
) -> pd.DataFrame:
    """Blank the `columns` of every row whose base is under `smallest_base`.

    Parameters
    ----------
    frame : DataFrame, one row per group
    base : str
        The column with the number that the row's figures rest on; it stays visible.
    columns : iterable of str
        The figures to blank: floats become NaN, counts NA.
    smallest_base : int, >= 1

    Returns
    -------
    DataFrame, a new one

    Raises
    ------
    MissingColumnError, ParameterError
    """
    columns = list(columns)
    require_columns(frame, [base, *columns], name="the frame")
    is_small = ~(frame[base] >= check_smallest_base(smallest_base))  # a missing base is small
    return _blanked(frame, columns, is_small)


def suppress_derivable(
    frame: pd.DataFrame,
    *,
    base: str,
    columns: Iterable[str],
    within: str | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Blank small rows, and with them what would give them away: the parts of a total that is shown.

    Where the hidden rows of a total are one row, or rest on fewer than `smallest_base` together, the total less the
    rows shown would tell them. Then the smallest row shown is blanked too, until it does not.

    Parameters
    ----------
    frame : DataFrame, one row per part
    base : str
        The column with the number that the row's figures rest on; it stays visible. A row of base 0 hides nobody.
    columns : iterable of str
    within : str, optional
        The column that says to which total a part belongs; default: all rows are parts of one.
    smallest_base : int, >= 1

    Returns
    -------
    DataFrame, a new one

    Raises
    ------
    MissingColumnError, ParameterError
    """
    columns = list(columns)
    require_columns(frame, [base, *columns, *([within] if within else [])], name="the frame")
    check_smallest_base(smallest_base)
    bases = frame[base].fillna(0).reset_index(drop=True)
    totals = frame[within].astype("object").reset_index(drop=True) if within else pd.Series(0, bases.index)
    hidden = bases < smallest_base
    parts = bases.groupby(totals, dropna=False) if (hidden & (bases > 0)).any() else []
    for _, part in parts:
        for row in part.sort_values(kind="stable").index:
            concealed = part[hidden[part.index] & (part > 0)]
            if concealed.empty or (len(concealed) > 1 and concealed.sum() >= smallest_base):
                break
            hidden[row] = True  # from the smallest up: those hidden already change nothing
    return _blanked(frame, columns, hidden.set_axis(frame.index))


def few_told(
    hidden: pd.DataFrame,
    *,
    base: str,
    rows: str,
    columns: str,
    shown_rows: Sequence[str],
    shown_columns: Sequence[str],
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
    smallest_base : int, >= 1

    Yields
    ------
    tuple of two lists of str
        Rows and columns. The rows less the columns leave the parts that lie in one of those rows or in one of those
        columns, but not in both: one part, or parts that rest on fewer than `smallest_base` together.

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
    for weights, least in ((met[base].to_numpy(float), smallest_base), (np.ones(len(met)), 2)):
        table = np.zeros((len(shown_rows) + 1, len(shown_columns) + 1))
        np.add.at(table, places, weights)
        for chosen in product((False, True), repeat=len(shown_columns)):
            is_chosen = np.array([*chosen, False])
            taken = _rows_that_leave_least(table[:, ~is_chosen].sum(axis=1), table[:, is_chosen].sum(axis=1), least)
            if taken is not None:
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


def check_smallest_base(smallest_base: int) -> int:
    """The smallest base, if it is one.

    Raises
    ------
    ParameterError
    """
    if not smallest_base >= 1:
        raise ParameterError(f"smallest_base must be at least 1, found {smallest_base}")
    return smallest_base


def _blanked(frame: pd.DataFrame, columns: list[str], rows: pd.Series) -> pd.DataFrame:
    shown = frame.copy()
    for column in columns:
        if pd.api.types.is_bool_dtype(shown[column].dtype):
            shown[column] = shown[column].astype("boolean")
        elif pd.api.types.is_integer_dtype(shown[column].dtype):
            shown[column] = shown[column].astype("Int64")
        shown[column] = shown[column].mask(rows)
    return shown
