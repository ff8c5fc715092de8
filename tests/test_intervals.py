import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxlib.intervals import bounded_mean_interval, difference_interval, mean_interval, wilson_interval


def test_wilson_interval_of_6_of_32():
    # shared/anchors.md, R's PropCIs
    low, high = wilson_interval(6, 32)
    assert low == pytest.approx(0.08889545, abs=5e-9)
    assert high == pytest.approx(0.35309155, abs=5e-9)


@given(st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_equals_scipys(count_and_base):
    count, base = count_and_base
    expected = stats.binomtest(count, base).proportion_ci(method="wilson")
    low, high = wilson_interval([count], [base])
    assert (low[0], high[0]) == (pytest.approx(expected.low, abs=1e-12), pytest.approx(expected.high, abs=1e-12))


def test_no_base_gives_no_interval():
    assert np.isnan(wilson_interval([0], [0])).all()
    assert np.isnan(mean_interval([1.0], [np.nan], [1])).all()


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=2, max_size=50))
def test_mean_interval_equals_scipys(values):
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95) if np.std(values) else None
    low, high = mean_interval([np.mean(values)], [np.std(values, ddof=1)], [len(values)])
    if expected is None:
        assert low[0] == high[0] == values[0]
    else:
        assert (low[0], high[0]) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_the_difference_of_two_shares_by_newcombes_method_10():
    # Newcombe (1998), Table II, a: 56/70 - 48/80 gives .2000 [.0524, .3339]
    now, before = ((count / base, *wilson_interval(count, base)) for count, base in ((56, 70), (48, 80)))
    low, high = difference_interval(now, before)
    assert (low, high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_what_two_estimates_have_in_common_makes_their_difference_more_certain():
    # of t intervals of two correlated means it is the interval of the mean difference: var = a² + b² − 2rab
    low, high = difference_interval((5.0, 4.0, 6.0), (3.0, 1.0, 5.0), correlation=[0.0, 0.5, 1.0])
    half = np.sqrt([1 + 4, 1 + 4 - 2, 1 + 4 - 4])
    assert np.allclose(low, 2 - half)
    assert np.allclose(high, 2 + half)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_rounding_makes_no_root_of_a_negative_number(below, above, correlation):
    low, high = difference_interval((0.0, -below, above), (0.0, -above, below), correlation=correlation)
    assert low <= 0 <= high


def test_alike_answers_are_not_certain():
    low, high = bounded_mean_interval([-1.0, -1.0, 0.0], [np.nan, 0.0, 0.0], [1, 100, 4], lowest=-1, highest=1)
    assert low.tolist()[:2] == [-1, -1]
    assert high[0] > 0.5  # one answer tells next to nothing
    assert high[1] == pytest.approx(-1 + 2 * wilson_interval(0, 100)[1])
    assert (low[2], high[2]) == (pytest.approx(-high[2]), pytest.approx(wilson_interval(0, 4)[1]))


def test_unlike_answers_have_the_t_interval_within_the_bounds():
    assert bounded_mean_interval([0.9], [0.3], [4], lowest=-1, highest=1)[1] == 1
    inside = bounded_mean_interval([0.1], [0.3], [40], lowest=-1, highest=1)
    assert np.allclose(inside, mean_interval([0.1], [0.3], [40]))
