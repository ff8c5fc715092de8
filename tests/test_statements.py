"""One customer's statement: it adds up, whatever the rules, and says so where it cannot be made."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.capital.statements import near_ids
from cxlib.errors import MissingColumnError, ParameterError

ZONE = "Europe/Stockholm"
DEMO = Path(__file__).parents[1] / "data" / "demo"
YEAR = cx.CapitalRules(loss_weight=2, half_life_days=365)


def day(number: float) -> pd.Timestamp:
    return pd.Timestamp("2026-01-01", tz=ZONE) + pd.Timedelta(days=number)


def experiences(gaps, days, customer="anna", **more) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": customer,
            "occurred_at": pd.DatetimeIndex([day(number) for number in days]).as_unit("us"),
            "touchpoint": "Invoice",
            "phase": "payment",
            "gap": np.asarray(gaps, dtype=float),
            "response_id": [f"{customer}{place}" for place in range(len(gaps))],
            **more,
        }
    )


def told(places, days, customer="anna") -> pd.DataFrame:
    """Cases about the answers at these places, of which the customer was told on these days."""
    return pd.DataFrame(
        {
            "customer_id": customer,
            "opened_at": pd.Series([day(0)] * len(places), dtype=f"datetime64[us, {ZONE}]"),
            "customer_informed_at": pd.Series([day(n) for n in days], dtype=f"datetime64[us, {ZONE}]"),
            "response_id": [f"{customer}{place}" for place in places],
        }
    )


def assert_adds_up(stated: pd.DataFrame) -> None:
    columns = ("balance_before", "forgotten", "amount", "balance")
    before, forgotten, amount, balance = (stated[column].to_numpy() for column in columns)
    size = max(1.0, np.abs([before, amount, balance]).max())
    assert np.abs(before + forgotten + amount - balance).max() <= 1e-13 * size
    assert (before[1:] == balance[:-1]).all()
    total = before[0] + forgotten.sum() + amount.sum()
    assert total == pytest.approx(balance[-1], abs=1e-12 * size * len(stated))


def test_a_statement_by_hand():
    # a gain; a year later half of it is left and a loss takes 2; a year later half of the debt is forgiven; recovery
    rules = cx.CapitalRules(loss_weight=2, resolved_loss_weight=1, half_life_days=365)
    ledger = cx.capital_ledger(experiences([1, -1], [0, 365]), rules, cases=told([1], [730]))
    stated = cx.statement(ledger, "anna", rules, until=day(1095))
    assert list(stated["kind"]) == ["gain", "loss", "recovery", "closing"]
    assert list(stated["balance_before"]) == [0, 1, -1.5, -0.25]
    assert list(stated["forgotten"]) == [0, -0.5, 0.75, 0.125]
    assert list(stated["amount"]) == [1, -2, 0.5, 0]
    assert list(stated["balance"]) == [1, -1.5, -0.25, -0.125]
    assert list(stated["touchpoint"].iloc[:3]) == ["Invoice"] * 3
    assert stated["touchpoint"].isna().iloc[3] and stated["phase"].isna().iloc[3]
    assert stated["occurred_at"].iloc[3] == day(1095)
    assert stated["occurred_at"].dtype == ledger["occurred_at"].dtype


def test_without_forgetting_nothing_is_forgotten_to_the_last_digit():
    ledger = cx.capital_ledger(experiences([1, -1, 1] * 40, range(120), weight=0.1), cx.CapitalRules(loss_weight=2.25))
    stated = cx.statement(ledger, "anna")
    assert (stated["forgotten"] == 0).all()
    assert_adds_up(stated)


def test_the_opening_balance_stands_before_the_first_entry():
    rules = cx.CapitalRules(loss_weight=2, half_life_days=365, opening=3)
    stated = cx.statement(cx.capital_ledger(experiences([1, -1], [0, 365]), rules), "anna")
    assert list(stated["balance_before"]) == [3, 4]
    assert list(stated["forgotten"]) == [0, -2]
    assert_adds_up(stated)


@st.composite
def accounts(draw):
    n_entries = draw(st.integers(1, 25))
    gaps = draw(st.lists(st.floats(-1, 1), min_size=n_entries, max_size=n_entries))
    days = draw(st.lists(st.floats(0, 3000), min_size=n_entries, max_size=n_entries))
    weights = draw(st.lists(st.floats(0, 50), min_size=n_entries, max_size=n_entries))
    loss_weight = draw(st.floats(0.1, 20))
    rules = cx.CapitalRules(
        loss_weight=loss_weight,
        resolved_loss_weight=draw(st.none() | st.floats(0, loss_weight)),
        half_life_days=draw(st.none() | st.floats(1, 5000)),
        carry_over=draw(st.floats(0, 1)),
        measure=draw(st.sampled_from(["sign", "size"])),
        opening=draw(st.floats(-20, 20)),
    )
    closed = draw(st.lists(st.integers(0, n_entries - 1), unique=True, max_size=5))
    cases = told(closed, [3000 + draw(st.floats(0, 500)) for _ in closed])
    return experiences(gaps, days, weight=weights), rules, cases


@given(accounts(), st.floats(3501, 9000))
def test_every_statement_adds_up_to_the_months_balance(account, end):
    frame, rules, cases = account
    ledger = cx.capital_ledger(frame, rules, cases=cases)
    before = ledger.copy(deep=True)
    stated = cx.statement(ledger, "anna", rules)
    assert_adds_up(stated)
    assert len(stated) == len(ledger)
    assert stated["balance_before"].iloc[0] == pytest.approx(rules.opening, abs=1e-11)
    closed = cx.statement(ledger, "anna", rules, until=day(end))
    assert_adds_up(closed)
    pd.testing.assert_frame_equal(closed.iloc[:-1], stated)
    pd.testing.assert_frame_equal(ledger, before)


def test_of_several_customers_only_one_is_stated():
    both = pd.concat([experiences([1, 1], [0, 1]), experiences([-1, 1, 1], [0, 1, 2], "bertil")])
    ledger = cx.capital_ledger(both, YEAR)
    assert len(cx.statement(ledger, "bertil", YEAR)) == 3
    alone = cx.capital_ledger(experiences([1, 1], [0, 1]), YEAR)
    pd.testing.assert_frame_equal(cx.statement(ledger, "anna"), cx.statement(alone, "anna"))


def test_the_closing_balance_is_the_months():
    ledger = cx.capital_ledger(experiences([1, -1, 1], [0, 40, 60]), YEAR)
    months = cx.customer_months(ledger, YEAR, until="2026-05").set_index("month")["capital"]
    for month, capital in months.items():
        for until in (f"{month:%Y-%m}", month.to_period("M"), f"{month + pd.offsets.MonthEnd():%Y-%m-%d}"):
            stated = cx.statement(ledger, "anna", YEAR, until=until)
            assert stated["balance"].iloc[-1] == pytest.approx(capital, abs=1e-12)
            assert (stated["kind"] == "closing").sum() == 1


@pytest.mark.parametrize(
    ("until", "closes"),
    [
        ("2026", "2027-01-01 00:00"),
        ("2026-10", "2026-11-01 00:00"),
        ("2026-10-31", "2026-11-01 00:00"),
        (dt.date(2026, 10, 31), "2026-11-01 00:00"),
        ("2026-10-31 14:00", "2026-10-31 14:00"),
        (dt.datetime(2026, 10, 31), "2026-10-31 00:00"),
        (pd.Timestamp("2026-10-31 12:00", tz="UTC"), "2026-10-31 13:00"),
        (pd.Period("2026-03", "M"), "2026-04-01 00:00"),
    ],
)
def test_until_is_carried_to_the_end_of_what_it_names(until, closes):
    ledger = cx.capital_ledger(experiences([1], [0]), YEAR)
    stated = cx.statement(ledger, "anna", YEAR, until=until)
    assert stated["occurred_at"].iloc[-1] == pd.Timestamp(closes, tz=ZONE)


def test_an_entry_at_the_closing_moment_is_left_for_the_next_statement():
    ledger = cx.capital_ledger(experiences([1, 1], [0, 10]), YEAR)
    assert list(cx.statement(ledger, "anna", YEAR, until=day(10))["kind"]) == ["gain", "closing"]


def test_a_ledger_without_timezone_is_stated_too():
    frame = experiences([1, -1], [0, 30])
    frame["occurred_at"] = frame["occurred_at"].dt.tz_localize(None)
    stated = cx.statement(cx.capital_ledger(frame, YEAR), "anna", YEAR, until="2026-03")
    assert stated["occurred_at"].iloc[-1] == pd.Timestamp("2026-04-01")


def refused(*arguments, **options) -> str:
    with pytest.raises(ParameterError) as error:
        cx.statement(*arguments, **options)
    return str(error.value)


def test_an_unknown_customer_is_answered_with_the_nearest_and_how_many_there_are():
    frames = [experiences([1], [0], name) for name in ("C00042", "C00043", "B7")]
    ledger = cx.capital_ledger(pd.concat(frames), YEAR)
    assert refused(ledger, "c42") == "the ledger of 3 customers has no customer 'c42'; did you mean 'C00042'?"
    assert "did you mean 'C00043' or 'C00042'?" in refused(ledger, "C0004")
    assert refused(ledger, "zzz").endswith("has no customer 'zzz'")
    assert "the ledger of 0 customers" in refused(ledger.iloc[:0], "B7")


def test_near_ids_are_found_among_very_many():
    known = [f"C{number:07}" for number in range(200_000)]
    assert near_ids("c123456", known)[0] == "C0123456"
    assert "C0049998" in near_ids("C00499x8", known)
    assert near_ids("quite another", known) == []


def test_a_ledger_of_other_rules_is_refused():
    ledger = cx.capital_ledger(experiences([1, -1], [0, 365]), YEAR)
    assert "half_life_days=100" in refused(ledger, "anna", cx.CapitalRules(loss_weight=2, half_life_days=100))
    assert "opening=1" in refused(ledger, "anna", cx.CapitalRules(loss_weight=2, half_life_days=365, opening=1))
    assert "pass the rules" in refused(ledger, "anna", cx.CapitalRules(loss_weight=2))


def test_what_cannot_be_stated_is_said():
    ledger = cx.capital_ledger(experiences([1, -1], [0, 365]), YEAR)
    assert "until needs the rules" in refused(ledger, "anna", until="2026-10")
    assert "no entry before 2025-01-01 00:00; the first is of 2026-01-01" in refused(ledger, "anna", YEAR, until="2024")
    for until in ("soon", 2026, pd.NaT, ["2026-10"]):
        assert "until must be a month, a day or a time" in refused(ledger, "anna", YEAR, until=until)
    assert "not sorted" in refused(ledger.iloc[::-1], "anna")
    with pytest.raises(MissingColumnError, match="capital"):
        cx.statement(ledger.drop(columns="capital"), "anna")


def test_every_statement_of_the_demo_adds_up():
    study = cx.load_study(DEMO)
    rules = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    ledger = cx.capital_ledger(cx.experiences(study, rules), rules, cases=study.cases)
    last = cx.customer_months(ledger, rules, until="2026-10")
    last = last[last["month"] == "2026-10-01"].set_index("customer_id")["capital"]
    for customer, entries in ledger.groupby("customer_id", sort=False):
        stated = cx.statement(entries, customer, rules, until="2026-10")
        assert_adds_up(stated)
        assert stated["balance"].iloc[-1] == pytest.approx(last[customer], abs=1e-12)
    assert len(last) == ledger["customer_id"].nunique()
