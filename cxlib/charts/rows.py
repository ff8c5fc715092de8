"""What of a frame goes into a chart: its columns and no others, few rows, short numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, require_columns

MOST_ROWS = 2_000
"""Rows in one chart: about 150 kB of page. More is a sign that the frame is not yet summarised."""

SIGNIFICANT_DIGITS = 6


def chart_rows(frame: pd.DataFrame, columns: Sequence[str], *, name: str) -> pd.DataFrame:
    """The named columns of a summarised frame, ready to become a chart's data.

    Everything in a chart's data can be read in the page, so no column travels that is not drawn.

    Parameters
    ----------
    frame : DataFrame, at most `MOST_ROWS` rows
    columns : sequence of str
    name : str
        What the frame is called in a message.

    Returns
    -------
    DataFrame, same rows in the same order, index 0, 1, …
        Categories become text, numbers float64 of six significant digits, missing values NaN or None.

    Raises
    ------
    ParameterError
        The frame has too many rows.
    MissingColumnError
    """
    require_columns(frame, columns, name=name)
    if len(frame) > MOST_ROWS:
        raise ParameterError(
            f"{name} has {len(frame):,} rows and a chart takes at most {MOST_ROWS:,}; "
            "summarise it first, or choose fewer months or groups"
        )
    rows = pd.DataFrame(index=range(len(frame)))
    for column in columns:
        values = frame[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(values.cat.categories.dtype)
        if values.isna().all():
            # A column of nothing but None has no type of its own.
            rows[column] = np.nan
        elif pd.api.types.is_bool_dtype(values.dtype):
            rows[column] = values.fillna(False).to_numpy(dtype=bool)
        elif pd.api.types.is_numeric_dtype(values.dtype):
            rows[column] = _short(values.to_numpy(dtype=float, na_value=np.nan))
        else:
            rows[column] = values.to_numpy()
    return rows


def one_row_per(rows: pd.DataFrame, keys: list[str], *, name: str) -> None:
    """Raise ParameterError where the frame holds several groups: one chart shows one of them.

    Raises
    ------
    ParameterError
    """
    repeated = rows.duplicated(keys).sum()
    if repeated:
        raise ParameterError(
            f"{name} has {repeated} rows too many: a chart wants one row per {' and '.join(keys)}; "
            "choose one group of the frame first"
        )


def _short(values: np.ndarray) -> np.ndarray:
    # Half the page for the same picture, and the same page on every machine.
    size = np.abs(np.where(np.isfinite(values) & (values != 0), values, 1.0))
    scale = 10.0 ** (SIGNIFICANT_DIGITS - 1 - np.floor(np.log10(size)))
    return np.round(values * scale) / scale


def spread_apart(positions: Sequence[float], *, gap: float) -> list[float]:
    """Positions of labels, moved as little as keeps neighbours `gap` apart; order is kept.

    >>> spread_apart([1.0, 1.2, 5.0], gap=1.0)
    [0.6, 1.6, 5.0]
    """
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    # Groups of labels that touch, each with its members' wished places for a start of the group.
    groups: list[tuple[list[float], int]] = []
    for index in order:
        wishes, size = [positions[index]], 1
        while groups and _mean(groups[-1][0]) + groups[-1][1] * gap > _mean(wishes):
            earlier, count = groups.pop()
            wishes = earlier + [wish - count * gap for wish in wishes]
            size += count
        groups.append((wishes, size))
    placed = [_mean(wishes) + step * gap for wishes, size in groups for step in range(size)]
    result = [0.0] * len(positions)
    for index, place in zip(order, placed, strict=True):
        result[index] = round(place, SIGNIFICANT_DIGITS)
    return result


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
