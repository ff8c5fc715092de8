"""Dates and times as people, spreadsheets and survey tools write them, taken apart into numbers.

ISO 8601 is read elsewhere, and faster (`cells.timestamps`). Here are the others: 31/1/2024, 31.1.24, 2024/01/31,
2024. 01. 31., 20240131, 31 januari 2024, Jan 31, 2024, Sat Jun 15 2024; with 14:05, 14.05.30, 2:05 PM, fm and em; with
Z, UTC, GMT+8 or +02:00. Which of two numbers is the day is not asked here: `cxlib.moments` looks at the whole column.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ORDERS = ("dmy", "mdy", "ymd")
"""The order of day, month and year in dates that are written in numbers alone."""

PARTS = np.dtype(
    [
        ("in_numbers", np.bool_),  # three numbers whose order has to be found: `numbers`, not `year`, `month`, `day`
        ("year_first", np.bool_),  # in numbers alone, beginning with a year of four digits
        ("dotted", np.bool_),  # in numbers with dots between them, as in 31.1.2024
        ("long_year", np.bool_),  # the last of the three numbers has four digits, so it is the year
        ("zoned", np.bool_),  # the offset is told
        ("year", np.int64),
        ("month", np.int64),
        ("day", np.int64),
        ("numbers", np.int64, 3),
        ("microseconds", np.int64),  # since midnight; 0 without a time of day
        ("offset_minutes", np.int64),  # of the clock from UTC
    ]
)
"""What a date that was taken apart consists of; whether the calendar has such a day is not asked yet. All of it is 0
where a cell is no date."""

_NO_BREAK_SPACES = ("\u00a0", "\u202f")  # browsers and macOS write the second one before AM and PM
_MINUS = "\u2212"

_MONTHS = (
    r"jan(?:uar[iy])?|feb(?:r(?:uar[iy])?)?|mar(?:s|ch)?|apr(?:il)?|ma[jy]|jun[ei]?|jul[iy]?|aug(?:usti?)?"
    r"|sept?(?:ember)?|o[kc]t(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_MONTH_OF = {
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "maj": 5, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9},
    **{"okt": 10, "oct": 10, "nov": 11, "dec": 12},
}
_WEEKDAY = (
    r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?"
    r"|(?:mån|tis|ons|tors?|fre|lör|sön)(?:dag)?(?:en)?)[.,]*\s+"
)
_DAY = r"(?P<day>[0-9]{1,2})"
_NAME = rf"(?P<name>{_MONTHS})\.?"
_YEAR = r"(?P<year>[0-9]{4})"
_SHORT_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_ORDINAL = r"(?:st|nd|rd|th|:e|:a|\.)?"
# In brackets behind an offset stands its name; alone, as in (EST) or (PM), it would change the time and is not known.
_ZONE = rf"(?:(?P<zone>z|(?:utc|gmt)?\s*[+\-{_MINUS}][0-9]{{1,2}}(?::?[0-9]{{2}})?|utc|gmt|cest|cet)(?:\s*\([^)]*\))?)?"
_CLOCK = (
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-5][0-9])(?:[:.](?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    rf"(?:\s*(?P<half>[ap]\.?\s?m|[fe]\.?m)\.?)?\s*{_ZONE}"
)
_TOLD_CLOCK = rf"(?:kl\.?\s*|klockan\s+|at\s+)?{_CLOCK}"
_TIME = rf"(?:(?:t|,?\s+){_TOLD_CLOCK})?"
_BASIC_CLOCK = rf"t(?P<hour>[0-9]{{2}})(?P<minute>[0-5][0-9])(?P<second>[0-5][0-9])?{_ZONE}"

_COMPACT = rf"{_YEAR}(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])"  # not every number of eight digits
_IN_NUMBERS = (
    *(rf"(?P<one>[0-9]{{1,2}})(?P<sign>{s})(?P<two>[0-9]{{1,2}}){s}{_SHORT_YEAR}" for s in ("/", "-", r"\.", r"\s")),
    *(rf"{_YEAR}{sign}(?P<month>[0-9]{{1,2}}){sign}{_DAY}" for sign in ("-", "/", r"\.", r"\s")),
    rf"{_YEAR}\.\s(?P<month>[0-9]{{1,2}})\.\s{_DAY}\.",  # as Hungarians write it
    _COMPACT,
)
_IN_WORDS = (
    rf"(?:{_WEEKDAY})?(?:den\s+)?{_DAY}{_ORDINAL}[\s\-/]*(?:of\s+)?{_NAME},?[\s\-/]+{_SHORT_YEAR}",
    rf"(?:{_WEEKDAY})?{_NAME}[\s\-/]+{_DAY}{_ORDINAL},?[\s\-/]+{_YEAR}",
    rf"{_YEAR}[\s\-/]+{_NAME}[\s\-/]+{_DAY}",
)
_UNIX = rf"{_WEEKDAY}{_NAME}\s+{_DAY}\s+{_CLOCK}\s+{_YEAR}"


def _whole(forms) -> tuple[str, ...]:
    return tuple(f"(?i)^(?:{form})$" for form in forms)


_DATES = _whole(f"{form},?" for form in _IN_NUMBERS)
_TIMES = _whole([_TOLD_CLOCK])
_MOMENTS = _whole([*(form + _TIME for form in (*_IN_NUMBERS, *_IN_WORDS)), _COMPACT + _BASIC_CLOCK, _UNIX])
_PYTHON_MOMENTS = tuple(re.compile(form) for form in _MOMENTS)

_MICROSECONDS = 1_000_000
_CENTURY_BEGINS = 69  # 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068, as POSIX has it
_ZONE_HOURS = {"cet": 1, "cest": 2}


def take_apart(cells: pa.Array) -> np.ndarray:
    """The numbers of each cell that is a date in one of the forms above; others are no date.

    A day and a time of day in numbers are looked at once each, whatever moments they make up: columns hold the same
    ones over and over, and the patterns take microseconds.

    Parameters
    ----------
    cells : Array of text without space around it and without nulls
        Best without repetitions.

    Returns
    -------
    ndarray of PARTS
    """
    for space in _NO_BREAK_SPACES:
        cells = pc.replace_substring(cells, space, " ")
    split = pc.list_slice(pc.split_pattern(cells, " ", max_splits=1), 0, 2, return_fixed_size_list=True).flatten()
    days = split.take(pa.array(np.arange(0, len(split), 2))).dictionary_encode()
    times = split.take(pa.array(np.arange(1, len(split), 2))).dictionary_encode()
    parts, is_day = _matched(days.dictionary, _DATES)
    parts, is_day = parts[days.indices.to_numpy()], is_day[days.indices.to_numpy()]
    clocks, is_time = _matched(times.dictionary, _TIMES)
    timed = np.flatnonzero(_is(pc.is_valid(times)))
    at = times.indices.drop_null().to_numpy()
    for name in ("microseconds", "zoned", "offset_minutes"):
        parts[name][timed] = clocks[name][at]
    is_day[timed] &= is_time[at]
    others = np.flatnonzero(~is_day)
    parts[others], is_day[others] = _matched(cells.take(pa.array(others)), _MOMENTS)
    parts[~is_day] = np.zeros((), dtype=PARTS)
    return parts


def looks_like_a_date(cell: str) -> bool:
    """Whether one cell is written in one of the forms above."""
    for space in _NO_BREAK_SPACES:
        cell = cell.replace(space, " ")
    return any(form.match(cell) for form in _PYTHON_MOMENTS)


def full_year(year: np.ndarray) -> np.ndarray:
    """Years of two digits in the century that POSIX puts them into."""
    return np.where(year < _CENTURY_BEGINS, year + 2000, year + 1900)


def _matched(cells: pa.Array, forms: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The parts of each cell by the first form that it has, and whether it has one, with an hour that there is."""
    parts = np.zeros(len(cells), dtype=PARTS)
    good = np.zeros(len(cells), dtype=bool)
    places = np.arange(len(cells))
    for form in forms:
        if not len(places):
            break
        found = pc.extract_regex(cells.take(pa.array(places)), form)
        matches = pc.is_valid(found).to_numpy(zero_copy_only=False)
        if matches.any():
            parts[places[matches]], good[places[matches]] = _parts(found.drop_null())
            places = places[~matches]
    return parts, good


