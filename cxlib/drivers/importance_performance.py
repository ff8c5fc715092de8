"""How well each driver is rated beside how much it explains: four quarters, under two crosshairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from cxlib.answers import respondents, survey_weights
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base, suppress_small_bases
from cxlib.drivers.answers import numbers
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import CONFIDENCE

ROUNDING = 1e-9
"""Figures so near to a line lie on it."""

QUADRANTS = ("concentrate", "keep_up", "low_priority", "overkill")
"""Important and rated low; important and high; unimportant and low; unimportant and high (Martilla & James 1977)."""


def importance_performance(
    answers: pd.DataFrame, importance: pd.DataFrame, *, midpoint: float, smallest_base: int = SMALLEST_BASE
) -> pd.DataFrame:
    """Each driver's mean rating beside its importance, and the quarter it falls into under two crosshairs.

    Parameters
    ----------
    answers : DataFrame, one row per answered form
        Needs the drivers as columns, on one scale, NA where unanswered. Uses `survey_weight` and `customer_id`, as
        `driver_importance` does.
    importance : DataFrame, one row per driver
        `driver_importance(…).drivers`, or any frame with `driver`, `lmg_share`, `low_share`, `high_share`.
    midpoint : float
        The middle of the drivers' scale.
    smallest_base : int
        Drivers that fewer people rated are not shown, nor placed.

    Returns
    -------
    DataFrame, one row per driver, as in `importance`
        driver : str
        n_customers : int, who rated it
        performance, low_performance, high_performance : float: the mean of all who rated it, with its 95 % interval
        importance, low_importance, high_importance : float, 0 to 1
        mean_performance, mean_importance : float: the first crosshair, the same in each row: the means over drivers
        midpoint, equal_importance : float: the second, the same in each row: the scale's middle, and 1 / drivers
        quadrant_at_means, quadrant_at_midpoint : str, one of `QUADRANTS`; NA where a figure is missing
        is_sure_at_means, is_sure_at_midpoint : bool: neither interval reaches over a line
        agrees : bool: both crosshairs give the same quarter

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one driver.

    Notes
    -----
    Shares of all drivers of one analysis have the mean 1 / drivers, so the crosshairs then differ in performance alone.
    A value on a line counts as above it. That a driver is rated low on average and explains much does not say that
    raising it would pay. The interval is Student's, over people: the mean linearised, the answers of one person
    together.

    References
    ----------
    Martilla & James (1977), Journal of Marketing 41. Oh (2001), Tourism Management 22, on what hangs on the crosshair.
    """
    check_smallest_base(smallest_base)
    require_columns(importance, ["driver", "lmg_share", "low_share", "high_share"], name="importance")
    drivers = list(importance["driver"])
    if len(set(drivers)) < len(drivers):
        raise ParameterError("importance has several rows of one driver; choose one analysis first")
    require_columns(answers, drivers, name="answers")
    (person, _), weight = respondents(answers), survey_weights(answers)
    found = pd.DataFrame([_performance(numbers(answers, name), weight, person) for name in drivers]).assign(
        driver=drivers,
        importance=importance["lmg_share"].to_numpy(float),
        low_importance=importance["low_share"].to_numpy(float),
        high_importance=importance["high_share"].to_numpy(float),
    )
    found = suppress_small_bases(
        found,
        base="n_customers",
        columns=["performance", "low_performance", "high_performance"],
        smallest_base=smallest_base,
    )
    found = found.assign(
        mean_performance=found["performance"].mean(),
        mean_importance=found["importance"].mean(),
        midpoint=float(midpoint),
        equal_importance=1 / len(found) if len(found) else np.nan,
    )
    for name, across, up in (
        ("means", "mean_performance", "mean_importance"),
        ("midpoint", "midpoint", "equal_importance"),
    ):
        found[f"quadrant_at_{name}"] = _quadrant(found, found[across], found[up])
        found[f"is_sure_at_{name}"] = _is_clear(found, "performance", found[across]) & _is_clear(
            found, "importance", found[up]
        )
    found["agrees"] = found["quadrant_at_means"] == found["quadrant_at_midpoint"]
    return found[
        [
            "driver", "n_customers", "performance", "low_performance", "high_performance",
            "importance", "low_importance", "high_importance",
            "mean_performance", "mean_importance", "midpoint", "equal_importance",
            "quadrant_at_means", "quadrant_at_midpoint", "is_sure_at_means", "is_sure_at_midpoint", "agrees",
        ]
    ]  # fmt: skip


def _performance(values: np.ndarray, weight: np.ndarray, person: np.ndarray) -> dict[str, float]:
    """The weighted mean with its interval over people, and how many they are."""
    counts = ~np.isnan(values) & (weight > 0)
    values, weight = values[counts], weight[counts]
    code, persons = pd.factorize(person[counts])
    n = len(persons)
    if not n:
        return {"n_customers": 0, "performance": np.nan, "low_performance": np.nan, "high_performance": np.nan}
    mean = float((weight * values).sum() / weight.sum())
    influence = np.bincount(code, weight * (values - mean) / weight.sum(), minlength=n)
    half = np.nan
    if n > 1:
        half = special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * np.sqrt(n / (n - 1) * (influence**2).sum())
    return {"n_customers": n, "performance": mean, "low_performance": mean - half, "high_performance": mean + half}


def _quadrant(found: pd.DataFrame, across: pd.Series, up: pd.Series) -> pd.Series:
    is_known = found[["performance", "importance"]].notna().all(axis=1)
    is_important, is_rated_high = found["importance"] >= up - ROUNDING, found["performance"] >= across - ROUNDING
    conditions = [is_important & ~is_rated_high, is_important, ~is_rated_high]
    return pd.Series(np.select(conditions, QUADRANTS[:3], QUADRANTS[3]), found.index, dtype="str").where(is_known)


def _is_clear(found: pd.DataFrame, figure: str, line: pd.Series) -> pd.Series:
    return (found[f"low_{figure}"] > line) | (found[f"high_{figure}"] < line)
