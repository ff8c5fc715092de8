"""The payment as a hub: shares, what excellence would give, and which others could then go."""

import numpy as np
import pandas as pd
import pytest

from cxlib.errors import MissingColumnError
from cxlib.touchpoints.payment import payment_hub

TOUCHPOINTS = pd.DataFrame(
    {
        "touchpoint": ["invoice", "chat", "phone"],
        "phase": ["payment", "consumption", "consumption"],
        "needs": ["pay", "help", "help"],
        "required": [True, False, False],
    }
)
PHASE = TOUCHPOINTS.set_index("touchpoint")["phase"]


def frames(rows):
    """Experiences and their ledger from (customer, touchpoint, amount); an amount of None was not measured."""
    met = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "amount"])
    met["phase"] = met["touchpoint"].map(PHASE)
    met["occurred_at"] = pd.Timestamp("2026-01-01", tz="UTC")
    met["is_measured"] = met["amount"].notna()
    met["experience"] = np.sign(met["amount"].fillna(0.0))
    ledger = met.loc[met["is_measured"]].copy()
    ledger["kind"] = np.select([ledger["amount"] > 0, ledger["amount"] < 0], ["gain", "loss"], "neutral")
    return met.drop(columns="amount"), ledger


# Ten customers: each gains 2 by phone, half of them 1 by the invoice, half lose 1 there; the chat gives one of them 1.
ROWS = [(f"c{i}", "phone", 2.0) for i in range(10)]
ROWS += [(f"c{i}", "invoice", 1.0 if i < 5 else -1.0) for i in range(10)]
ROWS += [(f"c{i}", "invoice", None) for i in range(10)]
ROWS += [(f"c{i}", "chat", 1.0 if i == 0 else 0.0) for i in range(10)]
ANSWERS = pd.DataFrame(
    {
        "customer_id": [f"c{i % 10}" for i in range(24)],
        "touchpoint": ["invoice"] * 8 + ["phone"] * 8 + [None] * 8,
        "score": [4.0] * 7 + [np.nan] + [3.0] * 16,
    }
)


def test_shares_and_what_follows_by_hand():
    hub = payment_hub(*frames(ROWS), TOUCHPOINTS, ANSWERS)
    shares = hub.shares.set_index("subject")
    assert shares.loc["contacts", ["payment", "total", "share"]].tolist() == [20, 40, 0.5]
    assert shares.loc["answers", ["payment", "total"]].tolist() == [7, 15]
    assert hub.n_answers_without_touchpoint == 8
    assert shares.loc["capital_carried", ["payment", "total"]].tolist() == [5, 26]
    assert shares.loc["capital_drained", ["payment", "total", "share"]].tolist() == [5, 5, 1]
    assert shares.loc[["contacts", "answers", "capital_drained"], "low_share"].isna().all()
    low, high = shares.loc["capital_carried", ["low_share", "high_share"]]
    assert low < 5 / 26 < high
    # ten payments at 2 each, where they gave 0 together
    assert (hub.best, hub.best_per_experience, hub.payment_per_experience) == ("phone", 2, 0)
    assert hub.n_payment == 10 and hub.capital_gained == 20
    # today the chat could go only with its own 1; lifted by 20, phone (20) and chat (1) less the need of help
    assert hub.could_go_now == () and hub.could_go == ("chat",)
    assert hub.n_others == 2
    assert repr(hub).startswith("<PaymentHub: 1 of 2 other touchpoints could go if the payment gave what 'phone'")


def test_the_interval_of_the_gain_holds_what_drawing_customers_anew_gives():
    rng = np.random.default_rng(5)
    rows = []
    for i in range(200):
        rows += [(f"c{i:03d}", "invoice", rng.choice([1.0, -2.25])) for _ in range(rng.integers(1, 5))]
        rows += [(f"c{i:03d}", "phone", rng.choice([1.0, 1.0, -2.25]))] * int(rng.random() < 0.6)
    experiences, ledger = frames(rows)
    hub = payment_hub(experiences, ledger, TOUCHPOINTS, ANSWERS)
    by_customer = ledger.pivot_table(
        index="customer_id", columns="touchpoint", values="amount", aggfunc=["sum", "size"]
    )
    table = by_customer.fillna(0.0).to_numpy()
    gained = []
    for _ in range(2000):
        drawn = table[rng.integers(0, len(table), len(table))].sum(axis=0)
        gained.append(drawn[2] * drawn[1] / drawn[3] - drawn[0])
    low, high = np.percentile(gained, [2.5, 97.5])
    assert hub.high_gained - hub.low_gained == pytest.approx(high - low, rel=0.1)
    assert hub.low_gained == pytest.approx(low, abs=0.1 * (high - low))
    carried = hub.shares.set_index("subject").loc["capital_carried"]
    parts = ledger[ledger["amount"] > 0].pivot_table(
        index="customer_id", columns="touchpoint", values="amount", aggfunc="sum", fill_value=0.0
    )
    parts = parts.reindex(ledger["customer_id"].unique(), fill_value=0.0).to_numpy()
    drawn = [parts[rng.integers(0, len(parts), len(parts))].sum(axis=0) for _ in range(2000)]
    low, high = np.percentile([one[0] / one.sum() for one in drawn], [2.5, 97.5])
    assert carried["high_share"] - carried["low_share"] == pytest.approx(high - low, rel=0.15)


