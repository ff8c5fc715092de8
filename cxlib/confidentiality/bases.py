"""Nothing under the smallest base is shown, and no part of a total that would tell it."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, hint, require_columns

SMALLEST_BASE = 5
"""The fewest customers or answers that a figure may rest on."""

APART, OVERLAPPING = PARTS = ("apart", "overlapping")
"""Whether nobody is in two parts of a total, or somebody may be."""


def suppress_small_bases(
    frame: pd.DataFrame, *, base: str, columns: Iterable[str], smallest_base: int = SMALLEST_BASE
) -> pd.DataFrame:
    """Blank the `columns` of every row whose base is under `smallest_base`.

    Parameters
    ----------
    frame : DataFrame, one row per group
    base : str
        The column with the number that the row's figures rest on; it stays visible.
    columns : iterable of str, or one
        The figures to blank: floats become NaN, counts NA.
    smallest_base : int, >= 1

    Returns
    -------
    DataFrame, a new one

    Raises
    ------
    MissingColumnError, ParameterError
    """
    columns = _several(columns)
    require_columns(frame, [base, *columns], name="the frame")
    is_large = frame[base] >= check_smallest_base(smallest_base)
    is_small = ~is_large.fillna(False).to_numpy(bool)  # a missing base is small
    return blanked(frame, columns, is_small)


def suppress_derivable(
    frame: pd.DataFrame,
    *,
    base: str,
    columns: Iterable[str],
    within: str | None = None,
    parts: str = APART,
    people: str | None = None,
    hide: str | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Blank small rows, and with them what would give them away: the parts of a total that is shown.

    Where the hidden rows of a total are one row, or may rest on fewer than `smallest_base` together, the total less the
    rows shown would tell them. Then the smallest row shown is blanked too, until it does not.

    Parameters
    ----------
    frame : DataFrame, one row per part
    base : str
        The column with the number that the row's figures rest on; it stays visible. A row of base 0 hides nobody.
    columns : iterable of str, or one
    within : str, optional
        The column that says to which total a part belongs; default: all rows are parts of one.
    parts : "apart" or "overlapping"
        Whether nobody is in two parts, as in segments, or somebody may be, as in touchpoints. The bases of overlapping
        parts do not add up: one of those hidden must be large enough by itself, or all together by `people`.
    people : str, optional
        A column with the set of people in each of the overlapping parts.
    hide : str, optional
        A column of truth values: rows to blank whatever their base, since something else would tell of few by them.
        They are guarded as small ones are.
    smallest_base : int, >= 1

    Returns
    -------
    DataFrame, a new one

    Raises
    ------
    MissingColumnError, ParameterError
    """
    columns = _several(columns)
    require_columns(frame, columns, name="the frame")
    hidden = hidden_rows(
        frame, base=base, within=within, parts=parts, people=people, hide=hide, smallest_base=smallest_base
    )
    return blanked(frame, columns, hidden)


def hidden_rows(
    frame: pd.DataFrame,
    *,
    base: str,
    within: str | None = None,
    parts: str = APART,
    people: str | None = None,
    hide: str | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> np.ndarray:
    """Which rows `suppress_derivable` blanks, an array of bool; parameters and errors are the same."""
    require_columns(frame, [base, *filter(None, (within, people, hide))], name="the frame")
    check_smallest_base(smallest_base)
    check_parts(parts)
    bases = frame[base].fillna(0).to_numpy(float)
    total = pd.factorize(frame[within], use_na_sentinel=False)[0] if within else np.zeros(len(frame), dtype=int)
    wanted = frame[hide].to_numpy(bool) if hide else np.zeros(len(frame), dtype=bool)
    members = None if people is None else frame[people].to_numpy(object)
    hidden = np.zeros(len(frame), dtype=bool)
    for one in np.unique(total):
        of_one = total == one
        hidden[of_one] = hidden_parts(
            bases[of_one],
            parts=parts,
            members=None if members is None else members[of_one],
            hide=wanted[of_one],
            smallest_base=smallest_base,
        )
    return hidden


def _several(columns: Iterable[str]) -> list[str]:
    """Columns as a list; a text alone is one column and not its letters."""
    return [columns] if isinstance(columns, str) else list(columns)


def hidden_parts(
    bases: np.ndarray,
    *,
    smallest_base: int,
    parts: str = APART,
    members: np.ndarray | None = None,
    hide: np.ndarray | None = None,
    already: np.ndarray | None = None,
) -> np.ndarray:
    """Which parts of one total are to be hidden: the small ones and, from the smallest up, what guards them.

    Parameters
    ----------
    bases : array of float, one per part
    smallest_base : int
    parts : "apart" or "overlapping"
    members : array of sets, one per part, optional
        Who is in each of the overlapping parts.
    hide : array of bool, one per part, optional
        Those that are to be guarded as small ones are.
    already : array of bool, one per part, optional
        Those that are hidden as it is: they guard, and need no guard.

    Returns
    -------
    array of bool, one per part
    """
    hidden = bases < smallest_base
    if hide is not None:
        hidden = hidden | hide
    is_few = hidden & (bases > 0)
    if already is not None:
        hidden = hidden | already
    for part in np.argsort(bases, kind="stable"):
        concealed = hidden & (bases > 0)
        if not is_few.any():
            break
        if concealed.sum() > 1 and _together(bases[concealed], parts, members, concealed) >= smallest_base:
            break
        hidden[part] = True  # from the smallest up: those hidden already change nothing
    return hidden


def _together(bases: np.ndarray, parts: str, members: np.ndarray | None, concealed: np.ndarray) -> float:
    """The people who are in some parts for certain."""
    if parts == APART:
        return bases.sum()
    if members is None:
        return bases.max()  # those of the largest: all others may be among them
    return len(frozenset().union(*members[concealed]))


def check_parts(parts: str) -> str:
    """How parts lie to one another, if it is one of `PARTS`.

    Raises
    ------
    ParameterError
    """
    if parts not in PARTS:
        raise ParameterError(f"parts: found {parts!r}; allowed: {', '.join(PARTS)}{hint(parts, PARTS)}")
    return parts


def check_smallest_base(smallest_base: int) -> int:
    """The smallest base, if it is one.

    Raises
    ------
    ParameterError
    """
    is_number = isinstance(smallest_base, Real) and not isinstance(smallest_base, bool)
    if not (is_number and float(smallest_base).is_integer()):
        raise ParameterError(
            f"smallest_base: found {smallest_base!r}; allowed: a whole number of people, at least 1, such as 5"
        )
    if not smallest_base >= 1:
        raise ParameterError(f"smallest_base must be at least 1, found {smallest_base}")
    return smallest_base


def blanked(frame: pd.DataFrame, columns: list[str], hidden: np.ndarray) -> pd.DataFrame:
    """The frame with NA in the columns of hidden rows; whole numbers and truth values get a dtype that can hold it."""
    blank = {}
    for column in columns:
        values = frame[column]
        if pd.api.types.is_bool_dtype(values.dtype):
            values = values.astype("boolean")
        elif pd.api.types.is_integer_dtype(values.dtype):
            values = values.astype("Int64")
        elif not hidden.any():
            continue  # most tables: nothing is small, and every dtype can stay
        blank[column] = np.where(hidden, np.nan, values) if values.dtype == np.float64 else values.mask(hidden)
    return frame.assign(**blank)
