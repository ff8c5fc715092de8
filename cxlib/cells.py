"""Text cells become values, a column at a time.

Every function takes text (a pyarrow ChunkedArray of text without space around it, where null is an empty cell) and
gives `(values, failed)`: values with NA for empty and failed cells, and a bool array that is True where a cell is not
what it should be. Nothing here loops over rows; the callers look only at the failed ones.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.local_times import to_utc
from cxlib.many_cells import bytes_of, chosen, edges_of, most_at_once, parts_of
from cxlib.side_by_side import side_by_side

_SPACES = " \u00a0\u202f"  # between thousands; Excel and browsers write the last two
_MINUS = "\u2212"
_SIGN = rf"[+\-{_MINUS}]?"
_WHOLE = rf"(?:\d+|\d{{1,3}}(?:[{_SPACES}]\d{{3}})+)"
_COMMA_NUMBER = rf"^{_SIGN}{_WHOLE},\d+$"
# 1,000 may be one or a thousand; 0,500 and 1000,500 can only be decimals, 1,000,000 only a million.
_THOUSANDS = rf"^{_SIGN}[1-9]\d{{0,2}}(?:,\d{{3}})+$"

# A date of the calendar, leap years included, so that what passes can always be converted.
_LEAP_YEAR = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DATE = (
    r"(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    rf"|02-(?:0[1-9]|1\d|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_TIME = r"[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
_OFFSET = r"(?:Z|[+\-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)"
TIMESTAMP_PATTERN = rf"^{_DATE}(?:{_TIME}{_OFFSET}?)?$"
_ZONED = r":\d\d(?:\.\d+)?(?:Z|[+\-]\d\d(?::?\d\d)?)$"
_YEAR_ZERO = "^0000"  # Python's calendar begins with year 1
_NO_TIME = np.datetime64("NaT", "us")
_YEAR_ONE = np.datetime64("0001-01-01", "us")
_CONVERTIBLE = (pd.Timestamp("0001-01-03"), pd.Timestamp("9999-12-29"))  # some zone would leave the calendar beyond
# By length, whether a cell may be what the pattern above lets through without an offset: nothing, date, minutes,
# seconds, 1-6 decimals. The last one stands for all that are longer.
_NAIVE_LENGTHS = np.isin(np.arange(28), [0, 10, 16, 19, 21, 22, 23, 24, 25, 26])


_TRUE = ("true", "1", "yes", "ja", "sant")
_FALSE = ("false", "0", "no", "nej", "falskt")


def trimmed(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells without space around them; a cell of spaces is empty."""
    _assert_large(text)
    chunks = text.chunks
    trimmed_chunks = side_by_side(_trimmed_chunk, chunks)
    if all(new is None for new in trimmed_chunks):
        return text
    kept = [old if new is None else new for new, old in zip(trimmed_chunks, chunks, strict=True)]
    return pa.chunked_array(kept, text.type)


def _trimmed_chunk(chunk: pa.LargeStringArray) -> pa.LargeStringArray | None:
    """The cells without space around them; None where they have none."""
    if not _may_have_space_around(chunk):
        return None
    chunk = pc.utf8_trim_whitespace(chunk)
    return pc.if_else(pc.equal(chunk, ""), None, chunk)


def _may_have_space_around(chunk: pa.LargeStringArray) -> bool:
    # Looking at the letters takes a tenth of the time of trimming them.
    letters = bytes_of(chunk)
    if not _may_hold_space(letters):
        return False
    edges = edges_of(chunk) - edges_of(chunk)[0]
    # An empty cell has no letters; its neighbours' are looked at in its place.
    return _may_hold_space(letters.take(edges[:-1], mode="clip")) or _may_hold_space(
        letters.take(edges[1:] - 1, mode="clip")
    )


def _may_hold_space(letters: np.ndarray) -> bool:
    # A byte from 0x80 on may belong to a no-break space.
    return bool(len(letters)) and bool(letters.min() <= 0x20 or letters.max() >= 0x80)


def _assert_large(text: pa.ChunkedArray) -> None:
    if text.type != pa.large_string():  # the ends of the cells are read as 8 bytes each
        raise TypeError(f"cells are large_string, not {text.type}")