def test_a_light_payment_cannot_gain_more_than_its_weight():
    # forty calls of weight 1, all good; forty invoices of weight ¼, half of them good
    rows = [(f"c{i:02d}", "phone", 1.0) for i in range(40)]
    rows += [(f"c{i:02d}", "invoice", 0.25 * (i % 2)) for i in range(40)]
    experiences, ledger = frames(rows)
    experiences["weight"] = np.where(experiences["touchpoint"] == "invoice", 0.25, 1.0)
    hub = payment_hub(experiences, ledger, TOUCHPOINTS, ANSWERS)
    assert (hub.best, hub.best_per_experience, hub.payment_per_experience) == ("phone", 1, 0.5)
    assert hub.capital_gained == pytest.approx(5)


def test_the_best_of_few_does_not_win_by_luck():
    rows = [(f"c{i:03d}", "phone", 1.0 if i % 20 else -1.0) for i in range(200)]
    rows += [(f"c{i:03d}", "chat", 1.0) for i in range(5)] + [(f"c{i:03d}", "invoice", 0.0) for i in range(10)]
    assert payment_hub(*frames(rows), TOUCHPOINTS, ANSWERS).best == "phone"


def test_what_was_given_back_is_no_share_of_what_customers_gained():
    experiences, ledger = frames(ROWS)
    back = ledger.loc[ledger["touchpoint"] == "invoice"].assign(kind="recovery", amount=0.5)
    hub = payment_hub(experiences, pd.concat([ledger, back]), TOUCHPOINTS, ANSWERS)
    assert hub.shares.set_index("subject").loc["capital_carried", ["payment", "total"]].tolist() == [5, 26]


def test_a_rest_of_few_customers_is_hidden_with_the_payments_part():
    rows = [row for row in ROWS if row[1] == "invoice" or row[0] in ("c0", "c1", "c2", "c3")]
    shares = payment_hub(*frames(rows), TOUCHPOINTS, ANSWERS).shares.set_index("subject")
    assert shares.loc[["contacts", "capital_carried"], "share"].isna().all()
    assert shares.loc["contacts", "n_customers"] == 10


def test_a_payment_that_nobody_was_asked_about_has_no_share_of_capital():
    hub = payment_hub(*frames([row for row in ROWS if row[1] != "invoice" or row[2] is None]), TOUCHPOINTS, ANSWERS)
    shares = hub.shares.set_index("subject")["share"]
    assert shares[["capital_carried", "capital_drained"]].isna().all() and shares["contacts"] == pytest.approx(1 / 3)
    assert hub.best is None and np.isnan(hub.capital_gained) and hub.could_go == ()
    assert "too few customers were asked" in repr(hub)


def test_few_customers_on_either_side_are_hidden():
    rows = [row for row in ROWS if row[1] != "invoice" or row[0] in ("c0", "c1", "c2", "c3")]
    hub = payment_hub(*frames(rows), TOUCHPOINTS, ANSWERS)
    shares = hub.shares.set_index("subject")
    assert shares.loc[["contacts", "capital_carried"], "share"].isna().all()
    assert shares.loc["contacts", "n_customers"] == 4
    assert hub.n_payment == 0 and hub.best is None
    few = payment_hub(*frames(rows), TOUCHPOINTS, ANSWERS, smallest_base=4)
    assert few.shares.set_index("subject").loc["contacts", "share"] == 8 / 28


def test_without_needs_nothing_is_said_to_be_dispensable():
    hub = payment_hub(*frames(ROWS), TOUCHPOINTS.assign(needs=None), ANSWERS)
    assert hub.capital_gained == 20 and hub.could_go == () and hub.could_go_now == ()


def test_where_the_best_gives_less_than_the_payment_none_could_go():
    rows = [row for row in ROWS if row[1] == "chat"]
    rows += [(f"c{i}", "phone", 0.1) for i in range(10)] + [(f"c{i}", "invoice", float(i > 2)) for i in range(10)]
    hub = payment_hub(*frames(rows), TOUCHPOINTS, ANSWERS)
    # each phone call is a gain, of 0.1; seven payments gave 1, and three nothing
    assert hub.best == "phone" and hub.capital_gained == pytest.approx(-6)
    assert hub.could_go == ()


def test_one_may_pay_for_another():
    # the chat drains, and gone it pays for the phone, whose need the desk meets
    touchpoints = pd.concat(
        [TOUCHPOINTS, pd.DataFrame([{"touchpoint": "desk", "phase": "purchase", "needs": "help", "required": True}])]
    )
    rows = [(f"c{i}", name, amount) for i in range(10) for name, amount in (("invoice", 1.0), ("phone", 1.0))]
    rows += [(f"c{i}", "chat", -2.0) for i in range(10)]
    hub = payment_hub(*frames(rows), touchpoints, ANSWERS)
    assert hub.could_go_now == ("chat", "phone")


def test_inputs_stay_and_missing_columns_are_named():
    experiences, ledger = frames(ROWS)
    before = experiences.copy(), ledger.copy()
    payment_hub(experiences, ledger, TOUCHPOINTS, ANSWERS)
    pd.testing.assert_frame_equal(experiences, before[0])
    pd.testing.assert_frame_equal(ledger, before[1])
    with pytest.raises(MissingColumnError, match="responses lacks 'score'"):
        payment_hub(experiences, ledger, TOUCHPOINTS, ANSWERS.drop(columns="score"))
