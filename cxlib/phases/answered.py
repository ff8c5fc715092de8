"""What each customer answered last of the whole relation, and what had happened to her in each phase before that."""

from __future__ import annotations

import pandas as pd

from cxlib.answers import survey_weights
from cxlib.archetypes import PHASES
from cxlib.errors import ParameterError, nearest_name
from cxlib.phases.order import phased_experiences


def check_answers(experiences: pd.DataFrame, responses: pd.DataFrame, metric: str) -> None:
    """Raise where the two frames cannot be compared, or where the metric is most likely another one misspelt.

    Raises
    ------
    ParameterError
    """
    clocks = [moments.dtype for moments in (experiences["occurred_at"], responses["answered_at"])]
    if len({isinstance(clock, pd.DatetimeTZDtype) for clock in clocks if clock.kind == "M"}) > 1:
        raise ParameterError(
            "occurred_at of the experiences and answered_at of the responses must both have a timezone, or neither: "
            "use .dt.tz_localize"
        )
    known = sorted(responses["metric"].dropna().astype("str").unique())
    near = None if metric in known else nearest_name(metric, known)
    if near is not None:
        raise ParameterError(
            f"no answer has the metric {metric!r}; the responses have {', '.join(map(repr, known))}; "
            f"did you mean {near!r}?"
        )


def latest_answers(responses: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The latest score of each customer, its moment, and which answer it is.

    Parameters
    ----------
    responses : DataFrame
        As `found_importance` takes it.
    metric : str

    Returns
    -------
    DataFrame, one row per customer with an answer of some weight, by customer_id
        answered_at, score, weight
        form : str, the answer's response_id
        answer_row : the answer's row in `responses`

    Raises
    ------
    ParameterError
        A weight is no number, negative, or infinite.
    """
    rows = responses.assign(source_row=responses.index).reset_index(drop=True)
    is_answered = rows["score"].notna() & rows["answered_at"].notna() & rows["customer_id"].notna()
    rows = rows.loc[(rows["metric"] == metric) & is_answered]
    # of two answers of one moment the later row counts, in whatever order the rows come
    rows = rows.sort_values(["customer_id", "answered_at", "source_row"], kind="stable")
    rows = rows.drop_duplicates("customer_id", keep="last")
    weight = survey_weights(rows)
    form = rows.get("response_id", pd.Series(pd.NA, rows.index)).astype("str")
    answers = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "answered_at": rows["answered_at"],
            "score": rows["score"].astype("float64"),
            "weight": weight,
            "form": form,
            "answer_row": rows["source_row"],
        }
    )
    return answers.loc[weight > 0].set_index("customer_id")


def mean_gaps_before(experiences: pd.DataFrame, responses: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The mean gap of each customer's measured experiences in each phase before her answer.

    Parameters
    ----------
    experiences, responses : DataFrame
        As `found_importance` takes them.
    answers : DataFrame
        As `latest_answers` gives it.

    Returns
    -------
    DataFrame, one row per customer of `answers`, a column for each phase; NaN where there is none

    Raises
    ------
    ParameterError
        An experience has an unknown phase.
    """
    rows, phase = phased_experiences(experiences)
    is_counted = rows["gap"].notna() & rows["customer_id"].isin(answers.index)
    if "is_measured" in rows.columns:
        is_counted &= rows["is_measured"]
    rows = rows.loc[is_counted].assign(phase=phase)
    theirs = answers.reindex(rows["customer_id"]).set_axis(rows.index)
    counts = rows["occurred_at"] < theirs["answered_at"]
    if "response_id" in rows.columns:
        counts &= ~(rows["response_id"].notna() & (rows["response_id"] == theirs["form"]))
    if {"source", "source_row"} <= set(rows.columns):
        counts &= ~((rows["source"] == "response") & _is_told_later(rows, responses, answers, theirs["answered_at"]))
    before = rows.loc[counts]
    means = before.groupby(["customer_id", "phase"])["gap"].mean().unstack()
    return means.reindex(index=answers.index, columns=list(PHASES)).astype("float64")


def _is_told_later(
    rows: pd.DataFrame, responses: pd.DataFrame, answers: pd.DataFrame, answered_at: pd.Series
) -> pd.Series:
    """Whether an experience that an answer speaks of was told with the overall answer, or after it.

    An answer tied to an event stands at the event's time, and an event with several answers names but the last.
    """
    given = responses.assign(source_row=responses.index).reset_index(drop=True)
    told_at = given.groupby("source_row")["answered_at"].max()
    is_later = told_at.reindex(rows["source_row"]).set_axis(rows.index) >= answered_at
    theirs = answers.reindex(given["customer_id"]).set_axis(given.index)
    is_own = given["source_row"] == theirs["answer_row"]
    if "response_id" in given.columns:
        is_own |= given["response_id"].notna() & (given["response_id"] == theirs["form"])
    own = given.loc[is_own]
    is_later |= rows["source_row"].isin(own["source_row"])
    if "event_id" in given.columns:
        events = pd.MultiIndex.from_frame(own.loc[own["event_id"].notna(), ["customer_id", "event_id"]])
        event = given.groupby("source_row")["event_id"].last().reindex(rows["source_row"]).set_axis(rows.index)
        is_later |= event.notna() & pd.MultiIndex.from_arrays([rows["customer_id"], event]).isin(events)
    return is_later
