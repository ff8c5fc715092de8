"""What a view of a survey takes of the responses: questions, which are metrics asked of touchpoints."""

from __future__ import annotations

import pandas as pd

from cxlib.errors import require_columns

QUESTION = ["metric", "touchpoint"]
"""What tells one question from another: the metric, and the touchpoint that it is asked of (missing: the whole)."""


def asked_rows(responses: pd.DataFrame) -> pd.DataFrame:
    """One row per question that was put to somebody, as the metrics take it.

    Parameters
    ----------
    responses : DataFrame, one row per answer or question left open
        Needs metric and score. Where there is no touchpoint, or a row lacks it, the question is about the whole.

    Returns
    -------
    DataFrame, a new one
        metric, touchpoint : str; score : float; answered_at : timestamp, NaT where `responses` has none; and
        customer_id and survey_weight where it has them

    Raises
    ------
    MissingColumnError
    """
    require_columns(responses, ["metric", "score"], name="responses")
    used = [name for name in ("customer_id", "survey_weight") if name in responses.columns]
    rows = responses[["metric", "score", *used]].astype({"metric": "str", "score": "float64"})
    missing = {"touchpoint": pd.Series(pd.NA, rows.index, dtype="str"), "answered_at": pd.NaT}
    return rows.assign(**{name: responses.get(name, default) for name, default in missing.items()}).astype(
        {"touchpoint": "str"}
    )
