"""Customers with closed and with open cases: by hand, against the ledger, and nothing that gives a few away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError
from tests.toy_cases import AS_OF, make_cases, moments

ROOT = Path(__file__).parents[1]
RULES = cx.CapitalRules(loss_weight=3, resolved_loss_weight=1)

# Each has one loss (−3) on 1 September, opened as a case the day after; +1 in August, +1 in October for the first two.
PEOPLE = ["A", "B", "C", "D", "E", "F"]
CASES = make_cases(
    ("A", "2026-09-02", "2026-09-05", "2026-09-06"),  # closed
    ("B", "2026-09-02", "2026-09-05", "2026-09-06"),  # closed
    ("C", "2026-09-02", "2026-09-05", None),  # open
    ("D", "2026-09-02", None, None),  # open
    ("E", "2026-09-02", None, None),  # mixed
    ("E", "2026-09-03", "2026-09-05", "2026-09-06"),
    ("F", "2026-10-20", None, None),  # not due
)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": PEOPLE,
        "price_per_month": [100.0] * 6,
        # B left after her case's time had run out (20 September), D before
        "churned_on": pd.to_datetime([None, "2026-10-05", None, "2026-09-10", None, None]),
    }
)


def make_experiences() -> pd.DataFrame:
    rows = [(who, "2026-08-01 12:00", 1.0) for who in PEOPLE] + [(who, "2026-09-01 12:00", -1.0) for who in PEOPLE]
    rows += [("A", "2026-10-01 12:00", 1.0), ("C", "2026-10-01 12:00", 1.0), ("C", "2026-10-02 12:00", -1.0)]
    frame = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "gap"])
    return frame.assign(
        occurred_at=moments(frame["occurred_at"]),
        experience=frame["gap"].astype("int64"),
        touchpoint="invoice",
        phase="payment",
        is_measured=True,
    )


def effect(experiences=None, *, rules=RULES, cases=CASES, **options) -> cx.ClosingEffect:
    experiences = make_experiences() if experiences is None else experiences
    ledger = cx.capital_ledger(experiences, rules, cases=cases)
    options = {"smallest_base": 1, "experiences": experiences} | options
    return cx.closing_effect(cases, ledger, CUSTOMERS, rules, AS_OF, **options)


def test_the_groups_by_hand():
    found = effect()
    closed, mixed, left_open = (found.groups.iloc[row] for row in range(3))
    assert list(found.groups["group"]) == ["closed", "mixed", "open"]
    assert list(found.groups["n_customers"]) == [2, 1, 2]
    assert list(found.groups["n_cases"]) == [2, 2, 2]
    assert found.n_not_due == 1
    # A has 1 − 3 + 2 + 1, B has left; C has 1 − 3 + 1 − 3, D has left; E one loss, returned
    assert list(found.groups["n_current"]) == [1, 1, 1]
    assert (closed["mean_capital"], mixed["mean_capital"], left_open["mean_capital"]) == (1.0, 0.0, -4.0)
    assert (closed["mean_recovered"], mixed["mean_recovered"], left_open["mean_recovered"]) == (2.0, 2.0, 0.0)
    assert (closed["mean_capital_unrecovered"], left_open["mean_capital_unrecovered"]) == (-1.0, -4.0)
    assert (closed["mean_capital_before"], left_open["mean_capital_before"]) == (-2.0, -2.0)
    assert (closed["n_at_risk"], mixed["n_at_risk"], left_open["n_at_risk"]) == (0, 1, 1)
    assert (closed["n_later"], closed["later_mean_experience"]) == (1, 1.0)
    assert (left_open["n_later"], left_open["later_mean_experience"]) == (1, 0.0)
    assert mixed["later_mean_experience"] is pd.NA or np.isnan(mixed["later_mean_experience"])


def test_departures_by_hand_from_the_day_on_which_the_time_to_answer_had_run_out():
    # opened on 2 March, in time until the 19th, followed from the 20th until 15 September
    cases = make_cases(
        ("A", "2026-03-02", "2026-03-05", "2026-03-10"),
        ("B", "2026-03-02", "2026-03-05", "2026-03-19 23:00"),
        ("C", "2026-03-02", "2026-03-05", "2026-03-20"),  # too late to be in time
        ("D", "2026-03-02", None, None),
        ("E", "2026-03-02", None, None),
        ("F", "2026-03-01", None, None),  # one of two cases answered is not in time
        ("F", "2026-03-02", "2026-03-05", "2026-03-10"),
        ("G", "2026-04-17", "2026-04-18", "2026-04-20"),  # from 5 May, just 180 days before 1 November
        ("H", "2026-04-18", "2026-04-19", "2026-04-20"),  # not followed so long
        ("I", "2026-03-02", None, None),
    )
    left = {"A": "2026-04-01", "C": "2026-09-15", "D": "2026-09-16", "E": "2026-03-20", "I": "2026-03-19"}
    people = pd.DataFrame({"customer_id": sorted(set(cases["customer_id"]))})
    people = people.assign(churned_on=pd.to_datetime(people["customer_id"].map(left)))
    ledger = cx.capital_ledger(make_experiences(), RULES)
    found = cx.closing_effect(cases, ledger, people, RULES, AS_OF, smallest_base=1)
    in_time, others = found.departures.to_dict("records")
    assert (in_time["group"], in_time["n_stayed"], in_time["n_left"]) == ("in_time", 3, 1)  # A, B, G: A
    assert (others["group"], others["n_stayed"], others["n_left"]) == ("not_in_time", 4, 2)  # C, D, E, F: C, E
    assert (in_time["left_share"], others["left_share"]) == (pytest.approx(1 / 3), 0.5)
    difference = found.differences.set_index("measure").loc["left_share"]
    assert difference["difference"] == pytest.approx(1 / 3 - 1 / 2)
    assert difference["low_difference"] < -1 / 6 < difference["high_difference"]
    hidden = cx.closing_effect(cases, ledger, people, RULES, AS_OF, smallest_base=4)
    assert list(hidden.departures["n_stayed"]) == [3, 4]
    assert hidden.departures.drop(columns=["group", "n_stayed"]).isna().all(axis=None)


def test_telling_that_does_nothing_seems_to_do_nothing():
    """Customers leave whenever they leave, and are told whenever it is their turn, if they are still there."""
    draw, n = np.random.default_rng(0), 4_000
    opened = pd.Timestamp("2025-01-01", tz="Europe/Stockholm") + pd.to_timedelta(draw.integers(0, 300, n), "D")
    stays, waits = draw.exponential(400, n), draw.exponential(45, n) + 1
    told = pd.Series(opened + pd.to_timedelta(np.where(waits < stays, waits, np.nan), "D"))
    who = [f"C{number:04}" for number in range(n)]
    opened = pd.Series(opened)
    cases = pd.DataFrame({"customer_id": who, "opened_at": opened, "resolved_at": told, "customer_informed_at": told})
    left_on = (opened + pd.to_timedelta(stays, "D")).dt.tz_localize(None).dt.normalize()
    people = pd.DataFrame({"customer_id": who, "churned_on": left_on})
    ledger = pd.DataFrame({"customer_id": who, "occurred_at": opened, "kind": "gain", "amount": 1.0, "capital": 1.0})
    found = cx.closing_effect(cases, ledger, people, RULES, AS_OF)
    assert (found.departures["n_stayed"] > 1_000).all()
    difference = found.differences.set_index("measure").loc["left_share"]
    has_left, by_now = left_on < pd.Timestamp(AS_OF), told.notna()
    assert has_left[by_now].mean() - has_left[~by_now].mean() < -0.3  # by whether they have been told by now
    assert abs(difference["difference"]) < 0.03
    assert difference["low_difference"] < 0 < difference["high_difference"]


def test_what_happens_when_the_case_is_opened_is_before_it_and_not_later():
    experiences = make_experiences()
    then = experiences.loc[experiences["customer_id"].eq("A")].iloc[[1]].assign(occurred_at=moments(["2026-09-02"])[0])
    found = effect(pd.concat([experiences, then], ignore_index=True)).groups.iloc[0]
    assert found["mean_capital_before"] == 1 - 3 - 3
    assert (found["n_later"], found["later_mean_experience"]) == (1, 1.0)


def test_who_leaves_on_the_day_itself_is_still_a_customer():
    experiences = make_experiences()
    ledger = cx.capital_ledger(experiences, RULES, cases=CASES)
    for day, n_current in (("2026-11-01", 1), ("2026-10-31", 0)):
        people = CUSTOMERS.assign(churned_on=CUSTOMERS["churned_on"].mask(CUSTOMERS["customer_id"] == "C", day))
        found = cx.closing_effect(CASES, ledger, people, RULES, AS_OF, smallest_base=1)
        assert found.groups["n_current"].iloc[2] == n_current


def test_what_is_forgotten_is_forgotten_of_the_recoveries_too():
    rules = cx.CapitalRules(loss_weight=3, resolved_loss_weight=1, half_life_days=30)
    experiences = make_experiences()
    months = cx.customer_months(cx.capital_ledger(experiences, rules, cases=CASES), rules, until="2026-10")
    october = months.loc[months["month"] == "2026-10-01"].set_index("customer_id")["capital"]
    found = effect(experiences, rules=rules)
    assert found.groups["mean_capital"].iloc[0] == pytest.approx(october["A"])
    assert found.groups["mean_capital"].iloc[2] == pytest.approx(october["C"])
    # without the recovery it is what the account would be had no case been closed
    unclosed = cx.customer_months(cx.capital_ledger(experiences, rules), rules, until="2026-10")
    unclosed = unclosed.loc[unclosed["month"] == "2026-10-01"].set_index("customer_id")["capital"]
    assert found.groups["mean_capital_unrecovered"].iloc[0] == pytest.approx(unclosed["A"])


def test_what_comes_later_is_not_known():
    experiences = make_experiences()
    later = experiences.iloc[[0]].assign(occurred_at=pd.Timestamp("2026-11-01", tz="Europe/Stockholm"), gap=-1.0)
    more = pd.concat([experiences, later], ignore_index=True)
    pd.testing.assert_frame_equal(effect(more).groups, effect(experiences).groups)


def test_only_measured_experiences_are_later_ones():
    experiences = make_experiences()
    assumed = experiences.assign(is_measured=experiences["occurred_at"] < "2026-10-01")
    assert list(effect(assumed).groups["n_later"]) == [0, 0, 0]
    ledger = cx.capital_ledger(experiences, RULES, cases=CASES)
    assert cx.closing_effect(CASES, ledger, CUSTOMERS, RULES, AS_OF, smallest_base=1).groups["n_later"].isna().all()


def test_the_requirement_decides_who_is_at_risk():
    assert effect(requirement=cx.Requirement(base=1)).groups["n_at_risk"].iloc[0] == 1
    assert effect(requirement=cx.Requirement(base=0.5)).groups["n_at_risk"].iloc[0] == 0


def test_inputs_are_left_alone_and_their_order_does_not_matter():
    cases, customers, experiences = CASES.copy(deep=True), CUSTOMERS.copy(deep=True), make_experiences()
    ledger = cx.capital_ledger(experiences, RULES, cases=cases)
    kept = ledger.copy(deep=True)
    found = cx.closing_effect(cases, ledger, customers, RULES, AS_OF, experiences=experiences, smallest_base=1)
    shuffled = cx.closing_effect(
        cases[::-1].set_axis([0] * len(cases)),
        ledger,
        customers[::-1],
        RULES,
        AS_OF,
        experiences=experiences[::-1].set_axis([0] * len(experiences)),
        smallest_base=1,
    )
    pd.testing.assert_frame_equal(found.groups, shuffled.groups)
    for frame, copy in ((cases, CASES), (customers, CUSTOMERS), (ledger, kept)):
        pd.testing.assert_frame_equal(frame, copy)


# ---- the bundled study ----


@pytest.fixture(scope="module")
def demo():
    study = cx.load_study(ROOT / "data" / "demo").as_of(AS_OF)
    rules = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    experiences = cx.experiences(study, rules)
    ledger = cx.capital_ledger(experiences, rules, cases=study.cases)
    found = cx.closing_effect(study.cases, ledger, study.customers, rules, AS_OF, experiences=experiences)
    return study, rules, ledger, found


def test_the_means_are_those_of_the_month_ends(demo):
    study, rules, ledger, found = demo
    zones = cx.risk_zones(cx.customer_months(ledger, rules, until="2026-10"), study.customers)
    october = zones.loc[(zones["month"] == "2026-10-01") & zones["zone"].notna()].set_index("customer_id")
    due = study.cases.loc[study.cases["opened_at"] < pd.Timestamp("2026-10-15", tz="Europe/Stockholm")]
    told = due.groupby("customer_id")["customer_informed_at"].agg(lambda times: times.notna().mean())
    for group, members in (("closed", told == 1), ("open", told == 0), ("mixed", (told > 0) & (told < 1))):
        row = found.groups.set_index("group").loc[group]
        them = october.loc[october.index.isin(told.index[members])]
        assert (row["n_customers"], row["n_current"]) == (members.sum(), len(them))
        assert row["mean_capital"] == pytest.approx(them["capital"].mean())
        assert row["median_capital"] == pytest.approx(them["capital"].median())
        assert row["n_at_risk"] == (them["zone"] == "at_risk").sum()
        low, high = stats.t.interval(0.95, len(them) - 1, them["capital"].mean(), stats.sem(them["capital"]))
        assert (row["low_mean"], row["high_mean"]) == pytest.approx((low, high))


def test_the_difference_in_capital_is_by_definition_alone(demo):
    differences = demo[-1].differences.set_index("measure")
    assert differences.loc["capital", "low_difference"] > 0.3
    assert abs(differences.loc["capital_unrecovered", "difference"]) < 0.1
    assert abs(differences.loc["capital_before", "difference"]) < 0.1


def test_the_departures_of_the_demo_counted_anew(demo):
    study, _, _, found = demo
    day = study.cases["opened_at"].dt.tz_localize(None).dt.normalize()
    due = study.cases.loc[day < pd.Timestamp("2026-10-15")].assign(day=day)
    left_on = study.customers.set_index("customer_id")["churned_on"]
    counted = {"in_time": [], "not_in_time": []}
    for who, theirs in due.groupby("customer_id"):
        start = theirs["day"].max() + pd.Timedelta(days=18)
        if start + pd.Timedelta(days=180) > pd.Timestamp(AS_OF) or left_on[who] < start:
            continue
        answers = theirs["customer_informed_at"].dt.tz_localize(None)
        group = "in_time" if answers.notna().all() and (answers < start).all() else "not_in_time"
        counted[group].append(start <= left_on[who] < start + pd.Timedelta(days=180))
    rows = found.departures.set_index("group")
    for group, lefts in counted.items():
        assert (rows.loc[group, "n_stayed"], rows.loc[group, "n_left"]) == (len(lefts), sum(lefts))
    # who leaves hangs on the account (truth.toml), hardly on an answer: the data cannot tell the groups apart
    difference = found.differences.set_index("measure").loc["left_share"]
    assert difference["low_difference"] < 0 < difference["high_difference"]


# ---- what may be shown ----


def test_few_customers_hide_all_but_their_number():
    found = effect(smallest_base=2)
    kept = ["group", "n_customers", "n_cases", "n_current", "n_later"]
    figures = found.groups.drop(columns=kept)
    assert figures.isna().all(axis=None)
    assert found.differences.drop(columns="measure").isna().all(axis=None)


def test_no_case_gives_three_empty_rows():
    found = effect(cases=CASES.iloc[:0])
    assert list(found.groups["n_customers"]) == [0, 0, 0]
    assert found.groups["mean_capital"].isna().all()
    assert found.n_not_due == 0
    assert list(found.departures["n_stayed"]) == [0, 0]
    assert found.departures["left_share"].isna().all()


# ---- errors ----


def test_mistakes_are_named():
    ledger = cx.capital_ledger(make_experiences(), RULES, cases=CASES)
    with pytest.raises(MissingColumnError, match="ledger lacks 'capital'"):
        cx.closing_effect(CASES, ledger.drop(columns="capital"), CUSTOMERS, RULES, AS_OF)
    with pytest.raises(ParameterError, match="customers holds 6 repeated ids, such as 'A'"):
        cx.closing_effect(CASES, ledger, pd.concat([CUSTOMERS, CUSTOMERS]), RULES, AS_OF)
    for wrong in (ledger[::-1], ledger.sort_values("occurred_at", kind="stable")):
        with pytest.raises(ParameterError, match="not together in the order of time; pass it as capital_ledger gives"):
            cx.closing_effect(CASES, wrong, CUSTOMERS, RULES, AS_OF)
    with pytest.raises(ParameterError, match="smallest_base must be at least 1"):
        cx.closing_effect(CASES, ledger, CUSTOMERS, RULES, AS_OF, smallest_base=0)
