"""Published totals as sums over cells: which cell is in which total, and what each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    index = pd.MultiIndex.from_tuples(list(totals), names=by) if totals else _no_total(levels)
    matrix = np.array(list(totals.values()), dtype=float).reshape(len(totals), len(cells))
    return pd.DataFrame(matrix, index=index, columns=cells.index)


def _no_total(levels: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([levels[name].iloc[:0] for name in levels.columns], names=list(levels.columns))


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckedTotals:
    """Cells and the totals over them, as arrays.

    Attributes
    ----------
    bases : array of float, people behind each cell
    matrix : array of float, totals × cells
    members : list of sets, or None where no person is in two cells
    """

    bases: np.ndarray
    matrix: np.ndarray
    members: list[frozenset] | None

    def n_people(self, places: Sequence[int]) -> float:
        """How many people are in some of the cells, each counted once."""
        if self.members is None:
            return float(self.bases[places].sum())
        return float(len(frozenset().union(*(self.members[place] for place in places))))

    def total_bases(self) -> np.ndarray:
        return np.array([self.n_people(np.flatnonzero(row)) for row in self.matrix], dtype=float)

    def met(self) -> CheckedTotals:
        """Without the cells of nobody, which hide nobody."""
        places = np.flatnonzero(self.bases > 0)
        members = None if self.members is None else [self.members[place] for place in places]
        return CheckedTotals(bases=self.bases[places], matrix=self.matrix[:, places], members=members)

    def of(self, rows: np.ndarray) -> CheckedTotals:
        """Only some of the totals."""
        return replace(self, matrix=self.matrix[rows])


def total_bases(cells: pd.DataFrame, totals: pd.DataFrame, *, base: str) -> pd.Series:
    """The number of people that each total rests on.

    Parameters
    ----------
    cells : DataFrame, one row per cell
    totals : DataFrame, one row per total, one column per cell
    base : str
        The column with the number of people behind a cell, or with the set of them where one person may be in several.

    Returns
    -------
    Series of float, by total

    Raises
    ------
    MissingColumnError, ParameterError
    """
    return pd.Series(checked_totals(cells, totals, base=base).total_bases(), index=totals.index, name=base)


def checked_totals(cells: pd.DataFrame, totals: pd.DataFrame, *, base: str) -> CheckedTotals:
    """The cells and the totals as arrays, in the cells' order.

    Raises
    ------
    MissingColumnError, ParameterError
        A base that is missing or negative, cells with one name, a total of a cell that is not there, a factor that is
        no number.
    """
    require_columns(cells, [base], name="the cells")
    are_sets = [isinstance(value, (set, frozenset)) for value in cells[base]]
    members = [frozenset(value) for value in cells[base]] if are_sets and all(are_sets) else None
    if members is None and any(are_sets):
        raise ParameterError(f"{base} holds sets of people in some cells and none in others; give them for all cells")
    counted = cells[base] if members is None else pd.Series([len(people) for people in members], dtype="float64")
    bases = counted.to_numpy(float, na_value=np.nan)
    if not (bases >= 0).all():
        raise ParameterError(f"{int((~(bases >= 0)).sum())} cells have no {base}, or one under 0; a base is at least 0")
    if cells.index.has_duplicates:
        raise ParameterError(
            "two cells have the same name in the index: name each once, as with reset_index(drop=True)"
        )
    unknown = totals.columns.difference(cells.index)
    if len(unknown):
        raise ParameterError(f"the totals add up {len(unknown)} cells that are not there, such as {unknown[0]!r}")
    matrix = totals.reindex(columns=cells.index, fill_value=0).to_numpy(float)
    if not np.isfinite(matrix).all():
        raise ParameterError("a total takes a cell with a factor that is no finite number; 1 is in it, 0 is not")
    return CheckedTotals(bases=bases, matrix=matrix, members=members)
