"""The counts that the real files' own description states, reproduced by the readers of survey exports.

Counts of exports by tool stand in the tests of that tool (tests/test_export_*.py).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlib as cx


def table_of(path: Path) -> pd.DataFrame:
    """One row per row of the file, one column per question, as text; rows_read is that of the survey."""
    survey = cx.read_survey(path, reader="plain", personal=True)
    assert survey.rows_read == survey.rows_kept == len(survey.respondents)
    return (
        survey.answers.pivot(index="respondent", columns="question", values="answer")
        .reindex(survey.respondents["respondent"])
        .reset_index()
    )


def numbers_of(table: pd.DataFrame, columns: list[str]) -> np.ndarray:
    return table[columns].astype("float64").to_numpy()


@pytest.fixture
def olist(shared_data):
    return lambda name: table_of(shared_data / "olist" / f"olist_{name}_dataset.csv")


def test_olist_orders_and_customers(olist):
    orders, customers = olist("orders"), olist("customers")
    assert len(orders) == len(customers) == 8135
    assert (orders["order_status"] == "delivered").sum() == 5172
    n_orders = customers["customer_unique_id"].value_counts()
    assert (len(n_orders), (n_orders > 1).sum()) == (8016, 73)


def test_olist_reviews_keep_their_line_breaks_and_repeats(olist, shared_data):
    reviews = olist("order_reviews")
    path = shared_data / "olist" / "olist_order_reviews_dataset.csv"
    n_lines = path.read_bytes().count(b"\n")
    assert (n_lines - 1, len(reviews)) == (8884, 8225)
    assert len(reviews) - reviews["order_id"].nunique() == 90  # reviews beyond the first one, of 87 orders
    assert (reviews["order_id"].value_counts() > 1).sum() == 87


def test_olist_reviews_before_delivery(olist):
    both = olist("order_reviews").merge(olist("orders"), on="order_id", how="left", validate="m:1")
    assert (both["review_creation_date"] < both["order_delivered_customer_date"]).sum() == 495


@pytest.mark.parametrize(
    ("year", "n_answers", "n_missing", "blank"), [(2017, 2831, 84, "Blank"), (2018, 2809, 159, "BLANK")]
)
def test_sfo_codes_that_mean_no_answer(shared_data, year, n_answers, n_missing, blank):
    survey = cx.read_survey(shared_data / "sfo_airport_survey" / f"{year}_SFO_Customer_Survey.csv")
    assert (survey.reader, survey.rows_read, survey.rows_rejected) == ("plain", n_answers, 0)
    recommend = survey.answers[survey.answers["question"] == "NETPRO"]  # with spaces behind it in 2018
    assert (recommend["answer"] == "11").sum() == n_missing
    words = survey.answers.loc[survey.answers["answer"].str.lower() == "blank", "answer"]
    assert set(words) == {blank}
    rating = survey.questions.set_index("question").loc["Q7ART"]
    assert (rating["lowest_seen"], rating["highest_seen"]) == (0, 6)  # 0 and 6 are no ratings


def test_sfo_names_carry_no_trailing_space(shared_data):
    questions = cx.read_survey(shared_data / "sfo_airport_survey" / "2018_SFO_Customer_Survey.csv").questions[
        "question"
    ]
    assert questions.eq(questions.str.strip()).all()


def test_oddjob_expects_more_than_it_gets(shared_data):
    table = table_of(shared_data / "oddjob_airline" / "airlinesat.csv")
    assert len(table) == 1065
    recommend = numbers_of(table, ["nps"])
    assert (recommend.min(), recommend.max()) == (1, 11)
    expected, found = (numbers_of(table, [f"{sign}{item}" for item in range(1, 24)]) for sign in "es")
    both = ~np.isnan(expected) & ~np.isnan(found)
    assert (expected > found)[both].mean() > 0.75


def test_goteborg_units_and_repeats(shared_data):
    table = table_of(shared_data / "goteborg_forskoleenkat" / "enheter_per_ar.csv")
    assert len(table) == 3531
    assert table.duplicated(["enhet_id", "år"], keep=False).sum() == 1902
    assert round(100 * table["antal_svar"].isna().mean()) == 22
    assert (table.groupby("enhet_id")["år"].nunique() == 6).sum() == 250


def test_goteborg_means(shared_data):
    survey = cx.read_survey(shared_data / "goteborg_forskoleenkat" / "medel_per_fraga.csv.gz")
    assert (survey.rows_read, survey.rows_rejected) == (98868, 0)


def test_the_excel_forms_of_one_table_hold_the_same_numbers(shared_data):
    files = sorted((shared_data / "goteborg_forskoleenkat" / "derived_excel_sv").glob("centrum2025_*"))
    surveys = [cx.read_survey(file) for file in files]
    assert {survey.encoding for survey in surveys} == {"cp1252", "utf-16-le", "utf-8-sig"}
    for survey in surveys[1:]:
        pd.testing.assert_frame_equal(survey.answers, surveys[0].answers)
    assert surveys[0].questions.set_index("question").loc["medel_enhet", "kind"] == "scale"


def test_customer_sat_has_no_gap(shared_data):
    survey = cx.read_survey(shared_data / "reference_tables" / "customerSat.csv")
    assert survey.questions["n_answered"].eq(1811).all()
    assert survey.questions["question"].tolist() == [f"q{at}" for at in range(1, 11)]
