"""The periods of a report: how they are written, and which of them the data cover."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxlib.contract import EARLIEST, LATEST
from cxlib.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

PERIOD_KINDS = {"month": "M", "quarter": "Q-DEC", "week": "W-SUN"}
"""A kind of period and pandas' name for it. A week is ISO's: from Monday to Sunday, in the year of its Thursday."""

EXAMPLES = {"month": "2026-10", "quarter": "2026-Q3", "week": "2026-W44"}
"""How each kind is written: in commands, in messages and as the name of a folder."""

SMALLEST_SHARE = 0.01
"""A period with fewer rows than this share of the busiest one's is not proposed: one row whose year is mistyped would
else be the last whole period. Whoever wants such a period names it."""

_SPELLINGS = {
    "month": re.compile(r"([0-9]{4})-([0-9]{2})"),
    "quarter": re.compile(r"([0-9]{4})-Q([1-4])"),
    "week": re.compile(r"([0-9]{4})-W([0-9]{2})"),
}
# How days and months are written elsewhere, to say which period was probably meant.
_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %Y", "%b %Y", "%Y%m")
_YEARS = range(int(EARLIEST[:4]), int(LATEST[:4]) + 1)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What the data cover: the period of the first row, that of the last, and the last whole one that holds more than
    a few stray rows (see `SMALLEST_SHARE`)."""

    first: pd.Period
    last: pd.Period
    last_whole: pd.Period

    def __str__(self) -> str:
        first, last = period_text(self.first), period_text(self.last)
        return first if first == last else f"{first} to {last}"


def parse_period(text: str, kind: str) -> pd.Period:
    """The period that `text` names, in the one spelling that its folder will have.

    Parameters
    ----------
    text : str
    kind : str, a key of `PERIOD_KINDS`

    Raises
    ------
    ParameterError
        With the spelling that was probably meant.

    Examples
    --------
    >>> parse_period("2026-10", "month")
    Period('2026-10', 'M')
    >>> parse_period("2026-Q3", "quarter")
    Period('2026Q3', 'Q-DEC')
    >>> parse_period("2026-W44", "week")
    Period('2026-10-26/2026-11-01', 'W-SUN')
    """
    period = _read(text, kind)
    if period is not None:
        return period
    refusal = f"period: found {text!r}; allowed: a {kind} written like {EXAMPLES[kind]!r}"
    for other in PERIOD_KINDS:
        if other != kind and _read(text, other) is not None:
            raise ParameterError(
                f"period: found {text!r}, which is a {other}; allowed: a {kind} like {EXAMPLES[kind]!r}"
            )
    week = _SPELLINGS["week"].fullmatch(text) if kind == "week" else None
    if week and int(week[1]) in _YEARS:
        raise ParameterError(f"{refusal}, and the last week of {week[1]} is {_last_week(int(week[1]))}")
    meant = _meant(text, kind)
    raise ParameterError(refusal + (f"; did you mean {period_text(meant)!r}?" if meant is not None else ""))


def period_text(period: pd.Period) -> str:
    """A period as commands, messages and folders write it; `parse_period` reads it back.

    Examples
    --------
    >>> import pandas as pd
    >>> period_text(pd.Period("2026-10", "M")), period_text(pd.Period("2026-08-03", "Q"))
    ('2026-10', '2026-Q3')
    >>> period_text(pd.Period("2027-01-01", "W"))  # a Friday: its Thursday lies in the year before
    '2026-W53'
    """
    kind = kind_of(period)
    if kind == "week":
        year, week, _ = period.start_time.isocalendar()
        return f"{year:04}-W{week:02}"
    return f"{period.year:04}-Q{period.quarter}" if kind == "quarter" else f"{period.year:04}-{period.month:02}"


def kind_of(period: pd.Period) -> str:
    """The kind of a period: a key of `PERIOD_KINDS`.

    Raises
    ------
    ParameterError
        For a period of any other kind, such as a day.
    """
    for kind, frequency in PERIOD_KINDS.items():
        if period.freqstr == frequency:
            return kind
    raise ParameterError(f"{period} is none of the periods of reports: {', '.join(PERIOD_KINDS)}")


def last_month_of(period: pd.Period) -> pd.Period:
    """The month whose end is the period's: accounts are kept by month.

    Raises
    ------
    ParameterError
        For a week, which may end within a month.

    Examples
    --------
    >>> import pandas as pd
    >>> last_month_of(pd.Period("2026-08-03", "Q"))
    Period('2026-09', 'M')
    """
    if kind_of(period) == "week":
        raise ParameterError(
            f"period: {period_text(period)} is a week, and accounts are kept by month; name a report whose period is a "
            "month or a quarter"
        )
    return period.asfreq("M", how="end")


def _read(text: str, kind: str) -> pd.Period | None:
    """The period, where the text is its one spelling."""
    found = _SPELLINGS[kind].fullmatch(text)
    return None if found is None else _period(kind, int(found[1]), int(found[2]))


def _period(kind: str, year: int, number: int) -> pd.Period | None:
    """A year's month, quarter or week by its number, where there is one."""
    import pandas as pd

    try:
        if kind == "week":
            first_day = dt.date.fromisocalendar(year, number, 1)
        else:
            first_day = dt.date(year, 3 * number - 2 if kind == "quarter" else number, 1)
    except ValueError:
        return None
    return pd.Period(first_day, PERIOD_KINDS[kind]) if year in _YEARS else None


def _last_week(year: int) -> int:
    return dt.date(year, 12, 28).isocalendar().week  # always in the year's last week, as 4 January in its first


def _meant(text: str, kind: str) -> pd.Period | None:
    """The period that a text in another spelling is about: 2026-1, 2026Q3, W44 2026, 26 October 2026."""
    import pandas as pd

    numbers = [int(digits) for digits in re.findall(r"[0-9]{1,4}", text)]
    years = [number for number in numbers if number in _YEARS]
    others = [number for number in numbers if number not in _YEARS]
    if len(years) == 1 and len(others) == 1:
        letters = "".join(re.findall(r"[^\W\d_]+", text)).lower()
        if letters in {"month": ("", "m"), "quarter": ("", "q", "quarter"), "week": ("", "w", "week")}[kind]:
            return _period(kind, years[0], others[0])
    for form in _FORMS:
        try:
            day = dt.datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        return pd.Period(day, PERIOD_KINDS[kind]) if day.year in _YEARS else None
    return None


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
