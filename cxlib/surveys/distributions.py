"""How the answers to each question are spread over its scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, suppress_small_bases
from cxlib.errors import ParameterError, ScoreRangeError
from cxlib.intervals import wilson_interval
from cxlib.scales import Scale
from cxlib.surveys.answers import asked_rows

MOST_STEPS = 11
"""A scale of whole numbers with at most so many is shown step by step; a longer one in bands."""

BANDS = 10
FIGURES = ["n_responses", "share", "low_share", "high_share"]


def score_distribution(responses: pd.DataFrame, scale: Scale, *, smallest_base: int = SMALLEST_BASE) -> pd.DataFrame:
    """The share of answers at each step of a scale, for every question on it.

    Parameters
    ----------
    responses : DataFrame, one row per answer or question left open
        Needs metric and score; uses touchpoint, customer_id and survey_weight where present. Rows of other metrics are
        left out.
    scale : Scale
        Of numbers. One with up to `MOST_STEPS` whole numbers is shown step by step, unless scores lie between them;
        any other in `BANDS` bands of the same width, each holding its lower end (the last holds its upper end too).
    smallest_base : int
        Questions answered by fewer people are suppressed.

    Returns
    -------
    DataFrame, one row per question and step or band, in the order of touchpoint and score
        touchpoint : str, NA for a question about the whole
        step : int, from 0 at the low end of the scale
        low_score, high_score : float, the ends of the band; equal for a step
        n_answered, n_people, effective_n : the question's base
        n_responses : int, at this step
        share, low_share, high_share : float, 0-1, of the question's answers by survey weight, with Wilson's 95 %
            interval on the effective n

    Raises
    ------
    MissingColumnError
    ParameterError
        The scale is one of dates, or a weight is negative.
    ScoreRangeError
        A score lies outside the scale.

    Notes
    -----
    The interval takes answers as independent; where one person answers the same question often it is too narrow.
    """
    if scale.is_date:
        raise ParameterError(f"the scale {scale.name} holds dates; a distribution is of scores")
    rows = asked_rows(responses)
    answered = rows.loc[(rows["metric"] == scale.name) & rows["score"].notna()]
    outside = ~answered["score"].between(scale.minimum, scale.maximum)
    if outside.any():
        raise ScoreRangeError(
            f"{int(outside.sum())} of {len(answered)} scores of {scale.name} lie outside {scale.minimum:g} to "
            f"{scale.maximum:g} (such as {answered.loc[outside, 'score'].iloc[0]:g}): a code for no answer must be "
            "made missing first"
        )
    low, high = _steps(scale, answered["score"])
    step = np.clip(np.searchsorted(low, answered["score"].to_numpy(), side="right") - 1, 0, len(low) - 1)
    answered = answered.assign(step=step, squared=answered["weight"] ** 2)
    groups = answered.groupby("touchpoint", dropna=False)
    base = groups.agg(n_answered=("score", "size"), n_people=("person", "nunique"))
    sums = groups[["weight", "squared"]].sum()
    base["effective_n"] = sums["weight"] ** 2 / sums["squared"]
    base["weight_of_all"] = sums["weight"]

    whole = base.reset_index().merge(
        pd.DataFrame({"step": range(len(low)), "low_score": low, "high_score": high}), "cross"
    )
    at_step = answered.groupby(["touchpoint", "step"], dropna=False).agg(
        n_responses=("score", "size"), weight=("weight", "sum")
    )
    found = whole.merge(at_step.reset_index(), "left", on=["touchpoint", "step"], validate="one_to_one")
    # No answer at a step is a count of none, not something unknown.
    found[["n_responses", "weight"]] = found[["n_responses", "weight"]].fillna(0)
    found["n_responses"] = found["n_responses"].astype("int64")
    found["share"] = found["weight"] / found["weight_of_all"].where(found["weight_of_all"] > 0)
    found["low_share"], found["high_share"] = wilson_interval(
        found["share"] * found["effective_n"], found["effective_n"]
    )
    found = found.sort_values(["touchpoint", "step"], na_position="first", ignore_index=True)
    shown = suppress_small_bases(found, base="n_people", columns=FIGURES, smallest_base=smallest_base)
    return shown[["touchpoint", "step", "low_score", "high_score", "n_answered", "n_people", "effective_n", *FIGURES]]


def _steps(scale: Scale, scores: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper ends of the scale's steps or bands."""
    span = scale.maximum - scale.minimum
    is_stepwise = span == round(span) and span < MOST_STEPS and ((scores - scale.minimum) % 1 == 0).all()
    if is_stepwise:
        steps = scale.minimum + np.arange(round(span) + 1)
        return steps, steps
    ends = np.linspace(scale.minimum, scale.maximum, BANDS + 1)
    return ends[:-1], ends[1:]
