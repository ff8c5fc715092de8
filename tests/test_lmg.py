"""R² shared out among drivers: by hand, against published numbers, and its properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.drivers.lmg import MOST_DRIVERS, lmg_contributions
from cxlib.errors import ParameterError

# Henderson & Velleman (1981), the data set mtcars of R: mpg, cyl, disp, hp, gear.
MTCARS = """
21 6 160 110 4; 21 6 160 110 4; 22.8 4 108 93 4; 21.4 6 258 110 3; 18.7 8 360 175 3; 18.1 6 225 105 3;
14.3 8 360 245 3; 24.4 4 146.7 62 4; 22.8 4 140.8 95 4; 19.2 6 167.6 123 4; 17.8 6 167.6 123 4; 16.4 8 275.8 180 3;
17.3 8 275.8 180 3; 15.2 8 275.8 180 3; 10.4 8 472 205 3; 10.4 8 460 215 3; 14.7 8 440 230 3; 32.4 4 78.7 66 4;
30.4 4 75.7 52 4; 33.9 4 71.1 65 4; 21.5 4 120.1 97 3; 15.5 8 318 150 3; 15.2 8 304 150 3; 13.3 8 350 245 3;
19.2 8 400 175 3; 27.3 4 79 66 4; 26 4 120.3 91 5; 30.4 4 95.1 113 5; 15.8 8 351 264 5; 19.7 6 145 175 5;
15 8 301 335 5; 21.4 4 121 109 4
"""


def correlations(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the columns after the first, and of them with the first."""
    r = np.corrcoef(rows, rowvar=False)
    return r[1:, 1:], r[1:, 0]


def test_the_published_shares_of_mtcars():
    cars = np.array([[float(cell) for cell in row.split()] for row in MTCARS.split(";")])
    parts = lmg_contributions(*correlations(cars))
    assert parts == pytest.approx([0.2471, 0.2435, 0.2109, 0.0777], abs=5e-5)
    assert parts.sum() == pytest.approx(0.7791896, abs=5e-8)


def test_uncorrelated_drivers_contribute_their_squared_correlation():
    assert lmg_contributions(np.eye(3), [0.6, -0.3, 0]) == pytest.approx([0.36, 0.09, 0])


def test_two_drivers_by_hand():
    # alone 0.25 and 0.16, together (0.25 + 0.16 - 2 * 0.5 * 0.4 * 0.5) / (1 - 0.25) = 0.28
    parts = lmg_contributions([[1, 0.5], [0.5, 1]], [0.5, 0.4])
    assert parts == pytest.approx([(0.25 + 0.12) / 2, (0.16 + 0.03) / 2])


def test_a_driver_that_is_another_shares_its_part_and_one_without_spread_has_none():
    assert lmg_contributions([[1, 1], [1, 1]], [0.6, 0.6]) == pytest.approx([0.18, 0.18])
    assert lmg_contributions([[0, 0], [0, 1]], [0, 0.6]) == pytest.approx([0, 0.36])


def test_many_at_once_are_each_alone_and_a_missing_one_harms_no_other():
    rng = np.random.default_rng(1)
    samples = [correlations(rng.normal(size=(30, 5))) for _ in range(3)]
    r_xx, r_xy = (np.stack(arrays) for arrays in zip(*samples, strict=True))
    r_xy[1, 2] = np.nan
    parts = lmg_contributions(r_xx, r_xy)
    assert np.isnan(parts[1]).all()
    for each in (0, 2):
        np.testing.assert_allclose(parts[each], lmg_contributions(r_xx[each], r_xy[each]), atol=1e-14)


@given(st.integers(2, 5), st.integers(0, 10_000))
def test_parts_sum_to_r2_are_never_negative_and_follow_their_drivers(p, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(25, p + 1)) @ rng.normal(size=(p + 1, p + 1))
    parts = lmg_contributions(*correlations(rows))
    design = np.column_stack([np.ones(25), rows[:, 1:]])
    residual = rows[:, 0] - design @ np.linalg.lstsq(design, rows[:, 0], rcond=None)[0]
    assert parts.sum() == pytest.approx(1 - residual.var() / rows[:, 0].var(), abs=1e-6)
    assert (parts >= -1e-9).all()
    turned = lmg_contributions(*correlations(rows[:, [0, *range(p, 0, -1)]]))
    np.testing.assert_allclose(turned[::-1], parts, atol=1e-6)


def test_shapes_and_the_number_of_drivers_are_checked():
    with pytest.raises(ParameterError, match=r"found \(2, 2\) and \(3,\)"):
        lmg_contributions(np.eye(2), np.zeros(3))
    with pytest.raises(ParameterError, match=f"{MOST_DRIVERS + 1} drivers are too many: {MOST_DRIVERS} at most"):
        lmg_contributions(np.eye(MOST_DRIVERS + 1), np.zeros(MOST_DRIVERS + 1))
