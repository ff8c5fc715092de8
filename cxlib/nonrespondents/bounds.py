"""How far a figure could move if those who did not answer had: bounds without any model of why they are silent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.answers import key_columns
from cxlib.confidentiality import SMALLEST_BASE
from cxlib.confidentiality.crossed_groups import suppress_crossed
from cxlib.errors import ParameterError
from cxlib.metrics.answers import answers_of as counted_answers
from cxlib.metrics.estimates import group_means
from cxlib.metrics.measures import Measure, measure_of
from cxlib.nonrespondents.asked import answers_of, who_answered, with_rates
from cxlib.scales import Scale

RATES = ["n_customers", "response_share"]
FIGURES = ["n_responses", "value", "low", "high", "lowest_value", "highest_value", "lowest_low", "highest_high"]


def headline_bounds(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    metric: str = "nps",
    statistic: str | None = None,
    scale: Scale | None = None,
    by: str | list[str] | None = None,
    at_most_lower: float | None = None,
    at_most_higher: float | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """The least and the most that a figure could be among all who were asked.

    Parameters
    ----------
    asked, responses, by
        As `nonresponse` takes them. Answers count by `survey_weight` where there is one.
    metric : str
        The rows that count, where there is a `metric` column.
    statistic : "net_promoter", "top_two_box" or "mean", optional
        Default: the score for "nps", the share for "csat", the mean for any other.
    scale : Scale, optional
        Default: the built-in one of the metric. Where lower is better, the top boxes are the two lowest.
    at_most_lower, at_most_higher : float >= 0, optional
        How far below and above those who answered the silent are held to be at most, in the unit of the value: an
        assumption that has to be argued for. Without it they may be anything that the scale allows.
    smallest_base : int, >= 1
        Groups of which fewer answered are suppressed, and with them what their total would give away.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        unit : str, of all values: "points" (−100 to 100), "share" (0 to 1) or "score" (as the scale has it)
        n_asked_customers : int, customers
        n_customers : int, of them those who answered
        response_share : float, 0 to 1
        n_responses : int, what they answered
        value, low, high : float, of those who answered, with its 95 % interval
        lowest_value, highest_value : float, the bounds for all who were asked
        lowest_low, highest_high : float, the same with the interval of `value`: chance and silence together

    Raises
    ------
    MissingColumnError, ParameterError, ScoreRangeError

    Notes
    -----
    With r the share that answered, the figure of all is r · value + (1 − r) · that of the silent, and the latter lies
    between the ends of the scale (Manski). All three figures are means of what each answer counts: 100, 0 or −100;
    1 or 0; the score. Where a customer gave several answers, all of them count in `value` and the customer once in r.
    The interval of the bounds is a little too wide where they are far apart (Imbens & Manski: 1.645 for 1.96).

    References
    ----------
    Manski (1989), Journal of Human Resources 24. Horowitz & Manski (2000), Journal of the American Statistical
    Association 95. Imbens & Manski (2004), Econometrica 72.

    Examples
    --------
    >>> asked = pd.DataFrame({"customer_id": range(20)})
    >>> answers = pd.DataFrame({"customer_id": range(10), "score": [10] * 5 + [8] * 3 + [3] * 2})
    >>> bounds = headline_bounds(asked, answers)
    >>> bounds[["response_share", "value", "lowest_value", "highest_value"]].iloc[0].tolist()
    [0.5, 30.0, -35.0, 65.0]
    """
    for name, limit in (("at_most_lower", at_most_lower), ("at_most_higher", at_most_higher)):
        if limit is not None and not limit >= 0:
            raise ParameterError(f"{name}: found {limit}; allowed: a number of at least 0, in the unit of the value")
    measure = measure_of(metric, statistic, scale)
    lowest, highest = _ends(measure)
    keys = key_columns(by, taken=["unit", "n_asked_customers", *RATES, *FIGURES])
    answers = answers_of(responses, metric=metric if "metric" in responses.columns else None)
    people, has_answered = who_answered(asked, answers, keys)
    rates = with_rates(people, has_answered, keys)
    found = _of_those_who_answered(people, answers, keys, measure)
    figures = rates.merge(found, "left", on=keys, validate="one_to_one") if keys else rates.join(found)
    figures["n_responses"] = figures["n_responses"].fillna(0).astype("int64")
    figures.insert(len(keys), "unit", pd.Series(measure.unit, figures.index, dtype="str"))

    share = figures["response_share"]
    silent_low = pd.Series(lowest, figures.index) if at_most_lower is None else figures["value"] - at_most_lower
    silent_high = pd.Series(highest, figures.index) if at_most_higher is None else figures["value"] + at_most_higher
    silent_low, silent_high = silent_low.clip(lower=lowest), silent_high.clip(upper=highest)
    bounds = figures.assign(
        lowest_value=share * figures["value"] + (1 - share) * silent_low,
        highest_value=share * figures["value"] + (1 - share) * silent_high,
        lowest_low=share * figures["low"] + (1 - share) * silent_low,
        highest_high=share * figures["high"] + (1 - share) * silent_high,
    )
    return suppress_crossed(
        bounds,
        by=keys,
        # how many of few answered is a figure on few too, and hidden as in `nonresponse`
        figures={"n_asked_customers": [*RATES, *FIGURES], "n_customers": FIGURES},
        smallest_base=smallest_base,
    )


def _ends(measure: Measure) -> tuple[float, float]:
    """The least and the most that the figure can be.

    Raises
    ------
    ParameterError
        The scale ends before it begins.
    """
    scale = measure.scale
    if not scale.minimum < scale.maximum:
        raise ParameterError(
            f"scale {scale.name!r} runs from {scale.minimum:g} to {scale.maximum:g}; "
            "allowed: a minimum below the maximum"
        )
    ends = measure.factor * measure.values(np.array([scale.minimum, scale.maximum], dtype=float))
    return float(ends.min()), float(ends.max())


def _of_those_who_answered(
    people: pd.DataFrame, answers: pd.DataFrame, keys: list[str], measure: Measure
) -> pd.DataFrame:
    """The groups that answered, each with n_responses, value, low and high."""
    of_answers = answers.drop(columns=[key for key in keys if key != "customer_id"], errors="ignore")
    grouped = of_answers.merge(people, on="customer_id", validate="many_to_one")
    taken = counted_answers(grouped, metric=None, scale=measure.scale, by=keys)
    found = group_means(taken, measure.values(taken.score))
    values = dict(zip(("low", "high"), measure.interval(found), strict=True)) | {"value": found.mean}
    values = {name: measure.factor * values[name] for name in ("value", "low", "high")}
    return taken.groups.assign(n_responses=found.n, **values)
