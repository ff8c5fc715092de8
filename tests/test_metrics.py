import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.errors import MissingColumnError, ParameterError, ScoreRangeError
from cxlib.metrics import net_promoter_score


def answers(scores, **columns) -> pd.DataFrame:
    return pd.DataFrame({"score": np.asarray(scores, dtype=float), **columns})


def test_score_variance_and_standard_error():
    # shared/anchors.md, R package NPS, its tests: (0, 7, 7, 9, 9, 9) gives 1/3, variance 5/9, SE .304
    row = net_promoter_score(answers([0, 7, 7, 9, 9, 9])).iloc[0]
    assert row["nps_points"] == pytest.approx(100 / 3)
    assert row["standard_error_points"] == pytest.approx(30.4, abs=0.05)
    assert (row["standard_error_points"] / 100) ** 2 * 6 == pytest.approx(5 / 9)


def test_adjusted_wald_interval():
    # shared/anchors.md, Rocks 2016: 16 promoters, 12 passives, 8 detractors
    row = net_promoter_score(answers([10] * 16 + [8] * 12 + [3] * 8)).iloc[0]
    assert row["n_responses"] == 36
    assert row["nps_points"] == pytest.approx(22.22, abs=0.005)
    assert row["standard_error_points"] == pytest.approx(13.095, abs=0.0005)
    assert row["low_points"] == pytest.approx(-4.03, abs=0.005)
    assert row["high_points"] == pytest.approx(45.06, abs=0.005)


def test_plain_wald_interval_and_shares():
    # shared/anchors.md, the same answers
    row = net_promoter_score(answers([10] * 16 + [8] * 12 + [3] * 8)).iloc[0]
    assert row["wald_low_points"] == pytest.approx(-3.44, abs=0.005)
    assert row["wald_high_points"] == pytest.approx(47.89, abs=0.005)
    shares = row[["promoter_share", "passive_share", "detractor_share"]]
    assert shares.tolist() == pytest.approx([16 / 36, 12 / 36, 8 / 36])
    assert row["variance"] == pytest.approx(24 / 36 - (8 / 36) ** 2)


def test_unanswered_and_other_metrics_do_not_count():
    frame = answers([10, 10, None, 0, 0, 0], metric=["nps", "nps", "nps", "csat", "ces", "csat"])
    row = net_promoter_score(frame, smallest_base=1).iloc[0]
    assert (row["n_responses"], row["nps_points"]) == (2, 100)


def test_groups_under_the_smallest_base_are_suppressed_but_keep_their_base():
    frame = answers([10] * 5 + [0] * 7, segment=["a"] * 5 + ["b"] * 4 + ["c"] * 3)
    scores = net_promoter_score(frame, by="segment")
    assert scores["segment"].tolist() == ["a", "b", "c"]
    assert scores["n_responses"].tolist() == [5, 4, 3] == scores["n_customers"].tolist()
    assert scores["nps_points"].tolist() == pytest.approx([100, np.nan, np.nan], nan_ok=True)
    assert scores.loc[1, ["low_points", "high_points", "standard_error_points"]].isna().all()


def test_survey_weights_move_the_score_and_lower_the_effective_base():
    frame = answers([10, 10, 0, 0, 8], survey_weight=[2.0, 2.0, 1.0, 1.0, None])
    row = net_promoter_score(frame).iloc[0]
    assert row["n_responses"] == 5
    assert row["nps_points"] == pytest.approx(100 * (4 - 2) / 7)
    assert row["effective_n"] == pytest.approx(7**2 / (4 + 4 + 1 + 1 + 1))


def test_the_standard_error_rests_on_the_effective_base():
    frame = answers([10] * 6 + [0] * 6, survey_weight=[3.0, 1.0] * 6)
    row = net_promoter_score(frame).iloc[0]
    base = 24**2 / (6 * 9 + 6)
    assert row["effective_n"] < base  # the heavy ones could as well have been others
    assert row["effective_n"] == pytest.approx(base, rel=0.1)
    assert row["standard_error_points"] == pytest.approx(100 * np.sqrt(1 / row["effective_n"]))


