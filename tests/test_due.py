"""When reports are due: clocks that change, short months, other zones than the machine's, and the turn of the year."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.errors import ParameterError
from cxlib.reporting.definition import Definition
from cxlib.reporting.due import DueTime, due_at, due_periods, next_due
from cxlib.reporting.period import EXAMPLES, parse_period, period_text


def report(first=None, *, period="month", timezone="Europe/Stockholm", days=1, at="06:00"):
    return Definition(
        name="toy",
        project=Path(),
        titles={"en": "Toy"},
        notebook=Path("a.ipynb"),
        period=period,
        study=None,
        language=None,
        parameters=(),
        timezone=timezone,
        first_period=None if first is None else parse_period(first, period),
        due=DueTime(days=days, at=dt.time.fromisoformat(at)),
    )


def due(definition, period):
    return due_at(definition, parse_period(period, definition.period)).isoformat()


def texts(periods):
    return [period_text(period) for period in periods]


def at(text, zone="Europe/Stockholm"):
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("period", "days", "moment"),
    [
        ("2026-10", 1, "2026-11-01T06:00:00+01:00"),
        ("2026-10", 3, "2026-11-03T06:00:00+01:00"),
        ("2026-02", 1, "2026-03-01T06:00:00+01:00"),  # 28 days
        ("2028-02", 1, "2028-03-01T06:00:00+01:00"),  # 29 days
        ("2026-01", 29, "2026-03-01T06:00:00+01:00"),  # 29 February 2026 is none
        ("2026-06", 1, "2026-07-01T06:00:00+02:00"),  # summer time
        ("2026-12", 1, "2027-01-01T06:00:00+01:00"),
        ("2026-12", 40, "2027-02-09T06:00:00+01:00"),
    ],
)
def test_a_month_is_due_so_many_days_after_its_end(period, days, moment):
    assert due(report(days=days), period) == moment


@pytest.mark.parametrize(
    ("kind", "period", "moment"),
    [
        ("quarter", "2026-Q1", "2026-04-01T06:00:00+02:00"),
        ("quarter", "2026-Q4", "2027-01-01T06:00:00+01:00"),
        ("week", "2026-W44", "2026-11-02T06:00:00+01:00"),
        ("week", "2026-W53", "2027-01-04T06:00:00+01:00"),
    ],
)
def test_a_quarter_and_a_week_are_due_after_theirs(kind, period, moment):
    assert due(report(period=kind), period) == moment


def test_a_time_that_does_not_come_is_later_by_what_the_clock_is_put_forward():
    # Sunday 29 March 2026: 02:00 is followed by 03:00. The week before ended on the 22nd; its seventh day is that one.
    definition = report(period="week", days=7, at="02:30")
    assert due(definition, "2026-W12") == "2026-03-29T03:30:00+02:00"
    assert due(definition, "2026-W11") == "2026-03-22T02:30:00+01:00"


def test_a_time_that_comes_twice_is_meant_the_first_time():
    # Sunday 25 October 2026: 03:00 is followed by 02:00.
    definition = report("2026-W42", period="week", days=7, at="02:30")
    assert due(definition, "2026-W42") == "2026-10-25T02:30:00+02:00"
    first, second = at("2026-10-25 02:30"), at("2026-10-25 02:30").replace(fold=1)
    assert due_periods(definition, first - dt.timedelta(seconds=1)) == []
    assert texts(due_periods(definition, first)) == ["2026-W42"]
    # An hour after it was due, though the clock shows a minute before that time.
    later = second.replace(minute=29)
    assert later.utcoffset() == dt.timedelta(hours=1)
    assert texts(due_periods(definition, later)) == ["2026-W42"]


@pytest.mark.parametrize(
    ("zone", "moment"),
    [("Pacific/Kiritimati", "2026-10-31T16:00:00+00:00"), ("America/Sao_Paulo", "2026-11-01T09:00:00+00:00")],
)
@pytest.mark.parametrize("machine", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_the_machines_own_timezone_does_not_matter(monkeypatch, zone, moment, machine):
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    try:
        definition = report("2026-10", timezone=zone)
        assert due_at(definition, definition.first_period).astimezone(dt.UTC).isoformat() == moment
        minute_before = dt.datetime.fromisoformat(moment) - dt.timedelta(minutes=1)
        assert due_periods(definition, minute_before) == []
        assert texts(due_periods(definition, minute_before + dt.timedelta(minutes=1))) == ["2026-10"]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_all_that_is_due_comes_oldest_first():
    assert texts(due_periods(report("2026-10"), at("2027-02-01 05:59"))) == ["2026-10", "2026-11", "2026-12"]
    assert texts(due_periods(report("2026-10"), at("2027-02-01 06:00")))[-1] == "2027-01"
    assert texts(due_periods(report("2026-Q3", period="quarter"), at("2027-01-01 12:00"))) == ["2026-Q3", "2026-Q4"]
    weeks = texts(due_periods(report("2026-W52", period="week"), at("2027-01-11 06:00")))
    assert weeks == ["2026-W52", "2026-W53", "2027-W01"]


def test_a_report_without_a_first_period_is_never_due():
    assert due_periods(report(), at("2027-01-01 00:00")) == []
    assert next_due(report(), at("2027-01-01 00:00")) is None


def test_what_comes_next_is_the_first_that_is_not_due():
    period, moment = next_due(report("2026-10"), at("2026-12-24 00:00"))
    assert (period_text(period), moment.isoformat()) == ("2026-12", "2027-01-01T06:00:00+01:00")
    period, moment = next_due(report("2027-05"), at("2026-12-24 00:00"))
    assert (period_text(period), moment.isoformat()) == ("2027-05", "2027-06-01T06:00:00+02:00")


def test_a_moment_without_a_timezone_is_refused():
    with pytest.raises(ParameterError, match=r"as_of: found 2026-11-01T06:00:00 without a timezone"):
        due_periods(report("2026-10"), dt.datetime(2026, 11, 1, 6))


MOMENTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2029, 1, 1), timezones=st.just(dt.UTC))
DEFINITIONS = st.builds(
    lambda kind, zone, days, clock: replace(
        report(EXAMPLES[kind], period=kind, timezone=zone), due=DueTime(days=days, at=clock)
    ),
    st.sampled_from(list(EXAMPLES)),
    st.sampled_from(["Europe/Stockholm", "UTC", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Kiritimati"]),
    st.integers(1, 366),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
)


@given(DEFINITIONS, MOMENTS, MOMENTS)
def test_due_periods_follow_on_each_other_and_only_become_more(definition, one, other):
    earlier, later = sorted([one, other])
    before, after = due_periods(definition, earlier), due_periods(definition, later)
    assert after[: len(before)] == before
    assert after == [definition.first_period + i for i in range(len(after))]
    upcoming, moment = next_due(definition, later)
    assert upcoming == definition.first_period + len(after)
    assert moment.astimezone(dt.UTC) > later
    assert due_periods(definition, moment) == [*after, upcoming]
    assert all(due_at(definition, period).astimezone(dt.UTC) <= later for period in after)
