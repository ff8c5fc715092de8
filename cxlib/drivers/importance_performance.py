"""How well each driver is rated beside how much it explains: four quarters, under two crosshairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.drivers.answers import numbers
from cxlib.drivers.directions import better_of, scales_of
from cxlib.errors import ParameterError, require_columns
from cxlib.metrics.means import mean_score
from cxlib.scales import Scale

ROUNDING = 1e-9
"""Figures so near to a line lie on it."""

PERFORMANCE = ("performance", "low_performance", "high_performance")

QUADRANTS = ("concentrate", "keep_up", "low_priority", "overkill")
"""Important and rated badly; important and well; unimportant and badly; unimportant and well (Martilla &
James 1977)."""


def importance_performance(
    answers: pd.DataFrame,
    importance: pd.DataFrame,
    *,
    midpoint: float,
    scales: Mapping[str, Scale] | None = None,
    smallest_base: int = SMALLEST_BASE,
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
    scales : mapping of column to Scale, optional
        Which end is good, and where answers must lie; a driver without one has the higher end as its good one.
    smallest_base : int
        Drivers that fewer people rated are not shown, nor placed.

    Returns
    -------
    DataFrame, one row per driver, as in `importance`
        driver : str
        n_customers : int, who rated it
        performance, low_performance, high_performance : float: the mean of all who rated it, with its 95 % interval, as
            `mean_score` gives them
        better : str, "higher" or "lower": the good end of the axis that all drivers share, the same in each row; lower
            where it is for every driver
        is_mirrored : bool: the driver's own good end is the other one, so its rating is mirrored on its scale
            (minimum + maximum − mean)
        importance, low_importance, high_importance : float, 0 to 1
        mean_performance, mean_importance : float: the first crosshair, the same in each row: the means over drivers
        midpoint, equal_importance : float: the second, the same in each row: the scale's middle, and 1 / drivers
        quadrant_at_means, quadrant_at_midpoint : str, one of `QUADRANTS`; NA where a figure is missing
        is_sure_at_means, is_sure_at_midpoint : bool: neither interval reaches over a line
        agrees : bool: both crosshairs give the same quarter

    Raises
    ------
    MissingColumnError
    ScoreRangeError
        An answer lies outside its scale.
    ParameterError
        Several rows of one driver, scales with other ends, or a scale of something that is no column.

    Notes
    -----
    Shares of all drivers of one analysis have the mean 1 / drivers, so the crosshairs then differ in performance alone.
    What lies on a line counts as important, and as rated well. That a driver is rated low on average and explains much
    does not say that raising it would pay.

    References
    ----------
    Martilla & James (1977), Journal of Marketing 41, 77-79. Oh (2001), Tourism Management 22, 617-627, a review of the
    method's weak points.
    """
    check_smallest_base(smallest_base)
    require_columns(importance, ["driver", "lmg_share", "low_share", "high_share"], name="importance")
    drivers = list(importance["driver"])
    if len(set(drivers)) < len(drivers):
        raise ParameterError("importance has several rows of one driver; choose one analysis first")
    require_columns(answers, drivers, name="answers")
    _check_ends(drivers, scales or {})
    scales = scales_of(answers, scales)
    own = better_of(drivers, scales)
    better = "lower" if set(own) == {"lower"} else "higher"
    rated = [
        _performance(answers, name, scales.get(name), mirrored=own_better != better, smallest_base=smallest_base)
        for name, own_better in zip(drivers, own, strict=True)
    ]
    found = pd.DataFrame(
        {
            "driver": pd.Series(drivers, dtype="str"),
            "n_customers": np.array([row[0] for row in rated], dtype="int64"),
            **{name: np.array([row[1][at] for row in rated], dtype=float) for at, name in enumerate(PERFORMANCE)},
            "better": pd.Series([better] * len(drivers), dtype="str"),
            "is_mirrored": np.array([each != better for each in own], dtype=bool),
            "importance": importance["lmg_share"].to_numpy(float),
            "low_importance": importance["low_share"].to_numpy(float),
            "high_importance": importance["high_share"].to_numpy(float),
        }
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
            "driver", "n_customers", *PERFORMANCE, "better", "is_mirrored",
            "importance", "low_importance", "high_importance",
            "mean_performance", "mean_importance", "midpoint", "equal_importance",
            "quadrant_at_means", "quadrant_at_midpoint", "is_sure_at_means", "is_sure_at_midpoint", "agrees",
        ]
    ]  # fmt: skip


def _check_ends(drivers: list[str], scales: Mapping[str, Scale]) -> None:
    """One axis holds ratings of one scale."""
    ends = {(scales[name].minimum, scales[name].maximum) for name in drivers if name in scales}
    if len(ends) > 1:
        said = ", ".join(f"{low:g} to {high:g}" for low, high in sorted(ends))
        raise ParameterError(
            f"the drivers' scales run {said}: ratings of different scales do not share an axis; place the drivers of "
            "one scale at a time, or bring the answers onto one scale first"
        )


def _performance(
    answers: pd.DataFrame, name: str, scale: Scale | None, *, mirrored: bool, smallest_base: int
) -> tuple[int, tuple[float, float, float]]:
    """How many people rated a driver; their mean rating and its interval, NaN for too few."""
    known = [column for column in ("customer_id", "survey_weight") if column in answers.columns]
    ratings = answers[known].assign(score=numbers(answers, name))
    # a driver that is called nps is not therefore on that scale
    metric = None if scale is None else name
    row = mean_score(ratings, metric=metric, scale=scale, smallest_base=smallest_base).iloc[0]
    n = int(row["n_customers" if "customer_id" in known else "n_responses"])
    mean, low, high = (float(row[figure]) for figure in ("mean_score", "low_score", "high_score"))
    if mirrored:
        both = scale.minimum + scale.maximum
        mean, low, high = both - mean, both - high, both - low
    return n, (mean, low, high)


def _quadrant(found: pd.DataFrame, across: pd.Series, up: pd.Series) -> pd.Series:
    is_known = found[["performance", "importance"]].notna().all(axis=1)
    towards_better = np.where(found["better"] == "lower", -1, 1)
    is_important = found["importance"] >= up - ROUNDING
    is_rated_well = (found["performance"] - across) * towards_better >= -ROUNDING
    conditions = [is_important & ~is_rated_well, is_important, ~is_rated_well]
    return pd.Series(np.select(conditions, QUADRANTS[:3], QUADRANTS[3]), found.index, dtype="str").where(is_known)


def _is_clear(found: pd.DataFrame, figure: str, line: pd.Series) -> pd.Series:
    return (found[f"low_{figure}"] > line) | (found[f"high_{figure}"] < line)
