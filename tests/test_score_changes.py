"""Changes against the period before and the year before, and what cannot be told from noise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.intervals import difference_interval, normal_quantile, wilson_interval
from cxlib.scales import Scale

MONTHS = ["2026-01-10", "2026-02-10"]


def two_months(before, now, **columns) -> pd.DataFrame:
    scores = [*before, *now]
    moments = pd.to_datetime([MONTHS[0]] * len(before) + [MONTHS[1]] * len(now))
    return pd.DataFrame({"score": np.array(scores, float), "answered_at": moments, **columns})


def satisfied(count: int, base: int) -> list[int]:
    return [5] * count + [1] * (base - count)


@pytest.mark.parametrize(
    ("last", "every", "is_whole"),
    [
        ("2026-03-31 09:00", "month", [True, True]),
        ("2026-03-30", "month", [True, False]),
        ("2026-03-31", "quarter", [True]),
        ("2026-03-30 23:59", "quarter", [False]),
    ],
)
def test_a_period_is_whole_where_an_answer_came_on_its_last_day_or_later(last, every, is_whole):
    days = pd.to_datetime(["2026-02-10"] * 6 + ["2026-03-02"] * 5 + [last], format="mixed")
    days = days.tz_localize("Europe/Stockholm")
    frame = pd.DataFrame({"answered_at": days, "score": 9.0})
    assert cx.score_changes(frame, every=every)["is_whole"].tolist() == is_whole
    # a question left open was put on that day
    assert cx.score_changes(frame.assign(score=[9.0] * 11 + [None]), every=every)["is_whole"].tolist() == is_whole


def test_the_change_of_two_shares_by_newcombes_method_10():
    # Newcombe (1998), Table II, a: 56/70 - 48/80 gives .2000 [.0524, .3339]
    row = cx.score_changes(two_months(satisfied(48, 80), satisfied(56, 70)), metric="csat").iloc[1]
    assert row["unit"] == "share"
    assert row["change_before"] == pytest.approx(0.2)
    assert row["low_before"] == pytest.approx(0.0524, abs=5e-5)
    assert row["high_before"] == pytest.approx(0.3339, abs=5e-5)
    assert row["p_before"] < 0.05
    assert row["is_change_before"]


def test_a_period_has_the_values_of_its_metric():
    rng = np.random.default_rng(2)
    frame = two_months(rng.integers(0, 11, 50), rng.integers(0, 11, 60), customer_id=rng.integers(0, 70, 110))
    table = cx.score_changes(frame)
    alone = cx.net_promoter_score(frame.assign(period=frame["answered_at"].dt.to_period("M")), by="period")
    columns = ["n_responses", "n_customers", "effective_n"]
    pd.testing.assert_frame_equal(table[columns], alone[columns])
    assert table["value"].tolist() == alone["nps_points"].tolist()
    assert table["low"].tolist() == alone["low_points"].tolist()
    assert table["unit"].tolist() == ["points", "points"]


def test_the_same_customers_make_a_change_more_certain():
    rng = np.random.default_rng(4)
    before = rng.integers(1, 8, 60)
    now = np.clip(before + rng.integers(-1, 2, 60), 1, 7)
    frame = two_months(before, now, customer_id=[*range(60)] * 2)
    paired = cx.score_changes(frame, metric="ces").iloc[1]
    apart = cx.score_changes(frame.drop(columns="customer_id"), metric="ces").iloc[1]
    assert paired["n_both_before"] == 60
    assert paired["noise_before"] < 0.6 * apart["noise_before"]
    # of one answer each, Pearson's correlation, shrunk by what 60 customers leave open
    r = stats.pearsonr(before, now).statistic
    ends = [(row["value"], row["low"], row["high"]) for _, row in cx.score_changes(frame, metric="ces").iterrows()]
    low, high = difference_interval(ends[1], ends[0], correlation=r * (1 - (1 - r**2) / 60))
    assert (paired["low_before"], paired["high_before"]) == (pytest.approx(float(low)), pytest.approx(float(high)))
    # and so about the t interval of the paired differences, which takes nothing off the correlation
    interval = stats.ttest_1samp(now - before, 0).confidence_interval(0.95)
    assert paired["high_before"] - paired["low_before"] == pytest.approx(interval.high - interval.low, rel=0.05)


def test_a_year_before_is_the_same_month_and_not_twelve_rows_up():
    moments = pd.to_datetime(["2025-03-05"] * 5 + ["2026-02-05"] * 5 + ["2026-03-05"] * 5)
    frame = pd.DataFrame({"score": [10.0] * 5 + [0.0] * 5 + [10.0] * 5, "answered_at": moments})
    table = cx.score_changes(frame)
    assert table["period"].astype(str).tolist() == ["2025-03", "2026-02", "2026-03"]
    assert table["change_before"].tolist() == pytest.approx([np.nan, np.nan, 200], nan_ok=True)
    assert table["change_year_before"].tolist() == pytest.approx([np.nan, np.nan, 0], nan_ok=True)


def test_quarters_follow_the_calendar_and_local_time():
    moments = pd.to_datetime(["2025-12-31 23:30"] * 5 + ["2026-01-01 00:30"] * 5).tz_localize("Europe/Stockholm")
    frame = pd.DataFrame({"score": [10.0] * 5 + [0.0] * 5, "answered_at": moments})
    table = cx.score_changes(frame, every="quarter")
    assert table["period"].astype(str).tolist() == ["2025Q4", "2026Q1"]
    assert table["change_before"].iloc[1] == -200


def test_groups_are_compared_with_themselves():
    frame = two_months([10] * 5 + [0] * 5, [0] * 5 + [0] * 5, segment=["a"] * 5 + [None] * 5 + ["a"] * 5 + [None] * 5)
    table = cx.score_changes(frame, by="segment")
    assert table["change_before"].tolist() == pytest.approx([np.nan, -200, np.nan, 0], nan_ok=True)


def test_a_period_of_few_has_no_value_and_gives_no_change():
    table = cx.score_changes(two_months([10] * 4, [0] * 10))
    assert table["n_responses"].tolist() == [4, 10]
    columns = ["change_before", "low_before", "p_before", "q_before", "noise_before", "is_change_before"]
    assert table[columns].isna().all(axis=None)
    assert np.isnan(table["value"].iloc[0])


def test_all_changes_of_a_table_are_judged_together():
    rng = np.random.default_rng(11)
    moments = rng.choice(pd.date_range("2024-01-15", periods=24, freq="MS"), 6000)
    frame = pd.DataFrame({"score": rng.integers(0, 11, 6000), "answered_at": moments})
    table = cx.score_changes(frame)
    p = table[["p_before", "p_year_before"]].to_numpy().ravel()
    q = table[["q_before", "q_year_before"]].to_numpy().ravel()
    known = np.isfinite(p)
    assert known.sum() == 23 + 12
    assert q[known] == pytest.approx(stats.false_discovery_control(p[known]))
    # nothing changed: some are under 5 % one by one, none together
    assert (p[known] < 0.05).any()
    assert not table[["is_change_before", "is_change_year_before"]].any(axis=None)


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 5), min_size=5, max_size=30),
    st.lists(st.integers(1, 5), min_size=5, max_size=30),
    st.booleans(),
)
def test_p_is_under_5_percent_where_the_interval_does_not_hold_0(before, now, is_known):
    columns = {"customer_id": [*range(len(before)), *range(len(now))]} if is_known else {}
    row = cx.score_changes(two_months(before, now, **columns), metric="csat").iloc[1]
    assert row["low_before"] <= row["change_before"] <= row["high_before"]
    if abs(row["p_before"] - 0.05) > 1e-6:
        assert (row["p_before"] < 0.05) == (row["low_before"] > 0 or row["high_before"] < 0)
    assert row["detectable_before"] == pytest.approx(
        (1 + stats.norm.ppf(0.8) / normal_quantile()) * row["noise_before"]
    )


def test_p_is_where_the_interval_of_the_change_just_reaches_0():
    row = cx.score_changes(two_months(satisfied(48, 80), satisfied(56, 70)), metric="csat").iloc[1]
    ends = [
        (count / n, *wilson_interval(count, n, confidence=1 - row["p_before"])) for count, n in ((56, 70), (48, 80))
    ]
    low, high = difference_interval(*ends)
    assert low == pytest.approx(0, abs=1e-9) and high > 0.3


@pytest.mark.parametrize(("shift", "most"), [(0.2, 1.02), (0.7, 1.15), (1.5, 2.5)])
def test_p_of_two_means_is_near_welchs_and_above_it_where_both_are_small(shift, most):
    rng = np.random.default_rng(9)
    before, now = rng.choice([2, 3, 4, 5, 6], 24), rng.choice([2, 3, 4, 5, 6], 31) + shift
    wide = Scale(name="ces", minimum=-50, maximum=50, expected=4)
    row = cx.score_changes(two_months(before, now), metric="ces", scale=wide).iloc[1]
    assert 0.98 < row["p_before"] / stats.ttest_ind(now, before, equal_var=False).pvalue < most


def test_a_change_that_all_customers_share_alike_has_the_smallest_p():
    before = np.tile([2, 3, 4, 5], 5)
    row = cx.score_changes(two_months(before, before + 1, customer_id=[*range(20)] * 2), metric="ces").iloc[1]
    assert row["change_before"] == 1
    assert 0 < row["p_before"] < 1e-6
    assert cx.score_changes(two_months(before, before), metric="ces").iloc[1]["p_before"] == 1


def test_a_change_of_the_detectable_size_is_found_four_times_in_five():
    rng = np.random.default_rng(21)
    n, times, share = 84, 2000, 0.5
    noise = (wilson_interval(42, 84)[1] - 0.5) * np.sqrt(2)
    detectable = noise * (1 + stats.norm.ppf(0.8) / stats.norm.ppf(0.975))
    found = []
    for true_share in (share, share + detectable):
        counts = rng.binomial(n, [[share], [true_share]], size=(2, times))
        ends = [(count / n, *wilson_interval(count, n)) for count in counts]
        low, _ = difference_interval(ends[1], ends[0])
        found.append((low > 0).mean())
    assert found[0] == pytest.approx(0.025, abs=0.012)
    assert found[1] == pytest.approx(0.8, abs=0.04)


def test_what_is_asked_for_must_be_there():
    frame = two_months([1] * 5, [2] * 5)
    with pytest.raises(ParameterError, match="every is 'months'; allowed: month, quarter; did you mean 'month'"):
        cx.score_changes(frame, every="months")
    with pytest.raises(ParameterError, match="by names 'period'"):
        cx.score_changes(frame.assign(period=1), by="period")
    with pytest.raises(ParameterError, match=r"statistic is 'top_box'.*did you mean 'top_two_box'"):
        cx.score_changes(frame, statistic="top_box")
    with pytest.raises(ParameterError, match="needs a scale of 0 to 10, and 'csat' runs from 1 to 5"):
        cx.score_changes(frame, metric="csat", statistic="net_promoter")
    with pytest.raises(MissingColumnError, match="answered_at"):
        cx.score_changes(frame.drop(columns="answered_at"))


def test_no_answers_give_no_rows():
    table = cx.score_changes(two_months([], []))
    assert table.empty
    assert {"value", "change_before", "q_year_before", "is_change_before"} <= set(table.columns)


def test_the_frame_is_left_alone_and_its_order_does_not_matter():
    rng = np.random.default_rng(12)
    frame = two_months(
        rng.integers(0, 11, 60), rng.integers(0, 11, 60), customer_id=rng.integers(0, 50, 120),
        survey_weight=rng.uniform(0.5, 2, 120),
    )  # fmt: skip
    before = frame.copy(deep=True)
    table = cx.score_changes(frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(cx.score_changes(frame.sample(frac=1, random_state=2)), table)


# ---- a change of a size that is asked for ----

SHARES = {"promoter_share": 0.40, "detractor_share": 0.25}


def test_84_answers_tell_17_points_from_a_level_that_is_known():
    # the textbook margin, 1.96 · √(.6275 / 84), without the three answers that the adjusted interval adds
    assert 100 * 1.96 * np.sqrt(0.6275 / 84) == pytest.approx(16.9, abs=0.05)
    alone, month = (cx.detectable_change(84, n_before=before, **SHARES) for before in (None, 84))
    assert alone.noise_points == pytest.approx(16.9, abs=0.4)
    assert month.noise_points == pytest.approx(alone.noise_points * np.sqrt(2))
    assert month.detectable_points == pytest.approx(month.noise_points * 2.8016 / 1.9600, rel=1e-4)


def test_it_is_the_noise_that_a_table_of_changes_has():
    scores = [10] * 40 + [8] * 35 + [0] * 25
    row = cx.score_changes(two_months(scores, scores)).iloc[1]
    asked = cx.detectable_change(100, n_before=100, **SHARES)
    # the table's interval is a little lopsided around 15 points
    assert asked.noise_points == pytest.approx(row["noise_before"], rel=0.001)
    assert asked.detectable_points == pytest.approx(row["detectable_before"], rel=0.001)


@given(st.floats(1, 5000), st.floats(0, 0.5), st.floats(0, 0.5), st.floats(-1, 1))
def test_more_answers_tell_smaller_changes(n, promoters, detractors, correlation):
    shares = {"promoter_share": promoters, "detractor_share": detractors, "correlation": correlation}
    few, many = (cx.detectable_change(each, n_before=each, **shares) for each in (n, 2 * n))
    assert few.noise_points >= many.noise_points >= 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be above 0, found 0"),
        ({"n_before": -1}, "n_before must be above 0"),
        ({"promoter_share": 40}, "found 40 and 0.25; 40 % is written 0.40"),
        ({"correlation": 2}, "correlation must lie from -1 to 1"),
        ({"power": 0.3}, "power must lie between 0.5 and 1"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        cx.detectable_change(**({"n": 84} | SHARES | options))


def test_the_sentence_in_both_languages():
    swedish = cx.Language("sv")
    alone, month = (cx.detectable_change(84, n_before=before, **SHARES) for before in (None, 1000))
    assert cx.detectable_sentence(alone) == "With 84 answers, a change under 17 points cannot be told from noise."
    assert cx.detectable_sentence(alone, language=swedish) == (
        "Med 84 svar går en förändring under 17 poäng inte att skilja från bruset."
    )
    assert "and 1,000 to compare with, a change under 17 points" in cx.detectable_sentence(month)


def test_the_sentence_of_a_row_is_in_its_unit():
    table = cx.score_changes(two_months(satisfied(48, 80), satisfied(56, 70)), metric="csat")
    assert cx.detectable_sentence(table.iloc[0]) == ""
    assert cx.detectable_sentence(table.iloc[1]) == (
        "With 70 answers, a change under 14 percentage points since the period before cannot be told from noise."
    )
    mean = cx.score_changes(two_months(satisfied(48, 80), satisfied(56, 70)), metric="csat", statistic="mean")
    assert "under 0.5" in cx.detectable_sentence(mean.iloc[1])
    year = mean.assign(noise_before=np.nan, noise_year_before=0.5).iloc[1]
    assert cx.detectable_sentence(year, language=cx.Language("sv")) == (
        "Med 70 svar går en förändring under 0,50 sedan ett år tidigare inte att skilja från bruset."
    )
