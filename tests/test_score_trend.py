"""The slope of a metric over its periods."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlib as cx
from cxlib.metrics.trend import slopes


def months(scores_by_month, **columns) -> pd.DataFrame:
    moments = pd.date_range("2026-01-01", periods=len(scores_by_month), freq="MS")
    frames = [
        pd.DataFrame({"score": scores, "answered_at": day})
        for day, scores in zip(moments, scores_by_month, strict=True)
    ]
    return pd.concat(frames, ignore_index=True).astype({"score": float}).assign(**columns)


def around(mean: float, n: int = 40) -> list[float]:
    return [mean - 1, mean + 1] * (n // 2)


def test_of_equally_certain_periods_it_is_ordinary_regression():
    y = np.array([3.0, 3.4, 3.1, 3.9, 3.6, 4.2])
    row = cx.score_trend(months([around(each) for each in y]), metric="ces").iloc[0]
    line = stats.linregress(np.arange(6), y)
    half = stats.t.ppf(0.975, 4) * line.stderr
    assert row["slope_per_period"] == pytest.approx(line.slope)
    assert row["low_per_period"] == pytest.approx(line.slope - half)
    assert row["high_per_period"] == pytest.approx(line.slope + half)
    assert row["p"] == pytest.approx(line.pvalue)
    assert (row["n_periods"], row["n_responses"], str(row["first_period"]), str(row["last_period"])) == (
        6, 240, "2026-01", "2026-06",
    )  # fmt: skip
    assert row["is_trend"]


def test_a_period_without_answers_leaves_a_gap_and_not_a_step():
    frame = months([around(each) for each in (2.0, 2.5, 6.0, 3.5, 4.0)])
    row = cx.score_trend(frame[frame["answered_at"].dt.month != 3], metric="ces").iloc[0]
    assert row["n_periods"] == 4
    # one line through 2, 2.5, 3.5 and 4 at the months 1, 2, 4 and 5
    assert row["slope_per_period"] == pytest.approx(0.5)


def test_precise_periods_weigh_more():
    rough = slopes(np.arange(4.0), np.array([0, 1, 2, 9.0]), np.array([1, 1, 1, 100.0]), np.zeros(4, int), 1)
    assert rough["slope"][0] == pytest.approx(np.polyfit(range(4), [0, 1, 2, 9], 1, w=[1, 1, 1, 0.1])[0])
    assert rough["shock"][0] == 0


def test_periods_that_scatter_more_than_sampling_explains_have_shocks():
    # six points, variance .01 each: DerSimonian and Laird's τ² = (Q − 4) / 4 · v, for the trace is 4 / v
    y = np.array([0, 1, 0, 1, 0, 1.0])
    found = slopes(np.arange(6.0), y, np.full(6, 0.01), np.zeros(6, int), 1)
    line = stats.linregress(np.arange(6), y)
    residual = y - line.intercept - line.slope * np.arange(6)
    q = (residual**2).sum() / 0.01
    assert found["shock"][0] == pytest.approx(np.sqrt((q - 4) / 4 * 0.01))
    assert found["by_scatter"][0] == pytest.approx(line.stderr)


def test_months_that_agree_exactly_are_not_certain():
    row = cx.score_trend(months([around(4)] * 6), metric="ces").iloc[0]
    assert row["slope_per_period"] == pytest.approx(0, abs=1e-12) and row["p"] == pytest.approx(1)
    # six points of the variance of a mean of 40, one apart: the usual interval of a weighted regression
    low, high = stats.ttest_1samp(around(4), 0).confidence_interval(0.95)
    half = (high - low) / 2 / np.sqrt(17.5)
    assert row["high_per_period"] == pytest.approx(half) == -row["low_per_period"]
    straight = cx.score_trend(months([around(each) for each in (2, 3, 4, 5, 6)]), metric="ces").iloc[0]
    assert straight["high_per_period"] - 1 == pytest.approx(half * np.sqrt(17.5 / 10))


def test_the_same_customers_in_all_months_make_a_slope_more_certain():
    rng = np.random.default_rng(3)
    level = rng.uniform(2, 6, 60)
    scores = [list(np.clip(np.round(level + rng.normal(0, 0.5, 60)), 1, 7)) for _ in range(8)]
    frame = months(scores).assign(customer_id=[*range(60)] * 8)
    same = cx.score_trend(frame, metric="ces").iloc[0]
    others = cx.score_trend(frame.assign(customer_id=range(480)), metric="ces").iloc[0]
    assert same["slope_per_period"] == pytest.approx(others["slope_per_period"], abs=0.002)
    width, other_width = (row["high_per_period"] - row["low_per_period"] for row in (same, others))
    assert width < 0.7 * other_width


def test_customers_who_answer_alike_each_month_are_not_all_there_are():
    frame = months([around(4)] * 6).assign(customer_id=[*range(40)] * 6)
    row = cx.score_trend(frame, metric="ces").iloc[0]
    assert row["slope_per_period"] == pytest.approx(0, abs=1e-12)
    assert 0.005 < row["high_per_period"] < 0.03


def test_under_four_periods_there_is_no_slope():
    row = cx.score_trend(months([around(3), around(4), around(5)]), metric="ces").iloc[0]
    assert np.isnan(row["slope_per_period"])
    assert row["is_trend"] is pd.NA
    assert row["n_periods"] == 3


def test_each_group_has_its_line_and_small_periods_do_not_count():
    rising, level = [around(each) for each in (2, 3, 4, 5, 5)], [around(4) for _ in range(5)]
    few = [[7.0] * 4 for _ in range(5)]
    by_segment = {"a": rising, "b": level, "c": few, "d": few}  # the two small ones hide each other
    frame = pd.concat([months(scores).assign(segment=segment) for segment, scores in by_segment.items()])
    table = cx.score_trend(frame, metric="ces", by="segment").set_index("segment")
    alone = cx.score_trend(months(rising), metric="ces").iloc[0]
    assert table.loc["a", "slope_per_period"] == pytest.approx(alone["slope_per_period"])
    assert table.loc["b", "slope_per_period"] == pytest.approx(0)
    assert not table.loc["b", "is_trend"]
    assert table.loc["c", "n_periods"] == 0
    assert table.loc["c", ["slope_per_period", "p", "first_period"]].isna().all()


def test_no_answers_give_no_rows():
    frame = months([[1.0]]).iloc[:0].assign(segment="a")
    assert cx.score_trend(frame, by="segment").empty
