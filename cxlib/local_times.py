"""Local times become moments: the clock is asked once for each hour, not for each of many times."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from cxlib.side_by_side import side_by_side

_HOUR = 3_600_000_000
_UNKNOWN = np.iinfo(np.int64).min  # as numpy writes NaT
_TIMES_PER_HOUR = 10
_TIMES_AT_ONCE = 1 << 17


def to_utc(local: np.ndarray, timezone: ZoneInfo) -> np.ndarray:
    """The moments of local times, as datetime64[us] in UTC; NaT stays NaT.

    Of an hour that comes twice the first one is meant; a time that the clock jumps over becomes the first after it.

    Parameters
    ----------
    local : ndarray of datetime64[us]
        At least two days from either end of the calendar (years 1 to 9999).
    timezone : ZoneInfo
    """
    if np.isnat(local).all():
        return local.copy()
    # fmin and fmax look past NaT
    edges = np.array([np.fmin.reduce(local), np.fmax.reduce(local)])
    first, last = edges.view(np.int64) // _HOUR
    if (last - first) * _TIMES_PER_HOUR >= len(local):
        return _asked(local, timezone)
    microseconds = local.view(np.int64)
    hours = np.arange(first, last + 2) * _HOUR
    ahead = hours - _asked(hours.view("datetime64[us]"), timezone).view(np.int64)
    # Between two full hours that are equally far ahead of UTC, no clock is set.
    clock_is_set = ahead[:-1] != ahead[1:]
    utc = np.empty_like(microseconds)

    def convert(begin: int) -> None:
        times = microseconds[begin : begin + _TIMES_AT_ONCE]
        hour = times // _HOUR - first
        open_ = times == _UNKNOWN
        hour[open_] = 0
        open_ |= clock_is_set[hour]
        moments = utc[begin : begin + _TIMES_AT_ONCE]
        np.subtract(times, ahead[hour], out=moments)
        if open_.any():
            moments[open_] = _asked(times[open_].view("datetime64[us]"), timezone).view(np.int64)

    side_by_side(convert, range(0, len(local), _TIMES_AT_ONCE))
    return utc.view("datetime64[us]")


def _asked(local: np.ndarray, timezone: ZoneInfo) -> np.ndarray:
    first_of_two = np.ones(len(local), dtype=bool)
    moments = pd.DatetimeIndex(local).tz_localize(timezone, ambiguous=first_of_two, nonexistent="shift_forward")
    return moments.tz_convert("UTC").tz_localize(None).to_numpy(copy=True)  # pandas lets nobody write into its own
