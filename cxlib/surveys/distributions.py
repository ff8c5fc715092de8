"""How the answers to each question are spread over its scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.errors import ParameterError
from cxlib.metrics.answers import Answers, answers_of
from cxlib.metrics.estimates import group_means
from cxlib.metrics.measures import share_interval
from cxlib.metrics.tables import metric_table
from cxlib.scales import Scale
from cxlib.surveys.answers import asked_rows

MOST_STEPS = 11
"""A scale of whole numbers with at most so many is shown step by step; a longer one in bands."""

BANDS = 10
FIGURES = ["n_at_step", "effective_n", "share", "low_share", "high_share"]


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
    smallest_base : int, >= 1
        Questions answered by fewer people are suppressed, and so are those that the spread of all answers on the scale
        would give them away by.

    Returns
    -------
    DataFrame, one row per question and step or band, in the order of touchpoint and score
        touchpoint : str, NA for a question about the whole
        step : int, from 0 at the low end of the scale
        low_score, high_score : float, the ends of the band; equal for a step
        n_responses, n_customers : int, the question's base: answers with a weight above 0, and who gave them; without
            `customer_id` each is of somebody else
        n_at_step : int, answers at this step
        effective_n : float, of the share at this step
        share, low_share, high_share : float, 0-1, of the question's answers by survey weight, with Wilson's 95 %
            interval on the effective n

    Raises
    ------
    MissingColumnError
    ParameterError
        The scale is one of dates; a weight is negative, infinite or no number.
    ScoreRangeError
        A score lies outside the scale.

    Notes
    -----
    Intervals are those of `cx.customer_satisfaction`: where somebody answers the same question often, they count her
    and not her answers. Linear in the answers, for each step.
    """
    if scale.is_date:
        raise ParameterError(f"the scale {scale.name} holds dates; a distribution is of scores")
    answers = answers_of(asked_rows(responses), metric=scale.name, scale=scale, by="touchpoint")
    low, high = _steps(scale, answers.score)
    step = np.clip(np.searchsorted(low, answers.score, side="right") - 1, 0, len(low) - 1)
    spread = [_at_step(answers, step == at, smallest_base) for at in range(len(low))]
    found = pd.concat(spread, keys=range(len(low)), names=["step", None]).reset_index("step")
    found = found.assign(low_score=low[found["step"]], high_score=high[found["step"]])
    found = found.sort_values(["touchpoint", "step"], na_position="first", ignore_index=True)
    return found[["touchpoint", "step", "low_score", "high_score", "n_responses", "n_customers", *FIGURES]]


def _at_step(answers: Answers, is_here: np.ndarray, smallest_base: int) -> pd.DataFrame:
    """Of every question the share of answers that are here."""
    found = group_means(answers, is_here.astype(float))
    low, high = share_interval(found)
    n_here = np.bincount(answers.group[is_here], minlength=answers.n_groups)
    figures = [n_here, found.effective_n, found.mean, low, high]
    bases = {"n_responses": found.n, "n_customers": found.n_customers}
    return metric_table(answers, bases, dict(zip(FIGURES, figures, strict=True)), smallest_base=smallest_base)


def _steps(scale: Scale, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper ends of the scale's steps or bands."""
    span = scale.maximum - scale.minimum
    is_stepwise = span == round(span) and span < MOST_STEPS and ((scores - scale.minimum) % 1 == 0).all()
    if is_stepwise:
        steps = scale.minimum + np.arange(round(span) + 1)
        return steps, steps
    ends = np.linspace(scale.minimum, scale.maximum, BANDS + 1)
    return ends[:-1], ends[1:]
