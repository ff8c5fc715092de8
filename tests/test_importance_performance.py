"""Importance over performance: quarters by hand under both crosshairs, means with their intervals, bases."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.drivers.importance_performance import importance_performance
from cxlib.errors import MissingColumnError, ParameterError

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
