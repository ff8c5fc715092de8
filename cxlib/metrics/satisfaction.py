"""Customer satisfaction: the share of answers in the top two boxes."""

from __future__ import annotations

import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.metrics.answers import answers_of
from cxlib.metrics.estimates import group_means
from cxlib.metrics.measures import measure_of, share_interval
from cxlib.metrics.tables import metric_table
from cxlib.scales import Scale


def customer_satisfaction(
    responses: pd.DataFrame,
    *,
    metric: str = "csat",
    scale: Scale | None = None,
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Share of answers in the top two boxes (4 and 5 of 1 to 5) per group, with its interval.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Needs `score` (NA = unanswered) and the `by` columns; `metric`, `survey_weight` and `customer_id` count as in
        `net_promoter_score`.
    metric : str
        The rows that count, where there is a `metric` column.
    scale : Scale, optional
        Default: the built-in one of the metric. Where lower is better, the top boxes are the two lowest.
    by : str or list of str, optional
    smallest_base : int, >= 1
        Groups with answers of fewer customers are suppressed, and with them others, as in `net_promoter_score`.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        n_responses : int, answered only, with a weight above 0
        n_customers : int, who gave them; without `customer_id` every answer is of somebody else
        effective_n : float; NA where suppressed, as all that follows
        satisfied_share : float, 0 to 1
        low_share, high_share : float, 95 % Wilson interval on the effective n

    Raises
    ------
    MissingColumnError
    ParameterError
        A `by` column is named twice or called like a column of the result; a weight is negative, infinite or no number;
        the smallest base is under 1.
    ScoreRangeError
        A score lies outside its scale.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22. Korn & Graubard (1998), Survey Methodology 24,
    for an interval of a share on the effective n.
    """
    measure = measure_of(metric, "top_two_box", scale)
    answers = answers_of(responses, metric=metric, scale=measure.scale, by=by)
    found = group_means(answers, measure.values(answers.score))
    low, high = share_interval(found)
    figures = {
        "effective_n": found.effective_n,
        "satisfied_share": found.mean,
        "low_share": low,
        "high_share": high,
    }
    bases = {"n_responses": found.n, "n_customers": found.n_customers}
    return metric_table(answers, bases, figures, smallest_base=smallest_base)
