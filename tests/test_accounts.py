from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import ParameterError

DEMO = Path(__file__).parents[1] / "data" / "demo"

RULES = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
TRIED = (
    RULES,
    cx.CapitalRules(),
    cx.CapitalRules.normann(),
    cx.CapitalRules(loss_weight=1.1, half_life_days=90, carry_over=0.6, opening=2),
    cx.CapitalRules(loss_weight=3, resolved_loss_weight=0.5, neutral_band=0.3, measure="size"),
)


@pytest.fixture(scope="module")
def demo():
    study = cx.load_study(DEMO)
    return cx.experiences(study, RULES), study.customers, study.cases


@pytest.fixture(scope="module")
def accounts(demo):
    return cx.CapitalAccounts(*demo)


def zones_of(demo, rules, requirement=None, until=None):
    experiences, customers, cases = demo
    ledger = cx.capital_ledger(experiences, rules, cases)
    return cx.risk_zones(cx.customer_months(ledger, rules, until), customers, requirement)


def same(found, expected):
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected.reset_index(drop=True), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("rules", TRIED)
def test_views_are_those_of_the_ledger(accounts, demo, rules):
    zones = zones_of(demo, rules)
    same(accounts.by_month(rules), cx.capital_by_month(zones))
    same(accounts.zones_by_month(rules), cx.zones_by_month(zones))


def test_a_segment_is_held_to_the_price_and_the_average_loss_of_all(accounts, demo):
    requirement = cx.Requirement(base=1.5, elasticity=0.8)
    zones = zones_of(demo, RULES, requirement)
    segments = demo[1].set_index("customer_id")["segment"]
    farms = zones.loc[zones["customer_id"].map(segments) == "Farm"]
    same(accounts.by_month(RULES, requirement, segment="Farm"), cx.capital_by_month(farms))
    same(accounts.zones_by_month(RULES, requirement, segment="Farm"), cx.zones_by_month(farms))


def test_segments_by_month_are_those_of_the_ledger(accounts, demo):
    zones = zones_of(demo, RULES)
    zones = zones.assign(segment=zones["customer_id"].map(demo[1].set_index("customer_id")["segment"]))
    expected = cx.capital_by_month(zones, by="segment").drop(columns=["capital_q25", "capital_median", "capital_q75"])
    found = accounts.by_segment(RULES)
    same(found.drop(columns="capital_mean"), expected)
    current = zones.loc[zones["zone"].notna()]
    means = current.groupby(["month", "segment"])["capital"].mean()
    np.testing.assert_allclose(found["capital_mean"], means.to_numpy(), rtol=1e-9)


def toy(rows, customers=()):
    """Experiences from (customer, day, gap), and customers from (customer, segment, price, churned on)."""
    experiences = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "gap"]).astype({"customer_id": "str"})
    experiences["occurred_at"] = pd.to_datetime(experiences["occurred_at"], format="ISO8601").dt.tz_localize(
        "Europe/Stockholm"
    )
    described = pd.DataFrame(customers, columns=["customer_id", "segment", "price_per_month", "churned_on"])
    described["churned_on"] = pd.to_datetime(described["churned_on"])
    return experiences, described.astype({"customer_id": "str", "segment": "str", "price_per_month": "float64"})


def test_by_hand():
    """anna: +1, then -2 at the loss weight; bo: +1 and leaves in February; cia has no segment."""
    accounts = cx.CapitalAccounts(
        *toy(
            [
                ("anna", "2026-01-05", 1),
                ("anna", "2026-02-05", -1),
                ("bo", "2026-01-31 23:30", 1),
                ("cia", "2026-02-01", 1),
            ],
            [("anna", "A", 10, None), ("bo", "A", 10, "2026-02-28"), ("dan", "B", 10, None)],
        )
    )
    found = accounts.by_segment(cx.CapitalRules(loss_weight=2), smallest_base=1)
    assert found["month"].dt.month.tolist() == [1, 2, 2]
    assert found["segment"].fillna("none").tolist() == ["A", "A", "none"]
    assert found["n_customers"].tolist() == [2, 1, 1]
    assert found["n_at_risk"].tolist() == [0, 1, 0]
    assert found["capital_mean"].tolist() == [1, -1, 1]
    assert accounts.segments == ["A", "B"]
    assert list(accounts.customer_ids) == ["anna", "bo", "cia"]
    by_month = accounts.by_month(cx.CapitalRules(loss_weight=2), smallest_base=1)
    assert by_month["capital_median"].tolist() == [1, 0]
    assert accounts.by_month(cx.CapitalRules(), segment="B").empty


