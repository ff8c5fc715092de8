"""The stress test, on accounts that a reader can work out by hand."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.capital.refill import DAYS_PER_MONTH, capital_later, forgotten_per_month, months_until
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.intervals import median_interval, wilson_interval

AT = "2026-11-01"
RULES = cx.CapitalRules(loss_weight=2.25)
TWO_LOSSES = cx.Incident(touchpoint="Invoice", at=AT, n_losses=2)


def gains(**counts: int) -> pd.DataFrame:
    """So many gains for each customer, on the first days of the months before November 2026."""
    rows = []
    for customer, count in counts.items():
        for number in range(count):
            month = pd.Period("2026-10", "M") - number % 12
            rows.append((customer, month.to_timestamp() + pd.Timedelta(days=number // 12), "Invoice", 1.0))
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint", "gap"])


def people(*ids: str, **columns) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(ids), **columns})


def test_one_is_saved_and_one_is_pushed():
    tested = cx.stress_test(gains(a=5, b=4), people("a", "b"), RULES, incident=TWO_LOSSES)
    # two losses take 4.5: 5 − 4.5 = 0.5 and 4 − 4.5 = −0.5
    assert tested.customers["capital_before"].tolist() == [5, 4]
    assert tested.customers["capital_after"].tolist() == [0.5, -0.5]
    assert tested.customers["was_at_risk"].tolist() == [False, False]
    assert tested.customers["is_at_risk"].tolist() == [False, True]
    everyone = cx.stress_test(
        gains(a=5, b=4), people("a", "b"), RULES, incident=TWO_LOSSES, smallest_base=1
    ).summary.iloc[0]
    assert (everyone["n_saved_by_cushion"], everyone["n_pushed"], everyone["n_hurt"]) == (1, 1, 2)
    assert (everyone["n_at_risk_before"], everyone["n_at_risk_after"]) == (0, 1)
    low, high = wilson_interval(1, 2)
    assert (everyone["low_share_after"], everyone["high_share_after"]) == (low, high)


def test_at_one_gain_a_month_an_account_is_full_again_in_four_and_a_half_months():
    ledger_months = gains(a=12)  # one a month for a year
    tested = cx.stress_test(ledger_months, people("a"), RULES, incident=TWO_LOSSES, pace_months=12)
    row = tested.customers.iloc[0]
    months = (pd.Timestamp(AT) - pd.Timestamp("2025-11-01")) / pd.Timedelta(days=DAYS_PER_MONTH)
    assert row["pace_per_month"] == pytest.approx(12 / months, rel=1e-12)  # a year of 365 days: 1.0007
    assert row["months_to_refill"] == pytest.approx(4.5 * months / 12, rel=1e-12)
    assert row["months_at_risk"] == 0


def test_the_pace_is_that_of_the_last_months_and_of_at_least_one():
    late = gains(a=1).assign(occurred_at=pd.Timestamp("2026-10-31"))
    assert cx.stress_test(late, people("a"), RULES, incident=TWO_LOSSES).customers["pace_per_month"].item() == 1
    long_ago = late.assign(occurred_at=pd.Timestamp("2020-01-01"))
    asked = {"incident": TWO_LOSSES, "pace_months": 6}
    row = cx.stress_test(long_ago, people("a"), RULES, **asked).customers.iloc[0]
    assert (row["pace_per_month"], row["months_to_refill"], row["months_at_risk"]) == (0, math.inf, math.inf)
    mixed = gains(a=12)
    mixed.loc[0, "gap"] = -1.0  # eleven gains and one loss: 11 − 2.25
    row = cx.stress_test(mixed, people("a"), RULES, incident=TWO_LOSSES, pace_months=24).customers.iloc[0]
    assert row["pace_per_month"] == pytest.approx(8.75 / 12, rel=1e-3)


def test_months_at_risk_end_where_the_requirement_is_passed():
    asked = {"incident": TWO_LOSSES, "requirement": cx.Requirement(base=2.0)}
    row = cx.stress_test(gains(a=5), people("a"), RULES, **asked).customers.iloc[0]
    assert row["required"] == 2
    assert row["months_at_risk"] == pytest.approx(1.5 / row["pace_per_month"])  # from 0.5 to 2
    assert row["months_to_refill"] == pytest.approx(4.5 / row["pace_per_month"])


def test_who_needs_exactly_what_is_left_is_at_risk_for_a_moment_or_for_ever():
    asked = {"incident": cx.Incident(touchpoint="Invoice", at=AT, weight=2 / 2.25)}
    row = cx.stress_test(gains(a=2), people("a"), RULES, **asked).customers.iloc[0]
    assert (row["capital_after"], row["is_at_risk"], row["months_at_risk"]) == (0, True, 0)
    still = gains(a=2).assign(occurred_at=pd.Timestamp("2020-01-01"))
    row = cx.stress_test(still, people("a"), RULES, **asked).customers.iloc[0]
    assert row["months_at_risk"] == math.inf


def test_gestures_bring_back_and_shorten():
    gestures = cx.RecoveryGestures(n_gestures=1, after_days=DAYS_PER_MONTH)
    asked = {"incident": TWO_LOSSES, "gestures": gestures, "smallest_base": 1}
    tested = cx.stress_test(gains(a=5, b=4, c=2), people("a", "b", "c"), RULES, **asked)
    # right after one gesture: 1.5, 0.5, −1.5
    assert tested.customers["capital_with_gestures"].tolist() == [1.5, 0.5, -1.5]
    assert tested.customers["is_brought_back"].tolist() == [False, True, False]
    everyone = tested.summary.iloc[0]
    assert (everyone["n_at_risk_with_gestures"], everyone["n_brought_back"], everyone["n_gestures"]) == (1, 1, 3)
    pace = tested.customers["pace_per_month"].to_numpy()
    refilled = tested.customers["months_to_refill_with_gestures"].to_numpy()
    # a month of pace, then one more unit, then pace again
    assert refilled == pytest.approx(np.maximum(3.5 / pace, 1.0))
    at_risk = tested.customers["months_at_risk_with_gestures"].to_numpy()
    alone = np.array([0, 0.5, 2.5]) / pace
    assert at_risk == pytest.approx(np.where(alone <= 1, alone, np.maximum((alone * pace - 1) / pace, 1.0)))


def test_a_gesture_that_weighs_nothing_changes_nothing():
    """Forgetting alone lifts −1.25 over a requirement of −1.2 while the gesture is waited for."""
    rules = cx.CapitalRules(loss_weight=2.25, half_life_days=90)
    rows = gains(a=1).assign(occurred_at=pd.Timestamp(AT) - pd.Timedelta(microseconds=1))
    asked = {"incident": cx.Incident(touchpoint="Invoice", at=AT), "requirement": cx.Requirement(base=-1.2)}
    gestures = cx.RecoveryGestures(weight=0, after_days=30)
    row = cx.stress_test(rows, people("a"), rules, gestures=gestures, **asked).customers.iloc[0]
    assert (row["is_at_risk"], row["is_at_risk_with_gestures"], row["is_brought_back"]) == (True, False, False)
    assert row["months_to_refill_with_gestures"] == pytest.approx(row["months_to_refill"])
    assert row["months_to_refill"] > 30 / DAYS_PER_MONTH


def test_without_gestures_their_columns_are_empty():
    tested = cx.stress_test(gains(a=5), people("a"), RULES, incident=TWO_LOSSES, smallest_base=1)
    names = [name for name in tested.customers if "gestures" in name] + ["is_brought_back"]
    assert tested.customers[names].isna().all(axis=None)
    assert pd.isna(tested.summary["n_gestures"]).all() and pd.isna(tested.summary["n_brought_back"]).all()


def test_a_gap_inside_the_neutral_band_hurts_nobody_and_says_so():
    mild = cx.Incident(touchpoint="Invoice", at=AT, gap=-0.1, n_losses=5)
    tested = cx.stress_test(gains(a=5, b=4), people("a", "b"), RULES, incident=mild, smallest_base=1)
    assert tested.hurts_nobody
    assert "hurts nobody" in repr(tested)
    assert tested.customers["capital_after"].tolist() == [5, 4]
    assert tested.customers["months_to_refill"].tolist() == [0, 0]
    row = tested.summary.iloc[0]
    assert row["n_hurt"] == 0 and pd.isna(row["never_refilling_share"]) and pd.isna(row["median_months_to_refill"])
    assert not cx.stress_test(gains(a=5), people("a"), RULES, incident=TWO_LOSSES).hurts_nobody


def test_the_incident_goes_through_the_rules():
    two = cx.Incident(touchpoint="Invoice", at=AT, n_losses=2, gap=-0.5)
    size = cx.CapitalRules(loss_weight=2, measure="size")
    assert cx.stress_test(gains(a=5), people("a"), size, incident=two).customers["capital_after"].item() == 5 - 2
    # the spiral: the second loss is darkened by half of half of the first, −0.5 − 0.5·(0.5·0.5)
    spiral = cx.CapitalRules(loss_weight=2, measure="size", carry_over=0.5, carry_over_decay=0.5)
    after = cx.stress_test(gains(a=5), people("a"), spiral, incident=two).customers["capital_after"].item()
    assert after == pytest.approx(5 - 2 * (0.5 + 0.5 + 0.5 * 0.25))


def test_the_weight_is_the_touchpoints_own():
    touchpoints = pd.DataFrame({"touchpoint": ["Invoice"], "weight": [0.5]})
    one = cx.Incident(touchpoint="Invoice", at=AT)
    tested = cx.stress_test(gains(a=5), people("a"), RULES, incident=one, touchpoints=touchpoints)
    assert tested.customers["capital_after"].item() == 5 - 2.25 / 2
    assert tested.incident.weight == 0.5
    heavy = cx.Incident(touchpoint="Data leak", at=AT, weight=2)  # nothing like it has happened yet
    tested = cx.stress_test(gains(a=5), people("a"), RULES, incident=heavy, touchpoints=touchpoints)
    assert tested.customers["capital_after"].item() == 5 - 4.5


def test_only_what_was_known_at_the_moment_counts():
    rows = gains(a=5, b=5, c=5, late=5, unlisted=5)
    rows.loc[rows["customer_id"] == "late", "occurred_at"] = pd.Timestamp("2026-11-01")  # not before it
    after = gains(a=3).assign(occurred_at=pd.Timestamp("2026-12-01"), gap=-1.0)
    customers = people("a", "b", "c", "late", churned_on=pd.to_datetime(["2026-12-01", "2026-10-31", None, None]))
    tested = cx.stress_test(pd.concat([rows, after]), customers, RULES, incident=TWO_LOSSES)
    assert tested.customers["customer_id"].tolist() == ["a", "c", "unlisted"]
    assert tested.customers["capital_before"].tolist() == [5, 5, 5]


def test_a_case_told_of_later_gives_nothing_back_yet():
    rules = cx.CapitalRules(loss_weight=2, resolved_loss_weight=1)
    rows = gains(a=5)
    rows.loc[0, "gap"] = -1.0  # on 1 October
    told = pd.DataFrame({"customer_id": ["a"], "opened_at": [pd.Timestamp("2026-10-02")]})
    for day, capital in (("2026-10-20", 3), ("2026-11-02", 2)):
        cases = told.assign(customer_informed_at=pd.Timestamp(day))
        tested = cx.stress_test(rows, people("a"), rules, incident=TWO_LOSSES, cases=cases)
        assert tested.customers["capital_before"].item() == capital


def test_one_segment_alone_is_hit():
    customers = people("a", "b", "c", segment=["North", "South", None])
    incident = cx.Incident(touchpoint="Invoice", at=AT, segment="South")
    tested = cx.stress_test(gains(a=5, b=4, c=3), customers, RULES, incident=incident)
    assert tested.customers["customer_id"].tolist() == ["b"]
    with pytest.raises(ParameterError, match=r"unknown segment 'Sout'.*did you mean 'South'"):
        incident = cx.Incident(touchpoint="Invoice", at=AT, segment="Sout")
        cx.stress_test(gains(a=5), customers, RULES, incident=incident)
    with pytest.raises(ParameterError, match="customers have no segments"):
        cx.stress_test(gains(a=5), people("a"), RULES, incident=incident)


def test_nobody_hit_is_no_error():
    tested = cx.stress_test(gains(a=5), people("a"), RULES, incident=cx.Incident(touchpoint="Invoice", at="2020-01-01"))
    assert tested.customers.empty
    assert tested.summary["n_customers"].tolist() == [0]
    assert tested.hurts_nobody


# ---- what may be shown ----


def test_a_small_segment_cannot_be_had_by_subtraction():
    ids = [f"c{i:02}" for i in range(15)]
    customers = people(*ids, segment=["North"] * 6 + ["South"] * 4 + ["West"] * 5)
    tested = cx.stress_test(gains(**dict.fromkeys(ids, 5)), customers, RULES, incident=TWO_LOSSES)
    summary = tested.summary.set_index("segment", drop=False)
    assert summary["n_customers"].tolist() == [15, 6, 4, 5]
    assert summary["group"].tolist() == ["all", "segment", "segment", "segment"]
    # South alone would be the whole less the others: the next smallest goes with it
    shown = summary["n_at_risk_after"].notna().tolist()
    assert shown == [True, True, False, False]
    assert summary["median_months_to_refill"].notna().tolist() == shown
    with pytest.raises(ParameterError, match="smallest_base"):
        cx.stress_test(gains(a=5), people("a"), RULES, incident=TWO_LOSSES, smallest_base=0)


def test_too_few_customers_are_not_described():
    tested = cx.stress_test(gains(a=5, b=4), people("a", "b"), RULES, incident=TWO_LOSSES)
    hidden = tested.summary.drop(columns=["group", "segment", "n_customers"])
    assert hidden.isna().all(axis=None)


# ---- refilling: the closed form ----


def simulated_months(start, goal, pace, rate, *, step=1e-3, longest=400):
    """The same by brute force: small steps of growth and forgetting."""
    capital, months = start, 0.0
    while capital < goal and months < longest:
        middle = capital + step / 2 * (pace - rate * capital)
        capital += step * (pace - rate * middle)
        months += step
    return months if capital >= goal else math.inf


@pytest.mark.parametrize("half_life_days", [None, 30, 365])
@pytest.mark.parametrize(
    ("start", "goal", "pace"), [(0.5, 5, 1), (-3, 2, 0.4), (-5, -3, 0), (-5, -3, -0.2), (1, 4, 0.1), (2, 2, 0)]
)
def test_the_closed_form_is_what_a_simulation_gives(half_life_days, start, goal, pace):
    rate = forgotten_per_month(cx.CapitalRules(half_life_days=half_life_days))
    found = months_until(start, goal, pace, rate=rate).item()
    assert found == pytest.approx(simulated_months(start, goal, pace, rate), abs=5e-3)


def test_a_half_life_takes_half_in_its_time():
    rate = forgotten_per_month(cx.CapitalRules(half_life_days=365.25))
    assert capital_later(8.0, 0.0, months=24, rate=rate) == pytest.approx(2.0)
    assert capital_later(1.0, 0.5, months=4, rate=0.0) == 3


@given(
    start=st.floats(-20, 20),
    missing=st.floats(0, 20),
    pace=st.floats(-3, 3),
    rate=st.sampled_from([0.0, 0.01, 0.3]),
)
def test_after_the_months_that_it_takes_the_goal_is_reached(start, missing, pace, rate):
    months = months_until(start, start + missing, pace, rate=rate).item()
    assert months >= 0
    if math.isfinite(months) and months < 1e6:
        assert capital_later(start, pace, months=months, rate=rate) == pytest.approx(start + missing, abs=1e-6)


def test_without_forgetting_is_the_limit_of_little_forgetting():
    assert months_until(-1, 3, 0.5, rate=1e-9).item() == pytest.approx(8.0, rel=1e-6)


# ---- the median ----


def test_the_interval_of_a_median_from_its_table():
    # ranks at 95 %: n = 10 → 2 and 9, n = 20 → 6 and 15, n = 50 → 18 and 33 (Conover, Practical Nonparametric
    # Statistics, table of the binomial with p = 1/2)
    for n, low, high in ((6, 1, 6), (10, 2, 9), (20, 6, 15), (50, 18, 33)):
        assert median_interval(range(1, n + 1))[1:] == (low, high)


def test_a_median_counts_those_who_never_get_there():
    assert median_interval([1, 2, math.inf])[0] == 2
    assert median_interval([1, math.inf])[0] == math.inf
    assert median_interval([math.inf] * 8) == (math.inf,) * 3
    assert all(map(math.isnan, median_interval([])))
    assert math.isnan(median_interval([1, 2, 3, 4, 5])[1])


# ---- mistakes ----


def test_every_mistake_of_an_incident_is_listed():
    with pytest.raises(ParameterError) as caught:
        cx.Incident(touchpoint=" ", at="yesterdayish", n_losses=0, gap=0.5, weight=-1, segment=7)
    for name in ("touchpoint", "at must", "n_losses", "gap", "weight", "segment"):
        assert name in str(caught.value)
    with pytest.raises(ParameterError, match="n_losses"):
        cx.Incident(touchpoint="Invoice", at=AT, n_losses=True)
    with pytest.raises(ParameterError, match="at must"):
        cx.Incident(touchpoint="Invoice", at=pd.NaT)


def test_every_mistake_of_gestures_is_listed():
    with pytest.raises(ParameterError) as caught:
        cx.RecoveryGestures(n_gestures=1.5, after_days=-1, gap=0, weight=float("nan"))
    for name in ("n_gestures", "after_days", "gap", "weight"):
        assert name in str(caught.value)


def test_an_unknown_touchpoint_is_answered_with_the_nearest():
    typed_wrong = cx.Incident(touchpoint="Invoise", at=AT)
    with pytest.raises(ParameterError, match=r"did you mean 'Invoice'.*weight of its own"):
        cx.stress_test(gains(a=5), people("a"), RULES, incident=typed_wrong)


def test_what_is_missing_or_wrong_is_named():
    with pytest.raises(MissingColumnError, match="'gap'"):
        cx.stress_test(gains(a=5).drop(columns="gap"), people("a"), RULES, incident=TWO_LOSSES)
    with pytest.raises(ParameterError, match="pace_months must be"):
        cx.stress_test(gains(a=5), people("a"), RULES, incident=TWO_LOSSES, pace_months=0)
    with pytest.raises(ParameterError, match="repeated ids"):
        cx.stress_test(gains(a=5), people("a", "a"), RULES, incident=TWO_LOSSES)


# ---- properties ----

ACCOUNTS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 700), st.sampled_from([-1.0, -0.4, 0.0, 0.4, 1.0])),
    min_size=1,
    max_size=40,
)
RULE_SETS = st.builds(
    cx.CapitalRules,
    loss_weight=st.sampled_from([1.0, 2.25, 12.0]),
    half_life_days=st.sampled_from([None, 90.0]),
    carry_over=st.sampled_from([0.0, 0.5]),
    measure=st.sampled_from(["sign", "size"]),
)


def experiences_of(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "gap"])
    moment = pd.Timestamp("2024-10-01", tz="Europe/Stockholm") + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame.assign(occurred_at=moment, touchpoint="Invoice", file_order=np.arange(len(frame)))


@settings(max_examples=30)
@given(rows=ACCOUNTS, rules=RULE_SETS)
def test_more_losses_never_lower_the_share_at_risk(rows, rules):
    experiences, customers = experiences_of(rows), people(*"abcdef")
    gestures = cx.RecoveryGestures(n_gestures=2)
    counts = []
    for n_losses in (1, 2, 5):
        incident = cx.Incident(touchpoint="Invoice", at="2026-10-01", n_losses=n_losses)
        tested = cx.stress_test(experiences, customers, rules, incident=incident, gestures=gestures).customers
        counts.append(int(tested["is_at_risk"].sum()))
        assert (tested["capital_after"] < tested["capital_before"]).all()
        assert (tested["months_to_refill_with_gestures"] <= tested["months_to_refill"] + 1e-9).all()
        assert (tested["months_at_risk"] <= tested["months_to_refill"] + 1e-9)[~tested["was_at_risk"]].all()
    assert counts == sorted(counts)


@settings(max_examples=30)
@given(rows=ACCOUNTS, rules=RULE_SETS, seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter_and_nothing_in_the_input_changes(rows, rules, seed):
    experiences, customers = experiences_of(rows), people(*"abcdef", segment=list("NNSSWW"))
    before = experiences.copy(deep=True), customers.copy(deep=True)
    asked = {"incident": cx.Incident(touchpoint="Invoice", at="2026-10-01"), "gestures": cx.RecoveryGestures()}
    asked["smallest_base"] = 1
    one = cx.stress_test(experiences, customers, rules, **asked)
    shuffled = experiences.sample(frac=1, random_state=seed), customers.sample(frac=1, random_state=seed)
    other = cx.stress_test(*shuffled, rules, **asked)
    pd.testing.assert_frame_equal(one.customers, other.customers)
    pd.testing.assert_frame_equal(one.summary, other.summary)
    pd.testing.assert_frame_equal(experiences, before[0])
    pd.testing.assert_frame_equal(customers, before[1])


# ---- the bundled study ----


def test_before_the_incident_the_share_at_risk_is_that_of_the_month():
    study = cx.load_study(Path(__file__).parents[1] / "data" / "demo")
    rules = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    experiences = cx.experiences(study, rules)
    ledger = cx.capital_ledger(experiences, rules, study.cases)
    zones = cx.risk_zones(cx.customer_months(ledger, rules), study.customers)
    month = cx.capital_by_month(zones).set_index("month").loc["2026-10-01"]
    incident = cx.Incident(touchpoint="Monthly invoice", at="2026-11-01")
    tested = cx.stress_test(
        experiences, study.customers, rules, incident=incident, cases=study.cases, touchpoints=study.touchpoints
    )
    everyone = tested.summary.iloc[0]
    assert (everyone["n_customers"], everyone["n_at_risk_before"]) == (month["n_customers"], month["n_at_risk"])
    assert tested.customers["capital_before"].median() == pytest.approx(month["capital_median"], abs=1e-9)
    parts = tested.summary.iloc[1:]
    for column in ("n_customers", "n_at_risk_after", "n_saved_by_cushion", "n_pushed", "n_hurt"):
        assert parts[column].sum() == everyone[column]
    at_risk_then = tested.customers["was_at_risk"].sum()
    assert everyone["n_saved_by_cushion"] + everyone["n_pushed"] + at_risk_then == everyone["n_customers"]