def _parts(found: pa.StructArray) -> tuple[np.ndarray, np.ndarray]:
    """The parts of cells of one form, and where the clock has such a time and the world such an offset."""
    names = [field.name for field in found.type]
    parts = np.zeros(len(found), dtype=PARTS)

    def number(name: str) -> np.ndarray | int:
        return _numbers(found.field(name)) if name in names else 0

    if "year" in names:
        year, parts["long_year"] = number("year"), _is(pc.equal(pc.binary_length(found.field("year")), 4))
        parts["year"] = np.where(parts["long_year"], year, full_year(year))
        parts["month"] = _month_numbers(found.field("name")) if "name" in names else number("month")
        parts["day"] = number("day")
        parts["year_first"] = "month" in names
    if "one" in names:
        parts["in_numbers"] = True
        parts["dotted"] = _is(pc.equal(found.field("sign"), "."))
        parts["numbers"] = np.column_stack([number("one"), number("two"), year])
    if "hour" not in names:
        return parts, np.ones(len(found), dtype=bool)
    hour = number("hour")
    good = hour <= 23
    if "half" in names:
        half = pc.utf8_slice_codeunits(pc.utf8_lower(found.field("half")), 0, 1)
        has_half, afternoon = (
            _is(pc.not_equal(half, "")),
            _is(pc.is_in(half, value_set=pa.array(["p", "e"], half.type))),
        )
        good = np.where(has_half, (hour >= 1) & (hour <= 12), good)
        hour = np.where(has_half, hour % 12 + 12 * afternoon, hour)
    seconds = (hour * 60 + number("minute")) * 60 + number("second")
    parts["microseconds"] = seconds * _MICROSECONDS + (
        _fractions(found.field("fraction")) if "fraction" in names else 0
    )
    parts["offset_minutes"] = _offsets(found.field("zone"))
    parts["zoned"] = _is(pc.not_equal(found.field("zone"), ""))
    return parts, good & (np.abs(parts["offset_minutes"]) < 24 * 60)


