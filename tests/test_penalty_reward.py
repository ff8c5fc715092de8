"""Penalty–reward contrasts: by hand, against a published table, and who gets no type."""

import statistics
from itertools import product

import numpy as np
import pandas as pd
import pytest

from cxlib.drivers.penalty_reward import driver_type, impact_asymmetry, penalty_reward
from cxlib.errors import ParameterError, ScoreRangeError
from cxlib.scales import Scale

DRAWS = 200

# Wang (2024), Data Science and Management 7, Table 4: penalty, reward, asymmetry, type.
WANG = {
    "Value": (-0.71, 0.22, -0.53, "basic"),
    "Rooms": (-0.46, 0.84, 0.30, "excitement"),
    "Location": (-0.02, 0.18, 0.81, "excitement"),
    "Cleanliness": (-0.36, 0.18, -0.32, "basic"),
    "Service": (-0.75, 0.73, -0.02, "performance"),
    "Sleep": (-0.47, 0.15, -0.53, "basic"),
}


@pytest.mark.parametrize("attribute", WANG)
def test_the_published_asymmetries_and_types(attribute):
    penalty, reward, printed, kind = WANG[attribute]
    # the coefficients are printed with two decimals: each may be off by .005
    assert impact_asymmetry(penalty, reward) == pytest.approx(printed, abs=0.02)
    assert driver_type(impact_asymmetry(penalty, reward)).item() == kind == driver_type(printed).item()


def design(*, noise: float = 1.0, times: int = 20) -> pd.DataFrame:
    """Three questions from 1 to 3 in every combination, some times over; penalties −3, −1 and 0, rewards 0, 1 and 2."""
    rows = []
    for (price, staff, site), turn in product(product([1, 2, 3], repeat=3), range(times)):
        overall = -3 * (price == 1) - (staff == 1) + (staff == 3) + 2 * (site == 3)
        rows.append([price, staff, site, overall + noise * (-1) ** turn])
    return pd.DataFrame(rows, columns=["price", "staff", "site", "overall"])


def found(answers, **options):
    options = {"low": 1, "high": 3, "draws": DRAWS, "drivers": ["price", "staff", "site"]} | options
    return penalty_reward(answers, outcome="overall", **options)


def test_coefficients_types_and_bases_by_hand():
    result = found(design())
    frame = result.drivers.set_index("driver")
    assert frame["penalty"].tolist() == pytest.approx([-3, -1, 0], abs=1e-9)
    assert frame["reward"].tolist() == pytest.approx([0, 1, 2], abs=1e-9)
    assert frame["impact"].tolist() == pytest.approx([3, 2, 2]) and frame["asymmetry"].tolist() == pytest.approx(
        [-1, 0, 1]
    )
    assert frame["type"].tolist() == ["basic", "performance", "excitement"] and frame["reason"].isna().all()
    assert frame["n_bad"].tolist() == frame["n_good"].tolist() == [180] * 3 and result.n_customers == 540
    # explained: 9 · 2/9 of the price, 2/3 of the staff, 4 · 2/9 of the site; the noise has 1
    explained = 2 + 2 / 3 + 8 / 9
    assert result.r2 == pytest.approx(explained / (explained + 1)) and result.cautions == ()
    for name in ("penalty", "reward", "impact", "asymmetry"):
        assert (frame[f"low_{name}"] <= frame[name]).all() and (frame[name] <= frame[f"high_{name}"]).all()
    assert (frame["type_share"] > 0.9).all()


def test_the_interval_is_about_that_of_least_squares():
    frame = found(design(), draws=2000).drivers
    # each coefficient: variance 1 of the noise over 180 people, against 180 in between; 7 fitted of 540
    half = 1.96 * (540 / 533) ** 0.5 * (2 / 180) ** 0.5
    widths = (frame["high_penalty"] - frame["low_penalty"]).tolist() + (
        frame["high_reward"] - frame["low_reward"]
    ).tolist()
    assert statistics.mean(widths) == pytest.approx(2 * half, rel=0.04)


EFFORT = Scale(name="effort", minimum=-20, maximum=20, expected=0, better="lower")


def test_where_lower_is_better_the_high_answers_are_the_bad_ones():
    turned = design().assign(price=lambda f: 4 - f["price"])
    frame = found(turned, scales={"price": EFFORT}).drivers
    assert frame["better"].tolist() == ["lower", "higher", "higher"]
    pd.testing.assert_frame_equal(frame.drop(columns="better"), found(design()).drivers.drop(columns="better"))


def test_of_an_outcome_where_lower_is_better_a_penalty_is_more_of_it():
    plain, worse = found(design()), found(design().assign(overall=lambda f: -f["overall"]), scales={"overall": EFFORT})
    assert worse.drivers["penalty"].tolist() == pytest.approx((-plain.drivers["penalty"]).tolist(), abs=1e-9)
    assert worse.drivers["type"].tolist() == plain.drivers["type"].tolist() and worse.cautions == ()
    assert set(worse.drivers["outcome_better"]) == {"lower"}
    # without its scale, price and site are surely against expectation
    unsaid = found(design().assign(overall=lambda f: -f["overall"])).drivers
    assert unsaid["reason"].tolist() == ["wrong_sign"] * 3
    with pytest.raises(ParameterError, match="scales names 'overal', which is no column of answers; did you mean"):
        found(design(), scales={"overal": EFFORT})


