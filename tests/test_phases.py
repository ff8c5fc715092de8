import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.errors import MissingColumnError, ParameterError
from cxlib.phases import importance_shares, phase_balance

PHASES = ["purchase", "consumption", "payment"]


def experiences(**signs) -> pd.DataFrame:
    rows = [(phase, sign) for phase, values in signs.items() for sign in values]
    return pd.DataFrame(rows, columns=["phase", "experience"])


# shared/anchors.md: restaurant H/H/M, e-commerce H/M/H, streaming M/H/M, electricity H/L/H with 3:2:1
@pytest.mark.parametrize(
    "archetype, expected",
    [
        ("restaurant", [3 / 8, 3 / 8, 2 / 8]),
        ("e-commerce", [3 / 8, 2 / 8, 3 / 8]),
        ("streaming subscription", [2 / 7, 3 / 7, 2 / 7]),
        ("infrastructure subscription", [0.429, 0.143, 0.429]),
    ],
)
def test_importance_of_the_archetypes(archetype, expected):
    shares = importance_shares(archetype)
    assert list(shares) == PHASES
    assert list(shares.values()) == pytest.approx(expected, abs=5e-4)


def test_ratings_are_words_or_numbers():
    assert importance_shares({"purchase": "high", "consumption": 1, "payment": "low"}) == {
        "purchase": 0.6, "consumption": 0.2, "payment": 0.2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "importance, message",
    [
        ("restaurang", "did you mean 'restaurant'"),
        ({"purchase": 1, "payment": 1}, "no rating for consumption"),
        ({"purchase": 1, "consumption": "huge", "payment": -1}, "consumption must be high.*payment must be"),
        ({"purchase": 0, "consumption": 0, "payment": 0}, "above 0"),
        ({"purchase": 1, "consumption": 1, "payment": 1, "use": 1}, "unknown phase 'use'"),
    ],
)
def test_a_wrong_importance_says_what_is_allowed(importance, message):
    with pytest.raises(ParameterError, match=message):
        importance_shares(importance)


def test_balance_by_hand():
    frame = experiences(purchase=[1, 1, 1], consumption=[1, 0], payment=[-1, -1, 1, 0])
    balance = phase_balance(frame, {"purchase": 2, "consumption": 1, "payment": 1}).set_index("phase")
    assert balance["n_experiences"].tolist() == [3, 2, 4]
    assert balance["mean_experience"].tolist() == [1, 0.5, -0.25]
    assert balance["share_negative"].tolist() == [0, 0, 0.5]
    assert balance["carried_share"].tolist() == [0.6, 0.2, 0.2]
    assert balance["importance_share"].tolist() == [0.5, 0.25, 0.25]
    assert balance["gap_points"].tolist() == pytest.approx([0.1, -0.05, -0.05])
    assert balance["value"].tolist() == [0.5, 0.125, -0.0625]
    assert balance["imbalance"].tolist() == pytest.approx([0.1] * 3)
    assert balance["drained_share"].tolist() == [0, 0, 1]


def test_what_drains_is_weighted_and_missing_where_nothing_is_lost():
    frame = experiences(purchase=[-1], consumption=[-1, 1], payment=[-1]).assign(weight=[2.0, 1.0, 1.0, 1.0])
    assert phase_balance(frame, "restaurant")["drained_share"].tolist() == [0.5, 0.25, 0.25]
    assert phase_balance(experiences(purchase=[1]), "restaurant")["drained_share"].isna().all()


def test_a_touchpoints_weight_counts_in_what_its_phase_carries():
    frame = experiences(purchase=[1], consumption=[1], payment=[1]).assign(weight=[2.0, 1.0, 1.0])
    assert phase_balance(frame, "restaurant")["carried_share"].tolist() == [0.5, 0.25, 0.25]


