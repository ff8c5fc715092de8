"""Finding incidents in the data, and replaying them against the stress test."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlib as cx
from cxlib.capital.refill import DAYS_PER_MONTH
from cxlib.capital.replay_summary import CensoredTimes
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.intervals import difference_interval, wilson_interval

RULES = cx.CapitalRules(loss_weight=2)


def people(n: int, **columns) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{i:03}" for i in range(n)], **columns})


def invoices(n: int, *, bad: dict[str, int], months: int = 6, bad_gap: float = -1.0) -> pd.DataFrame:
    """An invoice on the 10th of each month up to October 2026 for n customers, the first so many of them bad."""
    rows = []
    for month in pd.period_range(end="2026-10", periods=months, freq="M"):
        for i in range(n):
            gap = bad_gap if i < bad.get(str(month), 0) else 1.0
            rows.append((f"c{i:03}", month.to_timestamp() + pd.Timedelta(days=9), "Invoice", gap))
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint", "gap"])


def ledger_of(experiences: pd.DataFrame) -> pd.DataFrame:
    return cx.capital_ledger(experiences, RULES)


# ---- finding ----


def test_a_month_of_many_losses_stands_out_by_hand():
    usual = {f"2026-0{month}": 2 for month in range(5, 10)}
    found = cx.incidents(ledger_of(invoices(100, bad=usual | {"2026-08": 40})))
    assert len(found) == 1
    row = found.iloc[0]
    assert (row["touchpoint"], row["month"]) == ("Invoice", pd.Timestamp("2026-08-01"))
    assert (row["n_customers"], row["n_hit"], row["n_losses"], row["capital_drained"]) == (100, 40, 40, -80)
    # elsewhere: 2 of 100 in four months and none in October
    assert row["usual_share"] == pytest.approx(8 / 500)
    assert row["expected"] == pytest.approx(1.6)
    assert (row["low_share"], row["high_share"]) == pytest.approx([x.item() for x in wilson_interval(40, 100)])
    # of 48 customers hit in six equal months 40 or more in this one; the smallest of six looked at (Holm)
    assert row["p_value"] == pytest.approx(6 * stats.binom.sf(39, 48, 1 / 6), rel=1e-9, abs=0)
    since_july = cx.incidents(ledger_of(invoices(100, bad=usual | {"2026-08": 40})), since="2026-07").iloc[0]
    assert since_july["p_value"] == pytest.approx(4 * stats.binom.sf(39, 48, 1 / 6), rel=1e-9, abs=0)


def test_what_chance_or_a_season_makes_does_not_stand_out():
    even = {f"2026-{month:02}": n for month, n in zip(range(5, 11), (3, 5, 2, 6, 4, 9), strict=True)}
    assert cx.incidents(ledger_of(invoices(100, bad=even))).empty
    assert cx.largest_incident(ledger_of(invoices(100, bad=even))) is None


def test_each_limit_can_be_set():
    ledger = ledger_of(invoices(100, bad={f"2026-{month:02}": 10 for month in range(5, 10)} | {"2026-10": 28}))
    assert cx.incidents(ledger, times_usual=2.7).shape[0] == 1
    assert cx.incidents(ledger, times_usual=2.9).empty
    assert cx.incidents(ledger, times_usual=2, smallest_share=0.3).empty
    assert cx.incidents(ledger, times_usual=2, chance=1e-9).empty
    assert cx.incidents(ledger, times_usual=2, smallest_base=29).empty
    for name, value in (("times_usual", 0.5), ("smallest_share", 2), ("chance", 0), ("smallest_base", 0)):
        with pytest.raises(ParameterError, match=name):
            cx.incidents(ledger, **{name: value})


def test_incidents_are_ranked_by_how_many_more_than_usual_they_hit():
    bad = {"2026-06": 30, "2026-09": 50}
    found = cx.incidents(ledger_of(invoices(100, bad=bad, months=24)))
    assert found["month"].dt.strftime("%Y-%m").tolist() == ["2026-09", "2026-06"]
    largest = cx.largest_incident(ledger_of(invoices(100, bad=bad, months=24)))
    assert (largest["n_hit"], largest["month"]) == (50, pd.Timestamp("2026-09-01"))
    assert cx.incidents(ledger_of(invoices(100, bad=bad, months=24)), since="2026-10").empty


def test_of_a_single_month_nothing_is_said():
    assert cx.incidents(ledger_of(invoices(50, bad={"2026-10": 50}, months=1))).empty
    assert cx.incidents(ledger_of(invoices(50, bad={}))).empty
    nothing = invoices(50, bad={}).iloc[:0]
    assert cx.incidents(ledger_of(nothing)).empty
    assert cx.incidents(ledger_of(nothing), people(3, churned_on=pd.to_datetime(["2026-10-05", None, None]))).empty


def test_those_who_left_are_no_customers_of_the_month():
    experiences = invoices(100, bad={"2026-10": 40})
    left = np.where(np.arange(100) >= 60, np.datetime64("2026-07-15"), np.datetime64("NaT"))
    experiences = experiences.loc[(experiences["customer_id"] < "c060") | (experiences["occurred_at"] < "2026-07-15")]
    customers = people(100, churned_on=pd.to_datetime(left))
    assert cx.incidents(ledger_of(experiences), customers)["n_customers"].tolist() == [60]
    assert cx.incidents(ledger_of(experiences))["n_customers"].tolist() == [100]


def test_a_day_of_leaving_before_the_first_entry_takes_nobody_away_twice():
    experiences = invoices(100, bad={"2026-06": 40})
    late = (experiences["customer_id"] == "c099") & (experiences["occurred_at"] < "2026-09")
    silent = (experiences["customer_id"] == "c050") & (experiences["occurred_at"].dt.month == 6)
    customers = people(100, churned_on=pd.to_datetime([None] * 99 + ["2026-05-20"]))
    assert cx.incidents(ledger_of(experiences.loc[~late & ~silent]), customers)["n_customers"].tolist() == [99]


def test_a_missing_column_of_the_ledger_is_named():
    with pytest.raises(MissingColumnError, match="'touchpoint'"):
        cx.incidents(ledger_of(invoices(5, bad={})).drop(columns="touchpoint"))


def test_the_order_of_entries_does_not_matter_and_the_ledger_is_left_alone():
    ledger = ledger_of(invoices(60, bad={"2026-08": 40, "2026-05": 12}))
    before = ledger.copy(deep=True)
    found = cx.incidents(ledger)
    pd.testing.assert_frame_equal(ledger, before)
    pd.testing.assert_frame_equal(cx.incidents(ledger.sample(frac=1, random_state=1)), found)


# ---- replaying ----


def toy_replay(**options):
    """Twelve customers with five good invoices; in October six have a bad one, c000 to c002 had bad ones before."""
    experiences = invoices(12, bad={"2026-05": 3, "2026-06": 3, "2026-10": 6})
    asked = {"touchpoint": "Invoice", "month": "2026-10", "smallest_base": 1} | options
    return cx.replay_incident(experiences, people(12), RULES, **asked)


def test_a_replay_by_hand():
    replay = toy_replay()
    accounts = replay.customers
    assert accounts["customer_id"].tolist() == [f"c{i:03}" for i in range(6)]
    # five invoices before October: −2 −2 +1 +1 +1 = −1, or +5
    assert accounts["capital_before"].tolist() == [-1] * 3 + [5] * 3
    assert accounts["capital_actual"].tolist() == [-3] * 3 + [3] * 3
    pace = (pd.Timestamp("2026-10-01") - pd.Timestamp("2026-05-10")) / pd.Timedelta(days=DAYS_PER_MONTH)
    month = 31 / DAYS_PER_MONTH
    assert accounts["capital_predicted"].tolist() == pytest.approx(
        [-3 - 1 / pace * month] * 3 + [3 + 5 / pace * month] * 3
    )
    assert accounts["fate"].tolist() == ["was_at_risk"] * 3 + ["saved"] * 3
    assert replay.shares["moment"].tolist() == ["before", "predicted", "actual"]
    assert replay.shares["n_at_risk"].tolist() == [3, 3, 3]
    low, high = wilson_interval(3, 6)
    assert replay.shares["low_share"].tolist() == pytest.approx([low.item()] * 3)
    assert replay.shares["high_share"].tolist() == pytest.approx([high.item()] * 3)
    agreement = replay.agreement.iloc[0]
    errors = [1 / pace * month] * 3 + [5 / pace * month] * 3
    assert agreement["mean_absolute_error"] == pytest.approx(np.mean(errors))
    assert agreement["mean_error"] == pytest.approx((errors[-1] - errors[0]) / 2)
    assert agreement["correlation"] == pytest.approx(1.0)
    assert (replay.n_hit, replay.n_without_account) == (6, 0)


def test_each_has_as_many_losses_as_there_really_were():
    """Of customers whom no list knows; the first had the invoice twice."""
    experiences = invoices(6, bad={"2026-10": 6})
    twice = experiences.loc[(experiences["customer_id"] == "c000") & (experiences["occurred_at"] >= "2026-10")]
    replay = cx.replay_incident(
        pd.concat([experiences, twice]), people(0), RULES, touchpoint="Invoice", month="2026-10"
    )
    assert replay.customers["n_losses"].tolist() == [2, 1, 1, 1, 1, 1]
    assert replay.customers["capital_predicted"].diff().iloc[1] == pytest.approx(2)


def test_the_size_of_the_losses_is_theirs():
    rules = cx.CapitalRules(loss_weight=2, measure="size")
    experiences = invoices(6, bad={"2026-10": 6}, bad_gap=-0.5).assign(weight=0.5)
    replay = cx.replay_incident(experiences, people(6), rules, touchpoint="Invoice", month="2026-10")
    assert replay.customers["capital_before"].iloc[0] == 2.5
    assert replay.customers["capital_actual"].iloc[0] == 2.0
    pace = 2.5 / ((pd.Timestamp("2026-10-01") - pd.Timestamp("2026-05-10")) / pd.Timedelta(days=DAYS_PER_MONTH))
    assert replay.customers["capital_predicted"].iloc[0] == pytest.approx(2.0 + pace * 31 / DAYS_PER_MONTH)


def test_who_came_in_the_month_or_had_left_is_counted_and_left_out():
    experiences = invoices(12, bad={"2026-10": 8})
    new = (experiences["customer_id"] == "c000") & (experiences["occurred_at"] < "2026-10")
    customers = people(12, churned_on=pd.to_datetime([None, "2026-09-30", *[None] * 10]))
    replay = cx.replay_incident(experiences.loc[~new], customers, RULES, touchpoint="Invoice", month="2026-10")
    assert (replay.n_hit, replay.n_without_account, len(replay.customers)) == (8, 2, 6)


def test_months_until_full_again_are_counted_at_month_ends_and_end_where_the_data_do():
    # +1 +1 +1, then −2 in August, then +1 in September and October: full again at the third month-end
    replay = cx.replay_incident(
        invoices(6, bad={"2026-08": 6}), people(6), RULES, touchpoint="Invoice", month="2026-08"
    )
    assert replay.customers["months_observed"].tolist() == [3] * 6
    assert replay.customers["is_refilled"].all()
    actual = replay.refill.set_index("kind").loc["actual"]
    assert (actual["n_refilled"], actual["n_censored"], actual["median_months"], actual["n_month_ends"]) == (6, 0, 3, 3)
    # predicted: 2 at a pace of 3 in 2.7 months takes 1.8 months, seen at the second month-end
    predicted = replay.refill.set_index("kind").loc["predicted"]
    assert (predicted["n_refilled"], predicted["median_months"]) == (6, 2)
    early = cx.replay_incident(
        invoices(6, bad={"2026-08": 6}), people(6), RULES, touchpoint="Invoice", month="2026-08", until="2026-09"
    )
    actual = early.refill.set_index("kind").loc["actual"]
    assert (actual["n_refilled"], actual["n_censored"], actual["median_months"]) == (0, 6, math.inf)


def test_who_leaves_is_seen_last_at_the_month_end_before():
    left = ["2026-08-20", "2026-09-20", "2026-10-20", None, None, None, None]
    customers = people(7, churned_on=pd.to_datetime(left))
    replay = cx.replay_incident(
        invoices(7, bad={"2026-08": 7}), customers, RULES, touchpoint="Invoice", month="2026-08"
    )
    assert replay.customers["months_observed"].tolist() == [0, 1, 2, 3, 3, 3, 3]
    assert replay.customers["is_refilled"].tolist() == [False] * 3 + [True] * 4
    assert replay.customers["left_in_month"].tolist() == [True] + [False] * 6
    assert replay.customers["left_later"].tolist() == [False, True, True, *[False] * 4]
    assert replay.by_month.set_index("month").loc["2026-08-01", "n_customers"] == 6


def test_who_left_is_compared_between_pushed_and_saved():
    # two good invoices more for ten of twenty customers: a loss of 2 × 3 pushes the others
    experiences = invoices(20, bad={"2026-08": 20}).assign(weight=1.0)
    experiences.loc[experiences["occurred_at"].dt.month == 8, "weight"] = 3.0
    rich = experiences["customer_id"] >= "c010"
    experiences.loc[rich & (experiences["occurred_at"].dt.month < 8), "weight"] = 3.0
    left = [*["2026-09-05"] * 4, *[None] * 6, "2026-10-02", *[None] * 9]
    customers = people(20, churned_on=pd.to_datetime(left))
    replay = cx.replay_incident(experiences, customers, RULES, touchpoint="Invoice", month="2026-08")
    departures = replay.departures.set_index("fate")
    assert departures["n_customers"].to_dict() == {"was_at_risk": 0, "pushed": 10, "saved": 10}
    assert (departures.loc["pushed", "n_left"], departures.loc["saved", "n_left"]) == (4, 1)
    assert departures["within_months"].tolist() == [2] * 3  # of six asked for, the data hold two
    pushed, saved = ((n / 10, *map(float, wilson_interval(n, 10))) for n in (4, 1))
    low, high = difference_interval(pushed, saved)
    found = departures.loc["pushed", ["difference", "low_difference", "high_difference"]].astype(float)
    assert found.tolist() == pytest.approx([0.3, low, high])
    one = cx.replay_incident(experiences, customers, RULES, touchpoint="Invoice", month="2026-08", within_months=1)
    assert one.departures.set_index("fate").loc["saved", "n_left"] == 0


def test_at_the_end_of_the_data_nobody_can_be_said_to_have_stayed():
    departures = toy_replay().departures
    assert departures["left_share"].isna().all() and departures["n_left"].isna().all()


def test_few_hit_are_not_described():
    replay = toy_replay(smallest_base=7)
    assert replay.shares["at_risk_share"].isna().all()
    assert replay.agreement["mean_absolute_error"].isna().all()
    assert replay.refill["median_months"].isna().all()
    assert replay.by_month["at_risk_share"].isna().all()


def test_few_not_hit_hide_what_could_be_had_by_subtraction():
    hidden = cx.replay_incident(
        invoices(12, bad={"2026-10": 8}), people(12), RULES, touchpoint="Invoice", month="2026-10"
    )
    assert hidden.shares["at_risk_share"].isna().all()  # four were not hit
    for n_hit in (7, 12):
        shown = cx.replay_incident(
            invoices(12, bad={"2026-10": n_hit}), people(12), RULES, touchpoint="Invoice", month="2026-10"
        )
        assert shown.shares["at_risk_share"].notna().all()


def test_a_month_without_losses_is_refused_with_the_nearest_name():
    with pytest.raises(ParameterError, match=r"nobody lost capital at 'Invoise' in 2026-10.*did you mean 'Invoice'"):
        toy_replay(touchpoint="Invoise")
    with pytest.raises(ParameterError, match="nobody lost capital"):
        toy_replay(month="2026-09")
    with pytest.raises(ParameterError, match="within_months must be"):
        toy_replay(within_months=0)


def test_the_order_of_rows_does_not_matter_to_a_replay_and_nothing_in_the_input_changes():
    experiences = invoices(30, bad={"2026-06": 10, "2026-09": 20}).assign(file_order=range(180))
    customers = people(30, churned_on=pd.to_datetime(["2026-10-05"] * 3 + [None] * 27))
    before = experiences.copy(deep=True), customers.copy(deep=True)
    asked = {"touchpoint": "Invoice", "month": "2026-09"}
    one = cx.replay_incident(experiences, customers, RULES, **asked)
    pd.testing.assert_frame_equal(experiences, before[0])
    pd.testing.assert_frame_equal(customers, before[1])
    other = cx.replay_incident(
        experiences.sample(frac=1, random_state=2), customers.sample(frac=1, random_state=2), RULES, **asked
    )
    for name in ("customers", "shares", "agreement", "refill", "departures", "by_month"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


# ---- censored times ----


def test_the_censored_curve_is_that_of_scipy():
    rng = np.random.default_rng(5)
    months, seen = rng.integers(1, 12, 80), rng.random(80) < 0.6
    curve = stats.ecdf(stats.CensoredData.right_censored(months, ~seen)).sf
    interval = curve.confidence_interval(method="log-log")
    found = CensoredTimes.of(months, seen)
    assert found.remaining == pytest.approx(curve.evaluate(found.times))
    assert found.low == pytest.approx(interval.low.evaluate(found.times))
    assert found.high == pytest.approx(interval.high.evaluate(found.times))


def test_the_censored_median_of_a_published_trial():
    # Freireich et al. (1963), weeks of remission under 6-mercaptopurine; the median of 23 weeks and the curve in
    # Kleinbaum & Klein, Survival Analysis, table of the Kaplan–Meier method
    relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = CensoredTimes.of(relapsed + censored, [True] * 9 + [False] * 12)
    printed = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert found.remaining == pytest.approx(printed, abs=6e-5)
    assert found.median() == (23, 13, math.inf)


def test_censored_times_by_hand():
    # of four, one at 1, one lost at 1, one at 2, one at 3: ¾, then ½ of it, then nobody
    found = CensoredTimes.of([1, 1, 2, 3], [True, False, True, True])
    assert found.remaining.tolist() == [0.75, 0.375, 0]
    assert found.median()[0] == 2
    assert found.share_by(2)[0] == 0.625
    assert found.share_by(0.5)[0] == 0
    assert CensoredTimes.of([3, 4], [False, False]).median() == (math.inf,) * 3
    assert CensoredTimes.of([], []).share_by(9)[0] == 0


# ---- the bundled study ----


@pytest.fixture(scope="module")
def demo():
    study = cx.load_study(Path(__file__).parents[1] / "data" / "demo")
    rules = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    return study, cx.experiences(study, rules), rules


def test_the_wrong_invoices_of_the_bundled_study_are_found_first(demo):
    study, experiences, rules = demo
    found = cx.incidents(cx.capital_ledger(experiences, rules, study.cases), study.customers)
    places = list(zip(found["touchpoint"], found["month"].dt.strftime("%Y-%m"), strict=True))
    # the generator's incident (truth.toml), the two yearly price notices, and the questions about the invoices
    assert places == [
        ("Monthly invoice", "2026-02"),
        ("Price change notice", "2026-10"),
        ("Price change notice", "2025-10"),
        ("Invoice question", "2026-02"),
        ("Invoice question", "2026-03"),
    ]
    assert found["n_hit"].iloc[0] == 703


def test_the_replay_of_the_bundled_study(demo):
    study, experiences, rules = demo
    replay = cx.replay_incident(
        experiences, study.customers, rules, touchpoint="Monthly invoice", month="2026-02", cases=study.cases
    )
    share = replay.shares.set_index("moment")["at_risk_share"]
    assert share["before"] < share["predicted"] < share["actual"]  # the questions about the invoices came on top
    assert replay.agreement["correlation"].item() > 0.8
    departures = replay.departures.set_index("fate")
    assert departures.loc["pushed", "low_difference"] > 0  # in the generator capital does decide who leaves
    # by counting: of those whom it pushed, who left from March to August
    pushed = replay.customers.loc[replay.customers["fate"] == "pushed", "customer_id"]
    churned_on = study.customers.set_index("customer_id")["churned_on"].loc[pushed]
    assert departures.loc["pushed", "n_left"] == churned_on.between("2026-03-01", "2026-08-31").sum()
    assert departures.loc["pushed", "n_customers"] == (~(churned_on < "2026-03-01")).sum()
    zones = cx.risk_zones(
        cx.customer_months(cx.capital_ledger(experiences, rules, study.cases), rules), study.customers
    )
    month = zones.loc[(zones["month"] == "2026-02-01") & zones["customer_id"].isin(replay.customers["customer_id"])]
    there = replay.by_month.set_index("month").loc["2026-02-01"]
    assert (there["n_customers"], there["n_at_risk"]) == (
        month["zone"].notna().sum(),
        (month["zone"] == "at_risk").sum(),
    )
