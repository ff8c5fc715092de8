"""What a survey holds: questions with their bases, and answers over their scales."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib import charts
from cxlib.errors import MissingColumnError, ParameterError, ScoreRangeError
from cxlib.language import Language
from cxlib.metrics import customer_satisfaction, mean_score, median_score
from cxlib.scales import BUILT_IN_SCALES, Scale
from cxlib.surveys.distributions import BANDS, score_distribution
from cxlib.surveys.forms import answer_forms, common_drivers
from cxlib.surveys.questions import survey_questions

CSAT = BUILT_IN_SCALES["csat"]


def answers(*rows):
    """(customer, metric, touchpoint, score) each."""
    return pd.DataFrame(rows, columns=["customer_id", "metric", "touchpoint", "score"])


def toy():
    """Eight asked about the invoice, six answered; five asked of the whole, all answered."""
    invoice = [(f"C{i}", "csat", "Invoice", score) for i, score in enumerate([1, 2, 2, 4, 5, 5, None, None])]
    whole = [(f"C{i}", "nps", None, score) for i, score in enumerate([0, 7, 9, 9, 10])]
    return answers(*invoice, *whole)


def test_each_question_has_its_base_and_what_was_left_open():
    questions = survey_questions(toy(), BUILT_IN_SCALES).set_index("metric")
    assert list(questions.index) == ["csat", "nps"]
    invoice, whole = questions.loc["csat"], questions.loc["nps"]
    assert (invoice["touchpoint"], invoice["n_asked"], invoice["n_responses"], invoice["n_customers"]) == (
        "Invoice",
        8,
        6,
        6,
    )
    assert invoice["response_share"] == 0.75
    assert invoice["mean_score"] == pytest.approx(19 / 6)
    assert (invoice["median_score"], invoice["lowest_seen"], invoice["highest_seen"], invoice["n_values"]) == (
        3,
        1,
        5,
        4,
    )
    assert (invoice["scale_minimum"], invoice["scale_maximum"]) == (1, 5)
    assert pd.isna(whole["touchpoint"])
    assert (whole["n_asked"], whole["mean_score"]) == (5, 7)


def test_a_share_answered_has_wilsons_interval():
    rows = answers(*[(f"C{i}", "csat", "Invoice", 3 if i < 6 else None) for i in range(32)])
    question = survey_questions(rows, BUILT_IN_SCALES).iloc[0]
    # 6 of 32: R package PropCIs, scoreci
    assert (question["low_share"], question["high_share"]) == pytest.approx((0.08889545, 0.35309155), abs=1e-8)


def test_the_mean_goes_by_survey_weight():
    rows = toy().assign(survey_weight=[3, 1, 1, 1, 1, 1, 9, 9, 1, 1, 1, 1, None])
    question = survey_questions(rows, BUILT_IN_SCALES).iloc[0]
    assert question["mean_score"] == pytest.approx((3 * 1 + 2 + 2 + 4 + 5 + 5) / 8)


def test_the_median_goes_by_survey_weight_too():
    rows = toy().assign(survey_weight=[9, 1, 1, 1, 1, 1, 9, 9, 1, 1, 1, 1, 1])
    assert survey_questions(rows, BUILT_IN_SCALES).iloc[0]["median_score"] == 1  # 9 of 14 gave it


def test_a_question_has_the_scores_that_the_metrics_give_and_hides_what_they_hide():
    rng = np.random.default_rng(6)
    rows = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 90, 300),
            "metric": rng.choice(["csat", "ces"], 300),
            "touchpoint": rng.choice(["Invoice", "Support", "Visit", None], 300, p=[0.6, 0.25, 0.02, 0.13]),
            "score": rng.choice([1, 2, 3, 4, 5, np.nan], 300),
            "survey_weight": rng.uniform(0.5, 2, 300),
        }
    )
    questions = survey_questions(rows, BUILT_IN_SCALES)
    assert questions["mean_score"].isna().sum() >= 2  # a visit, and what its metric would tell it by
    for metric in ("csat", "ces"):
        mine = questions.loc[questions["metric"] == metric].sort_values("touchpoint", ignore_index=True)
        for function, columns in [
            (mean_score, ["n_responses", "n_customers", "mean_score", "low_score", "high_score"]),
            (median_score, ["median_score"]),
        ]:
            theirs = function(rows, metric=metric, by="touchpoint").set_index("touchpoint").reindex(mine["touchpoint"])
            pd.testing.assert_frame_equal(mine[columns], theirs[columns].reset_index(drop=True), check_dtype=False)
        spread = score_distribution(rows, BUILT_IN_SCALES[metric]).groupby("touchpoint", dropna=False)["share"].first()
        shown = mine.set_index("touchpoint").loc[spread.index, "mean_score"].notna()
        assert shown.tolist() == spread.notna().tolist()


def test_scores_outside_the_scale_are_told_and_not_cut_off():
    rows = answers(*[(f"C{i}", "csat", "Invoice", score) for i, score in enumerate([9, 9, 9, 9, 9, 8])])
    question = survey_questions(rows, BUILT_IN_SCALES).iloc[0]
    assert (question["lowest_seen"], question["highest_seen"]) == (8, 9)
    assert 5 < question["low_score"] < question["mean_score"] < question["high_score"]


def test_a_question_that_four_people_answered_shows_its_base_and_no_scores():
    rows = answers(*[(f"C{i % 4}", "csat", "Invoice", 1 + i % 5) for i in range(12)])
    question = survey_questions(rows, BUILT_IN_SCALES).iloc[0]
    assert (question["n_responses"], question["n_customers"]) == (12, 4)
    assert question[["mean_score", "median_score", "lowest_seen", "highest_seen", "n_values"]].isna().all()


def test_a_question_nobody_answered_is_still_a_question():
    rows = answers(*[(f"C{i}", "csat", "Invoice", None) for i in range(6)])
    question = survey_questions(rows.astype({"score": "float64"}), BUILT_IN_SCALES).iloc[0]
    assert (question["n_asked"], question["n_responses"], question["response_share"]) == (6, 0, 0)


def test_a_metric_without_a_scale_is_refused_with_the_cure():
    with pytest.raises(
        ParameterError, match=r"no scale is declared for 'effort'; declared: ces, csat, nps.*study.toml"
    ):
        survey_questions(answers(("C1", "effort", None, 3)), BUILT_IN_SCALES)


def test_a_frame_without_metric_is_refused():
    with pytest.raises(MissingColumnError, match="metric"):
        survey_questions(toy().drop(columns="metric"), BUILT_IN_SCALES)


def test_the_spread_is_step_by_step_and_none_is_a_count():
    spread = score_distribution(toy(), CSAT)
    assert list(spread["low_score"]) == [1, 2, 3, 4, 5]
    assert list(spread["n_at_step"]) == [1, 2, 0, 1, 2]
    assert spread["share"].tolist() == pytest.approx([1 / 6, 2 / 6, 0, 1 / 6, 2 / 6])
    assert (spread["n_responses"] == 6).all()
    assert spread.loc[2, "low_share"] == 0 < spread.loc[2, "high_share"]


def test_the_spread_goes_by_survey_weight_and_its_interval_by_the_effective_n():
    rows = toy().assign(survey_weight=[3, 1, 1, 1, 1, 1, 9, 9, 1, 1, 1, 1, 1])
    spread = score_distribution(rows, CSAT)
    assert spread.loc[0, "share"] == pytest.approx(3 / 8)
    # never more certain than Kish's (Σw)² / Σw²
    assert 1 < spread.loc[0, "effective_n"] <= 64 / 14
    plain = score_distribution(toy(), CSAT).loc[0]
    assert spread.loc[0, "high_share"] - spread.loc[0, "low_share"] > plain["high_share"] - plain["low_share"]


def test_one_person_many_answers_is_one_person():
    """Ten people, each answering 20 times alike: half of them 5, half 4."""
    rows = answers(*[(f"C{i % 10}", "csat", "Invoice", 4 + i % 2) for i in range(200)])
    top = score_distribution(rows, CSAT).iloc[-1]
    assert (top["n_responses"], top["n_customers"], top["share"]) == (200, 10, 0.5)
    csat = customer_satisfaction(rows.assign(score=rows["score"] - (rows["score"] == 4) * 3)).iloc[0]
    assert (top["low_share"], top["high_share"]) == pytest.approx((csat["low_share"], csat["high_share"]))
    assert top["high_share"] - top["low_share"] > 0.4


def test_an_answer_of_weight_zero_is_nobodys():
    """Five of six people weigh nothing: what is left is one person's score."""
    rows = answers(*[(f"C{i}", "csat", "Invoice", 1 if i == 0 else 5) for i in range(6)]).assign(
        survey_weight=[1] + [0] * 5
    )
    question = survey_questions(rows, BUILT_IN_SCALES).iloc[0]
    assert (question["n_asked"], question["n_customers"]) == (6, 1)
    assert question[["mean_score", "median_score", "first_answered_at"]].isna().all()
    assert score_distribution(rows, CSAT)["share"].isna().all()


