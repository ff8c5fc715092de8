"""How often a touchpoint stays when the customers are drawn anew."""

import numpy as np
import pandas as pd
import pytest

from cxlib.errors import ParameterError
from cxlib.touchpoints.customer_sums import CustomerSums
from cxlib.touchpoints.inventory import touchpoint_inventory
from cxlib.touchpoints.selection import selection_frequency
from cxlib.touchpoints.smallest_set import smallest_touchpoint_set

TOUCHPOINTS = pd.DataFrame(
    {
        "touchpoint": ["invoice", "chat", "phone"],
        "phase": ["payment", "consumption", "consumption"],
        "needs": ["pay", "help", "help"],
        "required": [True, False, False],
        "cost_per_contact": [1.0, 1.0, 1.0],
    }
)


def frames(chat=(1.0,) * 20, phone=(1.0,) * 22):
    """Contacts and ledger: each customer meets the invoice, and some chat or phone, with these amounts."""
    rows = [(f"c{i:02d}", "invoice", 1.0) for i in range(20)]
    rows += [(f"c{i:02d}", "chat", amount) for i, amount in enumerate(chat)]
    rows += [(f"c{i % 20:02d}", "phone", amount) for i, amount in enumerate(phone)]
    entries = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "amount"])
    entries["kind"] = np.where(entries["amount"] > 0, "gain", "loss")
    return entries[["customer_id", "touchpoint"]], entries


def test_what_is_required_always_stays_and_what_is_dearer_mostly_goes():
    contacts, ledger = frames()
    found = selection_frequency(contacts, ledger, TOUCHPOINTS, capital_given_up=0.5, draws=200, seed=1)
    by_name = found.set_index("touchpoint")
    assert by_name.loc["invoice", "stays_share"] == 1 and bool(by_name.loc["invoice", "kept"])
    # every customer chats once and phones at least once: in no sample is the phone the cheaper one
    assert by_name["n_stays"].to_dict() == {"phone": 0, "chat": 200, "invoice": 200}
    assert bool(by_name.loc["chat", "kept"]) and not bool(by_name.loc["phone", "kept"])
    assert (found["low_share"] <= found["stays_share"]).all() and (found["stays_share"] <= found["high_share"]).all()
    assert found["n_stays"].is_monotonic_increasing


def either_or():
    """Each customer either chats or phones, once."""
    contacts, ledger = frames(chat=(), phone=())
    choice = pd.DataFrame({"customer_id": [f"c{i:02d}" for i in range(20)], "touchpoint": ["chat", "phone"] * 10})
    entries = choice.assign(amount=1.0, kind="gain")
    return pd.concat([contacts, choice], ignore_index=True), pd.concat([ledger, entries], ignore_index=True)


def test_of_two_that_differ_by_a_coin_each_stays_about_half_of_the_time():
    found = selection_frequency(*either_or(), TOUCHPOINTS, capital_given_up=0.6, draws=400, seed=2)
    stays = found.set_index("touchpoint").loc[["chat", "phone"], "stays_share"]
    # the tie of 10 against 10 goes to the chat: more than half, by the chance of a tie, about 0.18
    assert stays["chat"] == pytest.approx(0.59, abs=0.07)
    assert stays.sum() == 1


def test_the_cost_is_that_of_the_customers_drawn():
    contacts, ledger = either_or()
    nothing_moves = ledger["touchpoint"] != "invoice"
    ledger = ledger.assign(amount=ledger["amount"].mask(nothing_moves, 0.0))
    found = selection_frequency(contacts, ledger, TOUCHPOINTS, draws=200, seed=2).set_index("touchpoint")
    assert 0.45 < found.loc["chat", "stays_share"] < 0.75, "were the cost always the same, the chat would always stay"


def test_who_carries_is_decided_by_the_customers_drawn():
    # the phone's net is a coin's: it stays where those drawn gained more than they lost, and goes at a draw
    contacts, ledger = frames(phone=(1.0, -1.0) * 10)
    found = selection_frequency(contacts, ledger, TOUCHPOINTS, draws=400, seed=2).set_index("touchpoint")
    assert found.loc["phone", "stays_share"] == pytest.approx(0.41, abs=0.07)
    assert found.loc["chat", "stays_share"] == 1 and not found.loc["phone", "kept"]


def test_the_data_themselves_give_the_same_set_as_the_inventory():
    contacts, ledger = frames(phone=(-1.0,) * 5 + (1.0,) * 17)
    experiences = contacts.assign(
        occurred_at=pd.Timestamp("2026-01-01", tz="UTC"), phase="payment", experience=np.sign(ledger["amount"])
    )
    inventory = touchpoint_inventory(experiences, ledger, TOUCHPOINTS)
    expected = smallest_touchpoint_set(TOUCHPOINTS, inventory).touchpoints.set_index("touchpoint")["kept"]
    found = selection_frequency(contacts, ledger, TOUCHPOINTS, draws=1).set_index("touchpoint")["kept"]
    pd.testing.assert_series_equal(found.sort_index(), expected.sort_index(), check_dtype=False)


def test_the_same_seed_gives_the_same_and_the_order_of_rows_does_not_matter():
    contacts, ledger = either_or()
    before = contacts.copy(), ledger.copy()
    options = {"capital_given_up": 0.6, "draws": 50, "seed": 3}
    found = selection_frequency(contacts, ledger, TOUCHPOINTS, **options)
    shuffled = selection_frequency(
        contacts.sample(frac=1, random_state=1), ledger.sample(frac=1, random_state=2), TOUCHPOINTS[::-1], **options
    )
    pd.testing.assert_frame_equal(found, shuffled)
    for frame, kept in zip((contacts, ledger), before, strict=True):
        pd.testing.assert_frame_equal(frame, kept)
    others = [selection_frequency(contacts, ledger, TOUCHPOINTS, **(options | {"seed": seed})) for seed in (4, 5, 6)]
    assert any(not found.equals(other) for other in others)


def test_the_progress_is_told_and_no_draws_are_refused():
    contacts, ledger = frames()
    told = []
    selection_frequency(contacts, ledger, TOUCHPOINTS, draws=3, progress=lambda done, n: told.append((done, n)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(ParameterError, match="draws is 0; at least 1"):
        selection_frequency(contacts, ledger, TOUCHPOINTS, draws=0)
    with pytest.raises(ParameterError, match=r"capital_given_up is -0\.9; allowed: 0 to 1"):
        selection_frequency(contacts, ledger, TOUCHPOINTS, capital_given_up=-0.9, draws=2)


def test_the_sums_of_all_customers_are_those_of_the_frames():
    contacts, ledger = frames(phone=(-2.0,) * 7)
    sums = CustomerSums.of(contacts, ledger, pd.Index(["phone", "invoice"]))
    assert sums.n_customers == 20
    assert sums.net.sum(axis=0).tolist() == [-14, 20]
    assert sums.contacts.sum(axis=0).tolist() == [7, 20]
