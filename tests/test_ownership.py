"""Departments and their touchpoints, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import cxlib as cx

TOUCHPOINTS = pd.DataFrame(
    {
        "touchpoint": ["Invoice", "Order", "Advert", "Letter"],
        "phase": ["payment", "purchase", "purchase", "payment"],
        "stage": ["use", "purchase", "awareness", None],
        "owners": ["Billing; IT", "Sales;IT;Sales", "Marketing", None],
    }
)


def inventory(**changes) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "touchpoint": ["Invoice", "Order", "Advert", "Letter", "Unlisted"],
            "phase": ["payment", "purchase", "purchase", "payment", "consumption"],
            "n_experiences": [10, 20, 0, 8, 6],
            "n_customers": [9, 20, 0, 8, 6],
            "share_negative": [0.4, 0.1, np.nan, 0.0, 0.5],
            "capital_carried": [6.0, 18.0, 0.0, 8.0, 3.0],
            "capital_drained": [-9.0, -4.5, 0.0, 0.0, -6.75],
            "capital_recovered": [1.0, 0.0, 0.0, 0.0, 0.0],
            "net_capital": [-2.0, 13.5, 0.0, 8.0, -3.75],
        }
    )
    return rows.assign(**changes)


def test_every_touchpoint_with_each_department():
    rows = cx.touchpoint_owners(TOUCHPOINTS, inventory())
    assert list(zip(rows["touchpoint"], rows["department"].fillna("-"), strict=True)) == [
        ("Invoice", "Billing"),
        ("Invoice", "IT"),
        ("Order", "Sales"),
        ("Order", "IT"),  # named twice is one department
        ("Advert", "Marketing"),
        ("Letter", "-"),
        ("Unlisted", "-"),  # met, but no table describes it
    ]
    assert rows["n_owners"].tolist() == [2, 2, 2, 2, 1, 0, 0]
    assert rows["part"].astype("object").fillna("-").tolist() == ["after"] * 2 + ["during"] * 2 + ["before", "-", "-"]
    assert rows["phase"].tolist() == ["payment"] * 2 + ["purchase"] * 3 + ["payment", "consumption"]
    assert rows["is_shown"].tolist() == [True] * 4 + [False, True, True]
    wilson = stats.binomtest(4, 10).proportion_ci(method="wilson")
    assert rows.loc[0, ["low_negative", "high_negative"]].tolist() == pytest.approx([wilson.low, wilson.high])


def test_shared_touchpoints_lowest_net_first():
    shared = cx.shared_touchpoints(TOUCHPOINTS, inventory())
    assert shared["touchpoint"].tolist() == ["Invoice", "Order"]
    assert shared["owners"].tolist() == [("Billing", "IT"), ("Sales", "IT")]
    assert shared["n_owners"].tolist() == [2, 2]
    assert shared["net_capital"].tolist() == [-2, 13.5]


def test_a_shared_touchpoint_counts_in_full_for_each_department():
    found = cx.ownership(TOUCHPOINTS, inventory())
    assert found["department"].fillna("-").tolist() == ["Billing", "IT", "Sales", "Marketing", "-"]
    it = found.iloc[1]
    assert (it["n_touchpoints"], it["n_shared"], it["n_shown"], it["n_experiences"]) == (2, 2, 2, 30)
    assert (it["capital_carried"], it["capital_drained"], it["net_capital"]) == (24, -13.5, 11.5)
    assert it["share_negative"] == pytest.approx(6 / 30)
    marketing, nobody = found.iloc[3], found.iloc[4]
    assert marketing["n_touchpoints"] == 1 and marketing["n_shown"] == 0
    assert found["n_shared"].tolist() == [1, 2, 1, 0, 0]
    assert np.isnan(marketing["net_capital"]) and np.isnan(marketing["share_negative"])
    assert (nobody["n_touchpoints"], nobody["net_capital"]) == (2, 4.25)


def test_a_department_adds_up_shown_touchpoints_only():
    few = inventory(n_customers=[3, 20, 0, 8, 6])
    rows = cx.touchpoint_owners(TOUCHPOINTS, few).drop_duplicates("touchpoint").set_index("touchpoint")
    # Letter is the other half of its phase, and would give the invoice away
    assert rows["is_shown"].tolist() == [False, True, False, False, True]
    found = cx.ownership(TOUCHPOINTS, few).set_index("department")
    assert found.loc["IT", ["n_touchpoints", "n_shown", "n_experiences", "net_capital"]].tolist() == [2, 1, 20, 13.5]
    assert np.isnan(found.loc["Billing", "net_capital"])
    assert cx.shared_touchpoints(TOUCHPOINTS, few)["touchpoint"].tolist() == ["Order", "Invoice"]


def test_what_is_hidden_in_the_inventory_stays_hidden():
    figures = ["share_negative", "capital_carried", "capital_drained", "capital_recovered", "net_capital"]
    hidden = inventory()
    hidden.loc[hidden["phase"] == "payment", figures] = np.nan
    found = cx.ownership(TOUCHPOINTS, hidden).set_index("department")
    assert np.isnan(found.loc["Billing", "capital_drained"]) and found.loc["IT", "capital_drained"] == -4.5


def test_no_owners_at_all():
    bare = TOUCHPOINTS[["touchpoint", "phase"]]
    assert cx.shared_touchpoints(bare, inventory()).empty
    found = cx.ownership(bare, inventory())
    assert found["department"].isna().tolist() == [True] and found["n_touchpoints"].tolist() == [5]
    nothing = cx.touchpoint_owners(TOUCHPOINTS.iloc[:0], inventory().iloc[:0])
    assert nothing.empty and cx.ownership(TOUCHPOINTS.iloc[:0], inventory().iloc[:0]).empty


def test_errors_say_what_and_where():
    with pytest.raises(cx.MissingColumnError, match="inventory lacks 'net_capital'"):
        cx.ownership(TOUCHPOINTS, inventory().drop(columns="net_capital"))
    with pytest.raises(cx.ParameterError, match="touchpoints lists a touchpoint more than once: 'Invoice'"):
        cx.ownership(pd.concat([TOUCHPOINTS, TOUCHPOINTS]), inventory())
    with pytest.raises(cx.ParameterError, match="smallest_base must be at least 1"):
        cx.shared_touchpoints(TOUCHPOINTS, inventory(), smallest_base=0)


@given(
    owners=st.lists(st.lists(st.sampled_from(["A", "B", "C"]), max_size=3), min_size=4, max_size=4),
    n_customers=st.lists(st.integers(0, 30), min_size=5, max_size=5),
    seed=st.integers(0, 9),
)
def test_properties(owners, n_customers, seed):
    touchpoints = TOUCHPOINTS.assign(owners=[";".join(names) or None for names in owners])
    met = inventory(n_customers=n_customers, n_experiences=n_customers)
    before = met.copy(deep=True), touchpoints.copy(deep=True)
    rows, found = cx.touchpoint_owners(touchpoints, met), cx.ownership(touchpoints, met)
    pd.testing.assert_frame_equal(met, before[0])
    pd.testing.assert_frame_equal(touchpoints, before[1])
    assert found["n_touchpoints"].sum() == len(rows)
    assert (found["n_shared"] <= found["n_touchpoints"]).all() and (found["n_shown"] <= found["n_touchpoints"]).all()
    assert rows["net_capital"].where(rows["is_shown"]).sum() == pytest.approx(found["net_capital"].sum())
    assert (rows.loc[rows["is_shown"], "n_customers"] >= 5).all()
    shuffled = cx.ownership(touchpoints.sample(frac=1, random_state=seed), met.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(found, shuffled)
