"""What looks odd is counted and kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from cxlib.errors import ParameterError
from cxlib.remarks import KINDS, REMARK_COLUMNS, study_remarks
from cxlib.study import load_study

DATA = Path(__file__).parents[1] / "data"

CUSTOMERS = "customer_id,joined_on,churned_on\n1,2026-02-01,2026-10-31\n2,,\n3,2026-02-01,2026-12-31\n"
EVENTS = (
    "customer_id,occurred_at,touchpoint\n"
    "1,2026-01-31 23:30,shop\n"  # the day before
    "1,2026-01-31T23:30Z,shop\n"  # half past twelve in Stockholm: the day itself
    "1,2026-10-31 23:59,shop\n"
    "1,2026-11-01 00:00,shop\n"
    "2,2026-11-29 23:59,shop\n"
    "2,2026-11-30,shop\n"
)


@pytest.fixture
def remarks(write_study):
    def remarks(files, **options) -> pd.DataFrame:
        toml = 'timezone = "Europe/Stockholm"\n'
        return study_remarks(load_study(write_study({"study.toml": toml, **files})), **options)

    return remarks


def told(found: pd.DataFrame) -> list[tuple]:
    columns = ["kind", "table", "column", "n_rows", "n_customers", "example"]
    return list(found[columns].astype(object).where(found[columns].notna(), None).itertuples(index=False, name=None))


def test_before_joining_after_churn_and_in_the_future_by_the_study_s_own_days(remarks):
    found = remarks({"customers.csv": CUSTOMERS, "events.csv": EVENTS}, today="2026-11-29")
    assert told(found) == [
        (
            *("before_joining", "events", "occurred_at", 1, 1),
            "row 2: customer '1', occurred_at 2026-01-31, joined_on 2026-02-01",
        ),
        (
            *("after_churn", "events", "occurred_at", 1, 1),
            "row 5: customer '1', occurred_at 2026-11-01, churned_on 2026-10-31",
        ),
        ("in_future", "customers", "churned_on", 1, 1, "row 4: customer '3', churned_on 2026-12-31"),
        ("in_future", "events", "occurred_at", 1, 1, "row 7: customer '2', occurred_at 2026-11-30"),
    ]
    assert found["what"].tolist() == [
        "1 row of events of 1 customer lie before their joined_on",
        "1 row of events of 1 customer lie after their churned_on",
        "1 row of customers of 1 customer have their churned_on after 2026-11-29",
        "1 row of events of 1 customer have their occurred_at after 2026-11-29",
    ]
    assert found["what_to_do"].tolist() == [KINDS[kind] for kind in found["kind"]]


def test_nothing_is_in_the_future_of_nobody_s_clock(remarks):
    found = remarks({"events.csv": EVENTS})
    assert found.empty
    assert found.dtypes.astype(str).to_dict() == REMARK_COLUMNS


def test_today_is_a_day(remarks):
    assert told(remarks({"events.csv": EVENTS}, today=date(2026, 11, 29)))[0][3] == 1
    for wrong in ("soon", pd.NaT):
        with pytest.raises(ParameterError, match="today takes a day such as 2026-11-01"):
            remarks({"events.csv": EVENTS}, today=wrong)


def test_answers_and_cases_outside_the_contract_count_too(remarks):
    found = remarks(
        {
            "customers.csv": CUSTOMERS,
            "responses.csv": "customer_id,answered_at,metric,score\n1,2026-12-01,nps,3\n",
            "cases.csv": "case_id,customer_id,opened_at\na,1,2026-01-01\nb,3,2026-01-01\n",
        }
    )
    assert [row[:5] for row in told(found)] == [
        ("before_joining", "cases", "opened_at", 2, 2),
        ("after_churn", "responses", "answered_at", 1, 1),
    ]


def test_a_header_without_rows_is_a_remark(remarks):
    found = remarks({"events.csv": EVENTS, "cases.csv": "case_id,customer_id,opened_at\n"})
    assert told(found) == [("no_rows", "cases", None, 0, 0, None)]
    assert found["what"].tolist() == ["cases.csv has a header and no row"]


def test_customers_that_no_table_lists(remarks):
    found = remarks({"customers.csv": "customer_id\n01\n2\n", "events.csv": EVENTS})
    assert told(found) == [("unknown_customers", "customers", None, 4, 1, "'1'")]
    what = "1 of 2 customers with events or answers are not in the customers table"
    assert found["what"].tolist() == [what]


def test_repeated_rows_and_questions_that_a_form_answers_twice(remarks):
    events = "customer_id,occurred_at,touchpoint,score\n1,2026-10-01,shop,\n2,2026-10-01,shop,3\n1,2026-10-01,shop,\n"
    responses = (
        "customer_id,answered_at,metric,score,response_id,touchpoint\n"
        "1,2026-10-01,csat,3,r1,shop\n"
        "1,2026-10-01,csat,3,r1,invoice\n"  # another question
        "1,2026-10-01,csat,4,r1,shop\n"  # the same question again
        "1,2026-10-01,csat,4,r1,shop\n"  # the same row again
        "1,2026-10-01,nps,4,r1,shop\n"
        "2,2026-10-01,csat,4,r1,shop\n"  # somebody else
        "2,2026-10-02,csat,4,,shop\n2,2026-10-03,csat,4,,shop\n"  # no form
    )
    found = remarks({"events.csv": events, "responses.csv": responses})
    assert told(found) == [
        ("repeated_rows", "events", None, 1, 1, "row 4, which repeats row 2"),
        ("repeated_rows", "responses", None, 1, 1, "row 5, which repeats row 4"),
        ("answered_twice", "responses", "response_id", 1, 1, "row 4: csat in response 'r1'"),
    ]


def test_the_bundled_study_has_answers_of_customers_who_have_left():
    found = study_remarks(load_study(DATA / "demo"), today="2026-11-29")
    assert [row[:5] for row in told(found)] == [("after_churn", "responses", "answered_at", 16, 16)]


def test_the_marketplace_repeats_four_reviews(shared_data):
    found = study_remarks(load_study(DATA / "olist", data_dir=shared_data / "olist"), today="2026-11-29")
    # Counted in olist_order_reviews_dataset.csv with its orders: the same review of two orders of one person.
    assert [row[:5] for row in told(found)] == [("repeated_rows", "responses", None, 4, 4)]
