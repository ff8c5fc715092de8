"""A generated world: everything that is drawn for a study, first as if nobody left, then without the leavers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from cxlib.simulate.answers import (
    NEGATIVE,
    Cases,
    Ratings,
    Recommendations,
    draw_cases,
    draw_ratings,
    draw_recommendations,
)
from cxlib.simulate.calendar import Calendar, as_days
from cxlib.simulate.happenings import Happenings, draw_happenings
from cxlib.simulate.population import Population, draw_population
from cxlib.simulate.truth import Truth
from cxlib.simulate.wording import draw_actions, draw_channels, draw_comments, draw_notes

STREAMS = (
    "population",
    "happenings",
    "ratings",
    "cases",
    "wording",
    "leaving",
    "recommendations",
    "relation",
)
"""Each part draws from a stream of its own: a change in one leaves the draws of the others as they were."""

NO_DAY = np.datetime64("NaT", "D")
NO_MOMENT = np.datetime64("NaT", "m")


@dataclass(frozen=True, eq=False)
class World:
    """Everything drawn; `channel` and `note` belong to the events, `comment` to the answers, `action` to the
    cases, `left_on` (NaT = still a customer) to the customers."""

    truth: Truth
    calendar: Calendar
    population: Population
    happenings: Happenings
    channel: np.ndarray
    note: np.ndarray
    ratings: Ratings
    comment: np.ndarray
    cases: Cases
    action: np.ndarray
    left_on: np.ndarray
    recommendations: Recommendations | None = None
    relation_comment: np.ndarray | None = None


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one part of the world."""
    return np.random.default_rng([seed, STREAMS.index(name)])


def draw_world(seed: int, truth: Truth, calendar: Calendar, n: int) -> World:
    """Draw customers, events, answers and cases as if nobody ever left; the relational survey comes later."""
    population = draw_population(stream(seed, "population"), truth, calendar, n)
    happenings = draw_happenings(stream(seed, "happenings"), truth, calendar, population)
    ratings = draw_ratings(stream(seed, "ratings"), truth, calendar, population, happenings)
    cases_stream, wording = stream(seed, "cases"), stream(seed, "wording")
    cases = draw_cases(cases_stream, truth, calendar, happenings, ratings)
    phase = np.array([one.phase for one in truth.touchpoints])[happenings.touchpoint[ratings.asked]]
    return World(
        truth=truth,
        calendar=calendar,
        population=population,
        happenings=happenings,
        channel=draw_channels(wording, truth, happenings),
        note=draw_notes(wording, truth, happenings),
        ratings=ratings,
        comment=draw_comments(wording, truth, phase, _moods(ratings.score, NEGATIVE, 4)),
        cases=cases,
        action=draw_actions(cases_stream, phase[cases.answer]),
        left_on=np.full(n, NO_DAY),
    )


def draw_leaving(seed: int, world: World, capital: np.ndarray) -> np.ndarray:
    """Draw on which day each customer leaves, NaT = stays.

    Parameters
    ----------
    capital : array, customers × months
        Capital at each month's end, had nobody left.

    Notes
    -----
    Leaving in a month depends on the capital at the end of the month before, thus only on what came before
    leaving: the events that are taken away afterwards had no part in it.
    """
    generator, churn = stream(seed, "leaving"), world.truth.churn
    n, months = capital.shape
    joined = world.calendar.month_of(world.population.joined_on)
    hazard = expit(churn.intercept + churn.slope * capital[:, :-1])
    leaves = generator.random((n, months - 1)) < hazard
    leaves &= np.arange(1, months) > joined[:, None]
    month = 1 + leaves.argmax(axis=1)
    day = world.calendar.random_days(generator, month)
    return np.where(leaves.any(axis=1), day, NO_DAY)


def add_recommendations(seed: int, world: World, capital: np.ndarray) -> World:
    """Add the relational survey, whose answers depend on capital and are no experiences themselves."""
    drawn = draw_recommendations(
        stream(seed, "recommendations"), world.truth, world.calendar, world.population, capital
    )
    subject = np.full(len(drawn.score), "relation")
    comments = draw_comments(stream(seed, "relation"), world.truth, subject, _moods(drawn.score, 6, 9))
    return replace(world, recommendations=drawn, relation_comment=comments)


def without_leavers(world: World, left_on: np.ndarray) -> World:
    """Take away what happened after customers left.

    Kept are events to the day of leaving, and every answer to a kept event, also one given days after leaving:
    the question had been sent, and without the answer the event would get another sign than the one by which
    the customer left. Gone are later questions and cases; a customer who left is not told of a solution.
    """
    end = np.where(np.isnat(left_on), world.calendar.end, left_on + as_days(1)).astype("datetime64[m]")
    happenings, ratings, cases = world.happenings, world.ratings, world.cases

    stays = happenings.at < end[happenings.customer]
    new_event = np.cumsum(stays) - 1
    answered = stays[ratings.asked]
    new_answer = np.cumsum(answered) - 1
    case_customer = happenings.customer[ratings.asked[cases.answer]]
    opened = answered[cases.answer] & (cases.opened_at < end[case_customer])
    case_end = end[case_customer[opened]]
    kept = replace(
        world,
        left_on=left_on,
        happenings=happenings.take(stays),
        channel=world.channel[stays],
        note=world.note[stays],
        ratings=Ratings(
            on_the_spot=ratings.on_the_spot[stays],
            spot_expectation=ratings.spot_expectation[stays],
            asked=new_event[ratings.asked[answered]],
            answered_at=ratings.answered_at[answered],
            score=ratings.score[answered],
            expectation=ratings.expectation[answered],
        ),
        comment=world.comment[answered],
        cases=Cases(
            answer=new_answer[cases.answer[opened]],
            opened_at=cases.opened_at[opened],
            resolved_at=_before(cases.resolved_at[opened], case_end),
            informed_at=_before(cases.informed_at[opened], case_end),
        ),
        action=world.action[opened],
    )
    if world.recommendations is None:
        return kept
    drawn = world.recommendations
    asked = drawn.asked_at < end[drawn.customer]
    in_time = (drawn.answered_at < end[drawn.customer])[asked]
    return replace(
        kept,
        recommendations=Recommendations(
            customer=drawn.customer[asked],
            asked_at=drawn.asked_at[asked],
            answered_at=np.where(in_time, drawn.answered_at[asked], drawn.asked_at[asked]),
            score=np.where(in_time, drawn.score[asked], np.nan),
        ),
        relation_comment=np.where(in_time, world.relation_comment[asked], None),
    )


def _before(moments: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.where(moments < end, moments, NO_MOMENT)


def _moods(score: np.ndarray, negative: int, positive: int) -> np.ndarray:
    named = np.select([score <= negative, score >= positive], ["negative", "positive"], "neutral")
    return np.where(np.isnan(score), "", named)