def test_a_long_scale_is_cut_into_bands_that_hold_every_score():
    scale = Scale(name="points", minimum=1, maximum=100, expected=50)
    rows = answers(*[(f"C{score}", "points", "Invoice", score) for score in range(1, 101)])
    spread = score_distribution(rows, scale)
    assert len(spread) == BANDS
    assert list(spread["n_at_step"]) == [10] * 10
    assert (spread["low_score"].iloc[0], spread["high_score"].iloc[-1]) == (1, 100)


def test_a_code_for_no_answer_is_no_score():
    rows = answers(*[(f"C{i}", "csat", "Invoice", score) for i, score in enumerate([1, 2, 3, 4, 6, 6])])
    with pytest.raises(ScoreRangeError, match=r"2 of 6 CSAT scores lie outside 1 to 5: 6 \(2 times\)"):
        score_distribution(rows, CSAT)


def test_few_people_show_no_spread():
    rows = answers(*[(f"C{i % 4}", "csat", "Invoice", 1 + i % 5) for i in range(12)])
    assert score_distribution(rows, CSAT)[["n_at_step", "share"]].isna().all(axis=None)


@given(
    st.lists(st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(["X", "Y", None]), st.integers(1, 5)), min_size=1)
)
def test_shares_make_up_the_whole_and_order_does_not_matter(rows):
    frame = answers(*[(who, "csat", touchpoint, score) for who, touchpoint, score in rows])
    before = frame.copy()
    spread = score_distribution(frame, CSAT, smallest_base=1)
    pd.testing.assert_frame_equal(frame, before)
    sums = spread.groupby("touchpoint", dropna=False)[["share", "n_at_step"]].sum()
    assert sums["share"].tolist() == pytest.approx([1.0] * len(sums))
    assert sums["n_at_step"].sum() == len(frame)
    pd.testing.assert_frame_equal(score_distribution(frame.iloc[::-1], CSAT, smallest_base=1), spread)


