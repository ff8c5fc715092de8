"""Survey metrics, each with its base and its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, suppress_small_bases
from cxlib.errors import ParameterError, ScoreRangeError, require_columns
from cxlib.intervals import normal_quantile

NPS_MINIMUM, NPS_MAXIMUM = 0, 10
LOWEST_PROMOTER, HIGHEST_DETRACTOR = 9, 6

ADDED_ANSWERS = {"promoters": 0.75, "passives": 1.5, "detractors": 0.75}
"""What the adjusted Wald interval adds to each count (Rocks 2016)."""


def net_promoter_score(
    responses: pd.DataFrame,
    *,
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Net Promoter Score per group, with its interval.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Needs `score` (0-10, NA = unanswered) and the `by` columns. Where there is a `metric` column
        only its "nps" rows count; where there is a `survey_weight`, answers count by it (an answer
        without a weight counts 1).
    by : str or list of str, optional
    smallest_base : int
        Groups with fewer answers that weigh anything are suppressed; where there is a `customer_id`, with answers of
        fewer customers.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        n_responses : int, answered only, with a weight above 0
        effective_n : float, (Σw)² / Σw²; n_responses where there are no weights
        nps_points : float, −100 to 100; NA where suppressed
        standard_error_points : float
        low_points, high_points : float, 95 % adjusted-Wald interval

    Raises
    ------
    MissingColumnError, ParameterError, ScoreRangeError

    References
    ----------
    Reichheld (2003), Harvard Business Review 81(12). Rocks (2016), Journal of Marketing Research and
    Case Studies, for the interval. Kish (1965) for the effective n.
    """
    keys = [] if by is None else [by] if isinstance(by, str) else list(by)
    require_columns(responses, ["score", *keys], name="responses")
    answers = responses
    if "metric" in answers.columns:
        answers = answers.loc[answers["metric"] == "nps"]
    answered = answers.loc[answers["score"].notna()]
    score = answered["score"].astype("float64")
    outside = ~score.between(NPS_MINIMUM, NPS_MAXIMUM)
    if outside.any():
        raise ScoreRangeError(
            f"{int(outside.sum())} of {len(score)} NPS scores lie outside 0 to 10 "
            f"(such as {score[outside].iloc[0]:g}): a code for no answer must be made missing first"
        )
    weight = pd.Series(1.0, answered.index)
    if "survey_weight" in answered.columns:
        weight = answered["survey_weight"].astype("float64").fillna(1.0)
        if (weight < 0).any():
            raise ParameterError(
                f"{int((weight < 0).sum())} survey weights are negative; they are numbers of at least 0"
            )
    counts = weight > 0
    person = answered["customer_id"] if "customer_id" in answered.columns else pd.Series(answered.index, answered.index)
    sums = answered[keys].assign(
        n_responses=counts.astype("int64"),
        weight=weight,
        squared_weight=weight**2,
        promoters=weight.where(score >= LOWEST_PROMOTER, 0.0),
        detractors=weight.where(score <= HIGHEST_DETRACTOR, 0.0),
    )
    if keys:
        n_people = person[counts].groupby([answered.loc[counts, key] for key in keys], observed=True, dropna=False)
        n_people = n_people.nunique()
        sums = sums.groupby(keys, observed=True, dropna=False).sum()
        sums["n_people"] = n_people.reindex(sums.index, fill_value=0) if len(sums) else 0
    else:
        sums = sums.sum().to_frame().T.astype({"n_responses": "int64"}).assign(n_people=person[counts].nunique())

    base = sums["weight"] ** 2 / sums["squared_weight"]
    promoters, detractors = sums["promoters"] / sums["weight"], sums["detractors"] / sums["weight"]
    nps = promoters - detractors
    standard_error = np.sqrt((promoters + detractors - nps**2) / base)
    low, high = _adjusted_wald(promoters, detractors, base)
    scores = pd.DataFrame(
        {
            "n_responses": sums["n_responses"],
            "n_people": sums["n_people"],
            "effective_n": base,
            "nps_points": 100 * nps,
            "standard_error_points": 100 * standard_error,
            "low_points": 100 * low,
            "high_points": 100 * high,
        }
    )
    scores = scores.reset_index(drop=not keys)
    return suppress_small_bases(
        scores,
        base="n_people",
        columns=["effective_n", "nps_points", "standard_error_points", "low_points", "high_points"],
        smallest_base=smallest_base,
    ).drop(columns="n_people")


def _adjusted_wald(promoters, detractors, base):
    """The interval around the score with ¾ promoter, 1½ passives and ¾ detractor added, in shares."""
    enlarged = base + sum(ADDED_ANSWERS.values())
    p = (promoters * base + ADDED_ANSWERS["promoters"]) / enlarged
    d = (detractors * base + ADDED_ANSWERS["detractors"]) / enlarged
    half = normal_quantile() * np.sqrt((p + d - (p - d) ** 2) / enlarged)
    return (p - d - half).clip(lower=-1), (p - d + half).clip(upper=1)
