"""What every analysis of answers asks of them first."""

import numpy as np
import pandas as pd
import pytest

from cxlib.answers import effective_n, key_columns, respondents, survey_weights
from cxlib.errors import ParameterError


def test_columns_to_group_by_are_one_or_several():
    assert key_columns(None) == []
    assert key_columns("segment") == ["segment"]
    assert key_columns(["segment", "month"]) == ["segment", "month"]


def test_a_column_named_twice_is_refused():
    with pytest.raises(ParameterError, match="by names 'month' more than once"):
        key_columns(["month", "segment", "month"])


def test_a_column_called_like_one_of_the_result_is_refused_with_a_way_out():
    with pytest.raises(ParameterError, match=r"'nps_points'.*rename\(columns=\{'nps_points': 'nps_points_group'\}\)"):
        key_columns(["segment", "nps_points"], taken=["n_responses", "nps_points"])


def test_an_answer_without_a_weight_counts_one():
    answers = pd.DataFrame({"survey_weight": pd.array([2.0, None, 0.0], dtype="Float64")})
    assert survey_weights(answers).tolist() == [2, 1, 0]
    assert survey_weights(pd.DataFrame({"score": [1, 2]})).tolist() == [1, 1]
    assert survey_weights(pd.DataFrame({"survey_weight": [None, None]})).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("weights", "found"), [([1, -2], "such as -2, are"), ([np.inf, 1], "such as inf, are"), (["a", "b"], "not numbers")]
)
def test_a_weight_that_is_none_is_refused(weights, found):
    with pytest.raises(ParameterError, match=found):
        survey_weights(pd.DataFrame({"survey_weight": weights}))


def test_answers_of_nobody_known_are_of_somebody_else_each():
    code, is_known = respondents(pd.DataFrame({"customer_id": ["C1", None, "C2", "C1", None]}))
    assert is_known
    assert code.tolist() == [0, 2, 1, 0, 3]
    code, is_known = respondents(pd.DataFrame({"score": [1, 2]}))
    assert not is_known
    assert code.tolist() == [0, 1]


def test_effective_n_of_weights_by_hand():
    assert effective_n(np.array([1.0, 1, 1])) == 3
    assert effective_n(np.array([3.0, 1])) == pytest.approx(16 / 10)
    assert effective_n(np.array([[2.0, 2], [0, 0]])).tolist() == [2, 0]