@pytest.mark.parametrize("code", ["en", "sv"])
def test_the_charts_hold_bases_and_no_customers(code):
    words = Language(code)
    questions = charts.survey_questions_chart(survey_questions(toy(), BUILT_IN_SCALES), language=words).to_dict()
    spread = charts.score_distribution_chart(score_distribution(toy(), CSAT), subject="CSAT", language=words).to_dict()
    rows = [row for data in spread["datasets"].values() for row in data if "n_at_step" in row]
    assert [row["n_at_step"] for row in rows] == [1, 2, 0, 1, 2]
    assert spread["title"]["text"] == words.text("charts.survey.spread_title", subject="CSAT")
    for spec in (questions, spread):
        assert "customer_id" not in str(spec["datasets"])


def test_charts_without_anything_to_show_say_so():
    few = score_distribution(toy(), CSAT, smallest_base=50)
    assert "enough people" in str(charts.score_distribution_chart(few).to_dict())
    none = survey_questions(toy().iloc[:0], BUILT_IN_SCALES)
    assert "no question" in str(charts.survey_questions_chart(none).to_dict())


# ---- forms ----


def form_rows():
    rows = [
        ("A", "2026-01-10 09:00", "csat", "Invoice", 2),
        ("A", "2026-02-01 08:00", "nps", None, 3),
        ("A", "2026-02-01 18:00", "csat", "Invoice", 4),  # the same day: counts
        ("A", "2026-02-02 08:00", "csat", "Invoice", 5),  # after the day of the outcome
        ("B", "2026-01-05 08:00", "nps", None, 9),
        ("B", "2026-03-05 08:00", "nps", None, 10),
        ("B", "2026-03-04 08:00", "csat", "Support", 5),
        ("C", "2026-01-05 08:00", "csat", "Support", 1),  # no outcome
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "answered_at", "metric", "touchpoint", "score"])
    return frame.assign(answered_at=pd.to_datetime(frame["answered_at"]).dt.tz_localize("Europe/Stockholm"))


