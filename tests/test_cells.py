"""Text to values, a column at a time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from datetime import timezone as fixed_offset
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxlib import cells

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def text(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.large_string())])


def test_trimmed_takes_every_kind_of_space_and_leaves_no_empty_text():
    assert cells.trimmed(text(" a b ", "\u00a0x\t", "  ", None)).to_pylist() == ["a b", "x", None, None]
    plain = text("a", None)
    assert cells.trimmed(plain) is plain


@pytest.mark.parametrize(
    ("written", "decimal", "value"),
    [
        ("4", ".", 4),
        ("007", ".", 7),
        ("-1.5", ".", -1.5),
        ("+1.5", ".", 1.5),
        (".5", ".", 0.5),
        ("1e-3", ".", 0.001),
        ("\u22121,5", ",", -1.5),
        ("1\u00a0234,5", ",", 1234.5),
        ("1\u202f234\u202f567", ",", 1234567),
        ("1 234.5", ".", 1234.5),
        ("1.5", ",", None),
        ("1,5", ".", None),
        ("12 34", ".", None),
        ("1.234,5", ",", None),
        ("nan", ".", None),
        ("-inf", ".", None),
        ("1e999", ".", None),
        ("0x10", ".", None),
        ("four", ".", None),
        ("1\n", ".", None),
    ],
)
def test_numbers(written, decimal, value):
    for others in ((), ("x",), ("2",)):  # alone, on the slow way, on the fast way
        values, failed = cells.numbers(text(written, None, *others), decimal=decimal)
        assert failed[0] == (value is None)
        assert np.isnan(values[0]) if value is None else values[0] == value
        assert np.isnan(values[1]) and not failed[1]


@given(value=st.floats(allow_nan=False, allow_infinity=False), decimal=st.sampled_from(".,"))
def test_every_number_that_is_written_comes_back(value, decimal):
    values, failed = cells.numbers(text(repr(value).replace(".", decimal)), decimal=decimal)
    assert values[0] == value and not failed[0]


def test_decimal_comma_is_seen():
    assert cells.decimal_commas(text("1", "3,5")) == (True, None)
    assert cells.decimal_commas(text("\u22121\u00a0000,5")) == (True, None)
    assert cells.decimal_commas(text("1", "3.5", "a,b", "1,2,3", None)) == (False, None)


@pytest.mark.parametrize("clear", ["3,5", "0,500", "1000,500", "1 000,500", "12,3456"])
def test_a_comma_that_may_separate_thousands_is_doubtful_until_another_one_tells(clear):
    assert cells.decimal_commas(text(None, "2", "1,000", "-12,500")) == (True, 2)
    assert cells.decimal_commas(text("1,000", clear)) == (True, None)


def test_names_are_composed():
    assert cells.composed(text("cafe\u0301", None, "a")).to_pylist() == ["caf\u00e9", None, "a"]
    plain = text("café", "köp")
    assert cells.composed(plain) is plain


def test_names_get_their_own_spelling():
    assert cells.spelled_as(text("CSAT", "Wait", "x", None), ("csat", "wait")).to_pylist() == [
        "csat",
        "wait",
        "x",
        None,
    ]
    assert cells.spelled_as(text("CSAT"), ("Csat", "csaT")).to_pylist() == ["CSAT"]  # which one, nobody knows


def test_only_large_strings_are_looked_into():
    with pytest.raises(TypeError, match="not string"):
        cells.trimmed(pa.chunked_array([pa.array(["a"])]))


@pytest.mark.parametrize("written", ["9999-12-31", "9999-12-31T23:59-12:00", "0001-01-01", "0001-01-01T00:00+12:00"])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York"])
def test_the_ends_of_the_calendar_can_be_converted(written, zone):
    values, failed = cells.timestamps(text(written), ZoneInfo(zone))
    assert not failed[0] and values.dt.year[0] == int(written[:4])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-10-03", "2026-10-03 00:00+02:00"),
        ("2026-10-03 14:05", "2026-10-03 14:05+02:00"),
        ("2026-10-03T14:05:06", "2026-10-03 14:05:06+02:00"),
        ("2026-10-03T14:05:06.25", "2026-10-03 14:05:06.25+02:00"),
        ("2026-10-03T14:05:06Z", "2026-10-03 16:05:06+02:00"),
        ("2026-10-03 14:05+0530", "2026-10-03 10:35+02:00"),
        ("2026-10-03 14:05:00-03", "2026-10-03 19:05+02:00"),
        ("2024-02-29", "2024-02-29 00:00+01:00"),
        ("2000-02-29", "2000-02-29 00:00+01:00"),
        ("2026-10-25 02:30", "2026-10-25 02:30+02:00"),  # the first of two: summer time
        ("2026-10-25 02:30+01:00", "2026-10-25 02:30+01:00"),
        ("2026-03-29 02:30", "2026-03-29 03:00+02:00"),  # not on the clock: the first time after it
        ("2026-02-29", None),
        ("1900-02-29", None),
        ("2026-04-31", None),
        ("2026-13-01", None),
        ("2026-10-03 24:00", None),
        ("2026-10-03 14", None),
        ("2026-10-03 14:5", None),
        ("2026-10-03Z", None),
        ("2026-10-03 14:05:06.1234567", None),
        ("20261003", None),
        ("03/10/2026", None),
        ("0000-01-01", None),
        ("yesterday", None),
    ],
)
def test_timestamps(written, expected):
    for others in ((), ("x",), ("2026-01-01",), ("2026-01-01T00:00Z",)):
        values, failed = cells.timestamps(text(written, None, *others), STOCKHOLM)
        assert values.dtype == pd.DatetimeTZDtype("us", STOCKHOLM)
        assert failed[0] == (expected is None)
        assert pd.isna(values[0]) if expected is None else values[0] == pd.Timestamp(expected)
        assert pd.isna(values[1]) and not failed[1]


def test_midnight_that_the_clock_jumps_over_stays_on_its_date():
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    values, _ = cells.timestamps(text("2018-11-04", "2018-11-05"), sao_paulo)
    assert values.tolist() == [pd.Timestamp("2018-11-04 01:00-02:00"), pd.Timestamp("2018-11-05 00:00-02:00")]
    assert cells.dates(text("2018-11-04"), sao_paulo)[0].tolist() == [pd.Timestamp("2018-11-04")]


def test_the_first_of_two_hours_where_winter_is_the_exception():
    # Ireland's summer time is its standard time in the zone data, so "daylight saving" would be the wrong question.
    values, _ = cells.timestamps(text("2026-10-25 01:30"), ZoneInfo("Europe/Dublin"))
    assert values[0] == pd.Timestamp("2026-10-25 01:30+01:00")


def test_dates_are_cut_in_the_study_timezone():
    values, failed = cells.dates(text("2026-10-03", "2026-10-03 23:30", "2026-10-03T23:30Z", "x", None), STOCKHOLM)
    assert values.dtype == "datetime64[us]"
    assert values.astype("str").tolist()[:3] == ["2026-10-03", "2026-10-03", "2026-10-04"]
    assert failed.tolist() == [False, False, False, True, False]


@given(
    st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 28)),
    st.sampled_from(["T", " "]),
    st.sampled_from(["date", "minutes", "seconds", "auto"]),
    st.sampled_from([None, 0, 60, 330, -180]),
)
@example(datetime(9999, 12, 28), "T", "date", None)
def test_what_isoformat_writes_comes_back(moment, separator, precision, offset_minutes):
    if precision == "date":
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        written = moment.date().isoformat()
    else:
        if precision == "minutes":
            moment = moment.replace(second=0, microsecond=0)
        if offset_minutes is not None:
            moment = moment.replace(tzinfo=fixed_offset(timedelta(minutes=offset_minutes)))
        written = moment.isoformat(sep=separator, timespec=precision)
        if precision == "seconds":
            moment = moment.replace(microsecond=0)
    values, failed = cells.timestamps(text(written), ZoneInfo("UTC"))
    expected = pd.Timestamp(moment)
    assert not failed[0]
    assert values[0] == (expected.tz_localize("UTC") if expected.tz is None else expected)


@given(st.text("0123456789-:T Z+.", min_size=8, max_size=20))
@example("2026-10-03T10")
@example("2026-10-03 10Z")
def test_the_fast_way_takes_no_more_than_the_pattern(written):
    _, failed = cells.timestamps(cells.trimmed(text(written)), ZoneInfo("UTC"))
    good = bool(re.fullmatch(cells.TIMESTAMP_PATTERN, written.strip())) and not written.strip().startswith("0000")
    assert (not failed[0]) == good or not written.strip()


def test_booleans():
    values, failed = cells.booleans(text("true", "FALSKT", "1", "nej", None, "perhaps"), default=False)
    assert values.tolist() == [True, False, True, False, False, False]
    assert failed.tolist() == [False] * 5 + [True]


def test_categories():
    values, failed = cells.categories(text("Use", "awareness", "usage", None), ("awareness", "use"))
    assert values.tolist()[:2] == ["use", "awareness"]
    assert values.ordered and list(values.categories) == ["awareness", "use"]
    assert failed.tolist() == [False, False, True, False]
