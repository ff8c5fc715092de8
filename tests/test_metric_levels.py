"""Top two boxes, means, medians and response rates."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import cxlib as cx
from cxlib.errors import ParameterError, ScoreRangeError
from cxlib.intervals import median_interval, wilson_interval
from cxlib.scales import BUILT_IN_SCALES, Scale

COARSE = Scale(name="stars", minimum=1, maximum=10, expected=5)
REVERSED = Scale(name="effort", minimum=1, maximum=5, expected=3, better="lower")


def answers(scores, **columns) -> pd.DataFrame:
    return pd.DataFrame({"score": np.asarray(scores, dtype=float), **columns})


# ---- top two boxes ----


def test_top_two_boxes_with_wilsons_interval():
    # shared/anchors.md, R's PropCIs: 6 of 32
    row = cx.customer_satisfaction(answers([5] * 2 + [4] * 4 + [3] * 20 + [1] * 6)).iloc[0]
    assert row["satisfied_share"] == 6 / 32
    assert row["low_share"] == pytest.approx(0.08889545, abs=5e-9)
    assert row["high_share"] == pytest.approx(0.35309155, abs=5e-9)


def test_the_top_boxes_are_those_of_the_scale():
    assert cx.customer_satisfaction(answers([10, 9, 8, 8, 1]), scale=COARSE)["satisfied_share"].tolist() == [0.4]
    assert cx.customer_satisfaction(answers([1, 2, 3, 4, 5]), scale=REVERSED)["satisfied_share"].tolist() == [0.4]


def test_only_its_own_metric_counts():
    frame = answers([5, 5, 1, 1, 1], metric=["csat", "csat", "csat", "nps", "nps"])
    row = cx.customer_satisfaction(frame, smallest_base=1).iloc[0]
    assert (row["n_responses"], row["satisfied_share"]) == (3, pytest.approx(2 / 3))


ASKED = answers([5, 4, 3, 2, 1, 5], metric="csat", comment="bra", customer_id=list("abcdef"))
OF_NOBODY = {
    "net_promoter_score": cx.net_promoter_score,
    "customer_effort": cx.customer_effort,
    "customer_satisfaction": lambda frame: cx.customer_satisfaction(frame, metric="ces"),
    "mean_score": lambda frame: cx.mean_score(frame, metric="ces"),
    "median_score": lambda frame: cx.median_score(frame, metric="ces"),
    "score_changes": lambda frame: cx.score_changes(frame, metric="ces"),
    "score_trend": lambda frame: cx.score_trend(frame, metric="ces"),
    "mix_change": lambda frame: cx.mix_change(frame, metric="ces", segment="comment"),
    "response_rate": lambda frame: cx.response_rate(frame, metric="ces"),
    "comment_keyness": lambda frame: cx.comment_keyness(
        frame, metric="ces", detractors_at_most=2, promoters_at_least=6
    ),
    "asked_customers": lambda frame: cx.asked_customers(frame[["customer_id"]], frame, metric="ces"),
    "nonresponse": lambda frame: cx.nonresponse(ASKED[["customer_id"]], frame, metric="ces"),
    "headline_bounds": lambda frame: cx.headline_bounds(ASKED[["customer_id"]], frame, metric="ces"),
}


@pytest.mark.parametrize("name", OF_NOBODY)
def test_a_metric_that_no_row_has_is_no_metric_of_nobody(name):
    frame = ASKED.assign(answered_at=pd.Timestamp("2026-01-05"))
    with pytest.raises(ParameterError, match=r"no answer has the metric '(ces|nps)'; there are 'csat'"):
        OF_NOBODY[name](frame)
    OF_NOBODY[name](frame.iloc[:0])  # of no answer at all there is no other metric either
    with pytest.raises(ParameterError, match=r"found a Study; .* such as study\.responses"):
        OF_NOBODY[name](Study())


class Study:
    """As unlike a frame as the real one is."""

    def __getitem__(self, name):
        return self


@pytest.mark.parametrize("metric", [cx.mean_score, cx.median_score])
def test_scores_of_several_scales_are_not_taken_together(metric):
    frame = answers([5, 4, 10, 9, 1, 2], metric=["csat", "csat", "nps", "nps", "csat", "nps"])
    with pytest.raises(ParameterError, match=r"scores of 'csat', 'nps', whose scales differ .* metric='csat'"):
        metric(frame)
    assert metric(frame, by="metric", smallest_base=1)["n_responses"].tolist() == [3, 3]
    assert metric(frame.assign(metric="stars"))["n_responses"].tolist() == [6]
    assert metric(frame, scale=BUILT_IN_SCALES["nps"])["n_responses"].tolist() == [6]
    # one of them was asked and never answered
    assert metric(frame.assign(score=frame["score"].where(frame["metric"] == "csat")))["n_responses"].tolist() == [3]


@pytest.mark.parametrize(
    "options, said",
    [
        ({"metric": ["csat"]}, r"metric: found \['csat'\]; allowed: one name"),
        ({"scale": (1, 5)}, r"scale: found \(1, 5\); allowed: a Scale"),
        ({"smallest_base": 2.5}, r"smallest_base: found 2\.5; allowed: a whole number"),
        ({"smallest_base": "5"}, r"smallest_base: found '5'; allowed: a whole number"),
        ({"smallest_base": True}, r"smallest_base: found True; allowed: a whole number"),
    ],
)
def test_an_option_of_another_kind_is_named(options, said):
    with pytest.raises(ParameterError, match=said):
        cx.customer_satisfaction(ASKED, **options)
    assert cx.customer_satisfaction(ASKED, smallest_base=np.int64(5)).notna().all(axis=None)


def test_a_share_needs_a_scale_and_a_scale_of_numbers():
    with pytest.raises(ParameterError, match=r"metric 'stars' has no scale of its own: give one"):
        cx.customer_satisfaction(answers([1]), metric="stars")
    dates = Scale(name="promised", kind="date", minimum=-7, maximum=7, expected=0, full_effect_days=7)
    with pytest.raises(ParameterError, match=r"scale 'promised' has dates"):
        cx.customer_satisfaction(answers([1]), scale=dates)


def test_a_blank_coded_as_a_number_is_refused():
    with pytest.raises(ScoreRangeError, match=r"2 of 4 CSAT scores lie outside 1 to 5: 0 \(1 times\), 6 \(1 times\)"):
        cx.customer_satisfaction(answers([0, 6, 3, 4]))


# ---- means ----


@given(st.lists(st.integers(1, 7), min_size=5, max_size=40).filter(lambda scores: len(set(scores)) > 1))
def test_the_mean_has_scipys_t_interval_within_the_scale(scores):
    row = cx.customer_effort(answers(scores)).iloc[0]
    expected = stats.ttest_1samp(scores, 0).confidence_interval(0.95)
    assert row["low_score"] == pytest.approx(max(expected.low, 1))
    assert row["high_score"] == pytest.approx(min(expected.high, 7))
    assert row["standard_error_score"] == pytest.approx(stats.sem(scores))
    assert row["sd_score"] == pytest.approx(np.std(scores, ddof=1))


def test_like_answers_are_not_certain():
    row = cx.customer_effort(answers([7] * 10)).iloc[0]
    assert row["low_score"] == pytest.approx(7 - 6 * wilson_interval(0, 10)[1])
    assert row["high_score"] == 7
    # nothing is known of how far off another answer could be
    assert cx.mean_score(answers([7] * 10))[["low_score", "high_score"]].isna().all(axis=None)


def test_effort_is_the_mean_of_its_own_metric():
    frame = answers([1, 2, 3, 4, 5, 10], metric=["ces"] * 5 + ["nps"])
    assert cx.customer_effort(frame)["mean_score"].tolist() == [3]


# ---- medians ----


@given(st.lists(st.integers(0, 100), min_size=1, max_size=60))
def test_the_median_is_that_of_the_values_themselves(scores):
    row = cx.median_score(answers(scores), smallest_base=1).iloc[0]
    found = row[["median_score", "low_score", "high_score"]].tolist()
    assert found == pytest.approx(list(median_interval(scores)), nan_ok=True)


def test_the_median_interval_equals_scipys():
    scores = np.random.default_rng(5).permutation(np.arange(84.0))
    row = cx.median_score(answers(scores)).iloc[0]
    # scipy's one-sided bounds, each at 97.5 %
    below = stats.quantile_test(scores, p=0.5, alternative="less").confidence_interval(0.975).high
    above = stats.quantile_test(scores, p=0.5, alternative="greater").confidence_interval(0.975).low
    assert (row["low_score"], row["high_score"]) == (above, below)


def test_weights_move_the_median():
    frame = answers([1, 2, 3, 4, 5], survey_weight=[5.0, 1, 1, 1, 1])
    assert cx.median_score(frame)["median_score"].tolist() == [1]
    halved = answers([1, 2, 3, 4, 9], survey_weight=[1.0, 1, 1, 1, 4])  # half of the weight up to 4
    assert cx.median_score(halved)["median_score"].tolist() == [6.5]


def test_the_median_of_doubled_answers_has_the_interval_of_the_customers():
    once = answers(np.arange(60), customer_id=range(60))
    ends = ["median_score", "low_score", "high_score"]
    first, second = (cx.median_score(frame)[ends].iloc[0].tolist() for frame in (once, pd.concat([once, once])))
    assert second == pytest.approx(first, abs=1)
    alone = cx.median_score(pd.concat([once, once]).drop(columns="customer_id")).iloc[0]
    assert alone["high_score"] - alone["low_score"] < second[2] - second[1]


def test_equal_scores_of_unequal_weight_have_one_median_interval_in_any_order():
    rng = np.random.default_rng(7)
    ends = ["median_score", "low_score", "high_score"]
    for _ in range(5):
        frame = answers(rng.integers(1, 6, 25), survey_weight=rng.uniform(0.5, 2, 25))
        table = cx.median_score(frame)[ends]
        assert table.notna().all(axis=None)
        for seed in range(5):
            shuffled = cx.median_score(frame.sample(frac=1, random_state=seed))[ends]
            pd.testing.assert_frame_equal(shuffled, table)


# ---- response rates ----


def test_the_response_rate_counts_those_asked():
    frame = answers([5, None, None, 1, 3, None, None, None], survey_weight=[9.0, None, None, 1, 1, 1, 1, 1])
    row = cx.response_rate(frame).iloc[0]
    assert (row["n_asked"], row["n_responses"], row["response_share"]) == (8, 3, 0.375)
    low, high = wilson_interval(3, 8)
    assert (row["low_share"], row["high_share"]) == (pytest.approx(float(low)), pytest.approx(float(high)))


def test_of_few_asked_no_share_is_shown_but_the_counts_are():
    asked = ["nps"] * 4 + ["csat"] * 5 + ["ces"] * 3
    rates = cx.response_rate(answers([5, None, 4, None, 5, 5, 5, None, None, 1, 2, None], metric=asked), by="metric")
    assert rates[["metric", "n_asked"]].to_numpy().tolist() == [["ces", 3], ["csat", 5], ["nps", 4]]
    assert rates["n_responses"].tolist() == [2, 3, 2]
    assert rates["response_share"].isna().tolist() == [True, False, True]


# ---- what they share ----

METRICS = [
    cx.net_promoter_score, cx.customer_satisfaction, cx.customer_effort, cx.mean_score, cx.median_score,
    cx.response_rate,
]  # fmt: skip


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_a_metric_leaves_its_frame_alone_and_does_not_mind_the_order(metric):
    rng = np.random.default_rng(7)
    frame = answers(
        rng.integers(1, 6, 200),
        customer_id=rng.integers(0, 80, 200),
        survey_weight=rng.uniform(0.5, 2, 200),
        segment=rng.choice(["a", "b", None], 200),
        month=rng.choice(pd.period_range("2026-01", periods=3, freq="M"), 200),
    )
    before = frame.copy(deep=True)
    table = metric(frame, by=["segment", "month"])
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(metric(frame.sample(frac=1, random_state=1), by=["segment", "month"]), table)
    assert len(table) == 9
    assert table["segment"].isna().tolist() == [False] * 6 + [True] * 3
    n, people = ("n_asked", "n_asked_customers") if "n_asked" in table else ("n_responses", "n_customers")
    assert table[people].le(table[n]).all()


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_a_group_is_as_it_would_be_alone(metric):
    rng = np.random.default_rng(8)
    frame = answers(rng.integers(1, 6, 90), customer_id=rng.integers(0, 30, 90), group=rng.integers(0, 3, 90))
    table = metric(frame, by="group")
    alone = pd.concat([metric(frame[frame["group"] == group]) for group in range(3)], ignore_index=True)
    pd.testing.assert_frame_equal(table.drop(columns="group"), alone)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_no_answer_at_all_is_no_error(metric):
    assert metric(answers([], group=[]), by="group").empty
    assert len(metric(answers([]))) == 1