def _is(found: pa.Array) -> np.ndarray:
    return found.to_numpy(zero_copy_only=False)


def _numbers(text: pa.Array) -> np.ndarray:
    return pc.if_else(pc.equal(text, ""), "0", text).cast(pa.int64()).to_numpy(zero_copy_only=False)


def _fractions(text: pa.Array) -> np.ndarray:
    # Finer parts of a second than microseconds are cut.
    return _numbers(pc.utf8_slice_codeunits(pc.utf8_rpad(text, 6, padding="0"), 0, 6))


def _month_numbers(text: pa.Array) -> np.ndarray:
    short = pc.utf8_slice_codeunits(pc.utf8_lower(text), 0, 3)
    found = pc.index_in(short, value_set=pa.array(list(_MONTH_OF), short.type)).to_numpy(zero_copy_only=False)
    return np.array(list(_MONTH_OF.values()))[found]


def _offsets(zone: pa.Array) -> np.ndarray:
    encoded = zone.dictionary_encode()
    minutes = np.array([_offset_minutes(name) for name in encoded.dictionary.to_pylist()], dtype=np.int64)
    return minutes[encoded.indices.to_numpy()]


def _offset_minutes(zone: str) -> int:
    sign = re.search(rf"([+\-{_MINUS}])([0-9]{{1,2}}):?([0-9]{{2}})?$", zone)
    if sign is None:
        return 60 * _ZONE_HOURS.get(zone.lower(), 0)
    minutes = 60 * int(sign[2]) + int(sign[3] or 0)
    return minutes if sign[1] == "+" else -minutes
