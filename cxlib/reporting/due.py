"""When a report is due, and which of its periods are: nothing here asks a clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cxlib.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from cxlib.reporting.definition import Definition


@dataclass(frozen=True, kw_only=True)
class DueTime:
    """When, after a period's end, its report is due.

    Attributes
    ----------
    days : int
        1 = the day after the period's last.
    at : time
        In the definition's timezone.
    """

    days: int = 1
    at: dt.time = dt.time(6, 0)

    def __str__(self) -> str:
        return f"day {self.days} at {self.at:%H:%M}"


def due_at(definition: Definition, period: pd.Period) -> dt.datetime:
    """The moment at which a period's report is due, in the definition's timezone.

    Where clocks are put back and the time comes twice, the first of the two counts; where they are put forward and it
    does not come, the offset from before counts, so that 02:30 becomes 03:30 (RFC 5545, 3.3.5).

    Parameters
    ----------
    definition : Definition
        Its `timezone` and `due` count.
    period : Period, of the definition's kind

    Returns
    -------
    datetime, aware
    """
    day = (period + 1).start_time.date() + dt.timedelta(days=definition.due.days - 1)
    return on_day(day, definition)


def on_day(day: dt.date, definition: Definition) -> dt.datetime:
    """The moment on a day at which the definition's reports are due, if they are due on that day at all."""
    zone = ZoneInfo(definition.timezone)
    # By way of UTC, which turns a time that does not come into the one that does.
    return dt.datetime.combine(day, definition.due.at, tzinfo=zone).astimezone(dt.UTC).astimezone(zone)


def due_periods(definition: Definition, as_of: dt.datetime) -> list[pd.Period]:
    """Every period from the definition's first that is due at a moment, oldest first.

    Parameters
    ----------
    definition : Definition
    as_of : datetime, aware

    Returns
    -------
    list of Period
        Empty where the definition names no first period: such a report is made when somebody asks for it.

    Raises
    ------
    ParameterError
        `as_of` has no timezone.
    """
    moment = _utc(as_of)
    found = []
    period = definition.first_period
    while period is not None and _utc(due_at(definition, period)) <= moment:
        found.append(period)
        period += 1
    return found


def next_due(definition: Definition, as_of: dt.datetime) -> tuple[pd.Period, dt.datetime] | None:
    """The first period that is not due yet at a moment, and when it will be; None where none ever is.

    Parameters
    ----------
    definition : Definition
    as_of : datetime, aware

    Raises
    ------
    ParameterError
        `as_of` has no timezone.
    """
    if definition.first_period is None:
        return None
    period = definition.first_period + len(due_periods(definition, as_of))
    return period, due_at(definition, period)


def _utc(moment: dt.datetime) -> dt.datetime:
    # Python compares two moments of the same zone by what their clocks show, and the hour that comes twice would count
    # as one.
    if moment.utcoffset() is None:
        raise ParameterError(f"as_of: found {moment.isoformat()} without a timezone; give it one, such as UTC")
    return moment.astimezone(dt.UTC)
