"""The answers that a view of a survey counts: with a score, a weight above 0, and a person each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, require_columns

QUESTION = ["metric", "touchpoint"]
"""What tells one question from another: the metric, and the touchpoint that it is asked of (missing: the whole)."""


def asked_rows(responses: pd.DataFrame) -> pd.DataFrame:
    """One row per question that was put to somebody, with `weight` and `person`.

    Parameters
    ----------
    responses : DataFrame, one row per answer or question left open
        Needs metric and score. Where there is no touchpoint, no customer_id or no survey_weight, the question is about
        the whole, each row is a person, and each row weighs 1; so is and does a row where they are missing.

    Returns
    -------
    DataFrame, a new one
        metric, touchpoint, score (float), weight (float), person; and answered_at where `responses` has it.

    Raises
    ------
    MissingColumnError
    ParameterError
        A weight is negative or infinite.
    """
    require_columns(responses, ["metric", "score"], name="responses")
    rows = pd.DataFrame(index=responses.index)
    rows["metric"] = responses["metric"].astype("object")
    rows["touchpoint"] = responses["touchpoint"].astype("object") if "touchpoint" in responses.columns else None
    rows["touchpoint"] = rows["touchpoint"].where(rows["touchpoint"].notna(), None)
    rows["score"] = responses["score"].astype("float64")
    rows["weight"] = 1.0
    if "survey_weight" in responses.columns:
        rows["weight"] = responses["survey_weight"].astype("float64").fillna(1.0)
        bad = ~((rows["weight"] >= 0) & np.isfinite(rows["weight"]))
        if bad.any():
            raise ParameterError(
                f"{int(bad.sum())} survey weights, such as {rows.loc[bad, 'weight'].iloc[0]:g}, are negative or "
                "infinite; they are numbers of at least 0"
            )
    rows["person"] = range(len(rows))
    if "customer_id" in responses.columns:
        known = responses["customer_id"].astype("object")
        rows["person"] = rows["person"].astype("object").where(known.isna(), known)
    if "answered_at" in responses.columns:
        rows["answered_at"] = responses["answered_at"]
    return rows


def answered_rows(asked: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of `asked_rows`, those that count: with a score, and a weight above 0."""
    return asked.loc[asked["score"].notna() & (asked["weight"] > 0)]
