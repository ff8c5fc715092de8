import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxlib.intervals import mean_interval, wilson_interval


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
