import numpy as np
import pandas as pd
import pytest

from cxlib.errors import MissingColumnError, ParameterError
from cxlib.touchpoints.advice import touchpoint_advice

# touchpoint, customers, mean, low, net, potential, required -> advice, reason
CASES = [
    ("nobody asked", 0, np.nan, np.nan, 0.0, 0.1, False, None, "unmeasured"),
    ("four asked", 4, 1.0, 0.5, 4.0, 0.9, False, None, "too_few"),
    ("five asked", 5, 1.0, 0.5, 4.0, 0.9, False, "protect", "carries"),
    ("little potential", 50, -0.2, -0.3, -9.0, 0.39, False, "question", "low_potential"),
    ("little potential, may carry", 50, 0.1, -0.1, 2.0, 0.2, False, "question", "low_potential"),
    ("little potential, carries", 50, 0.5, 0.1, 9.0, 0.2, False, "protect", "carries"),
    ("little potential, required", 50, -0.2, -0.3, -9.0, 0.2, True, "improve", "low_but_required"),
    ("on the border", 50, -0.2, -0.3, -9.0, 0.4, False, "improve", "drains"),
    ("unknown potential", 50, -0.2, -0.3, -9.0, np.nan, False, "improve", "drains"),
    ("above zero, and drains", 50, 0.1, 0.05, -9.0, 0.2, False, "improve", "drains"),
    ("uncertain", 50, 0.1, 0.0, 0.0, 0.8, False, "improve", "uncertain"),
]
COLUMNS = ["touchpoint", "n_customers", "mean_experience", "low_mean", "net_capital", "potential", "required"]
INVENTORY = pd.DataFrame([case[:7] for case in CASES], columns=COLUMNS)


@pytest.mark.parametrize("row", range(len(CASES)), ids=[case[0] for case in CASES])
def test_the_first_rule_that_holds_decides(row):
    found = touchpoint_advice(INVENTORY).iloc[row]
    advice = None if pd.isna(found["advice"]) else found["advice"]
    assert (advice, found["reason"]) == CASES[row][7:]


def test_rows_columns_and_order_stay_and_the_input_is_left_alone():
    before = INVENTORY.copy()
    found = touchpoint_advice(INVENTORY.iloc[::-1], smallest_base=1)
    pd.testing.assert_frame_equal(INVENTORY, before)
    pd.testing.assert_frame_equal(found[COLUMNS], INVENTORY.iloc[::-1])
    assert found.set_index("touchpoint").loc["four asked", "advice"] == "protect"


def test_what_is_wrong_is_named():
    with pytest.raises(MissingColumnError, match="inventory lacks 'low_mean'"):
        touchpoint_advice(INVENTORY.drop(columns="low_mean"))
    with pytest.raises(ParameterError, match="smallest_base must be at least 1"):
        touchpoint_advice(INVENTORY, smallest_base=0)
