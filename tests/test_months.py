import pandas as pd
import pytest

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.months import customer_months
from cxlib.capital.rules import CapitalRules
from cxlib.errors import ParameterError

ZONE = "Europe/Stockholm"


def experiences(rows) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [row[0] for row in rows],
            "occurred_at": [pd.Timestamp(row[1], tz=ZONE) for row in rows],
            "gap": [float(row[2]) for row in rows],
        }
    )


def months_of(rows, rules=None, until=None) -> pd.DataFrame:
    rules = rules or CapitalRules()
    return customer_months(capital_ledger(experiences(rows), rules), rules, until)


def test_two_customers_by_hand():
    months = months_of(
        [("anna", "2026-01-05", 1), ("anna", "2026-01-20", -1), ("anna", "2026-03-02", 1), ("bo", "2026-02-10", 1)],
        CapitalRules(loss_weight=2),
    )
    assert months["customer_id"].tolist() == ["anna", "anna", "anna", "bo", "bo"]
    assert months["month"].dt.strftime("%Y-%m").tolist() == ["2026-01", "2026-02", "2026-03", "2026-02", "2026-03"]
    assert months["capital"].tolist() == [-1, -1, 0, 1, 1]
    assert months["gains"].tolist() == [1, 0, 1, 1, 0]
    assert months["losses"].tolist() == [-2, 0, 0, 0, 0]
    assert months["n_experiences"].tolist() == [2, 0, 1, 1, 0]
    assert months["n_losses"].tolist() == [1, 0, 0, 0, 0]


def test_capital_is_decayed_to_the_end_of_the_month():
    # a gain on 1 January; February begins 31 days later
    months = months_of([("anna", "2026-01-01", 1)], CapitalRules(half_life_days=31))
    assert months["capital"].tolist() == pytest.approx([0.5])


def test_a_month_ends_at_midnight_in_the_studys_timezone():
    # 23:30 on 31 January in Stockholm is 22:30 in UTC; 00:30 on 1 February is still January in UTC
    months = months_of([("anna", "2026-01-31 23:30", 1), ("anna", "2026-02-01 00:30", 1)])
    assert months["n_experiences"].tolist() == [1, 1]


def test_a_month_with_a_clock_change_decays_by_its_true_length():
    # 1 March 00:00 to 1 April 00:00 in Stockholm is 31 days less one hour
    rules = CapitalRules(half_life_days=31 - 1 / 24)
    assert months_of([("anna", "2026-03-01", 1)], rules)["capital"].tolist() == pytest.approx([0.5], rel=1e-12)


@pytest.mark.parametrize("until", ["2026-04", pd.Timestamp("2026-04-12", tz=ZONE), pd.Period("2026-04", "M")])
def test_until_carries_the_balance_on(until):
    months = months_of([("anna", "2026-02-10", 1)], until=until)
    assert months["month"].dt.month.tolist() == [2, 3, 4]


def test_until_leaves_later_entries_out():
    months = months_of([("anna", "2026-01-10", 1), ("anna", "2026-03-10", 1), ("bo", "2026-03-01", 1)], until="2026-02")
    assert months["customer_id"].tolist() == ["anna", "anna"]
    assert months["capital"].tolist() == [1, 1]


def test_recoveries_stand_apart_from_gains():
    rules = CapitalRules(loss_weight=3, resolved_loss_weight=1)
    cases = pd.DataFrame(
        {
            "customer_id": ["anna"],
            "opened_at": [pd.Timestamp("2026-01-11", tz=ZONE)],
            "customer_informed_at": [pd.Timestamp("2026-02-01", tz=ZONE)],
        }
    )
    ledger = capital_ledger(experiences([("anna", "2026-01-10", -1)]), rules, cases)
    months = customer_months(ledger, rules)
    assert months["recoveries"].tolist() == [0, 2]
    assert months["gains"].tolist() == [0, 0]
    assert months["n_experiences"].tolist() == [1, 0]
    assert months["capital"].tolist() == [-3, -1]


def test_without_decay_months_add_up_to_the_ledger():
    rows = [(c, f"2026-{m:02d}-{d:02d}", g) for c in "abc" for m, d, g in [(1, 3, 1), (2, 9, -1), (4, 7, 0.5)]]
    months = months_of(rows, CapitalRules(loss_weight=2.25))
    total = months[["gains", "losses", "recoveries"]].sum(axis=1).groupby(months["customer_id"]).cumsum()
    assert total.tolist() == pytest.approx(months["capital"].tolist())


def test_an_empty_ledger_gives_no_months():
    months = months_of([])
    assert months.empty
    assert months["n_losses"].dtype == "int64"


def test_an_unsorted_ledger_is_refused():
    ledger = capital_ledger(experiences([("anna", "2026-01-05", 1), ("bo", "2026-01-05", 1)]))
    with pytest.raises(ParameterError, match="not sorted by customer"):
        customer_months(pd.concat([ledger, ledger]))


def test_a_ledger_unsorted_in_time_or_of_unknown_kinds_is_refused():
    ledger = capital_ledger(experiences([("anna", "2026-01-05", 1), ("anna", "2026-02-05", 1)]))
    with pytest.raises(ParameterError, match="not sorted by customer and time"):
        customer_months(ledger.iloc[::-1])
    with pytest.raises(ParameterError, match="unknown kind"):
        customer_months(ledger.assign(kind="win"))


def test_a_ledger_read_back_from_text_counts_the_same():
    rules = CapitalRules(loss_weight=2)
    ledger = capital_ledger(experiences([("anna", "2026-01-05", -1), ("anna", "2026-01-06", -1)]), rules)
    for kind in (ledger["kind"].astype("str"), ledger["kind"].cat.remove_unused_categories()):
        assert customer_months(ledger.assign(kind=kind), rules)["n_losses"].tolist() == [2]


@pytest.mark.parametrize("zone, month", [("America/Asuncion", "2017-10"), ("America/Havana", "2020-11")])
def test_a_month_may_begin_at_a_midnight_that_the_clock_skips_or_repeats(zone, month):
    rows = experiences([("anna", "2017-08-05", 1)])
    rows["occurred_at"] = rows["occurred_at"].dt.tz_convert(zone)
    assert customer_months(capital_ledger(rows), until=month)["month"].max() == pd.Timestamp(month)


def test_until_is_read_on_the_ledgers_clock():
    months = months_of([("anna", "2026-01-10", 1)], until=pd.Timestamp("2026-03-31 23:30", tz="UTC"))
    assert months["month"].dt.month.max() == 4


@pytest.mark.parametrize("until", ["soon", pd.NaT])
def test_an_until_that_is_no_time_is_refused(until):
    with pytest.raises(ParameterError, match="until must be a month"):
        months_of([("anna", "2026-01-10", 1)], until=until)
