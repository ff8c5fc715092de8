"""Importance over performance: quarters by hand under both crosshairs, means with their intervals, bases."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.drivers.importance_performance import importance_performance
from cxlib.errors import MissingColumnError, ParameterError, ScoreRangeError
from cxlib.metrics import mean_score
from cxlib.scales import Scale

ANSWERS = pd.DataFrame(
    {
        "price": [1, 2, 3, 2, 2, 2],
        "staff": [6, 5, 6, 7, 6, 6],
        "site": [4, 5, 5, 6, 5, 5],
        "app": [5, 5, 6, 4, 5, np.nan],
    }
)
SHARES = pd.DataFrame(
    {
        "driver": ["price", "staff", "site", "app"],
        "lmg_share": [0.4, 0.3, 0.2, 0.1],
        "low_share": [0.35, 0.2, 0.15, 0.05],
        "high_share": [0.5, 0.4, 0.3, 0.15],
    }
)


def placed(answers=ANSWERS, shares=SHARES, **options):
    return importance_performance(answers, shares, **{"midpoint": 4} | options).set_index("driver")


def test_quarters_by_hand():
    found = placed()
    assert found["performance"].tolist() == [2, 6, 5, 5] and found["n_customers"].tolist() == [6, 6, 6, 5]
    assert found["mean_performance"].tolist() == [4.5] * 4 and found["equal_importance"].tolist() == [0.25] * 4
    assert found["mean_importance"].tolist() == pytest.approx([0.25] * 4)
    assert found["quadrant_at_means"].tolist() == ["concentrate", "keep_up", "overkill", "overkill"]
    assert found["quadrant_at_midpoint"].tolist() == ["concentrate", "keep_up", "overkill", "overkill"]
    other = placed(midpoint=5.5)
    assert other["quadrant_at_midpoint"].tolist() == ["concentrate", "keep_up", "low_priority", "low_priority"]
    assert other["agrees"].tolist() == [True, True, False, False]
    # the interval of the staff's share reaches over the line at a quarter, and so does the site's
    assert found["is_sure_at_midpoint"].tolist() == [True, False, False, True]


def test_what_lies_on_a_line_lies_above_it():
    shares = SHARES.assign(lmg_share=0.25)
    assert placed(shares=shares, midpoint=5)["quadrant_at_midpoint"].tolist() == [
        "concentrate", "keep_up", "keep_up", "keep_up",
    ]  # fmt: skip
    thirds = SHARES.iloc[:3].assign(lmg_share=1 / 3)
    assert placed(shares=thirds)["quadrant_at_means"].tolist() == ["concentrate", "keep_up", "keep_up"]


def test_the_interval_of_a_mean_is_students():
    found = placed().loc["price"]
    low, high = stats.t.interval(0.95, 5, loc=2, scale=stats.sem(ANSWERS["price"]))
    assert (found["low_performance"], found["high_performance"]) == pytest.approx((low, high))


def test_answers_of_one_customer_count_together_and_weights_as_so_many():
    thrice = pd.concat([ANSWERS] * 3).assign(customer_id=np.tile(np.arange(6), 3))
    pd.testing.assert_frame_equal(placed(thrice), placed())
    heavy = placed(ANSWERS.assign(survey_weight=[2, 1, 1, 1, 1, 0]))
    assert heavy.loc["price", "performance"] == pytest.approx(11 / 6) and heavy.loc["price", "n_customers"] == 5


@pytest.mark.parametrize("scale", [None, Scale(name="rating", minimum=1, maximum=7, expected=4)], ids=["none", "scale"])
def test_the_rating_is_the_mean_score_with_its_interval(scale):
    rng = np.random.default_rng(5)
    answers = pd.DataFrame({"staff": rng.integers(1, 8, 60), "customer_id": rng.integers(0, 25, 60)})
    answers = answers.assign(survey_weight=rng.lognormal(sigma=1.0, size=60), score=answers["staff"])
    found = placed(answers, SHARES.iloc[1:2], scales=None if scale is None else {"staff": scale}).loc["staff"]
    expected = mean_score(answers, scale=scale).iloc[0]
    names = [("performance", "mean_score"), ("low_performance", "low_score"), ("high_performance", "high_score")]
    for ours, theirs in names:
        assert found[ours] == expected[theirs]
    assert found["n_customers"] == expected["n_customers"] == answers["customer_id"].nunique()


SCHOOL = Scale(name="grade", minimum=1, maximum=7, expected=4, better="lower")
"""1 is best, 7 worst."""


def test_where_lower_is_better_for_all_low_ratings_are_good_ones():
    turned = placed(ANSWERS.rsub(8), scales=dict.fromkeys(ANSWERS.columns, SCHOOL))
    assert turned["performance"].tolist() == [6, 2, 3, 3] and set(turned["better"]) == {"lower"}
    assert not turned["is_mirrored"].any()
    for crosshair in ("means", "midpoint"):
        for figure in (f"quadrant_at_{crosshair}", f"is_sure_at_{crosshair}"):
            assert turned[figure].tolist() == placed()[figure].tolist()
    # on the line is well rated, from this side too
    assert placed(ANSWERS.rsub(8), scales=dict.fromkeys(ANSWERS.columns, SCHOOL), midpoint=3)[
        "quadrant_at_midpoint"
    ].tolist() == ["concentrate", "keep_up", "overkill", "overkill"]


def test_one_driver_whose_lower_end_is_good_is_mirrored_beside_the_others():
    found = placed(ANSWERS.assign(price=8 - ANSWERS["price"]), scales={"price": SCHOOL})
    assert found["is_mirrored"].tolist() == [True, False, False, False] and set(found["better"]) == {"higher"}
    expected = placed(scales={"price": Scale(name="grade", minimum=1, maximum=7, expected=4)})
    pd.testing.assert_frame_equal(found.drop(columns="is_mirrored"), expected.drop(columns="is_mirrored"))


def test_scales_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match=r"scales names 'prise', .* mean 'price'"):
        placed(scales={"prise": SCHOOL})
    five = Scale(name="csat", minimum=1, maximum=5, expected=3)
    with pytest.raises(ParameterError, match=r"the drivers' scales run 1 to 5, 1 to 7: .* do not share an axis"):
        placed(scales={"price": SCHOOL, "staff": five})
    with pytest.raises(ScoreRangeError, match="5 of 6 staff scores lie outside 1 to 5"):
        placed(scales={"staff": five})
    dates = Scale(name="promise", minimum=-7, maximum=7, expected=0, kind="date", full_effect_days=7)
    with pytest.raises(ParameterError, match="scale 'promise' has dates"):
        placed(scales={"price": dates})


def test_no_rows_and_nobody_give_the_same_columns_and_types():
    usual = placed()
    for empty in (placed(shares=SHARES.iloc[:0]), placed(ANSWERS.iloc[:0]), placed(ANSWERS.assign(price=np.nan))):
        assert empty.dtypes.to_dict() == usual.dtypes.to_dict()
    assert len(placed(shares=SHARES.iloc[:0])) == 0
    nobody = placed(ANSWERS.iloc[:0])
    assert nobody["n_customers"].tolist() == [0] * 4 and nobody["quadrant_at_midpoint"].isna().all()


def test_nothing_is_placed_under_the_smallest_base_or_without_a_share():
    found = placed(smallest_base=6)
    assert pd.isna(found.loc["app", "performance"]) and pd.isna(found.loc["app", "quadrant_at_means"])
    assert found["mean_performance"].iloc[0] == pytest.approx(13 / 3)
    unknown = placed(shares=SHARES.assign(lmg_share=np.nan))
    assert unknown["quadrant_at_midpoint"].isna().all() and not unknown["agrees"].any()
    assert not unknown["is_sure_at_means"].any()


def test_rows_stay_in_order_inputs_stay_and_mistakes_are_named():
    before = ANSWERS.copy()
    assert placed(shares=SHARES.iloc[::-1]).index.tolist() == ["app", "site", "staff", "price"]
    pd.testing.assert_frame_equal(ANSWERS, before)
    with pytest.raises(MissingColumnError, match="answers lacks 'app'"):
        placed(ANSWERS.drop(columns="app"))
    with pytest.raises(MissingColumnError, match="importance lacks 'lmg_share'"):
        placed(shares=SHARES.drop(columns="lmg_share"))
    with pytest.raises(ParameterError, match="several rows of one driver"):
        placed(shares=pd.concat([SHARES, SHARES]))
