"""Periods: one spelling each for months, quarters and ISO weeks, and what was meant by any other."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxlib.errors import ParameterError
from cxlib.reporting.alarms_file import find_alarms
from cxlib.reporting.definition import load_definition
from cxlib.reporting.period import (
    EXAMPLES,
    PERIOD_KINDS,
    Coverage,
    coverage,
    kind_of,
    last_month_of,
    parse_period,
    period_text,
)
from cxlib.reporting.run import run_report
from cxlib.reporting.told_file import find_told
from tests.toy_project import DEFINITION, make_project


@pytest.mark.parametrize(
    ("kind", "text", "first", "last"),
    [
        ("month", "2026-02", "2026-02-01", "2026-02-28"),
        ("month", "2028-02", "2028-02-01", "2028-02-29"),
        ("quarter", "2026-Q3", "2026-07-01", "2026-09-30"),
        ("week", "2026-W44", "2026-10-26", "2026-11-01"),
        # 1 January 2026 was a Thursday: the first week began in 2025, and there were 53.
        ("week", "2026-W01", "2025-12-29", "2026-01-04"),
        ("week", "2026-W53", "2026-12-28", "2027-01-03"),
        ("week", "2027-W01", "2027-01-04", "2027-01-10"),
    ],
)
def test_a_period_has_its_days(kind, text, first, last):
    period = parse_period(text, kind)
    assert (period.start_time.date().isoformat(), period.end_time.date().isoformat()) == (first, last)
    assert period_text(period) == text


def test_the_week_after_the_53rd_is_the_first_of_the_next_year():
    assert period_text(parse_period("2026-W53", "week") + 1) == "2027-W01"


@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(list(PERIOD_KINDS)))
@example(dt.date(2027, 1, 1), "week")
def test_every_day_lies_in_one_period_whose_text_is_read_back(day, kind):
    period = pd.Period(day, PERIOD_KINDS[kind])
    text = period_text(period)
    assert kind_of(period) == kind
    assert parse_period(text, kind) == period
    assert period.start_time.date() <= day <= period.end_time.date()
    if kind == "week":
        year, week, _ = day.isocalendar()
        assert text == f"{year}-W{week:02}"


@given(st.dates(dt.date(1900, 1, 8), dt.date(2099, 12, 1)), st.sampled_from(list(PERIOD_KINDS)))
def test_folders_stand_in_the_order_of_time(day, kind):
    period = pd.Period(day, PERIOD_KINDS[kind])
    assert period_text(period - 1) < period_text(period)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("month", "2026-1", "did you mean '2026-01'"),
        ("month", "October 2026", "did you mean '2026-10'"),
        ("month", "2026-10-05", "did you mean '2026-10'"),
        ("month", "２０２６-10", "a month written like '2026-10'"),
        ("month", "202610", "did you mean '2026-10'"),
        ("month", "2026-13", "a month written like '2026-10'"),
        ("month", "../2026-10", "a month written like '2026-10'"),
        ("month", "", "a month written like '2026-10'"),
        ("month", "2026-Q3", "which is a quarter; allowed: a month like '2026-10'"),
        ("month", "2026-W44", "which is a week; allowed: a month like '2026-10'"),
        ("quarter", "2026Q3", "did you mean '2026-Q3'"),
        ("quarter", "Q3 2026", "did you mean '2026-Q3'"),
        ("quarter", "2026-08-03", "did you mean '2026-Q3'"),
        ("quarter", "2026-Q5", "a quarter written like '2026-Q3'"),
        ("quarter", "2026-10", "which is a month; allowed: a quarter like '2026-Q3'"),
        ("week", "2026-w44", "did you mean '2026-W44'"),
        ("week", "week 7 2026", "did you mean '2026-W07'"),
        ("week", "2026-10-27", "did you mean '2026-W44'"),
        ("week", "2026-W54", "the last week of 2026 is 53"),
        ("week", "2027-W53", "the last week of 2027 is 52"),
    ],
)
def test_another_spelling_is_answered_with_the_right_one(kind, text, said):
    with pytest.raises(ParameterError) as error:
        parse_period(text, kind)
    assert said in str(error.value)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize("kind", PERIOD_KINDS)
@pytest.mark.parametrize("text", ["now", "today", "2026", "1899-01", "2100-01", "1899-Q4", "2100-W01"])
def test_no_guess_depends_on_a_clock_or_is_made_of_a_year_alone(kind, text):
    with pytest.raises(ParameterError) as error:
        parse_period(text, kind)
    assert "did you mean" not in str(error.value)


@given(st.text(), st.sampled_from(list(PERIOD_KINDS)))
def test_whatever_is_written_is_a_period_or_a_refusal(text, kind):
    try:
        assert period_text(parse_period(text, kind)) == text
    except ParameterError as error:
        assert EXAMPLES[kind] in str(error)


def test_what_is_no_period_of_a_report_is_refused():
    with pytest.raises(ParameterError, match="2026-10-05 is none of the periods of reports: month, quarter, week"):
        period_text(pd.Period("2026-10-05", "D"))


@pytest.mark.parametrize(("kind", "text"), [("month", "2026-09"), ("quarter", "2026-Q3")])
def test_accounts_are_kept_to_the_last_month_of_a_period(kind, text):
    assert last_month_of(parse_period(text, kind)) == pd.Period("2026-09", "M")


def test_a_week_ends_with_no_month():
    with pytest.raises(ParameterError, match="2026-W44 is a week, and accounts are kept by month"):
        last_month_of(parse_period("2026-W44", "week"))


@pytest.mark.parametrize("listed", [find_alarms, find_told])
def test_the_lists_of_a_quarter_are_those_of_its_last_month(tmp_path, listed):
    project = make_project(tmp_path, definition=DEFINITION.replace('"month"', '"quarter"'))
    found = listed(load_definition("toy", project), period="2026-Q3")
    make_project(tmp_path)
    month = listed(load_definition("toy", project), period="2026-09")
    assert found.summary() == month.summary()
    assert "2026-09" in found.summary()


def test_data_cover_quarters_and_weeks_as_they_cover_months():
    moments = pd.Series(pd.to_datetime(["2026-05-02", "2026-09-30", "2026-10-25"]).tz_localize("UTC"))
    quarters, weeks = coverage(moments, "quarter"), coverage(moments, "week")
    assert (str(quarters), period_text(quarters.last_whole)) == ("2026-Q2 to 2026-Q4", "2026-Q3")
    # 25 October is a Sunday: the week is whole.
    assert (str(weeks), period_text(weeks.last_whole)) == ("2026-W18 to 2026-W43", "2026-W43")
    one = parse_period("2026-W44", "week")
    assert str(Coverage(first=one, last=one, last_whole=one)) == "2026-W44"


@pytest.mark.parametrize(
    ("kind", "text", "subtitle"),
    [
        ("quarter", "2026-Q3", "3:e kvartalet 2026 · Small &amp; Co"),
        ("week", "2026-W44", "Vecka 44, 2026 · Small &amp; Co"),
    ],
)
def test_a_report_of_a_quarter_or_a_week_stands_under_its_name(tmp_path, kind, text, subtitle):
    project = make_project(tmp_path, definition=DEFINITION.replace('"month"', f'"{kind}"'))
    run = run_report(load_definition("toy", project), period=text, language="sv")
    assert (run.period, run.folder.name) == (text, f"{text}_sv")
    assert f"<p>{subtitle}</p>" in run.page.read_text(encoding="utf-8")
    assert f'"period": "{text}"' in run.metrics.read_text(encoding="utf-8")
