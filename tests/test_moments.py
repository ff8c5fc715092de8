"""Dates and times as they are written by people, spreadsheets and survey tools."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib import cells
from cxlib.date_forms import ORDERS, looks_like_a_date
from cxlib.moments import read_days, read_moments

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def text(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.large_string())])


@pytest.mark.parametrize(
    ("written", "expected", "order"),
    [
        # In numbers.
        ("31/1/2024", "2024-01-31 00:00+01:00", "dmy"),
        ("31.1.2024", "2024-01-31 00:00+01:00", "dmy"),
        ("31-01-2024", "2024-01-31 00:00+01:00", "dmy"),
        ("31 01 2024", "2024-01-31 00:00+01:00", "dmy"),
        ("1/31/2024", "2024-01-31 00:00+01:00", "mdy"),
        ("2024/1/31", "2024-01-31 00:00+01:00", "ymd"),
        ("2024.01.31", "2024-01-31 00:00+01:00", "ymd"),
        ("2024. 1. 31. 14:05", "2024-01-31 14:05+01:00", "ymd"),
        ("2024-1-31", "2024-01-31 00:00+01:00", "ymd"),
        ("20240131", "2024-01-31 00:00+01:00", "ymd"),
        ("29/2/2024", "2024-02-29 00:00+01:00", "dmy"),
        ("5/5/2024", "2024-05-05 00:00+02:00", None),  # the same day in either order
        ("1/31/24", "2024-01-31 00:00+01:00", "mdy"),
        ("1/31/69", "1969-01-31 00:00+01:00", "mdy"),
        # In words.
        ("31 januari 2024", "2024-01-31 00:00+01:00", None),
        ("den 1:a maj 2024", "2024-05-01 00:00+02:00", None),
        ("1 okt. 2024", "2024-10-01 00:00+02:00", None),
        ("lördag 15 juni 2024 kl. 14.05", "2024-06-15 14:05+02:00", None),
        ("31-JAN-24", "2024-01-31 00:00+01:00", None),
        ("Jan 31, 2024", "2024-01-31 00:00+01:00", None),
        ("January 31st, 2024 at 2:05 PM", "2024-01-31 14:05+01:00", None),
        ("1st of May 2024", "2024-05-01 00:00+02:00", None),
        ("2024-May-01", "2024-05-01 00:00+02:00", None),
        # Times of day.
        ("2024-01-31 9:05", "2024-01-31 09:05+01:00", "ymd"),
        ("2024-01-31 14.05.30", "2024-01-31 14:05:30+01:00", "ymd"),
        ("2024-01-31 kl. 14.05", "2024-01-31 14:05+01:00", "ymd"),
        ("2024-01-31, klockan 14:05", "2024-01-31 14:05+01:00", "ymd"),
        ("2024-01-31 14:05:30,250", "2024-01-31 14:05:30.25+01:00", "ymd"),
        ("2024-01-31T14:05:30.1234567", "2024-01-31 14:05:30.123456+01:00", "ymd"),
        ("1/31/2024 2:05:30 PM", "2024-01-31 14:05:30+01:00", "mdy"),
        ("1/31/2024 2:05\u202fPM", "2024-01-31 14:05+01:00", "mdy"),
        ("1/31/2024 12:05 a.m.", "2024-01-31 00:05+01:00", "mdy"),
        ("31/1/2024 2:05:30 p.\u00a0m.", "2024-01-31 14:05:30+01:00", "dmy"),
        ("31/1/2024 12.05 em", "2024-01-31 12:05+01:00", "dmy"),
        ("31/1/2024 2.05 f.m.", "2024-01-31 02:05+01:00", "dmy"),
        ("20240131 14:05", "2024-01-31 14:05+01:00", "ymd"),
        # Zones.
        ("2019/10/01 12:38:43 PM GMT+8", "2019-10-01 06:38:43+02:00", "ymd"),
        ("2025-05-06 14:30:00 UTC", "2025-05-06 16:30+02:00", "ymd"),
        ("2025-05-06 14:30 +0530", "2025-05-06 11:00+02:00", "ymd"),
        ("2025-05-06 14:30 UTC\u22123:30", "2025-05-06 20:00+02:00", "ymd"),
        ("2025-05-06 14:30 CEST", "2025-05-06 14:30+02:00", "ymd"),
        ("20240131T140506Z", "2024-01-31 15:05:06+01:00", "ymd"),
        ("31.1.2024 14:05 CET", "2024-01-31 14:05+01:00", "dmy"),
        # As programs write them: JavaScript, RFC 2822, the command date.
        ("Sat Jun 15 2024", "2024-06-15 00:00+02:00", None),
        ("Sat Jun 15 2024 14:30:00 GMT+0100 (Western European Summer Time)", "2024-06-15 15:30+02:00", None),
        ("Sat, 15 Jun 2024 14:30:00 +0200", "2024-06-15 14:30+02:00", None),
        ("Sat Jun 15 14:30:00 UTC 2024", "2024-06-15 16:30+02:00", None),
    ],
)
def test_forms(written, expected, order):
    for others in ((), ("x",), ("2026-01-01T00:00Z",)):
        found = read_moments(text(written, None, *others), STOCKHOLM)
        assert found.times.dtype == pd.DatetimeTZDtype("us", STOCKHOLM)
        assert found.times[0] == pd.Timestamp(expected)
        assert found.failed.tolist()[:2] == [False, False] and pd.isna(found.times[1])
        assert found.order == (order or ("ymd" if others == ("2026-01-01T00:00Z",) else None))
        assert found.undecided is None and found.against is None
    day = read_days(text(written), STOCKHOLM)
    assert day.times.dtype == "datetime64[us]"
    assert day.times[0] == pd.Timestamp(expected).tz_convert(STOCKHOLM).tz_localize(None).normalize()
    assert looks_like_a_date(written)


@pytest.mark.parametrize(
    "written",
    [
        "30/2/2024",
        "29/2/2023",
        "13/13/2024",
        "0/1/2024",
        "31/1-2024",  # two signs
        "2024-01/31",
        "31/1/202",
        "31012024",  # eight digits are year, month, day
        "2024-01-31 25:00",
        "2024-01-31 24:00",
        "2024-01-31 14:60",
        "2024-01-31 14",
        "1/31/2024 13:00 PM",
        "1/31/2024 0:30 AM",
        "2024-01-31 14:05 +24:00",
        "2024-01-31 14:05 EST",  # which of several zones, nobody knows
        "2024-01-31 UTC",
        "31 foo 2024",
        "45322.5",
        "14:05",
        "2024",
        "i går",
        "31/1/2024 14:05 och sent",
    ],
)
def test_what_is_no_date(written):
    found = read_moments(text(written, None), STOCKHOLM)
    assert found.failed.tolist() == [True, False] and found.times.isna().all()
    assert found.undecided is None and found.against is None


def test_one_day_above_twelve_decides_for_the_column():
    found = read_moments(text("3/10/2026", "13/10/2026", None, "x", "2026-10-05", "1 nov 2026"), STOCKHOLM)
    assert found.times.dt.strftime("%m-%d").tolist()[:2] == ["10-03", "10-13"]
    assert (found.order, found.failed.tolist()) == ("dmy", [False, False, False, True, False, False])
    assert read_moments(text("3/10/2026", "10/13/26"), STOCKHOLM).times.dt.day.tolist() == [10, 13]


def test_dots_stand_between_day_month_and_year():
    found = read_moments(text("3.10.2026", "4.11.2026 14:05", None), STOCKHOLM)
    assert found.times.dt.strftime("%m-%d").tolist()[:2] == ["10-03", "11-04"]
    assert (found.order, found.undecided, found.failed.tolist()) == ("dmy", None, [False, False, False])
    assert read_moments(text("3.10.2026"), STOCKHOLM, order="mdy").times.dt.month.tolist() == [3]
    assert read_moments(text("3.10.2026", "10.31.2026"), STOCKHOLM).order == "mdy"  # unless a cell says otherwise
    # Of two digits, 26.10.03 may begin with the year; and who wrote 3/10/2026 may not be who wrote 4.10.2026.
    assert read_moments(text("03.10.26"), STOCKHOLM).undecided == 0
    assert read_moments(text("4.10.2026", "3/10/2026"), STOCKHOLM).undecided == 0


def test_without_such_a_day_nothing_is_guessed():
    found = read_moments(text("2026-10-01", "5/5/2026", "3/10/2026", "3/10/2026", "4/10/2026"), STOCKHOLM)
    assert (found.undecided, found.against, found.order) == (2, None, None)
    assert found.failed.tolist() == [False, False, True, True, True]
    short = read_moments(text("31/1/24", "24-01-31"), STOCKHOLM)  # 31 can be the year, too
    assert short.undecided == 0


@pytest.mark.parametrize(("order", "expected"), [("dmy", "2026-10-03"), ("mdy", "2026-03-10")])
def test_the_order_can_be_told(order, expected):
    found = read_days(text("3/10/2026", "2026-12-24"), STOCKHOLM, order=order)
    assert found.times.astype("str").tolist() == [expected, "2026-12-24"]
    assert (found.order, found.undecided, found.failed.any()) == (order, None, False)
    told = read_days(text("24-1-31"), STOCKHOLM, order="ymd")
    assert told.times[0] == pd.Timestamp("2024-01-31")


def test_told_an_order_what_does_not_fit_it_fails():
    found = read_days(text("3/10/2026", "13/10/2026", "24/12/26"), STOCKHOLM, order="mdy")
    assert found.failed.tolist() == [False, True, True] and found.against is None
    assert read_days(text("3/10/2026"), STOCKHOLM, order="ymd").failed.tolist() == [True]


def test_two_orders_in_one_column_are_told_with_their_cells():
    found = read_moments(text("1/2/2026", "13/1/2026", "x", "14/1/2026", "1/13/2026"), STOCKHOLM)
    assert (found.against, found.undecided, found.order) == ((1, 4), None, None)
    assert found.failed.all()
    assert read_moments(text("13/1/26", "1/13/2026"), STOCKHOLM).against == (0, 1)
    assert read_moments(text("1/2/03", "26/12/2012", "45/1/12"), STOCKHOLM).against == (1, 2)


def test_local_times_when_clocks_are_set_are_as_in_iso():
    written = text("29/3/2026 2.30", "25/10/2026 2.30")
    iso, _ = cells.timestamps(text("2026-03-29 02:30", "2026-10-25 02:30"), STOCKHOLM)
    assert read_moments(written, STOCKHOLM).times.tolist() == iso.tolist()


def test_iso_alone_is_what_cells_make_of_it():
    written = text("2026-10-03", None, "2026-10-03 14:05")
    values, _ = cells.timestamps(written, STOCKHOLM)
    found = read_moments(written, STOCKHOLM)
    pd.testing.assert_series_equal(found.times, values)
    assert (found.order, found.failed.any()) == ("ymd", False)
    empty = read_moments(text(None, None), STOCKHOLM)
    assert (empty.order, empty.failed.any(), empty.times.isna().all()) == (None, False, True)
    assert len(read_moments(text(), STOCKHOLM).times) == 0


def test_chunks_and_repetitions_do_not_matter():
    column = pa.chunked_array([["1/2/2026", "x"], [], [None, "13/2/2026", "1/2/2026"]], pa.large_string())
    found = read_days(column, STOCKHOLM)
    assert found.times.dt.day.fillna(0).tolist() == [1, 0, 0, 13, 1]
    assert found.failed.tolist() == [False, True, False, False, False]


MONTHS_SV = ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti"]
MONTHS_SV += ["september", "oktober", "november", "december"]
WRITERS = {
    "dmy": [
        lambda t: f"{t.day}/{t.month}/{t.year} {t.hour:02}:{t.minute:02}",
        lambda t: f"{t:%d.%m.%Y %H.%M}",
        lambda t: f"{t:%d-%m-%y %I:%M %p}",
    ],
    "mdy": [lambda t: f"{t.month}/{t.day}/{t.year} {t:%I:%M %p}", lambda t: f"{t:%m/%d/%y %H:%M}"],
    "ymd": [lambda t: f"{t:%Y/%m/%d %H:%M}", lambda t: f"{t:%Y%m%d %H.%M}", lambda t: f"{t:%y-%m-%d %H:%M}"],
    "words": [
        lambda t: f"{t.day} {MONTHS_SV[t.month - 1]} {t.year} kl. {t.hour}.{t.minute:02}",
        lambda t: f"{t:%b} {t.day}, {t.year} {t:%I:%M %p}",
        lambda t: f"{t:%a %b %d %Y %H:%M} GMT+0000",
        lambda t: f"{t:%d-%b-%y} {t.hour}:{t.minute:02}",
    ],
}


def test_a_number_of_eight_digits_is_a_date_only_if_it_can_be_one():
    assert [looks_like_a_date(number) for number in ("20240131", "20241301", "20240132", "08123456")] == [
        True,
        False,
        False,
        False,
    ]


@given(
    moments=st.lists(st.datetimes(datetime(1969, 1, 3), datetime(2068, 12, 28)), min_size=1, max_size=9),
    order=st.sampled_from([*ORDERS, "words"]),
    data=st.data(),
)
def test_what_is_written_comes_back_or_nothing_tells(moments, order, data):
    moments = [moment.replace(second=0, microsecond=0) for moment in moments]
    write = data.draw(st.sampled_from(WRITERS[order]))
    column = text(*map(write, moments))
    told = read_moments(column, ZoneInfo("UTC"), order=None if order == "words" else order)
    expected = [pd.Timestamp(moment, tz="UTC") for moment in moments]
    assert told.times.tolist() == expected and not told.failed.any()
    found = read_moments(column, ZoneInfo("UTC"))
    assert found.against is None
    if found.undecided is None:
        assert found.times.tolist() == expected and found.order in (order, None, "ymd")
    else:
        orders = {tuple(read_moments(column, ZoneInfo("UTC"), order=each).times.astype("str")) for each in ORDERS}
        assert len(orders) > 1
    assert (found.failed == found.times.isna().to_numpy()).all()


@given(st.text("0123456789/-.: TZtapmjnvkl+", min_size=1, max_size=22))
def test_nothing_makes_it_fail(written):
    column = cells.trimmed(text(written))
    found = read_moments(column, ZoneInfo("UTC"))
    assert (found.failed == (found.times.isna().to_numpy() & np.array([column[0].as_py() is not None]))).all()
    if not found.failed[0] and column[0].as_py():
        assert looks_like_a_date(column[0].as_py())


@pytest.mark.parametrize("text", ["2024-01-31 14:05 (EST)", "2024-01-31 2:05 (PM)", "31.1.2024 14:05 (lokal tid)"])
def test_what_stands_in_brackets_alone_is_not_passed_over(text):
    found = read_moments(pa.chunked_array([pa.array([text], pa.large_string())]), ZoneInfo("UTC"))
    assert found.failed.tolist() == [True]


def test_a_name_in_brackets_behind_its_offset_is():
    text = pa.chunked_array([pa.array(["2024-01-31 14:05:00 +0100 (CET)"], pa.large_string())])
    found = read_moments(text, ZoneInfo("UTC"))
    assert found.times.tolist() == [pd.Timestamp("2024-01-31 13:05", tz="UTC")]


def test_slashes_with_the_month_first_do_not_tell_the_order_of_dots():
    def read(*cells, order=None):
        return read_moments(pa.chunked_array([pa.array(cells, pa.large_string())]), ZoneInfo("UTC"), order=order)

    assert read("1/31/2024", "1.2.2024").against == (0, 1)
    assert read("1/31/2024", "1.2.2024", order="dmy").failed.tolist() == [True, False]
    assert read("31/1/2024", "1.2.2024").times.dt.month.tolist() == [1, 2]
    assert read("1.31.2024", "1.2.2024").times.dt.month.tolist() == [1, 1]
