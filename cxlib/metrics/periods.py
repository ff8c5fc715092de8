"""Answers by month or quarter, and which of them is compared with which."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.answers import key_columns
from cxlib.errors import ParameterError, hint, require_columns
from cxlib.metrics.answers import groups_of

FREQUENCIES = {"month": "M", "quarter": "Q"}

AGAINST = ("before", "year_before")
"""The period before, and the same period a year before."""

PERIODS_BACK = {"month": {"before": 1, "year_before": 12}, "quarter": {"before": 1, "year_before": 4}}


def with_periods(responses: pd.DataFrame, *, every: str, by: str | list[str] | None) -> pd.DataFrame:
    """The responses with the `period` that each was given in; those without a moment belong to none and are left out.

    Parameters
    ----------
    responses : DataFrame
        Needs `answered_at`, local time where it has a timezone.
    every : "month" or "quarter"
    by : str or list of str, optional
        May not name a column `period`.

    Returns
    -------
    DataFrame

    Raises
    ------
    MissingColumnError, ParameterError
    """
    if every not in FREQUENCIES:
        allowed = ", ".join(FREQUENCIES)
        raise ParameterError(f"every is {every!r}; allowed: {allowed}{hint(every, FREQUENCIES)}")
    if "period" in key_columns(by):
        raise ParameterError("by names 'period': periods are made of answered_at; name segments or touchpoints only")
    require_columns(responses, ["answered_at", *key_columns(by)], name="responses")
    rows = responses.loc[responses["answered_at"].notna()]
    moments = pd.to_datetime(rows["answered_at"])
    if isinstance(moments.dtype, pd.DatetimeTZDtype):
        moments = moments.dt.tz_localize(None)
    return rows.assign(period=moments.dt.to_period(FREQUENCIES[every]))


def is_whole(rows: pd.DataFrame, periods: pd.Series) -> np.ndarray:
    """Whether each period is over for certain, as far as the answers tell: one came later, or on its last day.

    Parameters
    ----------
    rows : DataFrame, as `with_periods` gives it
        Questions left open count too: they were put on that day.
    periods : Series of Period

    Returns
    -------
    array of bool
    """
    if rows.empty:
        return np.zeros(len(periods), dtype=bool)
    moments = pd.to_datetime(rows["answered_at"])
    latest = moments.max()
    latest = latest.tz_localize(None) if latest.tzinfo is not None else latest
    return (periods.dt.end_time.dt.normalize() <= latest.normalize()).to_numpy()


def earlier_groups(groups: pd.DataFrame, keys: list[str], *, back: int) -> np.ndarray:
    """For each row the row of the same `keys` so many periods before; −1 where there is none.

    Parameters
    ----------
    groups : DataFrame
        The `keys` and `period`, one row for each.
    keys : list of str
    back : int

    Returns
    -------
    array of int
    """
    if groups.empty:
        return np.zeros(0, dtype="int64")
    number = period_numbers(groups["period"])
    number = number - number.min() + back
    width = number.max() + 1
    _, who = groups_of(groups, keys)
    return pd.Index(who * width + number).get_indexer(who * width + number - back)


def period_numbers(periods: pd.Series) -> np.ndarray:
    """Periods counted through: neighbours differ by one."""
    return pd.PeriodIndex(periods).astype("int64").to_numpy()
