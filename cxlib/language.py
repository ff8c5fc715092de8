"""The words, numbers and dates that a reader sees, in the reader's language."""

from __future__ import annotations

import datetime as dt
import math
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from importlib import resources

import pandas as pd
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from cxlib.errors import CxError, ParameterError, hint

LOCALES = {"en": "en_GB", "sv": "sv_SE"}
"""Language code to the locale that writes its numbers and dates; English has the day before the month."""

ALPHABETS = {"en": str.maketrans({}), "sv": str.maketrans("åäö", "{|}")}
"""Language code to the letters that stand elsewhere in its alphabet than in Unicode: Swedish ends in å, ä, ö."""

MINUS = "\N{MINUS SIGN}"
NO_VALUE = "\N{EN DASH}"
"""Shown where a value is missing or suppressed."""


MOST_KEPT = 8192
"""Written numbers, and texts taken apart, that are kept: a list of reports writes the same ones many times."""


class UnknownTextError(CxError, LookupError):
    """A text was asked for that the catalogue lacks, or without a value that it needs."""


@dataclass(frozen=True)
class Language:
    """One of the languages that reports and charts speak.

    Parameters
    ----------
    code : str, "en" or "sv"

    Raises
    ------
    ParameterError
        For any other code.

    Examples
    --------
    >>> Language("sv").text("names.phase.payment")
    'Betalning'
    >>> Language("en").number(12345.678, 1)
    '12,345.7'
    """

    code: str = "en"

    def __post_init__(self) -> None:
        if self.code not in LOCALES:
            raise ParameterError(f"language is {self.code!r}; allowed: {', '.join(LOCALES)}{hint(self.code, LOCALES)}")

    @property
    def locale(self) -> str:
        """The locale's name, as Babel and browsers (with a hyphen) know it."""
        return LOCALES[self.code]

    def text(self, key: str, **values: object) -> str:
        """The text under a dotted key of the catalogue, its placeholders filled with `values`.

        Parameters
        ----------
        key : str, such as "charts.capital.title"
        **values
            One for each placeholder, as `str.format` takes them; write numbers with `number` first.

        Raises
        ------
        UnknownTextError
            The catalogue has no such text, or a placeholder has no value.
        """
        texts = catalogue(self.code)
        if key not in texts:
            raise UnknownTextError(f"the catalogue {self.code}.toml has no text {key!r}{hint(key, texts)}")
        missing = placeholders(texts[key]) - values.keys()
        if missing:
            raise UnknownTextError(f"the text {key!r} needs a value for {', '.join(sorted(missing))}")
        return texts[key].format(**values)

    def number(self, x: float, decimals: int = 0) -> str:
        """A number with thousands separated, or a dash where it is missing."""
        if pd.isna(x):
            return NO_VALUE
        places = "." + "0" * decimals if decimals else ""
        return _decimal(rounded(x, decimals), f"#,##0{places}", self.locale)

    def signed(self, x: float, decimals: int = 0) -> str:
        """A number with its sign, for differences and points: +3, −3, and 0 without one."""
        shown = self.number(x, decimals)
        return f"+{shown}" if not pd.isna(x) and rounded(x, decimals) > 0 else shown

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share between 0 and 1 as a percentage."""
        if pd.isna(share):
            return NO_VALUE
        places = "." + "0" * decimals if decimals else ""
        space = "\N{NO-BREAK SPACE}" if self.code == "sv" else ""
        return _percent(rounded(share, decimals + 2), f"#,##0{places}{space}%", self.locale)

    def by_label(self, names: Iterable[str], labels: Mapping[str, str]) -> dict[str, str]:
        """Each name with its label, or with itself where it has none, in the language's alphabetical order.

        Examples
        --------
        >>> list(Language("sv").by_label(["a", "b", "c"], {"a": "Ö", "b": "Ä", "c": "Åland"}))
        ['c', 'b', 'a']
        """
        labelled = {name: labels.get(name, name) for name in names}
        return dict(sorted(labelled.items(), key=lambda pair: pair[1].casefold().translate(ALPHABETS[self.code])))

    def month(self, date: dt.date) -> str:
        """The month of a date, such as October 2026 or oktober 2026."""
        return NO_VALUE if pd.isna(date) else format_date(date, "LLLL y", locale=self.locale)

    def period(self, period: pd.Period) -> str:
        """A month, a quarter or an ISO week with its year, to be read in a title.

        Examples
        --------
        >>> Language("en").period(pd.Period("2026-10", "M")), Language("sv").period(pd.Period("2026-08", "Q"))
        ('October 2026', '3:e kvartalet 2026')
        >>> Language("en").period(pd.Period("2026-10-27", "W"))
        'week 44 of 2026'
        """
        first_day = period.start_time
        if period.freqstr.startswith("W"):
            # Both locales number weeks as ISO does: from Monday, by the year of the week's Thursday.
            return format_skeleton("yw", first_day, locale=self.locale)
        return (
            format_date(first_day, "QQQQ y", locale=self.locale)
            if period.freqstr.startswith("Q")
            else self.month(first_day)
        )

    def short_month(self, date: dt.date) -> str:
        """The month's short name alone, as axes show it: Oct, okt."""
        return NO_VALUE if pd.isna(date) else format_date(date, "LLL", locale=self.locale).rstrip(".")

    def short_period(self, period: pd.Period) -> str:
        """The short name of a month or quarter without its year, as axes show it.

        Examples
        --------
        >>> Language("sv").short_period(pd.Period("2026-10", "M"))
        'okt'
        >>> Language("en").short_period(pd.Period("2026-08", "Q"))
        'Q3'
        """
        is_quarter = period.freqstr.startswith("Q")
        return format_date(period.start_time, "QQQ" if is_quarter else "LLL", locale=self.locale).rstrip(".")

    def date(self, date: dt.date) -> str:
        """A day, such as 8 October 2026 or 8 oktober 2026."""
        return NO_VALUE if pd.isna(date) else format_date(date, "d MMMM y", locale=self.locale)

    @property
    def vega_locale(self) -> dict[str, dict]:
        """What `config.locale` of a Vega-Lite chart needs to write numbers and times in this language."""
        # Only charts need it, and it costs a native library to load.
        import vl_convert

        name = self.locale.replace("_", "-")
        number = dict(vl_convert.get_format_locale(name))
        time = dict(vl_convert.get_time_format_locale(name))
        if self.code == "sv":
            # The d3 locale writes "12%" and "Oktober"; Swedish has a space and no capital.
            number["percent"] = "\N{NO-BREAK SPACE}%"
            for names in ("days", "shortDays", "months", "shortMonths"):
                time[names] = [name.lower() for name in time[names]]
        return {"number": number, "time": time}


