"""What may be shown: nothing under the smallest base."""

from __future__ import annotations

from collections.abc import Iterable

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
    if smallest_base < 1:
        raise ParameterError(f"smallest_base must be at least 1, found {smallest_base}")
    is_small = frame[base] < smallest_base
    shown = frame.copy()
    for column in columns:
        if pd.api.types.is_integer_dtype(shown[column].dtype):
            shown[column] = shown[column].astype("Int64")
        shown[column] = shown[column].mask(is_small)
    return shown
