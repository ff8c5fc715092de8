import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.rules import CapitalRules
from cxlib.errors import MissingColumnError, ParameterError

ZONE = "Europe/Stockholm"


def day(number: float) -> pd.Timestamp:
    return pd.Timestamp("2026-01-01", tz=ZONE) + pd.Timedelta(days=number)


def toy(gaps, *, customer="anna", touchpoint="invoice", days=None) -> pd.DataFrame:
    days = range(len(gaps)) if days is None else days
    return pd.DataFrame(
        {
            "customer_id": customer,
            "occurred_at": [day(d) for d in days],
            "touchpoint": touchpoint,
            "phase": "payment",
            "gap": np.asarray(gaps, dtype=float),
            "experience": np.sign(gaps),
            "weight": 1.0,
            "file_order": np.arange(len(gaps)),
        }
    )


def one_case(opened, informed, **more) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": ["c1"],
            "customer_id": ["anna"],
            "opened_at": [day(opened)],
            "customer_informed_at": [day(informed)],
            **{name: [value] for name, value in more.items()},
        }
    )


# shared/anchors.md: 4 positive, 3 negative, 3 neutral touchpoints, weight 1, no decay
@pytest.mark.parametrize(
    "rules, expected",
    [
        (CapitalRules.simple(), 1.0),
        (CapitalRules.tversky_kahneman(), -2.75),
        (CapitalRules.normann(), -32.0),
    ],
)
def test_ten_touchpoints_under_the_three_presets(rules, expected):
    ledger = capital_ledger(toy([1, 1, 1, 1, -1, -1, -1, 0, 0, 0]), rules)
    assert ledger["capital"].iloc[-1] == expected
    assert ledger["kind"].value_counts().to_dict() == {"gain": 4, "loss": 3, "neutral": 3, "recovery": 0}


def test_twelve_positives_weigh_up_one_negative_under_normann():
    # shared/anchors.md: 12 positive + 1 negative at 12 gives 0
    assert capital_ledger(toy([1] * 12 + [-1]), CapitalRules.normann())["capital"].iloc[-1] == 0


def test_the_size_measure_counts_as_much_as_the_gap():
    ledger = capital_ledger(toy([0.5, -0.25]), CapitalRules(loss_weight=2, measure="size"))
    assert ledger["amount"].tolist() == [0.5, -0.5]


def test_the_spiral_darkens_the_next_experience():
    # after a gap of −1 at κ = 1, ρ = 0.5 the next +0.4 is met as 0.4 − 0.5 = −0.1: neutral; without it, a gain
    spiral = capital_ledger(toy([-1, 0.4]), CapitalRules(carry_over=1, carry_over_decay=0.5))
    assert spiral["kind"].tolist() == ["loss", "neutral"]
    assert capital_ledger(toy([-1, 0.4]))["kind"].tolist() == ["loss", "gain"]


def test_without_decay_the_amounts_sum_to_the_last_capital():
    ledger = capital_ledger(toy([1, -1, 1, 1]), CapitalRules(loss_weight=2, opening=5))
    assert 5 + ledger["amount"].sum() == ledger["capital"].iloc[-1]


def test_told_customers_get_back_the_difference_between_the_two_weights():
    rules = CapitalRules(loss_weight=12, resolved_loss_weight=2)
    ledger = capital_ledger(toy([1, -1, 1]), rules, one_case(1.5, 1.8, touchpoint="invoice"))
    assert ledger["kind"].tolist() == ["gain", "loss", "recovery", "gain"]
    assert ledger["amount"].tolist() == [1, -12, 10, 1]
    assert ledger["touchpoint"].tolist() == ["invoice"] * 4
    assert ledger["occurred_at"].iloc[2] == day(1.8)


def test_a_recovery_has_decayed_like_its_loss():
    rules = CapitalRules(loss_weight=4, resolved_loss_weight=2, half_life_days=10)
    ledger = capital_ledger(toy([-1]), rules, one_case(0, 10))
    assert ledger["amount"].tolist() == [-4, 1]
    assert ledger["capital"].tolist() == [-4, -1]


def test_a_case_belongs_to_the_latest_negative_at_its_touchpoint_when_it_was_opened():
    rows = pd.concat([toy([-1, -0.5], days=[0, 10]), toy([-1], touchpoint="support", days=[11])])
    rules = CapitalRules(loss_weight=2, resolved_loss_weight=1, measure="size")
    returned = capital_ledger(rows, rules, one_case(12, 20, touchpoint="invoice"))["amount"].iloc[-1]
    assert returned == 0.5
    anywhere = capital_ledger(rows, rules, one_case(12, 20))
    assert anywhere["touchpoint"].iloc[-1] == "support"


def test_a_case_that_names_an_answer_belongs_to_it():
    rows = toy([-1, -0.5]).assign(response_id=["r1", "r2"])
    rules = CapitalRules(loss_weight=2, resolved_loss_weight=1, measure="size")
    ledger = capital_ledger(rows, rules, one_case(5, 6, response_id="r1"))
    assert ledger["amount"].iloc[-1] == 1.0


SIZED = CapitalRules(loss_weight=2, resolved_loss_weight=1, measure="size")


