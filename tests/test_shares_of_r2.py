"""Sampled orders of entry and relative weights: against published numbers, LMG itself, and their properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.drivers.lmg import lmg_contributions
from cxlib.drivers.relative_weights import relative_weights
from cxlib.drivers.sampled_orders import balanced_orders, sampled_lmg_contributions
from cxlib.errors import ParameterError
from tests.test_lmg import correlations


@pytest.fixture(scope="module")
def mtcars(shared_data):
    cars = pd.read_csv(shared_data / "reference_tables" / "mtcars.csv")
    return correlations(cars[["mpg", "cyl", "disp", "hp", "gear"]].to_numpy())


@pytest.fixture(scope="module")
def advertisers(shared_data):
    """customerSat of the R package bayesm: 1,811 advertisers, q1 overall."""
    answers = pd.read_csv(shared_data / "reference_tables" / "customerSat.csv")
    return correlations(answers[[f"q{number}" for number in range(1, 11)]].to_numpy())


def test_relative_weights_of_mtcars_as_the_r_package_rwa_prints_them(mtcars):
    weights = relative_weights(*mtcars)
    assert weights == pytest.approx([0.2284797, 0.2221469, 0.2321744, 0.0963886], abs=5e-8)
    assert weights.sum() == pytest.approx(0.7791896, abs=5e-8)
    assert 100 * weights / weights.sum() == pytest.approx([29.32274, 28.50999, 29.79691, 12.37037], abs=5e-6)


def test_the_published_shares_of_the_advertisers(advertisers):
    """LMG, R² and relative weights published for the data set customerSat of the R package bayesm."""
    parts = lmg_contributions(*advertisers)
    printed = [0.08709562, 0.07039182, 0.16142831, 0.0787233, 0.15222723, 0.0627629, 0.05032439, 0.02569774, 0.02807759]
    assert parts == pytest.approx(printed, abs=5e-9)
    assert parts.sum() == pytest.approx(0.716729, abs=5e-7)
    printed = [0.0914195, 0.0741815, 0.1488983, 0.0788269, 0.1523142, 0.0648323, 0.0510699, 0.0253888, 0.0297975]
    assert relative_weights(*advertisers) == pytest.approx(printed, abs=5e-8)


def test_two_uncorrelated_drivers_weigh_their_squared_correlation_and_two_alike_share():
    assert relative_weights(np.eye(2), [0.6, -0.3]) == pytest.approx([0.36, 0.09])
    assert relative_weights([[1, 1], [1, 1]], [0.6, 0.6]) == pytest.approx([0.18, 0.18])
    assert relative_weights([[1, 0], [0, 1]], [0, 0.6]) == pytest.approx([0, 0.36])


def test_relative_weights_of_two_correlated_drivers_by_hand():
    # Λ = R^½ has (√1.6 ± √0.4) / 2 = 0.9487 and 0.3162, squares 0.9 and 0.1;
    # Λ⁻¹ r = (0.5270, 0.0000) for r = (0.5, 1/6)
    found = relative_weights([[1, 0.6], [0.6, 1]], [0.5, 1 / 6])
    assert found == pytest.approx([0.9 * 0.25 / 0.9, 0.1 * 0.25 / 0.9])


@given(st.integers(2, 6), st.integers(0, 10_000))
def test_both_sum_to_r2_and_follow_their_drivers(p, seed):
    rng = np.random.default_rng(seed)
    r_xx, r_xy = correlations(rng.normal(size=(40, p + 1)) @ rng.normal(size=(p + 1, p + 1)))
    weights = relative_weights(r_xx, r_xy)
    orders = balanced_orders(p, 5, seed=seed)
    sampled, error = sampled_lmg_contributions(r_xx, r_xy, orders=orders)
    r2 = lmg_contributions(r_xx, r_xy).sum()
    assert weights.sum() == pytest.approx(r2, abs=1e-6) and sampled.sum() == pytest.approx(r2, abs=1e-6)
    assert (weights >= 0).all() and (sampled >= -1e-9).all() and np.isfinite(error).all()
    turned = np.arange(p)[::-1]
    np.testing.assert_allclose(relative_weights(r_xx[np.ix_(turned, turned)], r_xy[turned])[turned], weights, atol=1e-6)


def test_two_drivers_have_two_orders_and_every_round_has_both():
    r_xx, r_xy = [[1, 0.5], [0.5, 1]], [0.5, 0.4]
    parts, error = sampled_lmg_contributions(r_xx, r_xy, orders=balanced_orders(2, 5))
    assert parts == pytest.approx(lmg_contributions(r_xx, r_xy)) and error == pytest.approx([0, 0], abs=1e-12)


@given(st.integers(1, 20), st.integers(0, 100))
def test_in_every_round_every_driver_has_every_place_twice(p, seed):
    orders = balanced_orders(p, 5, seed=seed)
    assert orders.shape == (5, 2 * p, p)
    for driver in range(p):
        assert ((orders == driver).sum(axis=1) == 2).all()


def test_the_sampled_contributions_lie_as_near_to_the_exact_ones_as_their_error_says(advertisers):
    exact = lmg_contributions(*advertisers)
    off = []
    for seed in range(40):
        parts, error = sampled_lmg_contributions(*advertisers, orders=balanced_orders(9, 20, seed=seed))
        assert (error < 0.06 * parts).all() and np.median(error / parts) < 0.03
        off.append((parts - exact) / error)
    # Student's t with 19 degrees of freedom has a standard deviation of 1.06; 360 values, nine of a sample dependent
    assert 0.9 < np.std(off) < 1.25 and abs(np.mean(off)) < 0.1


def test_a_driver_made_up_by_others_does_not_stop_the_orders():
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(60, 4))
    r_xx, r_xy = correlations(np.column_stack([rows.sum(axis=1) + rng.normal(size=60), rows[:, :3], rows[:, 0]]))
    parts, _ = sampled_lmg_contributions(r_xx, r_xy, orders=balanced_orders(4, 200))
    np.testing.assert_allclose(parts, lmg_contributions(r_xx, r_xy), atol=0.01)


def test_many_at_once_and_a_missing_one():
    rng = np.random.default_rng(2)
    samples = [correlations(rng.normal(size=(30, 5))) for _ in range(3)]
    r_xx, r_xy = (np.stack(arrays) for arrays in zip(*samples, strict=True))
    r_xy[1, 2] = np.nan
    orders = balanced_orders(4, 5)
    weights, (parts, _) = relative_weights(r_xx, r_xy), sampled_lmg_contributions(r_xx, r_xy, orders=orders)
    assert np.isnan(weights[1]).all() and np.isnan(parts[1]).all()
    np.testing.assert_allclose(weights[2], relative_weights(r_xx[2], r_xy[2]), atol=1e-14)
    np.testing.assert_allclose(parts[2], sampled_lmg_contributions(r_xx[2], r_xy[2], orders=orders)[0], atol=1e-14)


def test_what_is_wrong_is_named():
    with pytest.raises(ParameterError, match="n_rounds must be at least 5, found 4"):
        balanced_orders(3, 4)
    with pytest.raises(ParameterError, match=r"with 2 drivers; found \(5, 6, 3\)"):
        sampled_lmg_contributions(np.eye(2), [0.1, 0.2], orders=balanced_orders(3, 5))
    with pytest.raises(ParameterError, match="r_xx must be"):
        relative_weights(np.eye(2), np.zeros(3))
