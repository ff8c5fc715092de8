"""What a view of a survey takes of the responses: questions, which are metrics asked of touchpoints."""

from __future__ import annotations

import pandas as pd

from cxlib.errors import ParameterError, require_columns

QUESTION = ["metric", "touchpoint"]
"""What tells one question from another: the metric, and the touchpoint that it is asked of (missing: the whole)."""


def require_metrics(responses: pd.DataFrame, **named: str) -> None:
    """Raise where a metric that is to be looked at has no answer, naming the parameter and what it could be.

    Parameters
    ----------
    responses : DataFrame, one row per answer or question left open
        Needs metric and score; uses touchpoint where present.
    **named : str
        The parameters by name, such as touchpoint_metric="csat".

    Raises
    ------
    MissingColumnError
    ParameterError
    """
    rows = asked_rows(responses)
    known = sorted(rows.loc[rows["score"].notna(), "metric"].dropna().unique())
    absent = {name: metric for name, metric in named.items() if metric not in known}
    if not absent:
        return
    of_touchpoints = sorted(rows.loc[rows["score"].notna() & rows["touchpoint"].notna(), "metric"].dropna().unique())
    held = ", ".join(map(repr, known)) or "none"
    about = f" (of touchpoints: {', '.join(map(repr, of_touchpoints))})" if of_touchpoints else ""
    found = " and ".join(f"{name} is {metric!r}" for name, metric in absent.items())
    raise ParameterError(
        f"{found}, which nobody answered; metrics with answers: {held}{about}; set {' and '.join(absent)}"
    )


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