def test_of_several_answers_that_share_an_id_the_case_is_about_the_worst():
    rows = toy([-0.3, -0.9, -0.4]).assign(response_id="r1")
    assert capital_ledger(rows, SIZED, one_case(5, 6, response_id="r1"))["amount"].iloc[-1] == 0.9


def test_a_case_told_before_its_loss_returns_nothing():
    rows = toy([-1], days=[10]).assign(response_id="r1")
    assert len(capital_ledger(rows, SIZED, one_case(1, 2, response_id="r1"))) == 1


def test_a_case_that_names_a_positive_answer_is_about_the_loss_before_it():
    rows = toy([-0.8, 1]).assign(response_id=[None, "r1"])
    assert capital_ledger(rows, SIZED, one_case(5, 6, response_id="r1"))["amount"].iloc[-1] == 0.8


def test_a_neutral_experience_is_nothing_that_a_case_returns():
    rows = toy([-0.8, -0.05]).drop(columns="experience")
    assert capital_ledger(rows, SIZED, one_case(5, 6))["amount"].iloc[-1] == 0.8


def test_of_two_losses_at_one_moment_a_case_returns_the_later_whatever_the_order_of_the_rows():
    rows = toy([-1, -0.5], days=[0, 0])
    for order in ([0, 1], [1, 0]):
        assert capital_ledger(rows.iloc[order], SIZED, one_case(1, 2))["amount"].iloc[-1] == 0.5


def test_cases_may_be_in_another_timezone_but_not_in_none():
    case = one_case(1, 2)
    moments = ["opened_at", "customer_informed_at"]
    elsewhere = case.assign(**{name: case[name].dt.tz_convert("UTC").dt.as_unit("ns") for name in moments})
    pd.testing.assert_frame_equal(capital_ledger(toy([-1]), SIZED, elsewhere), capital_ledger(toy([-1]), SIZED, case))
    nowhere = case.assign(**{name: case[name].dt.tz_localize(None) for name in moments})
    with pytest.raises(ParameterError, match="both have a timezone"):
        capital_ledger(toy([-1]), SIZED, nowhere)


@pytest.mark.parametrize("weight", [float("nan"), -1.0, float("inf")])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ParameterError, match="weights are no number"):
        capital_ledger(toy([1]).assign(weight=weight))


def test_two_cases_on_one_loss_return_it_once_when_the_customer_was_first_told():
    cases = pd.concat([one_case(1, 8), one_case(2, 5).assign(case_id="c2")])
    ledger = capital_ledger(toy([-1]), CapitalRules(loss_weight=3, resolved_loss_weight=1), cases)
    assert ledger["kind"].tolist() == ["loss", "recovery"]
    assert ledger["occurred_at"].iloc[1] == day(5)


def test_an_open_case_and_one_without_a_loss_return_nothing():
    rules = CapitalRules(loss_weight=3, resolved_loss_weight=1)
    open_case = one_case(1, 2).assign(customer_informed_at=pd.NaT)
    assert len(capital_ledger(toy([-1]), rules, open_case)) == 1
    assert len(capital_ledger(toy([1]), rules, one_case(1, 2))) == 1


def test_a_recovery_at_the_moment_of_another_experience_stands_after_it():
    ledger = capital_ledger(
        toy([-1, 1], days=[0, 5]), CapitalRules(loss_weight=3, resolved_loss_weight=1), one_case(1, 5)
    )
    assert ledger["kind"].tolist() == ["loss", "gain", "recovery"]


def test_ties_in_time_keep_file_order_whatever_the_order_of_the_rows():
    rows = toy([1, -1, 0.5, -0.5], days=[0, 0, 0, 0])
    rules = CapitalRules(loss_weight=2, carry_over=1)
    expected = capital_ledger(rows, rules)
    shuffled = capital_ledger(rows.iloc[[2, 0, 3, 1]], rules)
    pd.testing.assert_frame_equal(shuffled, expected)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(-1, 1), st.integers(0, 400)), max_size=30), st.randoms())
@settings(max_examples=50, deadline=None)
def test_row_order_does_not_matter_and_inputs_stay(rows, random):
    frame = pd.concat(
        [toy([gap], customer=customer, days=[number]) for customer, gap, number in rows] or [toy([])],
        ignore_index=True,
    ).assign(file_order=np.arange(len(rows)))
    before = frame.copy(deep=True)
    order = list(range(len(frame)))
    random.shuffle(order)
    rules = CapitalRules(loss_weight=2.25, half_life_days=90)
    pd.testing.assert_frame_equal(capital_ledger(frame, rules), capital_ledger(frame.iloc[order], rules))
    pd.testing.assert_frame_equal(frame, before)


def test_no_experience_gives_an_empty_ledger_with_its_columns():
    ledger = capital_ledger(toy([]))
    assert list(ledger.columns) == [
        "customer_id", "occurred_at", "touchpoint", "phase", "kind", "amount", "capital",
    ]  # fmt: skip
    assert ledger.empty


def test_a_missing_column_is_named_with_the_nearest():
    with pytest.raises(MissingColumnError, match=r"'occurred_at' \(is it 'occured_at'\?\)"):
        capital_ledger(toy([1]).rename(columns={"occurred_at": "occured_at"}))


def test_experiences_without_a_gap_are_refused_with_their_count():
    with pytest.raises(ParameterError, match="1 of 2 experiences lack"):
        capital_ledger(toy([1, float("nan")]))
