"""The same experiences under the three presets."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.presets import PRESETS, capital_by_preset, signed_experiences
from cxlib.capital.rules import CapitalRules
from cxlib.errors import MissingColumnError, ParameterError

TEN = [1, 0, 1, -1, 1, -1, 0, 1, -1, 0]  # 4 positive, 3 negative, 3 neutral


def ends(frame: pd.DataFrame) -> dict[str, float]:
    return frame.groupby("preset", sort=False)["capital"].last().to_dict()


def test_ten_touchpoints_under_three_presets():
    # the capital article's example: 4 − 3·1, 4 − 3·2.25 and 4 − 3·12; 2.25 from Tversky & Kahneman (1992)
    found = capital_by_preset(signed_experiences(TEN))
    assert ends(found) == {"simple": 1, "tversky_kahneman": -2.75, "normann": -32}
    assert found["loss_weight"].unique().tolist() == [1, 2.25, 12]
    assert found["position"].tolist() == [*range(1, 11)] * 3
    assert found["touchpoint"].tolist() == [str(place) for place in range(1, 11)] * 3
    normann = found.loc[found["preset"] == "normann"]
    assert normann["amount"].tolist() == [1, 0, 1, -12, 1, -12, 0, 1, -12, 0]
    assert normann["capital"].tolist() == [1, 1, 2, -10, -9, -21, -21, -20, -32, -32]


def test_twelve_good_ones_weigh_up_one_bad():
    # the popular ratio 12:1 after Normann's moments of truth
    assert ends(capital_by_preset(signed_experiences([1] * 12 + [-1])))["normann"] == 0


def test_presets_of_ones_own_and_the_other_rules_are_kept():
    rules = CapitalRules(loss_weight=5, resolved_loss_weight=2, half_life_days=1)
    found = capital_by_preset(signed_experiences([1, -1]), {"mild": 1, "mine": 3}, rules=rules)
    # a day halves the first gain; the resolved weight, 2, is no hindrance for a loss weight of 1
    assert ends(found) == {"mild": 0.5 - 1, "mine": 0.5 - 3}


def test_a_closed_case_is_returned_in_each_preset():
    cases = pd.DataFrame(
        {
            "customer_id": ["example"],
            "opened_at": pd.to_datetime(["2026-01-02"]),
            "customer_informed_at": pd.to_datetime(["2026-01-05"]),
        }
    )
    found = capital_by_preset(signed_experiences([-1]), rules=CapitalRules(resolved_loss_weight=1), cases=cases)
    assert ends(found) == {"simple": -1, "tversky_kahneman": -1, "normann": -1}
    assert found["kind"].tolist() == ["loss", "recovery"] * 3


def test_signs_become_an_experience_a_day():
    found = signed_experiences(
        [1, 0, -0.3, 0.1], touchpoints=["Sign-up", "Letter", "Invoice", "Call"], start="2026-02-27"
    )
    assert found["occurred_at"].dt.strftime("%m-%d").tolist() == ["02-27", "02-28", "03-01", "03-02"]
    assert found["experience"].tolist() == [1, 0, -1, 0]
    assert found["gap"].tolist() == [1, 0, -0.3, 0.1]
    assert found["touchpoint"].tolist() == ["Sign-up", "Letter", "Invoice", "Call"]
    assert capital_ledger(found)["kind"].tolist() == ["gain", "neutral", "loss", "neutral"]


def test_nothing_happened():
    found = capital_by_preset(signed_experiences([]))
    assert found.empty
    assert "capital" in found


@given(st.lists(st.floats(-1, 1), max_size=12))
def test_capital_is_gains_less_weighted_losses(signs):
    found = capital_by_preset(signed_experiences(signs))
    gains, losses = sum(sign > 0.1 for sign in signs), sum(sign < -0.1 for sign in signs)
    assert len(found) == 3 * len(signs)
    if signs:
        assert ends(found) == {name: gains - weight * losses for name, weight in PRESETS.items()}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: signed_experiences([1, 2]), ParameterError, r"signs has 2; allowed: −1 \(bad\) to 1"),
        (lambda: signed_experiences(["+"]), ParameterError, r"signs has '\+'"),
        (lambda: signed_experiences([None, 1]), ParameterError, "signs has None"),
        (lambda: signed_experiences([1, 0], touchpoints=["A"]), ParameterError, "1 names for 2 signs"),
        (lambda: capital_by_preset(signed_experiences([1]), {}), ParameterError, "presets is empty"),
        (lambda: capital_by_preset(signed_experiences([1]), {"x": -1}), ParameterError, "loss_weight must be"),
        (lambda: capital_by_preset(pd.DataFrame({"gap": [1]})), MissingColumnError, "customer_id"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_accounts_of_two_customers_are_refused():
    two = pd.concat([signed_experiences([1]), signed_experiences([1]).assign(customer_id="other")])
    with pytest.raises(ParameterError, match=r"2 customers.*choose one"):
        capital_by_preset(two)


def test_the_input_is_left_alone():
    frame = signed_experiences(TEN)
    before = frame.copy(deep=True)
    capital_by_preset(frame)
    pd.testing.assert_frame_equal(frame, before)
