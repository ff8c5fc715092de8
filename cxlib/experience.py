"""Events and survey answers as experiences: one row each, signed against what was expected."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from cxlib.archetypes import STAGES
from cxlib.capital.rules import DEFAULT_NEUTRAL_BAND, CapitalRules
from cxlib.errors import ParameterError, hint
from cxlib.scales import Scale
from cxlib.study import Study

SCOPES = ("from_purchase", "whole_journey")
STAGES_BEFORE_PURCHASE = ("awareness", "evaluation")
assert STAGES[:2] == STAGES_BEFORE_PURCHASE

MEASURES = ("gap", "expected", "met")

GAP_DECIMALS = 12
"""Gaps are rounded so that 0.6 − 0.5 is a gap of 0.1, and lies inside a band of 0.1."""


def experiences(
    study: Study,
    rules: CapitalRules | None = None,
    scope: Literal["from_purchase", "whole_journey"] = "from_purchase",
) -> pd.DataFrame:
    """Every experience of every customer, above, at or below what was expected.

    Parameters
    ----------
    study : Study
    rules : CapitalRules, optional
        Only its `neutral_band` is used: the band is the rules', so that no two views can disagree.
    scope : "from_purchase" or "whole_journey"
        Whether touchpoints in a stage before the purchase count; a touchpoint without a stage
        always does.

    Returns
    -------
    DataFrame, one row per experience: the events in file order, then the answers that stand alone
        customer_id, occurred_at, touchpoint, phase, stage
        gap : float, −1 to 1, score − expectation in shares of the scale's width
        experience : int8, −1, 0 or 1
        expected, met : float, 0 to 1, where expectation and score lie on the scale, 1 the best; their difference is
            the gap. NaN where nothing was measured, and for a date, which has no place on a scale
        weight : float, the touchpoint's
        source : "event" or "response"
        source_row : int, the row in the source's file
        response_id : str, NA for an event
        is_measured : bool, whether a score or an answer stands behind it, or only the touchpoint's default
        file_order : int, in which experiences of the same moment happened: events in file order, then answers

    Raises
    ------
    ParameterError

    Notes
    -----
    The expectation is the row's own, else the touchpoint's, else the scale's. An event without a
    score takes its touchpoint's `default_experience`, an event at an unknown touchpoint 0. An answer
    tied to an event by `event_id` replaces that event's own sign: the event stays one experience, at
    its own time. Several answers to one event: the latest of each metric counts, and the mean of
    those gaps, and of what was expected and met. Answers without a score, and on a scale with
    `counts_as_experience = false`, are no experiences. Linear in events and answers.
    """
    if scope not in SCOPES:
        raise ParameterError(f"scope must be one of {', '.join(SCOPES)}, found {scope!r}{hint(scope, SCOPES)}")
    band = DEFAULT_NEUTRAL_BAND if rules is None else rules.neutral_band
    touchpoints = study.touchpoints.set_index("touchpoint")

    events = _event_gaps(study, touchpoints)
    answers = _answer_gaps(study, touchpoints, events)
    is_tied = answers["event_position"].notna().to_numpy()
    events = _replace_by_answers(events, answers.loc[is_tied])

    facts = ["customer_id", "occurred_at", "touchpoint"]
    columns = [*facts, *MEASURES, "source", "source_row", "response_id", "is_measured"]
    rows = pd.concat([events[columns], answers.loc[~is_tied, columns]], ignore_index=True)
    gap = rows["gap"].round(GAP_DECIMALS)
    weight = rows["touchpoint"].map(touchpoints["weight"])
    found = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "occurred_at": rows["occurred_at"],
            "touchpoint": rows["touchpoint"],
            "phase": _described(rows["touchpoint"], touchpoints["phase"]),
            "stage": _described(rows["touchpoint"], touchpoints["stage"]),
            "gap": gap,
            "experience": np.where(gap.abs() <= band, 0, np.sign(gap)).astype(np.int8),
            "expected": rows["expected"],
            "met": rows["met"],
            "weight": weight.fillna(1.0).astype("float64"),  # a touchpoint that no table describes
            "source": rows["source"],
            "source_row": rows["source_row"],
            "response_id": rows["response_id"],
            "is_measured": rows["is_measured"].astype(bool),
            "file_order": np.arange(len(rows)),
        }
    )
    if scope == "whole_journey":
        return found
    return found.loc[~found["stage"].isin(STAGES_BEFORE_PURCHASE)].reset_index(drop=True)


def scale_gap(score: pd.Series, expectation: pd.Series, scale: Scale) -> pd.Series:
    """score − expectation in shares of the scale's width, positive where the customer got more.

    Parameters
    ----------
    score, expectation : Series of float, in units of the scale
        For a date scale: days early, and 0.
    scale : Scale

    Returns
    -------
    Series of float, −1 to 1; NaN where either is missing
    """
    if scale.kind == "date":
        return ((score - expectation) / scale.full_effect_days).clip(-1, 1)
    gap = (score - expectation) / (scale.maximum - scale.minimum)
    return gap if scale.better == "higher" else -gap


def _measures(rows: pd.DataFrame, scale_name: pd.Series, study: Study, touchpoints: pd.DataFrame) -> pd.DataFrame:
    """Gap, expectation and score of every row, in shares of the scale; NaN where it has no score."""
    # what customers expect of a touchpoint is in units of its own scale, and means nothing on another
    is_own = scale_name == _event_scales(rows["touchpoint"], study)
    at_touchpoint = rows["touchpoint"].map(touchpoints["expectation"]).astype("float64").where(is_own)
    measures = pd.DataFrame(np.nan, index=rows.index, columns=list(MEASURES))
    for name in scale_name.unique():
        scale = study.settings.scales[name]
        here = (scale_name == name) & rows["score"].notna()
        score, expectation = rows.loc[here, "score"], rows.loc[here, "expectation"]
        if scale.kind != "date":
            expectation = expectation.fillna(at_touchpoint[here]).fillna(scale.expected)
            measures.loc[here, "expected"] = _place_on_scale(expectation, scale)
            measures.loc[here, "met"] = _place_on_scale(score, scale)
        measures.loc[here, "gap"] = scale_gap(score, expectation, scale)
    return measures


def _place_on_scale(score: pd.Series, scale: Scale) -> pd.Series:
    """Where scores lie between the scale's bad end, 0, and its good end, 1."""
    place = (score - scale.minimum) / (scale.maximum - scale.minimum)
    return place if scale.better == "higher" else 1 - place


