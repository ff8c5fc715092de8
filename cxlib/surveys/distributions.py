"""How the answers to each question are spread over its scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.errors import ParameterError
from cxlib.metrics.answers import Answers, answers_of
from cxlib.metrics.estimates import group_means
from cxlib.metrics.measures import HIGHEST_DETRACTOR, LOWEST_PROMOTER, share_interval
from cxlib.metrics.tables import metric_table
from cxlib.scales import Scale
from cxlib.surveys.answers import QUESTION, asked_rows

MOST_STEPS = 11
"""A scale of whole numbers with at most so many is shown step by step; a longer one in bands."""

BANDS = 10
STEP = ["step", "low_score", "high_score", "side", "is_weighted"]
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
        metric : str, the scale's name
        touchpoint : str, NA for a question about the whole
        step : int, from 0 at the low end of the scale
        low_score, high_score : float, the ends of the band; equal for a step
        side : str, of a step of "nps": "detractor" (0 to 6), "passive" or "promoter" (9, 10); NA for any other scale
        is_weighted : bool, whether some answers on the scale weigh more than others
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
    if not isinstance(scale, Scale):
        raise ParameterError(f"scale: found {scale!r}; allowed: a Scale, such as study.settings.scales['csat']")
    if scale.is_date:
        raise ParameterError(f"the scale {scale.name} holds dates; a distribution is of scores")
    answers = answers_of(asked_rows(responses), metric=scale.name, scale=scale, by="touchpoint")
    is_weighted = answers.weight.size > 0 and bool(np.ptp(answers.weight) > 0)
    low, high = _steps(scale, answers.score)
    step = np.clip(np.searchsorted(low, answers.score, side="right") - 1, 0, len(low) - 1)
    spread = [_at_step(answers, step == at, smallest_base) for at in range(len(low))]
    found = pd.concat(spread, keys=range(len(low)), names=["step", None]).reset_index("step")
    found = found.assign(low_score=low[found["step"]], high_score=high[found["step"]])
    found = found.assign(metric=scale.name, side=_sides(found, scale), is_weighted=is_weighted)
    found = found.sort_values(["touchpoint", "step"], na_position="first", ignore_index=True)
    return found[[*QUESTION, *STEP, "n_responses", "n_customers", *FIGURES]]


def _sides(found: pd.DataFrame, scale: Scale) -> pd.Series:
    """On whose side of the Net Promoter Score each step is."""
    if (scale.name, scale.minimum, scale.maximum) != ("nps", 0, 10):
        return pd.Series(pd.NA, found.index, dtype="str")
    score = found["low_score"]
    side = np.select([score <= HIGHEST_DETRACTOR, score >= LOWEST_PROMOTER], ["detractor", "promoter"], "passive")
    # a band may hold detractors and passives alike
    return pd.Series(side, found.index, dtype="str").where(score == found["high_score"])


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
