"""The periods of a report: how they are written, and which of them the data cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxlib.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

PERIOD_KINDS = {"month": "M"}
"""A kind of period and pandas' name for it. Quarters ("Q") and weeks ("W-SUN") fit here when a report needs
them; their spelling in `parse_period` follows from pandas."""


SMALLEST_SHARE = 0.01
"""A period with fewer rows than this share of the busiest one's is not proposed: one row whose year is mistyped would
else be the last whole period. Whoever wants such a period names it."""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What the data cover: the period of the first row, that of the last, and the last whole one that holds more than
    a few stray rows (see `SMALLEST_SHARE`)."""

    first: pd.Period
    last: pd.Period
    last_whole: pd.Period

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


def parse_period(text: str, kind: str) -> pd.Period:
    """The period that `text` names, in the one spelling that its folder will have.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> parse_period("2026-10", "month")
    Period('2026-10', 'M')
    """
    import pandas as pd

    frequency = PERIOD_KINDS[kind]
    example = str(pd.Period("2026-10-01", frequency))
    try:
        period = pd.Period(text, frequency)
    except ValueError:  # pandas' DateParseError is one
        period = pd.NaT
    if period is pd.NaT:
        raise ParameterError(f"period: found {text!r}; allowed: a {kind} written like {example!r}")
    if str(period) != text:
        raise ParameterError(
            f"period: found {text!r}; allowed: a {kind} written like {example!r}; did you mean {str(period)!r}?"
        )
    return period


def coverage(moments: pd.Series, kind: str) -> Coverage | None:
    """Which periods the moments cover; None where there are none.

    A period is whole when the data reach into its last day, or into the period after it. Nothing is asked of a
    clock, so that the same data give the same answer on any day.

    Parameters
    ----------
    moments : Series of timestamps with the study's timezone

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2026-08-03", "2026-09-07", "2026-10-15"])
    >>> moments = pd.Series(days.tz_localize("Europe/Stockholm"))
    >>> covered = coverage(moments, "month")
    >>> str(covered), str(covered.last_whole)
    ('2026-08 to 2026-10', '2026-09')
    """
    present = moments.dropna()
    if present.empty:
        return None
    # Local time decides to which month an evening belongs; a Period has no timezone, so it is taken off here.
    local = present.dt.tz_localize(None)
    periods = local.dt.to_period(PERIOD_KINDS[kind])
    counts = periods.value_counts().sort_index()
    busy = counts.index[counts >= SMALLEST_SHARE * counts.max()]
    latest = busy[-1]
    end = local[periods == latest].max()
    is_whole = end.normalize() == latest.end_time.normalize() or latest + 1 in counts.index
    last_whole = latest if is_whole or len(busy) == 1 else busy[-2]
    return Coverage(first=counts.index[0], last=counts.index[-1], last_whole=last_whole)


def count_in(moments: pd.Series, period: pd.Period) -> int:
    """How many of the moments (with the study's timezone) lie in the period."""
    local = moments.dropna().dt.tz_localize(None)
    return int(((local >= period.start_time) & (local <= period.end_time)).sum())