def test_a_dearer_customer_needs_more():
    experiences, customers = toy([("anna", "2026-01-05", 1), ("bo", "2026-01-05", 1)], [
        ("anna", "A", 10, None), ("bo", "A", 40, None)])  # fmt: skip
    accounts = cx.CapitalAccounts(experiences, customers)
    at_risk = [
        accounts.by_month(cx.CapitalRules(), cx.Requirement(base=base, elasticity=1), smallest_base=1)["n_at_risk"][0]
        for base in (0, 0.9, 2.6)
    ]
    assert at_risk == [0, 1, 2]  # they need 0.4 and 1.6 times the base


def test_eleven_gains_and_ten_losses_of_weight_1_1_leave_nothing():
    rows = [("anna", f"2026-01-{day:02}", 1 if day <= 11 else -1) for day in range(1, 22)]
    experiences, customers = toy(rows, [("anna", "A", 10, None)])
    rules = cx.CapitalRules(loss_weight=1.1)
    assert cx.CapitalAccounts(experiences, customers).by_month(rules, smallest_base=1)["n_at_risk"][0] == 1
    zones = cx.risk_zones(cx.customer_months(cx.capital_ledger(experiences, rules), rules), customers)
    assert zones["zone"].tolist() == ["at_risk"]


def test_changing_rules_to_and_fro_changes_nothing(demo):
    accounts = cx.CapitalAccounts(*demo)
    first = [accounts.by_month(rules) for rules in TRIED]
    for rules, expected in zip(reversed(TRIED), reversed(first), strict=True):
        pd.testing.assert_frame_equal(accounts.by_month(rules), expected)


def test_one_customers_ledger_is_that_of_the_whole(accounts, demo):
    experiences, _, cases = demo
    ledger = cx.capital_ledger(experiences, RULES, cases)
    with_recovery = ledger.loc[ledger["kind"] == "recovery", "customer_id"].iloc[0]
    for customer_id in (accounts.customer_ids[0], with_recovery, accounts.customer_ids[-1]):
        expected = ledger.loc[ledger["customer_id"] == customer_id].reset_index(drop=True)
        pd.testing.assert_frame_equal(accounts.ledger_of(customer_id, RULES), expected)


def test_an_unknown_customer_or_segment_is_answered_with_the_nearest(accounts):
    with pytest.raises(ParameterError, match=r"none of the [0-9,]+ accounts is 'C0001''s; did you mean 'C0000?1"):
        accounts.ledger_of("C0001", RULES)
    with pytest.raises(ParameterError, match=r"unknown segment 'farm'.*did you mean 'Farm'"):
        accounts.by_month(RULES, segment="farm")


def test_until_leaves_later_entries_out(demo):
    until = cx.CapitalAccounts(*demo, until="2026-03")
    same(until.by_month(RULES), cx.capital_by_month(zones_of(demo, RULES, until="2026-03")))
    assert str(until.months[-1]) == "2026-03"
    assert cx.CapitalAccounts(*demo, until="2020-01").by_month(RULES).empty


def test_no_experiences_give_no_months():
    experiences, customers = toy([("anna", "2026-01-05", 1)], [("anna", "A", 10, None)])
    nothing = cx.CapitalAccounts(experiences.iloc[:0], customers)
    assert nothing.by_month(RULES).empty
    assert nothing.by_segment(RULES).empty
    assert nothing.zones_by_month(RULES).empty


def test_small_segments_are_blanked_with_what_would_tell_them():
    rows = [(f"c{i}", "2026-01-05", 1) for i in range(20)]
    segments = ["A"] * 3 + ["B"] * 6 + ["C"] * 11
    customers = [(f"c{i}", segment, 10, None) for i, segment in enumerate(segments)]
    accounts = cx.CapitalAccounts(*toy(rows, customers))
    found = accounts.by_segment(RULES)
    assert found["capital_mean"].isna().tolist() == [True, True, False]
    assert found["n_at_risk"].isna().tolist() == [True, True, False]
    for segment, is_hidden in (("A", True), ("B", True), ("C", False), (None, False)):
        assert accounts.by_month(RULES, segment=segment)["capital_median"].isna().tolist() == [is_hidden]
        assert accounts.zones_by_month(RULES, segment=segment)["share"].isna().tolist() == [is_hidden] * 3
        assert accounts.by_month(RULES, segment=segment)["n_customers"].notna().all()


