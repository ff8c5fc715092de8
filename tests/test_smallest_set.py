"""The smallest set of touchpoints: by hand, against trying every set, and what it refuses."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.errors import MissingColumnError, ParameterError
from cxlib.touchpoints.programme import Programme
from cxlib.touchpoints.smallest_set import smallest_touchpoint_set
from cxlib.touchpoints.trade_off import smallest_sets_by_capital

# Invoice must stay; phone is dear and replaceable; the letter drains; only the quote lets one compare.
TOUCHPOINTS = pd.DataFrame(
    {
        "touchpoint": ["invoice", "phone", "chat", "letter", "quote"],
        "phase": ["payment", "consumption", "consumption", "payment", "purchase"],
        "needs": ["pay", "get help", "get help; know", "know", "compare"],
        "required": [True, False, False, False, False],
        "cost_per_contact": [1.0, 50.0, 5.0, 2.0, 4.0],
    }
)
INVENTORY = pd.DataFrame(
    {
        "touchpoint": ["invoice", "phone", "chat", "letter", "quote"],
        "n_contacts": [100, 10, 20, 30, 5],
        "n_customers": [50, 10, 20, 30, 5],
        "capital_carried": [20.0, 6, 5, 1, 3],
        "net_capital": [10.0, 4, 2, -6, 3],
    }
)


def reasons(found):
    return found.touchpoints.set_index("touchpoint")["reason"].to_dict()


def test_what_goes_and_what_stays_by_hand():
    found = smallest_touchpoint_set(TOUCHPOINTS, INVENTORY)
    assert found.dropped == ("letter",)
    assert reasons(found) == {
        "letter": "drains",
        "phone": "carries",
        "invoice": "required",
        "chat": "covers",
        "quote": "only_one",
    }
    assert (found.cost_before, found.cost_after, found.saved_cost) == (780, 720, 60)
    # without the letter (−6) the net rises from 13 to 19; that pays for no other
    assert (found.capital_before, found.capital_after) == (13, 19)
    assert (found.contribution_before, found.contribution_after, found.contribution_floor) == (19, 19, 19)
    assert (found.n_before, found.n_kept) == (5, 4)
    assert found.needs == ("compare", "get help", "know", "pay")
    assert found.touchpoints.set_index("touchpoint").loc["chat", "only_for"] == "know"
    assert repr(found) == "<SmallestTouchpointSet: 4 of 5 touchpoints stay; letter can go>"


def test_what_carries_goes_only_as_far_as_capital_is_given_up():
    def dropped(share):
        return smallest_touchpoint_set(TOUCHPOINTS, INVENTORY, capital_given_up=share).dropped

    # of 19 the chat carries 2 (10.5 %), the phone 4 (21.1 %); without the chat the letter alone says what is new
    assert dropped(0.10) == ("letter",)
    assert dropped(0.11) == dropped(0.21) == ("chat",)
    assert dropped(0.22) == dropped(1) == ("phone", "letter")
    found = smallest_touchpoint_set(TOUCHPOINTS, INVENTORY, capital_given_up=0.22)
    assert (found.contribution_after, found.contribution_floor) == (15, pytest.approx(0.78 * 19))
    assert reasons(found)["phone"] == "covered" and found.capital_after == 15


def test_all_stay_that_carry_though_their_needs_are_met():
    found = smallest_touchpoint_set(TOUCHPOINTS, INVENTORY.assign(net_capital=[10.0, 4, 2, 0.5, 3]))
    assert found.dropped == () and reasons(found)["phone"] == reasons(found)["letter"] == "carries"


def test_what_drains_stays_where_only_it_meets_a_need_and_lets_none_that_carries_go():
    inventory = INVENTORY.assign(net_capital=[10.0, 400, 2, -600, -300])
    found = smallest_touchpoint_set(TOUCHPOINTS, inventory)
    assert found.dropped == ("letter",) and found.capital_after == 112


def test_what_is_asked_to_stay_stays_and_what_must_go_goes():
    kept = smallest_touchpoint_set(TOUCHPOINTS, INVENTORY, keep="letter")
    assert kept.dropped == () and reasons(kept)["letter"] == "asked"
    # the chat and the quote carry 5 of 19
    found = smallest_touchpoint_set(
        TOUCHPOINTS, INVENTORY, without=["chat"], needs=["get help", "pay"], capital_given_up=0.27
    )
    assert reasons(found) == {
        "chat": "excluded",
        "letter": "drains",
        "quote": "no_need",  # none of those asked for
        "phone": "covers",
        "invoice": "required",
    }
    assert found.capital_after == 14


def test_of_equally_cheap_sets_the_one_with_most_capital_then_fewest_then_the_first_names():
    names = ["b", "a", "c"]
    touchpoints = pd.DataFrame({"touchpoint": names, "needs": "x", "cost_per_contact": 1.0})
    inventory = pd.DataFrame(
        {"touchpoint": names, "n_contacts": 1, "n_customers": 9, "capital_carried": 0.0, "net_capital": [0.0, 0, 0]}
    )
    assert smallest_touchpoint_set(touchpoints, inventory).dropped == ("b", "c")
    assert smallest_touchpoint_set(touchpoints, inventory.assign(net_capital=[0, 0, 0.5])).dropped == ("a", "b")
    drains = inventory.assign(net_capital=[-1.0, -2, -3])
    assert smallest_touchpoint_set(touchpoints, drains).dropped == ("a", "c"), "the one that drains least"
    free = touchpoints.assign(cost_per_contact=0.0)
    assert smallest_touchpoint_set(free, inventory).n_kept == 1, "the fewest"
    assert smallest_touchpoint_set(free, inventory.assign(net_capital=[1.0, 0, 2])).dropped == ("a",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"needs": ["get hlp", "pay"]}, "no touchpoint meets a need: 'get hlp'; did you mean 'get help'"),
        ({"without": ["quote"]}, r"nothing would meet a need: 'compare' \(met by 'quote'\)"),
        ({"without": ["chat", "phone"]}, r"a need: 'get help' \(met by 'chat', 'phone'\)"),
        ({"without": ["invoice"]}, "'invoice', which is required"),
        ({"without": ["phone"], "keep": ["phone"]}, "'phone' stands in keep and in without"),
        ({"keep": ["fone"]}, "keep names 'fone', which is no touchpoint of the study; did you mean 'phone'"),
        ({"objective": "costs"}, "objective is 'costs'; allowed: cost, count; did you mean 'cost'"),
        ({"capital_given_up": 1.5}, "capital_given_up is 1.5; allowed: 0 to 1"),
        ({"capital_given_up": -0.05}, "capital_given_up is -0.05; allowed: 0 to 1"),
        ({"capital_given_up": np.nan}, "capital_given_up is nan; allowed: 0 to 1"),
        (
            {"without": ["chat", "letter"], "needs": ["pay"], "capital_given_up": 0.1},
            r"without 'chat' 2\.0 of the 19\.0 that touchpoints carry net would go, and capital_given_up=0\.1 allows "
            r"1\.9; allow capital_given_up=0\.106, or take one of them out of without",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(options, message):
    with pytest.raises(ParameterError, match=message):
        smallest_touchpoint_set(TOUCHPOINTS, INVENTORY, **options)


def test_a_missing_cost_is_named_and_counting_needs_none():
    touchpoints = TOUCHPOINTS.assign(cost_per_contact=[1.0, np.nan, 5, 2, np.nan])
    with pytest.raises(ParameterError, match=r"2 touchpoints have no cost_per_contact: 'phone', 'quote'.*'count'"):
        smallest_touchpoint_set(touchpoints, INVENTORY, objective="cost")
    found = smallest_touchpoint_set(touchpoints, INVENTORY)
    assert found.objective == "count", "unless it is asked for, cost counts only where all of it is known"
    assert found.n_kept == 4 and np.isnan(found.saved_cost)
    unmet = INVENTORY.assign(n_contacts=[100, 0, 20, 30, 0])
    assert smallest_touchpoint_set(touchpoints, unmet).cost_before == 260, "what nobody met has cost nothing"


def test_a_touchpoint_that_stands_in_one_frame_alone_belongs_to_the_choice():
    found = smallest_touchpoint_set(TOUCHPOINTS, INVENTORY.iloc[:4], objective="count")
    assert found.n_before == 5 and reasons(found)["quote"] == "only_one"
    found = smallest_touchpoint_set(TOUCHPOINTS.iloc[:4], INVENTORY, objective="count", capital_given_up=0.5)
    assert reasons(found)["quote"] == "no_need"
    with pytest.raises(MissingColumnError, match="touchpoints lacks 'needs'"):
        smallest_touchpoint_set(TOUCHPOINTS.drop(columns="needs"), INVENTORY)


def best_by_trying(touchpoints, inventory, objective, given_up):
    """(price, −capital, number) of the best of all sets."""
    rows = touchpoints.merge(inventory, on="touchpoint").sort_values("touchpoint", ignore_index=True)
    price = (rows["cost_per_contact"] * rows["n_contacts"]).to_numpy() if objective == "cost" else np.ones(len(rows))
    capital, required = rows["net_capital"].to_numpy(), rows["required"].to_numpy()
    met = [set(cell.split(";")) - {""} for cell in rows["needs"]]
    every, counted = set().union(*met), np.maximum(capital, 0)
    floor = (1 - given_up) * counted.sum()
    best = None
    for kept in product([False, True], repeat=len(rows)):
        kept = np.array(kept)
        covered = set().union(*(one for one, stays in zip(met, kept, strict=True) if stays))
        if covered == every and (kept | ~required).all() and counted[kept].sum() >= floor - 1e-9:
            found = (price[kept].sum(), -capital[kept].sum(), kept.sum())
            best = found if best is None else min(best, found)
    return best


@st.composite
def choices(draw, most=12):
    n = draw(st.integers(1, most))
    needs = draw(st.lists(st.sets(st.sampled_from("pqrstuv"), max_size=3), min_size=n, max_size=n))
    numbers = st.integers(0, 6)
    column = st.lists(numbers, min_size=n, max_size=n)
    names = [f"t{i}" for i in draw(st.permutations(range(n)))]
    carried = draw(column)
    touchpoints = pd.DataFrame(
        {
            "touchpoint": names,
            "needs": [";".join(sorted(each)) for each in needs],
            "required": draw(st.lists(st.sampled_from([False, False, False, True]), min_size=n, max_size=n)),
            "cost_per_contact": np.array(draw(column), float),
        }
    )
    inventory = pd.DataFrame(
        {
            "touchpoint": names,
            "n_contacts": [1 + x for x in draw(column)],
            "n_customers": 9,
            "capital_carried": np.array(carried, float),
            "net_capital": np.array(carried, float) - np.array(draw(column)) * 1.25,
        }
    )
    return touchpoints, inventory


@settings(max_examples=60)
@given(frames=choices(), objective=st.sampled_from(["cost", "count"]), given_up=st.sampled_from([0, 0.1, 0.25, 0.5, 1]))
def test_it_is_as_good_as_the_best_of_all_sets_and_there_always_is_one(frames, objective, given_up):
    touchpoints, inventory = frames
    before = touchpoints.copy(), inventory.copy()
    found = smallest_touchpoint_set(touchpoints, inventory, objective=objective, capital_given_up=given_up)
    price = found.cost_after if objective == "cost" else found.n_kept
    assert (price, -found.capital_after, found.n_kept) == pytest.approx(
        best_by_trying(touchpoints, inventory, objective, given_up)
    )
    turned = smallest_touchpoint_set(
        touchpoints.iloc[::-1], inventory.sample(frac=1, random_state=3), objective=objective, capital_given_up=given_up
    )
    pd.testing.assert_frame_equal(turned.touchpoints, found.touchpoints)
    for frame, kept in zip((touchpoints, inventory), before, strict=True):
        pd.testing.assert_frame_equal(frame, kept)


@settings(max_examples=60)
@given(frames=choices(), objective=st.sampled_from(["cost", "count"]), given_up=st.floats(0, 1))
def test_the_net_never_falls_by_more_than_the_share_of_what_is_carried_net(frames, objective, given_up):
    found = smallest_touchpoint_set(*frames, objective=objective, capital_given_up=given_up)
    assert found.contribution_after >= found.contribution_floor - 1e-5
    assert found.capital_after >= found.capital_before - given_up * found.contribution_before - 1e-5
    none_given_up = smallest_touchpoint_set(*frames, objective=objective).touchpoints
    goes = none_given_up[~none_given_up["kept"]]
    assert (goes["net_capital"] <= 0).all()
    for_capital = found.touchpoints["reason"] == "carries"
    assert (found.touchpoints.loc[for_capital, "net_capital"] > 0).all()


@settings(max_examples=15)
@given(frames=choices(most=8))
def test_who_gives_up_more_keeps_no_dearer_set(frames):
    sets = smallest_sets_by_capital(*frames, capital_given_up=[0, 0.2, 0.5, 1])
    totals = sets.groupby("capital_given_up")[["cost_after", "saved_cost"]].first()
    assert (totals["cost_after"].diff().dropna() <= 1e-9).all()
    assert (totals["saved_cost"].diff().dropna() >= -1e-9).all()
    n = len(frames[0])
    assert len(sets) == 4 * n and sets.groupby("capital_given_up")["kept"].sum().tolist() == (
        sets.groupby("capital_given_up")["n_kept"].first().tolist()
    )


def test_the_grid_goes_from_none_to_half():
    sets = smallest_sets_by_capital(TOUCHPOINTS, INVENTORY)
    assert sets["capital_given_up"].unique().tolist() == pytest.approx(np.arange(0, 51, 5) / 100)
    goes = sets[~sets["kept"]].groupby("capital_given_up")["touchpoint"].agg(sorted)
    assert goes.loc[0.0] == ["letter"] and goes.loc[0.15] == ["chat"] and goes.loc[0.5] == ["letter", "phone"]
    at_half = sets[sets["capital_given_up"] == 0.5].iloc[0]
    assert (at_half["contribution_before"], at_half["contribution_after"], at_half["capital_after"]) == (19, 15, 15)
    with pytest.raises(ParameterError, match=r"-0\.05; allowed: 0 to 1"):
        smallest_sets_by_capital(TOUCHPOINTS, INVENTORY, capital_given_up=[-0.05, 0])
    with pytest.raises(ParameterError, match="names no share"):
        smallest_sets_by_capital(TOUCHPOINTS, INVENTORY, capital_given_up=[])


FIGURES = st.lists(st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0]), min_size=5, max_size=5)


@settings(max_examples=60)
@given(
    counted=FIGURES,
    capital=FIGURES,
    stays=st.lists(st.booleans(), min_size=5, max_size=5),
    covers=st.lists(st.lists(st.booleans(), min_size=5, max_size=5), max_size=2),
    floor=st.sampled_from([-2.0, 0.0, 1.0, 3.0]),
)
def test_the_way_without_a_search_finds_what_the_search_finds(counted, capital, stays, covers, floor):
    """Also where what counts towards the floor may drain, as for the payment as a hub."""
    programme = Programme(
        covers=np.array(covers, bool).reshape(-1, 5),
        price=np.ones(5),
        capital=np.array(capital),
        counted=np.array(counted),
        stays=np.array(stays),
        goes=np.zeros(5, bool),
        floor=floor,
    )
    short = programme._enough_by_itself()
    if short is not None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Programme, "_enough_by_itself", lambda self: None)
            assert short.tolist() == programme.solve().tolist()
