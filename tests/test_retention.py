"""The retention curve: published numbers, a curve drawn from known parameters, and what is refused."""

import numpy as np
import pytest

import cxlib as cx
from cxlib.retention import fit_retention

# Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1): regular customers.
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


def test_the_published_curve_is_reproduced():
    curve = fit_retention(REGULAR)
    assert (round(curve.alpha, 3), round(curve.beta, 3)) == (0.704, 1.182)
    assert (curve.n_customers, curve.n_periods) == (1000, 7)
    assert curve.low_alpha < 0.704 < curve.high_alpha and curve.low_beta < 1.182 < curve.high_beta


def test_survival_begins_with_all_and_follows_the_data():
    curve = fit_retention(REGULAR)
    assert curve.survival(0) == 1
    assert curve.survival(np.arange(8)) == pytest.approx(np.array(REGULAR) / 1000, abs=0.01)
    # by hand: S(1) = beta / (alpha + beta)
    assert curve.survival(1) == pytest.approx(curve.beta / (curve.alpha + curve.beta))


def test_the_truth_is_found_again():
    rng = np.random.default_rng(1)
    leaves = rng.beta(2.0, 5.0, 200_000)
    periods = rng.geometric(leaves)
    curve = fit_retention([(periods > t).sum() for t in range(9)])
    assert curve.low_alpha < 2.0 < curve.high_alpha and curve.low_beta < 5.0 < curve.high_beta
    assert curve.high_alpha / curve.low_alpha < 1.1


@pytest.mark.parametrize(
    ("survivors", "says"),
    [
        ([10, 5], "at least two periods"),
        ([10, 5, 6], "more customers after period 2 than before it"),
        ([1.0, 0.63, 0.4], "no whole number"),
        ([10, 10, 10], "somebody who left"),
        ([10, 0, 0], "somebody who stayed"),
    ],
)
def test_what_is_no_curve_is_refused(survivors, says):
    with pytest.raises(cx.ParameterError, match=says):
        fit_retention(survivors)


@pytest.mark.parametrize(
    "survivors", [[1000, 500, 250, 125, 63, 31], [100, 50, 50], [1000, 900, 800, 700], [100, 90, 50, 10]]
)
def test_where_no_curve_is_the_best_one_there_is_none(survivors):
    """The same share leaves each time, nobody leaves twice, or more and more do."""
    with pytest.raises(cx.ParameterError, match="survivors"):
        fit_retention(survivors)