def test_customers_may_not_repeat():
    experiences, customers = toy([("anna", "2026-01-05", 1)], [("anna", "A", 10, None), ("anna", "B", 10, None)])
    with pytest.raises(ParameterError, match="1 repeated ids, such as 'anna'"):
        cx.CapitalAccounts(experiences, customers)


histories = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 400).map(lambda day: pd.Timestamp("2025-01-01") + pd.Timedelta(days=day)),
        st.sampled_from([-1.0, -0.4, -0.1, 0.0, 0.2, 1.0]),
    ),
    min_size=1,
    max_size=25,
)


@given(histories, st.sampled_from(TRIED), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_row_order_does_not_matter_and_inputs_stay(rows, rules, random):
    experiences, customers = toy(rows, [("a", "A", 10, "2025-08-10"), ("b", "B", 20, None)])
    experiences["file_order"] = range(len(experiences))
    before = experiences.copy(), customers.copy()
    found = cx.CapitalAccounts(experiences, customers).by_month(rules, smallest_base=1)
    zones = cx.risk_zones(cx.customer_months(cx.capital_ledger(experiences, rules), rules), customers)
    same(found, cx.capital_by_month(zones, smallest_base=1))
    shuffled = experiences.sample(frac=1, random_state=random.randrange(1000))
    again = cx.CapitalAccounts(shuffled, customers.iloc[::-1]).by_month(rules, smallest_base=1)
    pd.testing.assert_frame_equal(again, found)
    pd.testing.assert_frame_equal(experiences, before[0])
    pd.testing.assert_frame_equal(customers, before[1])


def test_the_first_customer_of_sorted_experiences_has_only_her_own_rows():
    rows = [("anna", "2026-01-05", 1), ("bo", "2026-01-05", 1), ("bo", "2026-01-06", -1), ("cia", "2026-01-07", 1)]
    experiences, customers = toy(rows)
    accounts = cx.CapitalAccounts(experiences, customers)
    ledger = cx.capital_ledger(experiences, RULES)
    for customer_id in ("anna", "bo", "cia"):
        expected = ledger.loc[ledger["customer_id"] == customer_id].reset_index(drop=True)
        pd.testing.assert_frame_equal(accounts.ledger_of(customer_id, RULES), expected)


@pytest.mark.parametrize("band, gap, n_months", [(0.5, -0.3, 1), (0.0, -0.05, 4)])
def test_a_case_about_no_loss_under_the_band_adds_no_month(band, gap, n_months):
    experiences, customers = toy([("anna", "2025-01-05", 0.9), ("anna", "2025-01-10", gap)], [("anna", "A", 1, None)])
    told = pd.Timestamp("2025-04-11", tz="Europe/Stockholm")
    opened = pd.Timestamp("2025-01-11", tz="Europe/Stockholm")
    cases = pd.DataFrame({"customer_id": ["anna"], "opened_at": [opened], "customer_informed_at": [told]})
    rules = cx.CapitalRules(neutral_band=band, resolved_loss_weight=0)
    zones = cx.risk_zones(cx.customer_months(cx.capital_ledger(experiences, rules, cases), rules), customers)
    expected = cx.capital_by_month(zones, smallest_base=1)
    assert len(expected) == n_months
    options = {"loss_weights": [1.0], "cases": cases, "smallest_base": 1}
    found = cx.capital_by_loss_weight(experiences, customers, rules, **options)
    same(found.drop(columns="loss_weight"), expected)


def test_ids_that_read_alike_do_not_stop_a_ledger():
    experiences, _ = toy([("1", "2026-01-05", 1), ("1", "2026-01-06", -1)])
    experiences["customer_id"] = pd.Series([1, "1"], dtype=object)
    moment = experiences["occurred_at"].max() + pd.Timedelta(days=1)
    cases = pd.DataFrame({"customer_id": ["1"], "opened_at": [moment], "customer_informed_at": [moment]})
    assert len(cx.capital_ledger(experiences, RULES, cases)) == 3
