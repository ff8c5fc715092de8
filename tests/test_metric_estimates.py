"""Several answers of one customer, and weights: what they do to the certainty of a mean."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import ParameterError
from cxlib.metrics.answers import answers_of
from cxlib.metrics.estimates import group_means, mean_correlation


def means(frame: pd.DataFrame):
    answers = answers_of(frame, metric=None, scale=None)
    return group_means(answers, answers.score)


def test_three_customers_by_hand():
    # means of all 3; without a 4, without b 3.5, without c 1.75: leaving out one customer with all her answers
    frame = pd.DataFrame({"customer_id": ["a", "a", "b", "c"], "score": [1.0, 3.0, 2.0, 6.0]})
    found = means(frame)
    without = np.array([4.0, 10 / 3, 2.0])
    variance = 2 / 3 * ((without - 3) ** 2).sum()
    assert found.mean == pytest.approx([3.0])
    assert found.variance == pytest.approx([14 / 4])
    assert found.effective_n == pytest.approx([min(4, 4 * 14 / 4 / (3 * variance))])
    assert found.degrees_of_freedom == pytest.approx([16 / (4 + 1 + 1) - 1])


def test_answering_everything_twice_makes_nothing_more_certain():
    once = pd.DataFrame({"customer_id": range(40), "score": np.arange(40) % 8})
    twice = pd.concat([once, once])
    first, second = (cx.mean_score(frame).iloc[0] for frame in (once, twice))
    assert second["n_responses"] == 80
    assert second["n_customers"] == 40
    interval = ["low_score", "high_score"]
    assert second[interval].tolist() == pytest.approx(first[interval].tolist())
    # told that they were eighty people, it would be narrower by √2
    alone = cx.mean_score(twice.drop(columns="customer_id")).iloc[0]
    assert (alone["high_score"] - alone["low_score"]) < 0.72 * (second["high_score"] - second["low_score"])


def test_the_effective_n_of_doubled_answers_is_that_of_the_customers():
    frame = pd.DataFrame({"customer_id": [*range(40)] * 2, "score": [*(np.arange(40) % 8)] * 2})
    # 80 answers by the sample variance (n − 1 = 79), which 39 degrees of freedom bring about
    assert means(frame).effective_n == pytest.approx([80 * 39 / 79])


@settings(max_examples=50)
@given(st.lists(st.integers(0, 10), min_size=5, max_size=40))
def test_one_answer_each_is_as_without_customers(scores):
    frame = pd.DataFrame({"score": np.array(scores, float), "customer_id": [f"c{n}" for n in range(len(scores))]})
    known, unknown = cx.net_promoter_score(frame), cx.net_promoter_score(frame.drop(columns="customer_id"))
    pd.testing.assert_frame_equal(known, unknown)
    assert known["n_customers"].tolist() == [len(scores)]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 7), st.sampled_from([0.5, 1.0, 3.0])), min_size=5, max_size=40)
)
def test_the_variance_is_that_of_leaving_out_one_customer_at_a_time(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "score", "survey_weight"])
    found = means(frame)
    customers = frame["customer_id"].unique()
    if len(customers) < 2 or frame["score"].nunique() < 2:
        return

    def mean(of):
        return np.average(of["score"], weights=of["survey_weight"])

    left = np.array([mean(frame[frame["customer_id"] != customer]) for customer in customers])
    variance = (len(customers) - 1) / len(customers) * ((left - mean(frame)) ** 2).sum()
    n = len(frame)
    kish = frame["survey_weight"].sum() ** 2 / (frame["survey_weight"] ** 2).sum()
    expected = min(kish, n * found.variance[0] / ((n - 1) * variance)) if variance > 1e-12 else kish
    assert found.effective_n[0] == pytest.approx(expected, rel=1e-6)
    assert found.interval_n[0] <= found.effective_n[0] * (1 + 1e-12)


def test_weights_only_count_by_their_ratio():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"score": rng.integers(0, 11, 50), "survey_weight": rng.uniform(0.5, 2, 50)})
    frame["customer_id"] = rng.integers(0, 20, 50)
    larger = frame.assign(survey_weight=frame["survey_weight"] * 7)
    pd.testing.assert_frame_equal(cx.net_promoter_score(frame), cx.net_promoter_score(larger))


def test_answers_of_nobody_known_are_of_somebody_else():
    frame = pd.DataFrame({"score": [10.0, 10, 0, 0, 7], "customer_id": ["a", "a", None, None, None]})
    row = cx.net_promoter_score(frame, smallest_base=1).iloc[0]
    assert row["n_customers"] == 4


def test_one_customer_tells_next_to_nothing():
    frame = pd.DataFrame({"score": [10.0, 9, 0, 5, 7, 8], "customer_id": "a"})
    row = cx.net_promoter_score(frame, smallest_base=1).iloc[0]
    assert row["effective_n"] == 1
    assert row["high_points"] - row["low_points"] > 60
    assert cx.net_promoter_score(frame)["nps_points"].isna().all()


def test_an_infinite_weight_is_refused():
    with pytest.raises(ParameterError, match="1 survey weights, such as inf, are negative or infinite"):
        cx.mean_score(pd.DataFrame({"score": [1.0], "survey_weight": [np.inf]}))


def test_a_misspelt_metric_is_answered_with_the_nearest():
    with pytest.raises(ParameterError, match=r"no answer has the metric 'cast'.*did you mean 'csat'"):
        cx.mean_score(pd.DataFrame({"score": [1.0], "metric": ["csat"]}), metric="cast")


def test_the_mean_correlation_of_periods_is_that_of_their_answers():
    rng = np.random.default_rng(5)
    level, n, times = rng.normal(size=40), 40, 4
    scores = level + rng.normal(size=(times, n))
    frame = pd.DataFrame(
        {"score": scores.ravel(), "customer_id": [*range(n)] * times, "period": np.repeat(np.arange(times), n)}
    )
    found = answers_of(frame, metric=None, scale=None, by="period")
    estimates = group_means(found, found.score)
    pairs = np.corrcoef(scores)[np.triu_indices(times, 1)]
    assert mean_correlation(estimates, np.zeros(times, int), 1)[0] == pytest.approx(pairs.mean())
    # two sets of two, and one that belongs to none
    first, last = np.corrcoef(scores[:2])[0, 1], np.corrcoef(scores[1:3])[0, 1]
    assert mean_correlation(estimates, np.array([0, 0, -1, -1]), 2).tolist() == pytest.approx([first, 0])
    assert mean_correlation(estimates, np.array([-1, 1, 1, -1]), 2).tolist() == pytest.approx([0, last])