def test_no_rows_and_nobody_give_the_same_columns_and_types_and_a_reason():
    usual = found(design()).drivers
    for answers, reason in (
        (design().iloc[:0], "too_few"),
        (design().iloc[:8], "too_few"),
        (design().assign(price=np.nan), "too_few"),
        (design().assign(overall=1.0), "outcome_alike"),
    ):
        frame = found(answers).drivers
        assert frame.dtypes.to_dict() == usual.dtypes.to_dict()
        assert frame["reason"].tolist() == [reason] * 3


def test_cuts_may_differ_by_driver():
    answers = design().assign(price=lambda f: f["price"] * 10)
    cuts = {"low": {"price": 10, "staff": 1, "site": 1}, "high": {"price": 30, "staff": 3, "site": 3}}
    pd.testing.assert_frame_equal(found(answers, **cuts).drivers, found(design()).drivers)


def test_weights_and_people_count():
    answers = design().assign(survey_weight=np.where(np.arange(540) < 100, 2.0, 1.0))
    answers["overall"] += np.arange(540) % 7
    doubled = pd.concat([answers, answers.iloc[:100]]).drop(columns="survey_weight")
    assert found(answers).drivers["reward"].tolist() == pytest.approx(found(doubled).drivers["reward"].tolist())
    twice = pd.concat([design()] * 2).assign(customer_id=np.tile(np.arange(540), 2))
    pd.testing.assert_frame_equal(found(twice).drivers, found(design().assign(customer_id=range(540))).drivers)


def test_too_few_in_a_group_give_no_figures_and_few_a_caution():
    answers = design()
    for n, reason in ((4, "few_bad"), (5, None)):
        few = answers.assign(staff=answers["staff"].mask((answers["staff"] == 1) & (answers.index >= 60 + n), 2))
        few.loc[few.index[few["staff"] == 1][n:], "staff"] = 2
        result = found(few)
        row = result.drivers.set_index("driver").loc["staff"]
        assert row["n_bad"] == n
        assert pd.isna(row["penalty"]) == pd.isna(row["type"]) == (reason is not None)
        assert (row["reason"] == reason) if reason else row["reason"] != "few_bad"
        assert [caution.kind for caution in result.cautions] == ["few_bad"]
    none_high = found(answers.assign(staff=answers["staff"].replace(3, 2))).drivers.set_index("driver").loc["staff"]
    assert none_high["n_good"] == 0 and none_high["reason"] == "few_good" and pd.isna(none_high["reward"])


def test_what_may_be_chance_has_no_type_and_neither_what_goes_against_expectation():
    nothing = design(noise=3.0).assign(site=lambda f: np.random.default_rng(3).permutation(f["site"]))
    nothing["overall"] -= 2 * (design()["site"] == 3)
    frame = found(nothing).drivers.set_index("driver")
    assert frame.loc["site", "reason"] == "no_effect" and pd.isna(frame.loc["site", "type"])
    site = frame.loc["site"]
    assert site["impact"] == pytest.approx(abs(site["penalty"]) + abs(site["reward"]))
    turned = found(design().assign(price=lambda f: 4 - f["price"]))
    assert turned.drivers["reason"].iloc[0] == "wrong_sign"
    assert [caution.kind for caution in turned.cautions] == ["wrong_sign"]
    assert "goes with 0.00 and a good one with −3.00" in turned.said()[0]


def test_without_people_or_spread_there_are_no_figures():
    for answers, kind in ((design().iloc[:8], "too_few"), (design().assign(overall=1.0), "outcome_alike")):
        result = found(answers)
        assert kind in [caution.kind for caution in result.cautions]
        assert result.drivers[["penalty", "reward", "type", "type_share"]].isna().all(axis=None)
        assert "0 basic, 0 performance, 0 excitement" in repr(result)


def test_what_is_wrong_is_named():
    for options, message in (
        ({"low": 3}, "low must be under high; for 'price' they are 3 and 3"),
        ({"low": {"price": 1}}, "low is not given for 'staff', 'site'"),
        ({"threshold": 2}, "threshold must be from 0 to 1"),
    ):
        with pytest.raises(ParameterError, match=message):
            found(design(), **options)


def test_a_code_for_no_answer_is_refused_where_the_scale_is_known():
    forms = design(times=5)
    forms.loc[:9, "price"] = 99
    scale = {"price": Scale(name="price", minimum=1, maximum=3, expected=2)}
    with pytest.raises(ScoreRangeError, match=r"10 of 135 price scores lie outside 1 to 3: 99 .*answers\['price'\]"):
        penalty_reward(forms, outcome="overall", drivers=["price", "staff"], low=1, high=3, scales=scale, draws=DRAWS)


def test_a_draw_of_people_who_all_say_the_same_warns_of_nothing():
    """One of twelve answers otherwise: some draws lack her, and have no R². Warnings are errors here."""
    rng = np.random.default_rng(3)
    forms = pd.DataFrame({"price": rng.integers(1, 4, 12), "overall": [5.0] * 11 + [1.0]})
    found = penalty_reward(forms, outcome="overall", drivers=["price"], low=1, high=3, draws=DRAWS)
    assert 0 <= found.r2 <= 1