def test_the_weakest_phase_has_the_lowest_upper_bound_not_merely_the_lowest_mean():
    # payment's mean is lower, but from one answer it may be anything
    frame = experiences(purchase=[1] * 20, consumption=[0, -1] * 200, payment=[-1])
    balance = phase_balance(frame, "restaurant").set_index("phase")
    assert balance.loc["payment", "mean_experience"] < balance.loc["consumption", "mean_experience"]
    assert balance["is_weakest"].tolist() == [False, True, False]
    many = experiences(purchase=[1] * 20, consumption=[0, -1] * 200, payment=[-1] * 40)
    assert phase_balance(many, "restaurant")["is_weakest"].tolist() == [False, False, True]


def test_a_misspelt_phase_is_refused_with_the_nearest():
    with pytest.raises(ParameterError, match=r"1 experiences have an unknown phase.*did you mean 'consumption'"):
        phase_balance(experiences(consumtion=[1]), "restaurant")


def test_an_experience_without_a_sign_is_refused():
    with pytest.raises(ParameterError, match="1 experiences have no sign"):
        phase_balance(experiences(purchase=[1, None]), "restaurant")


def test_experiences_without_a_group_are_a_group_and_unmet_groups_are_none():
    frame = experiences(purchase=[1, 1, -1]).assign(segment=pd.Categorical(["a", "a", None], categories=["a", "b"]))
    balance = phase_balance(frame, "restaurant", by="segment")
    assert balance["n_experiences"].tolist() == [2, 0, 0, 1, 0, 0]


def test_no_experience_in_groups_gives_no_rows():
    frame = experiences(purchase=[1]).assign(segment="a").iloc[:0]
    assert phase_balance(frame, "restaurant", by="segment").empty


def test_a_group_may_not_be_called_as_a_result():
    with pytest.raises(ParameterError, match="rename it"):
        phase_balance(experiences(purchase=[1]), "restaurant", by="phase")


def test_a_phase_without_experiences_breaks_nothing():
    balance = phase_balance(experiences(purchase=[1, 1, -1]), "restaurant").set_index("phase")
    assert balance["n_experiences"].tolist() == [3, 0, 0]
    assert balance["carried_share"].tolist() == [1, 0, 0]
    assert balance["is_weakest"].tolist() == [True, False, False]


def test_without_any_gain_nothing_is_carried():
    balance = phase_balance(experiences(purchase=[-1], consumption=[0], payment=[0]), "restaurant")
    assert balance[["carried_share", "gap_points", "imbalance"]].isna().all(axis=None)


def test_groups_are_balanced_apart():
    frame = pd.concat(
        [
            experiences(purchase=[1], consumption=[1], payment=[0]).assign(segment="a"),
            experiences(purchase=[1], consumption=[-1], payment=[1]).assign(segment="b"),
        ]
    )
    balance = phase_balance(frame, "restaurant", by="segment")
    assert balance["segment"].tolist() == ["a"] * 3 + ["b"] * 3
    assert balance["carried_share"].tolist() == [0.5, 0.5, 0, 0.5, 0, 0.5]


@given(
    st.lists(st.tuples(st.sampled_from(PHASES), st.sampled_from([-1, 0, 1])), min_size=1, max_size=40),
    st.tuples(*[st.floats(0.1, 5)] * 3),
)
def test_shares_sum_to_one_and_inputs_stay(rows, ratings):
    frame = pd.DataFrame(rows, columns=["phase", "experience"])
    before = frame.copy(deep=True)
    balance = phase_balance(frame, dict(zip(PHASES, ratings, strict=True)))
    assert balance["importance_share"].sum() == pytest.approx(1)
    if (frame["experience"] > 0).any():
        assert balance["carried_share"].sum() == pytest.approx(1)
        assert balance["gap_points"].sum() == pytest.approx(0, abs=1e-9)
        assert 0 <= balance["imbalance"].iloc[0] <= 1
    pd.testing.assert_frame_equal(frame, before)


def test_a_frame_without_phases_is_refused():
    with pytest.raises(MissingColumnError, match="phase"):
        phase_balance(pd.DataFrame({"experience": [1]}), "restaurant")
