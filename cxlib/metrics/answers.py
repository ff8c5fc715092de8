"""The answers that a metric counts: of one metric, answered, of some weight, in groups, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.answers import key_columns, respondents, survey_weights
from cxlib.errors import ParameterError, ScoreRangeError, hint, require_columns
from cxlib.scales import BUILT_IN_SCALES, Scale

MOST_CODES_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Answers as arrays, one entry per answer that counts.

    Attributes
    ----------
    groups : DataFrame, one row per group, sorted; no column where there is one group of all
    group : array of int
        The row of `groups` that an answer belongs to.
    customer : array of int
        Who answered: a code for each customer; an answer of nobody known is one of somebody else.
    knows_customers : bool
        Whether the answers say who answered.
    score, weight : array of float
        Weights are above 0, and 1 where there are none.
    """

    groups: pd.DataFrame
    group: np.ndarray
    customer: np.ndarray
    knows_customers: bool
    score: np.ndarray
    weight: np.ndarray

    @property
    def n_groups(self) -> int:
        return len(self.groups)


def scale_of(metric: str | None, scale: Scale | None) -> Scale | None:
    """The scale that is given, else the built-in one of the metric; None where every number goes.

    Raises
    ------
    ParameterError
        A scale of dates.
    """
    found = scale if scale is not None else BUILT_IN_SCALES.get(metric)
    if found is not None and found.is_date:
        raise ParameterError(f"scale {found.name!r} has dates: a metric needs a scale of numbers, with two ends")
    return found


def answers_of(
    responses: pd.DataFrame,
    *,
    metric: str | None,
    scale: Scale | None,
    by: str | list[str] | None = None,
    is_weighted: bool = True,
) -> Answers:
    """Take the answers that count out of a frame of responses.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Needs `score` and the `by` columns; uses `metric`, `survey_weight` and `customer_id` where present.
    metric : str or None
        Only its rows count, where there is a `metric` column; None: all rows.
    scale : Scale or None
        Where every score must lie.
    by : str or list of str, optional
    is_weighted : bool
        Whether answers count by `survey_weight`; an answer without one counts 1.

    Returns
    -------
    Answers

    Raises
    ------
    MissingColumnError
    ParameterError
        A weight that is negative, infinite or no number; a column named twice; a metric that no row has, where there is
        one of nearly that name.
    ScoreRangeError
    """
    keys = key_columns(by)
    require_columns(responses, ["score", *keys], name="responses")
    rows = responses
    if metric is not None and "metric" in rows.columns:
        _check_metric(rows["metric"], metric)
        rows = rows.loc[rows["metric"] == metric]
    rows = rows.loc[rows["score"].notna()]
    score = rows["score"].to_numpy("float64")
    if scale is not None:
        check_scores(score, scale, metric=metric)
    weight = survey_weights(rows) if is_weighted else np.ones(len(rows))
    counts = weight > 0
    rows = rows.loc[counts]
    groups, group = groups_of(rows, keys)
    customer, knows_customers = respondents(rows)
    return Answers(
        groups=groups,
        group=group,
        customer=customer,
        knows_customers=knows_customers,
        score=score[counts],
        weight=weight[counts],
    )


def check_scores(
    score: np.ndarray, scale: Scale, *, metric: str | None, column: str = "score", frame: str = "responses"
) -> None:
    """Raise where a score lies outside its scale: most likely it is a code for no answer, such as 11 or 99.

    Parameters
    ----------
    score : array of float, none missing
    scale : Scale
    metric : str or None
    column, frame : str
        What the scores' column and its frame are called, for the message.

    Raises
    ------
    ScoreRangeError
        It counts them, names the values, and says what to do.
    """
    outside = score[~((score >= scale.minimum) & (score <= scale.maximum))]
    if not outside.size:
        return
    values, counts = np.unique(outside, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_CODES_NAMED]
    named = ", ".join(f"{values[at]:g} ({counts[at]:,} times)" for at in order)
    more = f" and {len(values) - len(order)} other values" if len(values) > len(order) else ""
    name = {"nps": "NPS", "csat": "CSAT", "ces": "CES"}.get(metric or scale.name, metric or scale.name)
    raise ScoreRangeError(
        f"{outside.size:,} of {score.size:,} {name} scores lie outside {scale.minimum:g} to {scale.maximum:g}: "
        f"{named}{more}; a code for no answer must be made missing first, such as "
        f"{frame}[{column!r}].replace({values[order[0]]:g}, float('nan'))"
    )


def groups_of(rows: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The groups, sorted, and the group of each row; a missing value is a group of its own."""
    if not keys:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.zeros(len(rows), dtype="int64")
    grouped = rows.groupby(keys, observed=True, dropna=False, sort=True)
    return grouped.size().reset_index()[keys], grouped.ngroup().to_numpy("int64")


def _check_metric(metrics: pd.Series, metric: str) -> None:
    known = sorted(metrics.dropna().astype("str").unique())
    near = "" if metric in known else hint(metric, known)
    if near:
        raise ParameterError(f"no answer has the metric {metric!r}; there are {', '.join(map(repr, known))}{near}")