def test_a_form_is_the_latest_outcome_with_what_was_answered_by_that_day():
    forms = answer_forms(form_rows(), outcome="nps", drivers="csat")
    assert list(forms.columns) == ["customer_id", "answered_at", "nps", "Invoice", "Support"]
    assert forms[["customer_id", "nps"]].to_numpy().tolist() == [["A", 3.0], ["B", 10.0]]
    assert forms["Invoice"].iloc[0] == 3  # of 2 and 4
    assert forms["Support"].iloc[1] == 5
    assert forms["Support"].isna().tolist() == [True, False]


def test_the_weight_is_that_of_the_outcome():
    rows = form_rows().assign(survey_weight=[9, 2, 9, 9, 9, 3, 9, 9])
    assert answer_forms(rows, outcome="nps", drivers="csat")["survey_weight"].tolist() == [2, 3]


def test_common_drivers_are_those_that_enough_answered():
    forms = pd.DataFrame(
        {"customer_id": list("ABCD"), "nps": [1, 2, 3, None], "X": [1, 1, None, 9], "Y": [None] * 3 + [1.0]}
    )
    assert common_drivers(forms, outcome="nps") == ["X"]
    assert common_drivers(forms, outcome="nps", least_share=0.7) == []


def test_an_answer_without_a_moment_is_not_the_latest():
    rows = form_rows()
    undated = pd.concat([rows, rows.iloc[[4]].assign(score=0.0)], ignore_index=True)
    undated.loc[len(rows), "answered_at"] = pd.NaT
    forms = answer_forms(undated, outcome="nps", drivers="csat")
    pd.testing.assert_frame_equal(forms, answer_forms(rows, outcome="nps", drivers="csat"))


@pytest.mark.parametrize("name", ["customer_id", "answered_at", "survey_weight", "nps"])
def test_a_touchpoint_called_like_a_column_is_named(name):
    rows = form_rows().replace({"touchpoint": {"Invoice": name}})
    with pytest.raises(ParameterError, match=f"a touchpoint is called {name!r}"):
        answer_forms(rows, outcome="nps", drivers="csat")


def test_forms_refuse_a_metric_that_nobody_scored():
    with pytest.raises(ParameterError, match="responses hold no score of 'ces'; metrics with scores: csat, nps"):
        answer_forms(form_rows(), outcome="ces", drivers="csat")
    with pytest.raises(ParameterError, match="'nps' cannot explain itself"):
        answer_forms(form_rows(), outcome="nps", drivers="nps")