def _event_scales(touchpoint: pd.Series, study: Study) -> pd.Series:
    """The name of the scale on which an event at each touchpoint is scored."""
    codes, names = pd.factorize(touchpoint)  # a dozen names, and as many rows as there are events
    of_name = pd.Series(names, dtype="str").map(study.settings.touchpoint_scales).astype("str")
    usual = study.settings.event_scale
    scales = pd.array([*of_name.fillna(usual), usual], dtype="str")
    return pd.Series(scales.take(codes), touchpoint.index)  # without a name, code −1: the last


def _event_gaps(study: Study, touchpoints: pd.DataFrame) -> pd.DataFrame:
    """The events with their own measures."""
    events = study.events.reset_index(names="source_row")
    scale_name = _event_scales(events["touchpoint"], study)
    default = events["touchpoint"].map(touchpoints["default_experience"]).fillna(0.0)
    measures = _measures(events, scale_name, study, touchpoints)
    return events.assign(
        gap=measures["gap"].fillna(default.astype("float64")),
        expected=measures["expected"],
        met=measures["met"],
        is_measured=events["score"].notna(),
        source=pd.Series("event", events.index, dtype="str"),
        response_id=pd.Series(np.nan, events.index, dtype="str"),
    )


def _answer_gaps(study: Study, touchpoints: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The answers that are experiences, with their measures and the position of the event they belong to."""
    counting = [name for name, scale in study.settings.scales.items() if scale.counts_as_experience]
    answers = study.responses.reset_index(names="source_row")
    is_experience = answers["score"].notna() & answers["metric"].isin(counting)
    answers = answers.loc[is_experience].reset_index(drop=True)
    known = events.loc[events["event_id"].notna(), ["customer_id", "event_id", "touchpoint"]]
    known = known.rename_axis("event_position").reset_index()
    tied = answers[["customer_id", "event_id"]].merge(
        known, on=["customer_id", "event_id"], how="left", validate="many_to_one"
    )
    answers = answers.assign(
        touchpoint=answers["touchpoint"].fillna(tied["touchpoint"]),
        event_position=tied["event_position"].where(answers["event_id"].notna()),
        occurred_at=answers["answered_at"],
        is_measured=True,
        source=pd.Series("response", answers.index, dtype="str"),
    )
    return answers.assign(**_measures(answers, answers["metric"], study, touchpoints))


def _replace_by_answers(events: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The events, with measures, source and row of the answers that are tied to them."""
    if answers.empty:
        return events
    latest = answers.sort_values(["answered_at", "source_row"], kind="stable").drop_duplicates(
        ["event_position", "metric"], keep="last"
    )
    by_event = latest.groupby("event_position").agg(
        **{name: (name, "mean") for name in MEASURES},
        source_row=("source_row", "last"),
        response_id=("response_id", "last"),
    )
    by_event.index = by_event.index.astype("int64")
    replaced = events.copy()
    for column in by_event.columns:
        replaced.loc[by_event.index, column] = by_event[column]
    replaced.loc[by_event.index, "source"] = "response"
    replaced.loc[by_event.index, "is_measured"] = True
    return replaced


def _described(touchpoint: pd.Series, description: pd.Series) -> pd.Series:
    """What the touchpoints table says of each row's touchpoint, in the table's own dtype."""
    return touchpoint.map(description).astype(description.dtype)
