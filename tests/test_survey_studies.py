"""Two real surveys, brought into the contract by settings and SQL alone: every answer is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxlib.study import load_study

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def airport(shared_data):
    return load_study(DATA / "airport", data_dir=shared_data / "sfo_airport_survey")


@pytest.fixture(scope="module")
def airline(shared_data):
    return load_study(DATA / "airline", data_dir=shared_data / "oddjob_airline")


def counts(study, metric, touchpoint=None):
    """(rows, answers with a score) of each year."""
    rows = study.responses.loc[study.responses["metric"] == metric]
    if touchpoint:
        rows = rows.loc[rows["touchpoint"] == touchpoint]
    scores = rows.groupby(rows["answered_at"].dt.year)["score"]
    return dict(zip(scores.size().index, zip(scores.size(), scores.count(), strict=True), strict=True))


def test_nobody_of_the_airport_is_lost_and_no_code_counts_as_a_score(airport):
    assert len(airport.customers) == 2831 + 2809
    assert airport.rejected.empty
    # 84 and 159 answered 11, "no answer"; one more of 2017 is empty.
    assert counts(airport, "nps") == {2017: (2831, 2831 - 84 - 1), 2018: (2809, 2809 - 159)}
    # Blank in 2017, BLANK in 2018
    assert counts(airport, "overall") == {2017: (2831, 2831 - 143), 2018: (2809, 2809 - 184)}


def test_a_facility_never_used_is_no_meeting_and_one_left_open_an_answer_without_score(airport):
    # Q7ART: 445 and 525 never used it, 102 and 124 left it open
    assert counts(airport, "rating", "Artwork") == {
        2017: (2831 - 445, 2831 - 445 - 102),
        2018: (2809 - 525, 2809 - 525 - 124),
    }


def test_the_airport_weights_come_along(airport):
    weights = airport.responses.groupby("customer_id")["survey_weight"].nunique()
    assert (weights == 1).all()
    assert airport.responses["survey_weight"].min() == pytest.approx(0.208038)


def test_the_airline_likelihood_to_recommend_is_brought_to_0_to_10(airline):
    nps = airline.responses.loc[airline.responses["metric"] == "nps", "score"]
    assert (nps.min(), nps.max(), len(nps)) == (0, 10, 1065)
    assert (nps == 10).sum() == 23  # 11 in the file


def test_the_airline_statements_stand_beside_what_was_expected_of_them(airline):
    met = airline.responses.loc[airline.responses["metric"] == "performance"]
    assert len(met) == 23 * 1065
    both = met.dropna(subset=["score", "expectation"])
    per_passenger = both.groupby("customer_id")[["score", "expectation"]].mean()
    # "over 75 % have expectation above performance"
    assert (per_passenger["expectation"] > per_passenger["score"]).mean() > 0.75
