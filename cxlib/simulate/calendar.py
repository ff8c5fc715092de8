"""The months of a generated study, and moments in them, as local wall-clock time without a zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlib.errors import ParameterError

WAKING_MINUTES = (7 * 60, 21 * 60 + 59)
"""Things happen between 07:00 and 21:59, so that no moment falls into the hour that a change of clocks skips
or repeats (02:00-03:00 in Stockholm)."""

WINTER = (11, 12, 1, 2, 3)


@dataclass(frozen=True)
class Calendar:
    """The months of a study, numbered from 0; days are datetime64[D], moments datetime64[m]."""

    first: np.datetime64
    months: int

    @classmethod
    def ending(cls, last_month: str, months: int) -> Calendar:
        """The `months` months of which `last_month` (``YYYY-MM``) is the last.

        Raises
        ------
        ParameterError
        """
        try:
            last = np.datetime64(last_month, "M")
        except ValueError:
            last = np.datetime64("NaT", "M")
        if np.isnat(last) or str(last) != last_month:
            raise ParameterError(f"last_month must be a month such as '2026-10', found {last_month!r}")
        return cls(last - _months(months - 1), months)

    def number(self, month: str) -> int:
        """The number of a month; outside 0 to months − 1 where the study does not hold it."""
        return int((np.datetime64(month, "M") - self.first).astype(int))

    def month_of(self, moments: np.ndarray) -> np.ndarray:
        """The number of the month of each moment or day."""
        return (moments.astype("datetime64[M]") - self.first).astype(np.int64)

    def first_day(self, month_number) -> np.ndarray:
        """The first day of each month."""
        return (self.first + _months(month_number)).astype("datetime64[D]")

    def n_days(self, month_number) -> np.ndarray:
        """The number of days in each month."""
        return (self.first_day(np.asarray(month_number) + 1) - self.first_day(month_number)).astype(np.int64)

    @property
    def end(self) -> np.datetime64:
        """The first day after the study."""
        return self.first_day(self.months)

    @property
    def last(self) -> np.datetime64:
        """The last month of the study."""
        return self.first + _months(self.months - 1)

    def is_winter(self, month_number) -> np.ndarray:
        """Whether each month is a winter month, November to March."""
        month_of_year = (self.first + _months(month_number)).astype(np.int64) % 12 + 1
        return np.isin(month_of_year, WINTER)

    def random_days(self, generator: np.random.Generator, month_number) -> np.ndarray:
        """A random day in each month."""
        return self.first_day(month_number) + as_days(generator.integers(0, self.n_days(month_number)))


def as_days(count) -> np.ndarray:
    """So many days, as numpy adds them to a day."""
    return np.asarray(count).astype("timedelta64[D]")


def as_minutes(count) -> np.ndarray:
    """So many minutes, as numpy adds them to a moment."""
    return np.asarray(count).astype("timedelta64[m]")


def _months(count) -> np.ndarray:
    return np.asarray(count).astype("timedelta64[M]")


def at_random_times(
    generator: np.random.Generator, on: np.ndarray, between: tuple[int, int] = WAKING_MINUTES
) -> np.ndarray:
    """A moment on each day, between the two minutes of the day (both included)."""
    low, high = between
    return on.astype("datetime64[m]") + as_minutes(generator.integers(low, high + 1, size=len(on)))