ENGLISH = Language("en")
"""The language where none is asked for."""


@lru_cache(maxsize=MOST_KEPT)
def _decimal(x: float, form: str, locale: str) -> str:
    return _plain(format_decimal(x, format=form, locale=locale))


@lru_cache(maxsize=MOST_KEPT)
def _percent(share: float, form: str, locale: str) -> str:
    return _plain(format_percent(share, format=form, locale=locale))


@cache
def catalogue(code: str) -> Mapping[str, str]:
    """All texts of a language by dotted key.

    Parameters
    ----------
    code : str, a key of `LOCALES`

    Returns
    -------
    mapping of str to str
    """
    file = resources.files("cxlib") / "locale" / f"{code}.toml"
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8"))))


@lru_cache(maxsize=MOST_KEPT)
def placeholders(text: str) -> frozenset[str]:
    """The names in braces that a text wants values for.

    >>> sorted(placeholders("{n} customers in {month}"))
    ['month', 'n']
    """
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def _flat(table: Mapping, prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in table.items():
        key = f"{prefix}{name}"
        pairs.extend(_flat(value, f"{key}.") if isinstance(value, Mapping) else [(key, value)])
    return pairs


def rounded(x: float, decimals: int = 0) -> float:
    """The number as it is printed: halves away from zero, as charts and most readers round.

    >>> rounded(-2.5), rounded(0.125, 2), rounded(-0.2)
    (-3.0, 0.13, 0.0)
    """
    if not math.isfinite(x):
        return float(x)
    # Adding zero turns −0.0 into 0.0, so that a small loss is not shown as "−0".
    return float(Decimal(repr(float(x))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0


def _plain(text: str) -> str:
    # One minus sign in prose, tables and charts: the one that Vega writes.
    return text.replace("-", MINUS)