def test_answers_that_weigh_nothing_are_no_base():
    frame = answers([10, 0, 0, 0, 0], survey_weight=[1.0, 0, 0, 0, 0])
    row = net_promoter_score(frame).iloc[0]
    assert row["n_responses"] == 1
    assert np.isnan(row["nps_points"])


def test_many_codes_are_named_and_the_rest_counted():
    with pytest.raises(ScoreRangeError, match=r"7 of 7 .*: -9 \(2 times\), -1 \(1 times\).* and 1 other values"):
        net_promoter_score(answers([-9, -9, -1, 11, 12, 13, 99]))


def test_negative_weights_are_refused():
    with pytest.raises(ParameterError, match="1 survey weights, such as -1, are negative"):
        net_promoter_score(answers([10, 0], survey_weight=[1.0, -1.0]))


def test_the_smallest_base_counts_customers_where_they_are_known():
    frame = answers([0] * 9, customer_id=["a"] * 6 + ["b", "c", "d"])
    assert np.isnan(net_promoter_score(frame).iloc[0]["nps_points"])
    row = net_promoter_score(frame, smallest_base=4).iloc[0]
    assert (row["n_responses"], row["n_customers"], row["nps_points"]) == (9, 4, -100)


def test_answers_without_a_group_are_a_group():
    frame = answers([10] * 5 + [0] * 5, segment=["a"] * 5 + [None] * 5)
    assert net_promoter_score(frame, by="segment")["nps_points"].tolist() == [100, -100]


def test_no_answer_keeps_the_columns():
    frame = answers([], month=pd.to_datetime([]))
    assert list(net_promoter_score(frame, by="month").columns)[:2] == ["month", "n_responses"]


def test_a_score_outside_the_scale_is_refused_with_the_cure():
    with pytest.raises(
        ScoreRangeError, match=r"2 of 3 NPS scores lie outside 0 to 10: 11 \(2 times\); .*replace\(11, "
    ):
        net_promoter_score(answers([11, 11, 10]))


def test_the_code_for_no_answer_of_a_real_survey_is_refused_and_counted(shared_data):
    # README.md of the shared data: NETPRO 11 = no answer, 84 times in 2017 and 159 times in 2018
    for year, n_codes, n_rows in ((2017, 84, 2830), (2018, 159, 2809)):
        file = shared_data / "sfo_airport_survey" / f"{year}_SFO_Customer_Survey.csv"
        survey = pd.read_csv(file, encoding="latin-1", low_memory=False).rename(columns=str.strip)
        score = pd.to_numeric(survey["NETPRO"], errors="coerce")
        with pytest.raises(ScoreRangeError, match=rf"{n_codes} of {n_rows:,} NPS .* 11 \({n_codes} times\)"):
            net_promoter_score(survey.assign(score=score))
        row = net_promoter_score(survey.assign(score=score.replace(11, np.nan))).iloc[0]
        assert row["n_responses"] == n_rows - n_codes


def test_no_answer_at_all_gives_one_suppressed_row():
    row = net_promoter_score(answers([None, None])).iloc[0]
    assert row["n_responses"] == 0
    assert np.isnan(row["nps_points"])


def test_a_missing_column_is_named():
    with pytest.raises(MissingColumnError, match="segment"):
        net_promoter_score(answers([1]), by="segment")


@given(st.lists(st.integers(0, 10), min_size=5, max_size=60), st.randoms())
def test_the_interval_holds_together_and_row_order_does_not_matter(scores, random):
    frame = answers(scores)
    before = frame.copy(deep=True)
    row = net_promoter_score(frame).iloc[0]
    assert -100 <= row["low_points"] < row["high_points"] <= 100
    assert row["effective_n"] == pytest.approx(len(scores))
    random.shuffle(scores)
    assert net_promoter_score(answers(scores)).iloc[0].tolist() == pytest.approx(row.tolist())
    pd.testing.assert_frame_equal(frame, before)
