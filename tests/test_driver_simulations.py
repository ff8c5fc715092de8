"""The simulations of drivers: their truths by hand, that they can fail, and that the page has a row for each."""

import re
from pathlib import Path

import numpy as np
import pytest

from simulations.drivers import CHECKS, NOTHING, WANTED, Check, population

PAGE = Path(__file__).parents[1] / "docs" / "statistics_drivers.md"


def test_the_population_explains_what_it_should():
    whole = population((1.0, 1.0), correlation=0.5, r2=0.3)
    slopes = np.linalg.solve(whole[:2, :2], whole[:2, 2])
    assert slopes @ whole[:2, 2] == pytest.approx(0.3) and slopes[0] == pytest.approx(slopes[1])
    assert NOTHING[3, :3].tolist() == [0, 0, 0] and NOTHING[5, 4] == 0


def test_an_interval_that_is_too_narrow_is_found_out():
    def too_narrow(random):
        mean = random.normal(size=3)
        return {"mean": (np.zeros(3), mean - 1.0, mean + 1.0)}

    (row,) = Check(name="narrow", n=1, samples=too_narrow).run(300).itertuples()
    # one standard error holds 68.3 % of means; 900 of them
    assert row.coverage == pytest.approx(0.683, abs=0.05) and row.coverage < WANTED[0]
    assert row.lowest <= row.coverage <= row.highest


def test_a_real_check_runs():
    frame = CHECKS[0].run(3)
    assert frame["figure"].tolist() == ["lmg", "lmg_share"] and (frame["coverage"] > 0.5).all()


def test_the_page_has_a_row_for_each_check_and_every_average_is_within_what_is_wanted():
    rows = re.findall(
        r"^\| ([^|]+) \| ([\d,]+) \| (\w+) \| ([\d.]+) \| [\d.]+ \| [\d.]+ \|$", PAGE.read_text(), re.MULTILINE
    )
    assert {(name, int(n.replace(",", ""))) for name, n, *_ in rows} == {(check.name, check.n) for check in CHECKS}
    assert all(100 * WANTED[0] <= float(average) <= 100 * WANTED[1] for *_, average in rows)
