"""Whom to call first, and what drained the account: a list by hand, and the report's counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError

ZONE = "Europe/Stockholm"
DEMO = Path(__file__).parents[1] / "data" / "demo"
RULES = cx.CapitalRules(loss_weight=2)


def moments(texts) -> pd.Series:
    return pd.Series(pd.DatetimeIndex(texts).tz_localize(ZONE).as_unit("us"))


def ledger_of(*rows) -> pd.DataFrame:
    """The ledger of rows (customer, moment, touchpoint, gap)."""
    customers, when, touchpoints, gaps = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            "customer_id": customers,
            "occurred_at": moments(when),
            "touchpoint": touchpoints,
            "phase": "payment",
            "gap": np.asarray(gaps, dtype=float),
        }
    )
    return cx.capital_ledger(frame, RULES)


def customers_of(**prices) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": list(prices),
            "segment": "House",
            "price_per_month": [np.nan if price is None else float(price) for price in prices.values()],
            "joined_on": pd.Timestamp("2026-01-15").as_unit("us"),
            "churned_on": pd.Series([pd.NaT] * len(prices), dtype="datetime64[us]"),
        }
    )


def listed(ledger, customers, requirement=None, *, until="2026-10", **options) -> pd.DataFrame:
    zones = cx.risk_zones(cx.customer_months(ledger, RULES, until=until), customers, requirement)
    return cx.alarm_list(zones, ledger, customers, **options)


# anna is 1 under zero, bo at zero, cia has 1 left (one average loss takes 2), dan has a cushion of 3
LEDGER = ledger_of(
    ("anna", "2026-08-01", "Meter", 1),
    ("anna", "2026-09-01", "Invoice", -1),
    ("bo", "2026-08-01", "Call", -1),
    ("bo", "2026-09-01", "Meter", 1),
    ("bo", "2026-09-02", "Meter", 1),
    ("cia", "2026-10-31 23:30", "Meter", 1),
    ("dan", "2026-08-01", "Meter", 1),
    ("dan", "2026-08-02", "Meter", 1),
    ("dan", "2026-08-03", "Meter", 1),
)
CUSTOMERS = customers_of(anna=100, bo=300, cia=200, dan=900)


def test_the_list_by_hand():
    touchpoints = pd.DataFrame({"touchpoint": ["Invoice", "Meter"], "owners": ["Billing;IT", "Operations"]})
    found = listed(LEDGER, CUSTOMERS, touchpoints=touchpoints)
    assert list(found["customer_id"]) == ["bo", "cia", "anna"]
    assert list(found["zone"].astype(str)) == ["at_risk", "thin", "at_risk"]
    assert list(found["buffer"]) == [0, 1, -1]
    assert list(found["capital_drained"]) == [-2, 0, -2]
    assert list(found["drained_by"].fillna("–")) == ["Call", "–", "Invoice"]
    assert list(found["drained_by_owners"].fillna("–")) == ["–", "–", "Billing;IT"]
    assert list(found["drained_share"].fillna(-1)) == [1, -1, 1]
    assert found["last_loss_at"].iloc[2] == pd.Timestamp("2026-09-01", tz=ZONE)
    assert found["last_loss_at"].isna().tolist() == [False, True, False]
    assert list(found["last_loss_touchpoint"].fillna("–")) == ["Call", "–", "Invoice"]
    assert list(found["last_loss_owners"].fillna("–")) == ["–", "–", "Billing;IT"]
    assert list(found["tenure_months"]) == [9, 9, 9]
    assert not found["has_open_case"].any() and found["open_case_days"].isna().all()


def test_the_dearer_customer_needs_more_and_alarms_first():
    ledger = ledger_of(*((name, f"2026-10-0{n}", "Meter", 1) for name in ("cheap", "dear") for n in (1, 2, 3)))
    customers = customers_of(cheap=100, dear=400)
    requirement = cx.Requirement(base=1.5, elasticity=1, median_price=200)
    assert listed(ledger, customers).empty
    found = listed(ledger, customers, requirement)
    assert list(found["customer_id"]) == ["dear"]
    assert found[["capital", "required", "buffer"]].iloc[0].tolist() == [3, 3, 0]
    assert found["zone"].iloc[0] == "at_risk"


def test_order_is_price_then_buffer_then_id_and_a_missing_price_is_last():
    rows = [(name, "2026-10-01", "Call", -1) for name in ("a", "b", "c", "d", "e")]
    ledger = ledger_of(*rows, ("b", "2026-10-02", "Call", -1))
    found = listed(ledger, customers_of(a=5, b=5, c=9, d=None, e=5))
    assert list(found["customer_id"]) == ["c", "b", "a", "e", "d"]


def test_whoever_left_is_not_called():
    customers = CUSTOMERS.assign(
        churned_on=CUSTOMERS["churned_on"].mask(CUSTOMERS["customer_id"] == "bo", "2026-10-31")
    )
    assert list(listed(LEDGER, customers)["customer_id"]) == ["cia", "anna"]
    assert list(listed(LEDGER, customers, month="2026-09")["customer_id"]) == ["bo", "anna"]


def test_a_customer_who_is_in_no_register_is_listed_without_a_price():
    found = listed(LEDGER, CUSTOMERS[CUSTOMERS["customer_id"] != "anna"])
    assert found["customer_id"].iloc[-1] == "anna"
    assert found[["segment", "price_per_month", "tenure_months"]].iloc[-1].isna().all()


def test_what_drained_most_is_by_amount_then_by_recency_and_within_the_months():
    ledger = ledger_of(
        ("anna", "2025-10-31", "Old", -1),
        ("anna", "2025-10-31", "Old", -1),
        ("anna", "2025-11-01", "First", -1),
        ("anna", "2026-03-01", "Second", -1),
        ("anna", "2026-10-31 23:59", "Third", 0),
    )
    year = listed(ledger, CUSTOMERS)
    assert year["drained_by"].tolist() == ["Second"]
    assert year[["capital_drained", "drained_share"]].iloc[0].tolist() == [-2, 0.5]
    assert listed(ledger, CUSTOMERS, drained_months=13)["drained_by"].tolist() == ["Old"]
    short = listed(ledger, CUSTOMERS, drained_months=3)
    assert short["drained_by"].isna().all() and short["drained_share"].isna().all()
    assert short["last_loss_touchpoint"].tolist() == ["Second"]


def test_what_came_after_the_month_is_not_known():
    later = ledger_of(("anna", "2026-09-01", "Invoice", -1), ("anna", "2026-10-01", "Call", -1))
    found = listed(later, CUSTOMERS, month="2026-09")
    assert found[["drained_by", "last_loss_touchpoint"]].iloc[0].tolist() == ["Invoice", "Invoice"]
    assert found["capital_drained"].iloc[0] == -2


CASES = pd.DataFrame(
    {
        "customer_id": ["anna", "anna", "bo", "cia", "bo"],
        "opened_at": moments(["2026-10-20 12:00", "2026-10-22", "2026-10-01", "2026-10-01", "2026-11-01"]),
        "resolved_at": moments([None, None, "2026-10-05", "2026-11-03", None]),
        "customer_informed_at": moments([None, None, None, "2026-11-04", None]),
    }
)


def test_open_cases_are_those_of_the_months_end():
    found = listed(LEDGER, CUSTOMERS, cases=CASES).set_index("customer_id")
    assert found["has_open_case"].to_dict() == {"bo": False, "cia": True, "anna": True}
    # from noon on 20 October to the end of the 31st, with an hour more for the end of summer time
    assert found["open_case_days"].fillna(-1).to_dict() == {"bo": -1, "cia": 31, "anna": 11}
    assert found["has_untold_case"].to_dict() == {"bo": True, "cia": False, "anna": False}


def test_a_case_whose_end_the_customer_was_told_of_is_closed():
    told = CASES.assign(customer_informed_at=moments(["2026-10-25"] * 5))
    found = listed(LEDGER, CUSTOMERS, cases=told)
    assert not found["has_open_case"].any() and not found["has_untold_case"].any()


@given(st.permutations(range(len(LEDGER))), st.permutations(range(4)), st.permutations(range(5)))
@settings(max_examples=25)
def test_row_order_does_not_matter_and_the_inputs_are_left_alone(ledger_order, customer_order, case_order):
    zones = cx.risk_zones(cx.customer_months(LEDGER, RULES, until="2026-10"), CUSTOMERS)
    expected = cx.alarm_list(zones, LEDGER, CUSTOMERS, cases=CASES)
    inputs = (
        zones.sample(frac=1, random_state=1),
        LEDGER.iloc[ledger_order],
        CUSTOMERS.iloc[customer_order],
        CASES.iloc[case_order],
    )
    before = [frame.copy(deep=True) for frame in inputs]
    pd.testing.assert_frame_equal(cx.alarm_list(*inputs[:3], cases=inputs[3]), expected)
    for frame, copy in zip(inputs, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_nobody_to_call_is_a_list_without_rows():
    full = listed(LEDGER, CUSTOMERS, cases=CASES)
    empty = listed(LEDGER[LEDGER["customer_id"] == "dan"], CUSTOMERS, cases=CASES)
    assert empty.empty
    assert list(empty.columns) == list(full.columns)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"month": "2026-12"}, "zones has none of 2026-12; it has 2026-08 to 2026-10"),
        ({"month": "autumn"}, "month or a time"),
        ({"drained_months": 0}, "at least 1, found 0"),
        ({"drained_months": 1.5}, "whole number"),
    ],
)
def test_what_cannot_be_asked_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        listed(LEDGER, CUSTOMERS, **options)


def test_frames_that_cannot_be_right_are_refused():
    zones = cx.risk_zones(cx.customer_months(LEDGER, RULES), CUSTOMERS)
    with pytest.raises(ParameterError, match="several rows of one customer in 2026-10"):
        cx.alarm_list(pd.concat([zones, zones]), LEDGER, CUSTOMERS)
    with pytest.raises(ParameterError, match="repeated ids"):
        cx.alarm_list(zones, LEDGER, pd.concat([CUSTOMERS, CUSTOMERS]))
    with pytest.raises(ParameterError, match="zones is empty"):
        cx.alarm_list(zones.iloc[:0], LEDGER, CUSTOMERS)
    with pytest.raises(MissingColumnError, match="buffer"):
        cx.alarm_list(zones.drop(columns="buffer"), LEDGER, CUSTOMERS)
    with pytest.raises(MissingColumnError, match="resolved_at"):
        cx.alarm_list(zones, LEDGER, CUSTOMERS, cases=CASES.drop(columns="resolved_at"))


def test_the_demo_has_as_many_alarms_as_customers_in_the_zones():
    study = cx.load_study(DEMO).as_of("2026-11-01")
    rules = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    ledger = cx.capital_ledger(cx.experiences(study, rules), rules, cases=study.cases)
    zones = cx.risk_zones(cx.customer_months(ledger, rules, until="2026-10"), study.customers)
    counts = cx.zones_by_month(zones).set_index(["month", "zone"])["n_in_zone"]
    for month in pd.period_range("2024-12", "2026-10", freq="M"):
        found = cx.alarm_list(
            zones, ledger, study.customers, month=month, cases=study.cases, touchpoints=study.touchpoints
        )
        for zone in ("at_risk", "thin"):
            assert (found["zone"] == zone).sum() == counts[month.to_timestamp(), zone]
        assert found["price_per_month"].is_monotonic_decreasing
        assert found["drained_share"].dropna().between(0, 1).all()
    assert found["drained_by"].value_counts().index[0] == "Monthly invoice"
