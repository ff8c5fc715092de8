"""Published totals as sums over cells: which cell is in which total, and what each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, require_columns

ALL = "all"
"""Stands in a total's name where it adds up over a dimension."""


def crossed_totals(cells: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Every total of a table with several dimensions: its cells, its margins, and the sum of all.

    Parameters
    ----------
    cells : DataFrame, one row per cell
        Its index names the cells.
    by : sequence of str
        The dimensions, such as segment and phase. A missing value is a level of its own.

    Returns
    -------
    DataFrame, one row per total, one column per cell: float, 1 where the cell is in the total, else 0
        The index names each total by its levels, "all" where it adds up over a dimension. A total of the same cells as
        an earlier one is left out.

    Raises
    ------
    MissingColumnError, ParameterError
        No dimension, or a level that is itself called "all".
    """
    by = list(by)
    if not by:
        raise ParameterError("by is empty: name at least one dimension, such as ['segment']")
    require_columns(cells, by, name="the cells")
    levels = cells[by].astype("object").where(cells[by].notna(), None)
    if (levels == ALL).any(axis=None):
        raise ParameterError(f"a level is called {ALL!r}, which is what a total over all levels is called: rename it")
    totals: dict[tuple, np.ndarray] = {}
    seen: set[bytes] = set()
    for size in range(len(by), -1, -1):
        for kept in combinations(by, size):
            names = levels.assign(**{name: ALL for name in by if name not in kept})[by]
            for total in dict.fromkeys(names.itertuples(index=False, name=None)):
                is_in = np.array([name == total for name in names.itertuples(index=False, name=None)])
                if is_in.tobytes() not in seen:
                    seen.add(is_in.tobytes())
                    totals[total] = is_in.astype(float)
    index = pd.MultiIndex.from_tuples(list(totals), names=by)
    return pd.DataFrame(np.array(list(totals.values())), index=index, columns=cells.index)


def total_bases(cells: pd.DataFrame, totals: pd.DataFrame, *, base: str) -> pd.Series:
    """The number that each total rests on: the sum of its cells'.

    Parameters
    ----------
    cells : DataFrame, one row per cell
    totals : DataFrame, one row per total, one column per cell
    base : str

    Returns
    -------
    Series of float, by total

    Raises
    ------
    MissingColumnError, ParameterError
    """
    bases, matrix = checked_totals(cells, totals, base=base)
    return pd.Series((matrix != 0) @ bases, index=totals.index, name=base)


def checked_totals(cells: pd.DataFrame, totals: pd.DataFrame, *, base: str) -> tuple[np.ndarray, np.ndarray]:
    """The bases of the cells, and the totals as a matrix in the cells' order.

    Raises
    ------
    MissingColumnError, ParameterError
        A base that is missing or negative, cells with one name, a total of a cell that is not there, a factor that is
        no number.
    """
    require_columns(cells, [base], name="the cells")
    bases = cells[base].to_numpy(float, na_value=np.nan)
    if not (bases >= 0).all():
        raise ParameterError(f"{int((~(bases >= 0)).sum())} cells have no {base}, or one under 0; a base is at least 0")
    if cells.index.has_duplicates:
        raise ParameterError("two cells have the same name in the index: name each once, as with reset_index(drop=True)")
    unknown = totals.columns.difference(cells.index)
    if len(unknown):
        raise ParameterError(f"the totals add up {len(unknown)} cells that are not there, such as {unknown[0]!r}")
    matrix = totals.reindex(columns=cells.index, fill_value=0).to_numpy(float)
    if not np.isfinite(matrix).all():
        raise ParameterError("a total takes a cell with a factor that is no finite number; 1 is in it, 0 is not")
    return bases, matrix
