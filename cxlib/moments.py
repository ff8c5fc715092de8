"""Text becomes moments and days, in whatever order day, month and year are written; nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib import cells
from cxlib.date_forms import ORDERS, full_year, take_apart
from cxlib.many_cells import chosen

_MDY = ORDERS.index("mdy")
_DMY = ORDERS.index("dmy")
_NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """A column of text as moments or days, and what could be found out about how they were written.

    Parameters
    ----------
    times : Series
        datetime64[us, timezone], or datetime64[us] at 00:00 for days; NaT for empty and failed cells.
    failed : ndarray of bool
        Where a cell holds no moment. Where `undecided` or `against` is not None, also each that has no meaning
        without an order.
    order : "dmy", "mdy", "ymd" or None
        As told, or as found; None where no cell tells it and none needs it.
    undecided : int or None
        The first cell that is another day when the day stands where the month may stand, and no cell tells which.
    against : pair of int, or None
        Two cells that cannot be in one order, as 31/1/2024 and 1/31/2024: no order fits all.
    """

    times: pd.Series
    failed: np.ndarray
    order: str | None = None
    undecided: int | None = None
    against: tuple[int, int] | None = None


def read_moments(text: pa.ChunkedArray, timezone: ZoneInfo, *, order: str | None = None) -> Moments:
    """datetime64[us, timezone] from dates and times, ISO or written otherwise.

    Parameters
    ----------
    text : ChunkedArray of large_string without space around it; null is an empty cell
    timezone : ZoneInfo
        Of times that tell no offset; see `cells.timestamps` for the hours when clocks are set.
    order : "dmy", "mdy" or "ymd", optional
        The order of dates in numbers. Where not told, one cell with a number above 12 decides for the column, and where
        there is none, dots before a year of four digits: 3.10.2026 is in October. A year of four digits at the
        beginning is always followed by month and day.

    Returns
    -------
    Moments
    """
    values, failed = cells.timestamps(text, timezone)
    return _completed(text, values, failed, timezone, order)


def read_days(text: pa.ChunkedArray, timezone: ZoneInfo, *, order: str | None = None) -> Moments:
    """datetime64[us] at 00:00, without a zone, from the same as `read_moments`, cut to the date in `timezone`."""
    values, failed = cells.dates(text, timezone)
    return _completed(text, values, failed, timezone, order)


def _completed(
    text: pa.ChunkedArray, values: pd.Series, failed: np.ndarray, timezone: ZoneInfo, told: str | None
) -> Moments:
    """What ISO left over is read in the other forms."""
    if not failed.any():
        return Moments(times=values, failed=failed, order="ymd" if text.null_count < len(text) else None)
    places = np.flatnonzero(failed)
    encoded = chosen(text, failed).combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    parts = take_apart(encoded.dictionary)
    days, order, undecided, against = _days(parts, told)
    moments = _moments(days, parts, timezone)
    if values.dt.tz is None:
        moments = moments.dt.tz_localize(None).dt.normalize()
    values, failed = values.copy(), failed.copy()
    values.iloc[places] = moments.array[codes]
    failed[places] = moments.isna().to_numpy()[codes]
    in_doubt = undecided is not None or against is not None
    if order is None and not in_doubt and (len(places) < len(text) - text.null_count or parts["year_first"].any()):
        order = "ymd"

    def first_place(code: int) -> int:
        return int(places[np.argmax(codes == code)])

    return Moments(
        times=values,
        failed=failed,
        order=order,
        undecided=None if undecided is None else first_place(undecided),
        against=None if against is None else (first_place(against[0]), first_place(against[1])),
    )


def _days(parts: np.ndarray, told: str | None) -> tuple[np.ndarray, str | None, int | None, tuple[int, int] | None]:
    """The day of each distinct cell (datetime64[D]), and as in Moments: order, undecided, against."""
    days = _calendar_days(np.where(parts["in_numbers"], 0, parts["year"]), parts["month"], parts["day"])
    if not parts["in_numbers"].any():
        return days, told, None, None
    by_order = np.column_stack([_days_in_order(parts, order) for order in ORDERS])
    fits = ~np.isnat(by_order)
    readable = fits.any(axis=1)
    if told is not None:
        return np.where(parts["in_numbers"], by_order[:, ORDERS.index(told)], days), told, None, None
    open_orders = np.flatnonzero(fits[readable].all(axis=0))
    if not len(open_orders):
        at = np.flatnonzero(readable)
        first, second = _contradiction(fits[readable])
        return days, None, None, (int(at[first]), int(at[second]))
    found = by_order[:, open_orders[0]]
    if list(open_orders) == [_MDY]:
        decides = readable & ~fits[:, _DMY]
        is_other = parts["dotted"] & parts["long_year"] & fits[:, _DMY] & (by_order[:, _DMY] != found)
        if is_other.any() and not (decides & parts["dotted"]).any():
            # slashes say that the month is first, dots that the day is: two habits in one column
            return days, None, None, (int(np.argmax(decides)), int(np.argmax(is_other)))
    differs = readable & (by_order[:, open_orders] != found[:, None]).any(axis=1)
    if differs.any() and _DMY in open_orders and (parts["dotted"] & parts["long_year"])[differs].all():
        # dots stand between day, month and year; with the month first, or two digits of a year, nobody knows
        open_orders, found, differs = [_DMY], by_order[:, _DMY], np.zeros_like(differs)
    days = np.where(readable & ~differs, found, days)
    if differs.any():
        return days, None, int(np.flatnonzero(differs)[0]), None
    return days, ORDERS[open_orders[0]] if len(open_orders) == 1 and readable.any() else None, None, None


def _days_in_order(parts: np.ndarray, order: str) -> np.ndarray:
    """The day of each cell that is three numbers, were they in this order; NaT where they cannot be."""
    number = {part: parts["numbers"][:, place] for place, part in enumerate(order)}
    if order == "ymd":
        year = np.where(parts["long_year"], 0, full_year(number["y"]))
    else:
        year = np.where(parts["long_year"], number["y"], full_year(number["y"]))
    return _calendar_days(np.where(parts["in_numbers"], year, 0), number["m"], number["d"])


def _calendar_days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """datetime64[D], NaT where the calendar has no such day or there is no date (year 0)."""
    good = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    good &= day <= ((months + 1).astype("datetime64[D]") - first).astype(np.int64)
    return np.where(good, first + (day - 1).astype("timedelta64[D]"), _NO_DAY)


def _contradiction(fits: np.ndarray) -> tuple[int, int]:
    """Two rows of which no order fits both: the first that leaves no order open, and one before it."""
    still_open = np.logical_and.accumulate(fits, axis=0).any(axis=1)
    second = int(np.argmin(still_open))
    apart = ~(fits & fits[second]).any(axis=1)
    return int(np.argmax(apart)), second


def _moments(days: np.ndarray, parts: np.ndarray, timezone: ZoneInfo) -> pd.Series:
    local = days.astype("datetime64[us]") + parts["microseconds"].astype("timedelta64[us]")
    moments = cells.localized(pd.Series(np.where(parts["zoned"], np.datetime64("NaT", "us"), local)), timezone)
    if not parts["zoned"].any():
        return moments
    utc = local - (parts["offset_minutes"] * 60_000_000).astype("timedelta64[us]")
    there = cells.convertible(pd.Series(utc).dt.tz_localize("UTC")).dt.tz_convert(timezone)
    return moments.where(~parts["zoned"], there)
