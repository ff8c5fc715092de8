"""The date columns of one table: what fails is noted, and an order that nothing tells is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from cxlib import cells
from cxlib.contract import EARLIEST, LATEST
from cxlib.errors import Problem, RefusedFileError
from cxlib.moments import Moments, read_days, read_moments
from cxlib.readers.table import RawTable
from cxlib.rejections import Failures
from cxlib.settings import STUDY_FILE

_ALLOWED_MOMENT = "2026-10-03, 2026-10-03 14:05:00 or the same with Z or +02:00"
_ALLOWED_DAY = "2026-10-03"
_WRITTEN = {"dmy": "31/10/2026", "mdy": "10/31/2026", "ymd": "26-10-31"}


class DateColumns:
    """Reads the date columns of one table in the order that study.toml tells, or that each of them shows.

    Parameters
    ----------
    raw : RawTable
    table : str
        The table's name, for the line of study.toml that settles an order.
    places : mapping of contract column to position in the file
    failures : Failures
    told : "dmy", "mdy", "ymd" or None
    zone : ZoneInfo
    """

    def __init__(
        self,
        raw: RawTable,
        table: str,
        places: Mapping[str, int],
        failures: Failures,
        *,
        told: str | None,
        zone: ZoneInfo,
    ) -> None:
        self._raw = raw
        self._table = table
        self._places = places
        self._failures = failures
        self._told = told
        self._zone = zone
        self._orders: dict[str, str] = {}

    def moments(self, name: str, text: pa.ChunkedArray) -> pd.Series:
        """The moments of a column; failing cells are noted and NaT.

        Raises
        ------
        RefusedFileError
            Nothing tells the order of day and month, or cells contradict one another.
        """
        return self._read(read_moments, name, text, "is not a date or time", self._allowed(_ALLOWED_MOMENT))

    def days(self, name: str, text: pa.ChunkedArray, *, allowed: str = _ALLOWED_DAY) -> pd.Series:
        """The days of a column, as `moments`."""
        return self._read(read_days, name, text, "is not a date", self._allowed(allowed))

    def shown_order(self) -> str | None:
        """The order of the columns, each named where they differ; None where no date told one."""
        orders = set(self._orders.values())
        if len(orders) > 1:
            return "; ".join(f"{self._column(name)}: {order}" for name, order in self._orders.items())
        return next(iter(orders), None)

    def _read(
        self, read: Callable[..., Moments], name: str, text: pa.ChunkedArray, reason: str, allowed: str
    ) -> pd.Series:
        found = read(text, self._zone, order=self._told)
        self._refuse_doubt(name, text, found)
        if found.order is not None:
            self._orders[name] = found.order
        self._failures.add(found.failed, name, text, reason, allowed=allowed)
        return self._within_years(name, found.times, text)

    def _allowed(self, allowed: str) -> str:
        return allowed if self._told in (None, "ymd") else f"{_WRITTEN[self._told]} (date_order), or {allowed}"

    def _refuse_doubt(self, name: str, text: pa.ChunkedArray, found: Moments) -> None:
        row = found.undecided
        reason = "nothing in this column tells whether the day or the month comes first"
        if found.against is not None:
            other, row = found.against
            reason = (
                f"cannot be in the same order of day and month as {text[other].as_py()!r} in row {self._row(other)}, "
                "so nothing tells which the other dates are in"
            )
        if row is None:
            return
        value = text[row].as_py()
        possible = [order for order in _WRITTEN if order != "ymd" or not re.search(r"\d{4}", value)]
        orders = " or ".join(f'"{order}"' for order in possible)
        raise RefusedFileError(
            Problem(
                file=self._raw.file,
                row=self._row(row),
                column=self._column(name),
                value=value,
                reason=reason,
                allowed=f"date_order = {orders} (day d, month m, year y) in [tables.{self._table}] of {STUDY_FILE}, or "
                f"dates written {_ALLOWED_DAY}",
            )
        )

    def _row(self, place: int) -> int:
        return int(self._raw.rows[place])

    def _column(self, name: str) -> str:
        return self._raw.header[self._places[name]]

    def _within_years(self, name: str, values: pd.Series, text: pa.ChunkedArray) -> pd.Series:
        zone = values.dt.tz
        first, end = pd.Timestamp(EARLIEST), pd.Timestamp(LATEST) + pd.Timedelta(days=1)
        if zone is not None:  # many clocks were set when 1900 began
            first, end = (edge.tz_localize(zone, ambiguous=True, nonexistent="shift_forward") for edge in (first, end))
        if cells.all_between(values, first, end - pd.Timedelta(1, "us")):
            return values
        outside = ((values < first) | (values >= end)).to_numpy()
        self._failures.add(outside, name, text, "out of range", allowed=f"{EARLIEST} to {LATEST}")
        return values.where(~outside) if outside.any() else values
