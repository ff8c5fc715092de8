import pandas as pd
import pytest

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.rules import CapitalRules
from cxlib.touchpoints import touchpoint_inventory

EXPERIENCES = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "b", "b"],
        "occurred_at": pd.to_datetime([f"2026-01-0{d}" for d in range(1, 6)], utc=True),
        "touchpoint": ["invoice", "order", "invoice", "invoice", None],
        "phase": ["payment", "purchase", "payment", "payment", None],
        "gap": [-1.0, 1, 1, -1, 1],
        "experience": [-1, 1, 1, -1, 1],
        "weight": [1.0, 1, 2, 2, 1],
    }
)
TOUCHPOINTS = pd.DataFrame({"touchpoint": ["order", "invoice", "letter"], "phase": ["purchase", "payment", "payment"]})


def test_what_each_touchpoint_carries_and_drains_by_hand():
    ledger = capital_ledger(EXPERIENCES, CapitalRules(loss_weight=2))
    inventory = touchpoint_inventory(EXPERIENCES, ledger, TOUCHPOINTS).set_index("touchpoint")
    assert inventory.index.tolist() == ["invoice", "order", "letter"]
    assert inventory["n_experiences"].tolist() == [3, 1, 0]
    assert inventory["capital_carried"].tolist() == [2, 1, 0]
    assert inventory["capital_drained"].tolist() == [-6, 0, 0]
    assert inventory["net_capital"].tolist() == [-4, 1, 0]
    assert inventory.loc["invoice", "share_negative"] == pytest.approx(2 / 3)
    assert inventory["phase"].tolist() == ["payment", "purchase", "payment"]
    assert inventory.loc["letter", ["mean_experience", "low_mean"]].isna().all()


def test_what_was_recovered_stands_apart():
    cases = pd.DataFrame(
        {
            "customer_id": ["a"],
            "touchpoint": ["invoice"],
            "opened_at": pd.to_datetime(["2026-01-01"], utc=True),
            "customer_informed_at": pd.to_datetime(["2026-01-02"], utc=True),
        }
    )
    rules = CapitalRules(loss_weight=2, resolved_loss_weight=1)
    inventory = touchpoint_inventory(EXPERIENCES, capital_ledger(EXPERIENCES, rules, cases)).set_index("touchpoint")
    assert inventory.loc["invoice", ["capital_drained", "capital_recovered", "net_capital"]].tolist() == [-6, 1, -3]


def test_the_net_of_all_touchpoints_is_what_the_ledger_moved_there():
    ledger = capital_ledger(EXPERIENCES)
    inventory = touchpoint_inventory(EXPERIENCES, ledger)
    assert inventory["net_capital"].sum() == ledger.loc[ledger["touchpoint"].notna(), "amount"].sum()
