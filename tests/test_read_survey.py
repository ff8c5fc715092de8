"""Which reader takes a file and why, and what holds of every export whatever tool wrote it."""

import pandas as pd
import pytest

import cxlib as cx
from cxlib.errors import RefusedFileError
from tests.toy_exports import moments, survey_of

PLAIN = "id,date,q\n1,{0},5\n2,{1},4\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (("13/1/2026 14:05", "1/2/2026 14:05"), ["2026-01-13", "2026-02-01"]),
        (("1/13/2026 2:05 PM", "2/1/2026 2:05 PM"), ["2026-01-13", "2026-02-01"]),
        (("13 januari 2026", "1 februari 2026"), ["2026-01-13", "2026-02-01"]),
        (("2026-01-13 14.05.30", "2026-02-01 14.05.30"), ["2026-01-13", "2026-02-01"]),
    ],
)
def test_moments_are_read_as_they_are_written(tmp_path, written, found):
    assert moments(survey_of(tmp_path, PLAIN.format(*written)), "%Y-%m-%d") == found


def test_an_order_of_day_and_month_that_nothing_tells_is_asked_for(tmp_path):
    message = r"export.csv, row 2, column date: nothing in this file tells whether the day or the month comes first"
    with pytest.raises(RefusedFileError, match=message) as refused:
        survey_of(tmp_path, PLAIN.format("3/4/2026", "5/4/2026"))
    assert refused.value.problem.value == "3/4/2026"
    assert 'date_order = "dmy" or "mdy"' in refused.value.problem.allowed


@pytest.mark.parametrize(("order", "first"), [("dmy", "2026-04-03"), ("mdy", "2026-03-04")])
def test_the_order_can_be_told(tmp_path, order, first):
    survey = survey_of(tmp_path, PLAIN.format("3/4/2026", "5/4/2026"), date_order=order)
    assert moments(survey, "%Y-%m-%d")[0] == first


def test_moments_in_two_orders_are_refused_with_both(tmp_path):
    with pytest.raises(RefusedFileError, match=r"row 3, .*as '13/1/2026' in row 2"):
        survey_of(tmp_path, PLAIN.format("13/1/2026", "1/14/2026"))


def test_an_unknown_order_is_refused(tmp_path):
    with pytest.raises(cx.ParameterError, match="unknown date_order 'day first'; allowed: dmy, mdy, ymd"):
        survey_of(tmp_path, PLAIN.format("3/4/2026", "5/4/2026"), date_order="day first")


def test_one_moment_of_a_tool_tells_the_order_of_all_its_moments(tmp_path):
    text = (
        "Respondent ID,Collector ID,Start Date,End Date,Happy?\n"
        "1,7,12/31/2025 11:59:00 PM,01/01/2026 12:01:00 AM,5\n2,7,01/02/2026 10:00:00 AM,01/02/2026 10:01:00 AM,4\n"
    )
    assert moments(survey_of(tmp_path, text)) == ["2026-01-01 00:01:00", "2026-01-02 10:01:00"]


def test_a_title_above_the_headings_is_stepped_over_and_can_be_told(tmp_path):
    text = "Kundenkät 2026\n\nrespondent_id;Nöjd?;Varför?\n7;5;Bra\n8;4;Dyrt\n"
    survey = survey_of(tmp_path, text)
    assert survey.respondents["source_row"].tolist() == [4, 5]
    assert survey_of(tmp_path, text, header_row=3).respondents.equals(survey.respondents)


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    assert survey_of(tmp_path, "id,q\n1,5\n\n2,4\n").respondents["source_row"].tolist() == [2, 4]
    assert pd.api.types.is_integer_dtype(survey_of(tmp_path, "id,q\n1,5\n").respondents["source_row"])
