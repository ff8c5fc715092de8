"""The inventory of touchpoints: by hand, and against the same in plain pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.rules import CapitalRules
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.intervals import bounded_mean_interval
from cxlib.touchpoints.counting import counts_and_amounts
from cxlib.touchpoints.inventory import customer_years, touchpoint_inventory

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
TOUCHPOINTS = pd.DataFrame(
    {
        "touchpoint": ["order", "invoice", "letter"],
        "phase": ["purchase", "payment", "payment"],
        "potential": [0.9, 0.5, 0.1],
        "required": [False, True, False],
        "cost_per_contact": [10.0, 2.0, 1.0],
        "owners": ["Sales", "Billing;IT", None],
    }
)


def inventory_of(rules=CapitalRules(loss_weight=2), touchpoints=TOUCHPOINTS, **options):  # noqa: B008
    ledger = capital_ledger(EXPERIENCES, rules, options.pop("cases", None))
    return touchpoint_inventory(EXPERIENCES, ledger, touchpoints, **options).set_index("touchpoint")


def test_what_each_touchpoint_carries_and_drains_by_hand():
    inventory = inventory_of()
    # invoice could add 0.5 · (5 − −4) = 4.5, order 0.9 · (1 − 1) = 0; of the letter nothing is known
    assert inventory.index.tolist() == ["invoice", "order", "letter"]
    assert inventory["headroom"].tolist()[:2] == [4.5, 0] and np.isnan(inventory.loc["letter", "headroom"])
    assert inventory["weight_met"].tolist() == [5, 1, 0]
    assert inventory["n_experiences"].tolist() == [3, 1, 0]
    assert inventory["n_customers"].tolist() == [2, 1, 0]
    assert inventory["capital_carried"].tolist() == [2, 1, 0]
    assert inventory["capital_drained"].tolist() == [-6, 0, 0]
    assert inventory["net_capital"].tolist() == [-4, 1, 0]
    assert inventory.loc["invoice", "share_negative"] == pytest.approx(2 / 3)
    assert inventory["phase"].tolist() == ["payment", "purchase", "payment"]
    assert inventory.loc["letter", ["mean_experience", "low_mean"]].isna().all()
    assert inventory["required"].tolist() == [True, False, False]
    assert inventory["cost_per_contact"].tolist() == [2, 10, 1]


def test_all_good_experiences_would_add_the_headroom():
    """With a potential of 1 the headroom is what the net would rise by if every experience were a gain."""
    now = inventory_of(touchpoints=TOUCHPOINTS.assign(potential=1.0)).loc["invoice"]
    better = EXPERIENCES.assign(gap=1.0, experience=1)
    then = touchpoint_inventory(better, capital_ledger(better)).set_index("touchpoint").loc["invoice"]
    assert then["net_capital"] - now["net_capital"] == now["headroom"] == 9


def test_the_largest_headroom_comes_first_and_an_unknown_one_last():
    touchpoints = TOUCHPOINTS.assign(potential=[np.nan, 0.5, 0.1])
    assert inventory_of(touchpoints=touchpoints).index.tolist() == ["invoice", "order", "letter"]
    unknown = inventory_of(touchpoints=TOUCHPOINTS.assign(potential=np.nan))
    assert unknown.index[0] == "invoice", "what drains most comes first among the unknown"
    assert unknown["headroom"].isna().all()


def test_what_was_recovered_stands_apart():
    cases = pd.DataFrame(
        {
            "customer_id": ["a"],
            "touchpoint": ["invoice"],
            "opened_at": pd.to_datetime(["2026-01-01"], utc=True),
            "customer_informed_at": pd.to_datetime(["2026-01-02"], utc=True),
        }
    )
    inventory = inventory_of(CapitalRules(loss_weight=2, resolved_loss_weight=1), cases=cases)
    assert inventory.loc["invoice", ["capital_drained", "capital_recovered", "net_capital"]].tolist() == [-6, 1, -3]
    assert inventory.loc["invoice", "n_customers"] == 2, "the closing of a case is no experience"


def test_customers_are_counted_in_a_sorted_ledger_and_the_closing_of_a_case_is_left_out():
    ledger = capital_ledger(EXPERIENCES)
    closing = ledger.iloc[[1]].assign(customer_id="a", touchpoint="invoice", kind="recovery", amount=1.0)
    with_case = pd.concat([ledger.iloc[:2], closing, ledger.iloc[2:]], ignore_index=True)
    _, amounts = counts_and_amounts(EXPERIENCES, with_case)
    assert dict(zip(amounts.names, amounts.n_customers, strict=True)) == {"invoice": 2, "order": 1}
    assert dict(zip(amounts.names, amounts.n_entries, strict=True)) == {"invoice": 3, "order": 1}
    assert amounts.n_customers_in_all == 2
    assert counts_and_amounts(EXPERIENCES, ledger.iloc[::-1])[1].n_customers is None, "not sorted"


def test_the_net_of_all_touchpoints_is_what_the_ledger_moved_there():
    ledger = capital_ledger(EXPERIENCES)
    inventory = touchpoint_inventory(EXPERIENCES, ledger)
    assert inventory["net_capital"].sum() == ledger.loc[ledger["touchpoint"].notna(), "amount"].sum()


def test_how_often_a_touchpoint_is_met_counts_every_contact():
    unmeasured = EXPERIENCES.assign(customer_id="c", occurred_at=EXPERIENCES["occurred_at"] + pd.Timedelta(days=361.25))
    inventory = inventory_of(contacts=pd.concat([EXPERIENCES, unmeasured]))
    # three customers, and from the first contact to the last a year of 365.25 days
    assert inventory.loc["invoice", "n_contacts"] == 6 and inventory.loc["invoice", "n_experiences"] == 3
    assert inventory.loc["invoice", "customer_years"] == pytest.approx(3)
    assert inventory.loc["invoice", "contacts_per_customer_year"] == pytest.approx(2)


def test_a_customer_counts_from_joining_to_leaving():
    contacts = pd.DataFrame(
        {
            "customer_id": ["a", "b", "stranger"],
            "occurred_at": pd.to_datetime(["2024-01-01", "2025-12-31", "2025-01-01"]).tz_localize("America/Sao_Paulo"),
        }
    )
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            # midnight of that day does not exist in São Paulo
            "joined_on": pd.to_datetime(["2017-10-15", "2025-01-01"]),
            "churned_on": pd.to_datetime(["2024-07-01", None]),
        }
    )
    days = 182 + 364 + 730  # a until she left, b from when he joined, the stranger all the time
    assert customer_years(contacts, customers) == pytest.approx(days / 365.25)
    assert customer_years(contacts) == pytest.approx(3 * 730 / 365.25)
    assert customer_years(contacts.iloc[:0], customers) == 0
    # whoever left before the first contact, or joined after the last, could not be met
    away = pd.DataFrame(
        {
            "customer_id": ["c", "d"],
            "joined_on": pd.to_datetime(["2020-01-01", "2027-01-01"]),
            "churned_on": pd.to_datetime(["2022-01-01", None]),
        }
    )
    assert customer_years(contacts, pd.concat([customers, away])) == pytest.approx(days / 365.25)


def test_missing_columns_double_touchpoints_and_missing_experiences_are_named():
    ledger = capital_ledger(EXPERIENCES)
    with pytest.raises(MissingColumnError, match="experiences lacks 'phase'"):
        touchpoint_inventory(EXPERIENCES.drop(columns="phase"), ledger)
    with pytest.raises(MissingColumnError, match="ledger lacks 'kind'"):
        touchpoint_inventory(EXPERIENCES, ledger.drop(columns="kind"))
    with pytest.raises(ParameterError, match="more than once: 'order'"):
        touchpoint_inventory(EXPERIENCES, ledger, pd.concat([TOUCHPOINTS, TOUCHPOINTS]))
    with pytest.raises(ParameterError, match="an experience is missing"):
        touchpoint_inventory(EXPERIENCES.assign(experience=[np.nan, 1, 1, 1, 1]), ledger)


def plainly(experiences: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """The inventory as pandas would make it, one aggregation at a time."""
    met = experiences.assign(negative=experiences["experience"] < 0).groupby("touchpoint")
    plain = met.agg(
        phase=("phase", "first"),
        n_experiences=("experience", "size"),
        n_customers=("customer_id", "nunique"),
        mean_experience=("experience", "mean"),
        sd=("experience", "std"),
        share_negative=("negative", "mean"),
        weight_met=("weight", "sum"),
    )
    low, high = bounded_mean_interval(
        plain["mean_experience"], plain["sd"], plain["n_experiences"], lowest=-1, highest=1
    )
    amounts = ledger.pivot_table(index="touchpoint", columns="kind", values="amount", aggfunc="sum", observed=False)
    amounts = amounts.reindex(index=plain.index, columns=["gain", "loss", "recovery"]).fillna(0.0)
    return plain.drop(columns="sd").assign(
        low_mean=low,
        high_mean=high,
        capital_carried=amounts["gain"],
        capital_drained=amounts["loss"],
        capital_recovered=amounts["recovery"],
        net_capital=amounts.sum(axis=1),
    )


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["C1", "C02", "å", "b", "C2"]),
        st.sampled_from(["order", "faktura", "brev", None]),
        st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]),
        st.sampled_from([0.5, 1.0, 2.0]),
    ),
    min_size=1,
    max_size=40,
)


@given(rows=ROWS, text=st.sampled_from(["str", "object", "category"]), in_order=st.booleans())
def test_it_equals_plain_pandas_whatever_the_types_and_the_order(rows, text, in_order):
    customer, touchpoint, gap, weight = zip(*rows, strict=True)
    experiences = pd.DataFrame({"customer_id": customer, "touchpoint": touchpoint, "gap": gap, "weight": weight})
    experiences["occurred_at"] = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(range(len(rows)), unit="D")
    phase = experiences["touchpoint"].map({"order": "purchase", "faktura": "payment", "brev": "payment"})
    experiences = experiences.assign(phase=phase, experience=np.sign(experiences["gap"]).astype("int8"))
    experiences = experiences.astype({"customer_id": "str", "touchpoint": "str", "phase": "str"})
    ledger = capital_ledger(experiences, CapitalRules(loss_weight=2.25))
    given_frames = experiences.astype({"touchpoint": text, "customer_id": text}), ledger
    if not in_order:
        given_frames = given_frames[0], ledger.sample(frac=1, random_state=1)
    before = [frame.copy() for frame in given_frames]
    found = touchpoint_inventory(*given_frames).set_index("touchpoint").sort_index()
    expected = plainly(experiences, ledger)
    found.index = found.index.astype("str")
    pd.testing.assert_frame_equal(
        found[expected.columns], expected, check_dtype=False, check_names=False, check_index_type=False, rtol=1e-12
    )
    for frame, kept in zip(given_frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, kept)


def test_a_ledger_of_other_experiences_does_not_count_the_customers():
    ledger = capital_ledger(EXPERIENCES.iloc[:2])
    assert touchpoint_inventory(EXPERIENCES, ledger).set_index("touchpoint").loc["invoice", "n_customers"] == 2
    nobody = touchpoint_inventory(EXPERIENCES.iloc[:0], ledger.iloc[:0], TOUCHPOINTS)
    assert nobody["n_experiences"].tolist() == [0, 0, 0] and nobody["contacts_per_customer_year"].isna().all()
