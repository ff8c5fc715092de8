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
    # D had left before the time of the case had run out: that says nothing of what closing does
    assert (closed["n_stayed"], closed["n_left"]) == (2, 1)
    assert (left_open["n_stayed"], left_open["n_left"]) == (1, 0)
    assert mixed["later_mean_experience"] is pd.NA or np.isnan(mixed["later_mean_experience"])


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
    # the generated customers whose case is closed do stay (truth.toml)
    assert differences.loc["left_share", "high_difference"] < -0.1
    groups = demo[-1].groups.set_index("group")
    expected = groups.loc["closed", "left_share"] - groups.loc["open", "left_share"]
    assert differences.loc["left_share", "difference"] == pytest.approx(expected)


# ---- what may be shown ----


def test_few_customers_hide_all_but_their_number():
    found = effect(smallest_base=2)
    kept = ["group", "n_customers", "n_cases", "n_current", "n_later", "n_stayed"]
    figures = found.groups.drop(columns=[*kept, "n_left", "left_share", "low_left", "high_left"])
    assert figures.isna().all(axis=None)
    assert found.differences.drop(columns="measure").isna().all(axis=None)


def test_no_case_gives_three_empty_rows():
    found = effect(cases=CASES.iloc[:0])
    assert list(found.groups["n_customers"]) == [0, 0, 0]
    assert found.groups["mean_capital"].isna().all()
    assert found.n_not_due == 0


# ---- errors ----


def test_mistakes_are_named():
    ledger = cx.capital_ledger(make_experiences(), RULES, cases=CASES)
    with pytest.raises(MissingColumnError, match="ledger lacks 'capital'"):
        cx.closing_effect(CASES, ledger.drop(columns="capital"), CUSTOMERS, RULES, AS_OF)
    with pytest.raises(ParameterError, match="customers holds 6 repeated ids, such as 'A'"):
        cx.closing_effect(CASES, ledger, pd.concat([CUSTOMERS, CUSTOMERS]), RULES, AS_OF)
    with pytest.raises(ParameterError, match="smallest_base must be at least 1"):
        cx.closing_effect(CASES, ledger, CUSTOMERS, RULES, AS_OF, smallest_base=0)
