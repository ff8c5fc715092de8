"""The response rate: how many of those asked answered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.errors import require_columns
from cxlib.metrics.answers import answers_of
from cxlib.metrics.estimates import group_means
from cxlib.metrics.measures import share_interval
from cxlib.metrics.tables import metric_table


def response_rate(
    responses: pd.DataFrame,
    *,
    metric: str | None = None,
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Share of the questions asked that were answered, per group, with its interval.

    Parameters
    ----------
    responses : DataFrame, one row per question asked
        Needs `score` (NA = asked and unanswered) and the `by` columns; uses `customer_id` where present. A file that
        leaves out who did not answer gives a rate of 1, whatever the truth.
    metric : str, optional
        The rows that count, where there is a `metric` column; default: all of them.
    by : str or list of str, optional
    smallest_base : int, >= 1
        Groups with fewer customers asked are suppressed, and with them others, as in `net_promoter_score`.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        n_asked : int, questions
        n_asked_customers : int, whom they were put to; without `customer_id` every question to somebody else
        n_responses : int; NA where suppressed, as all that follows
        effective_n : float
        response_share : float, 0 to 1
        low_share, high_share : float, 95 % Wilson interval on the effective n

    Raises
    ------
    MissingColumnError
    ParameterError
        A `by` column is named twice or called like a column of the result; the smallest base is under 1.

    Notes
    -----
    Without survey weights, on purpose: a weight that makes up for those who did not answer exists for those alone who
    did. A rate says nothing of whether those who are silent think otherwise.

    References
    ----------
    AAPOR (2023), Standard Definitions, 10th edition: response rate 1.
    """
    require_columns(responses, ["score"], name="responses")
    asked = responses.assign(score=responses["score"].notna().astype("float64"))
    answers = answers_of(asked, metric=metric, scale=None, by=by, is_weighted=False)
    found = group_means(answers, answers.score)
    low, high = share_interval(found)
    n_responses = np.bincount(answers.group, answers.score, minlength=answers.n_groups).astype("int64")
    figures = {
        "n_responses": n_responses,
        "effective_n": found.effective_n,
        "response_share": found.mean,
        "low_share": low,
        "high_share": high,
    }
    bases = {"n_asked": found.n, "n_asked_customers": found.n_customers}
    return metric_table(answers, bases, figures, smallest_base=smallest_base)
