"""A generated world as the six tables of a study, ready to be written."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.answers import non_response_weights
from cxlib.simulate.canvas import JOURNEY_COLUMNS, JOURNEY_STEPS
from cxlib.simulate.world import World

CSAT, NPS = "csat", "nps"


def tables_of(world: World) -> dict[str, pd.DataFrame]:
    """The six tables by name, with the columns and in the order of the contract.

    Ids are numbered in the order of the file: customers by joining, events and answers by time.
    """
    events = _events(world)
    responses, response_of_answer = _responses(world, events["event_id"].to_numpy())
    return {
        "customers": _customers(world),
        "touchpoints": _touchpoints(world),
        "events": events,
        "responses": responses,
        "cases": _cases(world, response_of_answer),
        "journey_steps": pd.DataFrame(list(JOURNEY_STEPS), columns=list(JOURNEY_COLUMNS)),
    }


def _ids(letter: str, n: int, digits: int) -> np.ndarray:
    return np.array([f"{letter}{number:0{digits}d}" for number in range(1, n + 1)], dtype=object)


def _moments(at: np.ndarray) -> np.ndarray:
    """Local wall-clock time as text, ``2026-02-05 06:14``; empty where there is none."""
    text = pd.Series(at.astype("datetime64[s]")).dt.strftime("%Y-%m-%d %H:%M").to_numpy(dtype=object)
    text[np.isnat(at)] = None
    return text


def _days(day: np.ndarray) -> np.ndarray:
    text = np.datetime_as_string(day, unit="D").astype(object)
    text[np.isnat(day)] = None
    return text


def _whole(number: np.ndarray) -> pd.Series:
    return pd.Series(number).astype("Int64")


def _customers(world: World) -> pd.DataFrame:
    population = world.population
    names = np.array([one.segment for one in world.truth.segments], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": population.customer_id,
            "segment": names[population.segment],
            "price_per_month": population.price_per_month,
            "joined_on": _days(population.joined_on),
            "churned_on": _days(world.left_on),
        }
    )


def _touchpoints(world: World) -> pd.DataFrame:
    columns = (
        "touchpoint",
        "phase",
        "stage",
        "owners",
        "needs",
        "weight",
        "potential",
        "cost_per_contact",
        "required",
        "default_experience",
        "expectation",
    )
    rows = [[getattr(one, column) for column in columns] for one in world.truth.touchpoints]
    table = pd.DataFrame(rows, columns=list(columns))
    return table.assign(required=table["required"].map({True: "true", False: "false"}))


def _touchpoint_names(world: World) -> np.ndarray:
    return np.array([one.touchpoint for one in world.truth.touchpoints], dtype=object)


def _events(world: World) -> pd.DataFrame:
    happenings = world.happenings
    return pd.DataFrame(
        {
            "customer_id": world.population.customer_id[happenings.customer],
            "occurred_at": _moments(happenings.at),
            "touchpoint": _touchpoint_names(world)[happenings.touchpoint],
            "event_id": _ids("E", len(happenings), 6),
            "score": _whole(world.ratings.on_the_spot),
            "expectation": _whole(world.ratings.spot_expectation),
            "channel": world.channel,
            "note": world.note,
        }
    )


def _responses(world: World, event_id: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """The answers about events and those about the whole relation, in order of time, with the response id of
    each answer about an event."""
    ratings, happenings, customer_id = world.ratings, world.happenings, world.population.customer_id
    about_events = pd.DataFrame(
        {
            "customer_id": customer_id[happenings.customer[ratings.asked]],
            "answered_at": ratings.answered_at,
            "metric": CSAT,
            "score": ratings.score,
            "touchpoint": _touchpoint_names(world)[happenings.touchpoint[ratings.asked]],
            "event_id": event_id[ratings.asked],
            "expectation": ratings.expectation,
            "comment": world.comment,
            "survey_weight": np.nan,
        }
    )
    parts = [about_events]
    if world.recommendations is not None:
        parts.append(_relation(world))
    rows = pd.concat(parts, ignore_index=True)
    order = np.argsort(rows["answered_at"].to_numpy(), kind="stable")
    response_id = np.empty(len(rows), dtype=object)
    response_id[order] = _ids("R", len(rows), 6)
    rows = rows.assign(
        answered_at=_moments(rows["answered_at"].to_numpy().astype("datetime64[m]")),
        score=_whole(rows["score"]),
        expectation=_whole(rows["expectation"]),
        survey_weight=rows["survey_weight"].round(3),
    )
    rows.insert(4, "response_id", response_id)
    return rows.iloc[order].reset_index(drop=True), response_id[: len(about_events)]


def _relation(world: World) -> pd.DataFrame:
    drawn = world.recommendations
    wave = world.calendar.month_of(drawn.asked_at)
    weight = non_response_weights(world.population.segment[drawn.customer], wave, ~np.isnan(drawn.score))
    return pd.DataFrame(
        {
            "customer_id": world.population.customer_id[drawn.customer],
            "answered_at": drawn.answered_at,
            "metric": NPS,
            "score": drawn.score,
            "touchpoint": None,
            "event_id": None,
            "expectation": np.nan,
            "comment": world.relation_comment,
            "survey_weight": np.where(wave >= world.truth.answers.weights_from_month, weight, np.nan),
        }
    )


def _cases(world: World, response_of_answer: np.ndarray) -> pd.DataFrame:
    cases = world.cases
    event = world.ratings.asked[cases.answer]
    touchpoint = world.happenings.touchpoint[event]
    owners = np.array([one.owners.split(";")[0] for one in world.truth.touchpoints], dtype=object)
    order = np.lexsort((cases.answer, cases.opened_at))
    rows = pd.DataFrame(
        {
            "customer_id": world.population.customer_id[world.happenings.customer[event]],
            "opened_at": _moments(cases.opened_at),
            "touchpoint": _touchpoint_names(world)[touchpoint],
            "response_id": response_of_answer[cases.answer],
            "owner": owners[touchpoint],
            "action": np.where(np.isnat(cases.resolved_at), None, world.action),
            "resolved_at": _moments(cases.resolved_at),
            "customer_informed_at": _moments(cases.informed_at),
        }
    ).iloc[order]
    rows.insert(0, "case_id", _ids("K", len(rows), 5))
    return rows.reset_index(drop=True)