def composed(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells with é as one letter, not e and an accent (as macOS writes names)."""
    _assert_large(text)
    # Accents that stand alone, and all else that this changes, begin with 0xCC in UTF-8 or above.
    if all(bytes_of(chunk).max(initial=0) < 0xCC for chunk in text.chunks):
        return text
    return pc.utf8_normalize(text, form="NFC")


def spelled_as(text: pa.ChunkedArray, names: tuple[str, ...]) -> pa.ChunkedArray:
    """The cells in the spelling of `names`, whatever their case; a cell that is none of them stays."""
    codes = positions(text, names)
    unknown = (codes < 0) & _is_valid(text)
    if not unknown.any():
        return text
    lower = tuple(name.lower() for name in names)
    if len(set(lower)) < len(lower):
        return text  # names that differ in nothing else
    codes = np.where(unknown, positions(pc.utf8_lower(text), lower), codes)
    known = pa.array(names, text.type).take(pa.array(codes, mask=codes < 0))
    return pc.coalesce(known, text)


def decimal_commas(text: pa.ChunkedArray) -> tuple[bool, int | None]:
    """Whether any cell is a number with a comma, and where the first is, if each of them may also be in thousands.

    Returns
    -------
    found : bool
    first_doubtful : int or None
        None where some cell tells that the comma is a decimal sign.
    """
    # Looking for the sign first is much faster than the pattern, and most columns have none.
    places = np.flatnonzero(_mask(pc.match_substring(text, ",")))
    with_comma = text.take(pa.array(places))
    is_number = _mask(pc.match_substring_regex(with_comma, _COMMA_NUMBER))
    if not is_number.any():
        return False, None
    doubtful = is_number & in_thousands(with_comma)
    return True, int(places[doubtful][0]) if doubtful.sum() == is_number.sum() else None


def holds(text: pa.ChunkedArray, sign: str) -> bool:
    """Whether any cell has the sign in it."""
    return _any(pc.match_substring(text, sign))


def in_thousands(text: pa.ChunkedArray) -> np.ndarray:
    """Bool array, True where a comma may separate thousands, as in 1,000."""
    return _mask(pc.match_substring_regex(text, _THOUSANDS))


def numbers(text: pa.ChunkedArray, *, decimal: str = ".") -> tuple[np.ndarray, np.ndarray]:
    """float64. Takes thousands separated by (also no-break) space, the minus sign U+2212 and exponents."""

    def plain_numbers(part: pa.Array) -> np.ndarray | None:
        if decimal == ",":
            if _any(pc.match_substring(part, ".")):
                return None
            part = pc.replace_substring(part, ",", ".")
        try:
            values = part.cast(pa.float64())
        except pa.ArrowInvalid:
            return None
        # Arrow reads "nan" and "inf" as numbers
        return None if _any(pc.invert(pc.is_finite(values))) else values.to_numpy(zero_copy_only=False)

    values, odd = most_at_once(text, plain_numbers, np.float64("nan"), letters=b"0123456789+-eE" + decimal.encode())
    failed = np.zeros(len(text), dtype=bool)
    if odd.any():
        values[odd], failed[odd] = _numbers_one_by_one(chosen(text, odd), decimal)
    return values, failed


def _numbers_one_by_one(text: pa.ChunkedArray, decimal: str) -> tuple[np.ndarray, np.ndarray]:
    good = pc.match_substring_regex(text, _number_pattern(decimal))
    plain = pc.if_else(good, text, None)
    plain = pc.replace_substring_regex(plain, f"[{_SPACES}]", "")
    plain = pc.replace_substring(pc.replace_substring(plain, _MINUS, "-"), decimal, ".")
    values = _float_array(plain)
    failed = _is_valid(text) & ~np.isfinite(values)
    values[failed] = np.nan
    return values, failed


def _number_pattern(decimal: str) -> str:
    point = re.escape(decimal)
    return rf"^{_SIGN}(?:{_WHOLE}(?:{point}\d*)?|{point}\d+)(?:[eE][+\-]?\d+)?$"


def timestamps(text: pa.ChunkedArray, timezone: ZoneInfo) -> tuple[pd.Series, np.ndarray]:
    """datetime64[us, timezone] from ISO dates and times, with or without an offset.

    A time without an offset is local. Where the clock is set back, the first of the two is meant (summer time);
    a time that the clock jumps over becomes the first one after it, as does midnight where a zone changes then.
    The first and last two days of the calendar stand for what no zone can be put on.
    """
    local, odd = most_at_once(text, _naive_times, _NO_TIME, letters=b"0123456789-:. T")
    moments = localized(pd.Series(local), timezone)
    failed = np.zeros(len(text), dtype=bool)
    if odd.any():
        found, failed[odd] = _timestamps_one_by_one(chosen(text, odd), timezone)
        moments.iloc[np.flatnonzero(odd)] = found.array
    return moments, failed


def _timestamps_one_by_one(text: pa.ChunkedArray, timezone: ZoneInfo) -> tuple[pd.Series, np.ndarray]:
    good = pc.and_(
        pc.match_substring_regex(text, TIMESTAMP_PATTERN), pc.invert(pc.match_substring_regex(text, _YEAR_ZERO))
    )
    zoned = pc.match_substring_regex(text, _ZONED)
    moments = _to_series(pc.if_else(pc.and_(good, zoned), text, None).cast(pa.timestamp("us", "UTC")))
    moments = convertible(moments).dt.tz_convert(timezone)
    naive = pc.if_else(pc.and_not(good, zoned), text, None)
    if naive.null_count < len(naive):
        local = localized(_to_series(naive.cast(pa.timestamp("us"))), timezone)
        moments = moments.where(moments.notna(), local)
    failed = _is_valid(text) & moments.isna().to_numpy()
    return moments, failed


def dates(text: pa.ChunkedArray, timezone: ZoneInfo) -> tuple[pd.Series, np.ndarray]:
    """datetime64[us] at 00:00, without a zone; a timestamp is cut to its date in `timezone`."""
    local, odd = most_at_once(text, _naive_times, _NO_TIME, letters=b"0123456789-:. T")
    days = local.astype("datetime64[D]").astype("datetime64[us]")
    failed = np.zeros(len(text), dtype=bool)
    if odd.any():
        moments, failed[odd] = _timestamps_one_by_one(chosen(text, odd), timezone)
        days[odd] = moments.dt.tz_localize(None).dt.normalize()
    return pd.Series(days), failed


def booleans(text: pa.ChunkedArray, *, default: bool) -> tuple[np.ndarray, np.ndarray]:
    """bool from true/false, 1/0, yes/no and what a Swedish Excel writes; an empty cell has the default."""
    word = pc.utf8_lower(text)
    true = _mask(pc.is_in(word, value_set=pa.array(_TRUE, word.type)))
    false = _mask(pc.is_in(word, value_set=pa.array(_FALSE, word.type)))
    valid = _is_valid(word)
    return np.where(valid, true, default), valid & ~true & ~false


def categories(text: pa.ChunkedArray, allowed: tuple[str, ...]) -> tuple[pd.Categorical, np.ndarray]:
    """An ordered categorical of the allowed names, in whatever case they are written."""
    word = pc.utf8_lower(text)
    codes = positions(word, allowed)
    values = pd.Categorical.from_codes(codes, categories=list(allowed), ordered=True)
    return values, (codes < 0) & _is_valid(word)


def positions(text: pa.ChunkedArray, names: tuple[str, ...]) -> np.ndarray:
    """Position in `names` of each cell, -1 where it is none of them."""
    if not names:
        return np.full(len(text), -1, dtype=np.int32)
    value_set = pa.array(names, text.type)
    found = np.empty(len(text), dtype=np.int32)

    def find(place: slice, part: pa.Array) -> None:
        found[place] = pc.fill_null(pc.index_in(part, value_set=value_set), -1)

    side_by_side(lambda part: find(*part), parts_of(text))
    return found


def to_text(text: pa.ChunkedArray) -> pd.Series:
    """The cells as pandas `str` with NaN for empty, without a copy."""
    return _to_series(text)


def _naive_times(text: pa.LargeStringArray) -> np.ndarray | None:
    """The cells as local times where each of them is one, else None.

    Arrow's conversion takes all that the pattern takes and, of other lengths, a little more.
    """
    lengths = np.diff(edges_of(text))
    good = _NAIVE_LENGTHS[np.minimum(lengths, len(_NAIVE_LENGTHS) - 1)]
    if not good.all() and not (good | pc.is_null(text).to_numpy(zero_copy_only=False)).all():
        return None
    try:
        times = text.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return None if (times < _YEAR_ONE).any() else times


def localized(local: pd.Series, timezone: ZoneInfo) -> pd.Series:
    """Local times as moments of the zone; `timestamps` says what becomes of hours that come twice or never."""
    utc = to_utc(convertible(local).to_numpy(), timezone)
    return pd.Series(utc.view(np.int64), dtype=pd.DatetimeTZDtype("us", timezone), copy=False)


def convertible(times: pd.Series) -> pd.Series:
    """Times that every zone has: the first and last two days of the calendar stand for what lies beyond."""
    first, last = (edge.tz_localize(times.dt.tz) for edge in _CONVERTIBLE)
    if all_between(times, first, last):
        return times
    return times.clip(first, last) if (times.min() < first or times.max() > last) else times


def all_between(times: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    """Whether none is missing, before `first` or after `last`: by their numbers, in a tenth of the time."""
    times, first, last = (
        [times.dt.tz_convert(None), first.tz_convert(None), last.tz_convert(None)]
        if times.dt.tz
        else [times, first, last]
    )
    numbers = times.to_numpy().view(np.int64)  # what is missing is the least of them
    lowest, highest = (edge.to_datetime64().astype(times.dtype).view(np.int64) for edge in (first, last))
    return not len(numbers) or bool(numbers.min() >= lowest and numbers.max() <= highest)


def _to_series(values: pa.ChunkedArray) -> pd.Series:
    return pa.table({"values": values}).to_pandas()["values"]


def _float_array(text: pa.ChunkedArray) -> np.ndarray:
    values = text.cast(pa.float64()).to_numpy()  # null becomes NaN
    return values if values.flags.writeable else values.copy()


def _is_valid(text: pa.ChunkedArray) -> np.ndarray:
    return np.ones(len(text), dtype=bool) if not text.null_count else pc.is_valid(text).to_numpy()


def _mask(found: pa.ChunkedArray) -> np.ndarray:
    return pc.fill_null(found, False).to_numpy()


def _any(found: pa.ChunkedArray) -> bool:
    return bool(pc.any(found).as_py())
