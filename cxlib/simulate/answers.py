"""What the customers of a generated study answer, and the cases that the firm opens about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlib.simulate.calendar import Calendar, as_days, at_random_times
from cxlib.simulate.happenings import Happenings
from cxlib.simulate.population import Population
from cxlib.simulate.truth import Truth

NEGATIVE = 2
"""A CSAT score of at most this opens a case."""

OWN_EXPECTATIONS = (2, 3, 3, 4)
"""What customers who are asked say that they had expected; equally likely."""


@dataclass(frozen=True, eq=False)
class Ratings:
    """Scores by event: taken on the spot (one entry per event, NaN = none), and asked for afterwards.

    `asked` are positions of events; `answered_at`, `score` (NaN = unanswered) and `expectation` (NaN = not
    stated) belong to them. An unanswered question has the moment at which it was sent.
    """

    on_the_spot: np.ndarray
    spot_expectation: np.ndarray
    asked: np.ndarray
    answered_at: np.ndarray
    score: np.ndarray
    expectation: np.ndarray


@dataclass(frozen=True, eq=False)
class Cases:
    """One entry per case; `answer` is the position in `Ratings.asked`, NaT = not yet."""

    answer: np.ndarray
    opened_at: np.ndarray
    resolved_at: np.ndarray
    informed_at: np.ndarray


@dataclass(frozen=True, eq=False)
class Recommendations:
    """The relational survey: one entry per customer asked; NaN = unanswered."""

    customer: np.ndarray
    asked_at: np.ndarray
    answered_at: np.ndarray
    score: np.ndarray


def draw_ratings(
    generator: np.random.Generator,
    truth: Truth,
    calendar: Calendar,
    population: Population,
    happenings: Happenings,
) -> Ratings:
    """Rate every event, then keep what the firm gets to know: ratings on the spot, and answers."""
    n, answers, incident = len(happenings), truth.answers, truth.incident
    phase = dict(truth.phase_quality)
    quality = np.array([phase[one.phase] + one.quality_offset for one in truth.touchpoints])
    mean = quality[happenings.touchpoint] + population.disposition[happenings.customer]
    mean = mean - incident.quality_drop * happenings.is_wrong
    scores = np.clip(np.rint(mean + generator.normal(0, answers.noise_sd, n)), 1, 5)

    scored = np.array([one.scored_share for one in truth.touchpoints])[happenings.touchpoint]
    is_scored = generator.random(n) < scored
    states = generator.random(n) < answers.own_expectation_share
    stated = generator.choice(OWN_EXPECTATIONS, size=n).astype(float)

    asked_share = np.array([one.asked_share for one in truth.touchpoints])[happenings.touchpoint]
    is_invoice = happenings.touchpoint == _number(truth, "Monthly invoice")
    asked_share = np.where(happenings.is_wrong & is_invoice, incident.asked_share, asked_share)
    asked = np.flatnonzero((generator.random(n) < asked_share) & ~is_scored)
    takes_part = population.takes_part[happenings.customer[asked]]
    special = (happenings.is_wrong & is_invoice)[asked]
    takes_part = np.where(special, np.maximum(takes_part, incident.answered_share), takes_part)
    answers_it = generator.random(len(asked)) < takes_part
    days_to_answer = np.where(answers_it, 1 + generator.poisson(1.2, len(asked)), 1)
    answered_at = at_random_times(generator, happenings.at[asked].astype("datetime64[D]") + as_days(days_to_answer))

    in_time = answered_at < calendar.end.astype("datetime64[m]")
    asked, answers_it, answered_at = asked[in_time], answers_it[in_time], answered_at[in_time]
    return Ratings(
        on_the_spot=np.where(is_scored, scores, np.nan),
        spot_expectation=np.where(is_scored & states, stated, np.nan),
        asked=asked,
        answered_at=answered_at,
        score=np.where(answers_it, scores[asked], np.nan),
        expectation=np.where(answers_it & states[asked], stated[asked], np.nan),
    )


def draw_cases(
    generator: np.random.Generator, truth: Truth, calendar: Calendar, happenings: Happenings, ratings: Ratings
) -> Cases:
    """Open cases about negative answers, resolve most of them, and tell most of those customers."""
    answers, incident = truth.answers, truth.incident
    answer = np.flatnonzero(ratings.score <= NEGATIVE)
    wrong = happenings.is_wrong[ratings.asked[answer]]
    opens = generator.random(len(answer)) < np.where(wrong, incident.opened_share, answers.opened_share)
    answer, wrong = answer[opens], wrong[opens]
    n = len(answer)
    opened_on = ratings.answered_at[answer].astype("datetime64[D]") + as_days(generator.integers(1, 4, n))
    opened_at = at_random_times(generator, opened_on, (8 * 60, 11 * 60))
    median = np.where(wrong, incident.median_days_to_resolve, answers.median_days_to_resolve)
    days = np.rint(median * np.exp(generator.normal(0, 0.6, n))).astype(np.int64)
    resolved_at = at_random_times(generator, opened_on + as_days(days), (11 * 60 + 30, 14 * 60))
    informed_at = at_random_times(
        generator, opened_on + as_days(days + generator.integers(0, 4, n)), (14 * 60, 17 * 60)
    )
    resolves = generator.random(n) < np.where(wrong, incident.resolved_share, answers.resolved_share)
    informs = resolves & (generator.random(n) < np.where(wrong, incident.informed_share, answers.informed_share))
    never = np.datetime64("NaT", "m")
    end = calendar.end.astype("datetime64[m]")
    resolved_at = np.where(resolves & (resolved_at < end), resolved_at, never)
    informed_at = np.where(informs & (informed_at < end), informed_at, never)
    known = opened_at < end
    return Cases(answer[known], opened_at[known], resolved_at[known], informed_at[known])


def draw_recommendations(
    generator: np.random.Generator,
    truth: Truth,
    calendar: Calendar,
    population: Population,
    capital: np.ndarray,
) -> Recommendations:
    """Ask every customer once a quarter, a third of them each month, whether they would recommend the firm.

    Parameters
    ----------
    capital : array, customers × months
        Capital at each month's end; the answer depends on the month before.
    """
    n, answers = len(population), truth.answers
    joined = calendar.month_of(population.joined_on)
    customer, month = np.nonzero(
        ((np.arange(n)[:, None] + np.arange(calendar.months)) % 3 == 0)
        & (np.arange(calendar.months) > joined[:, None] + 1)
    )
    before = capital[customer, month - 1]
    mean = answers.nps_at_zero + answers.nps_per_capital * before + population.disposition[customer]
    score = np.clip(np.rint(mean + generator.normal(0, answers.nps_noise_sd, len(customer))), 0, 10)
    asked_at = at_random_times(
        generator, calendar.first_day(month) + as_days(generator.integers(11, 14, len(customer)))
    )
    answers_it = generator.random(len(customer)) < population.takes_part[customer]
    delay = np.where(answers_it, 1 + generator.poisson(2.0, len(customer)), 0)
    answered_at = asked_at + as_days(delay)
    in_time = answered_at < calendar.end.astype("datetime64[m]")
    order = np.flatnonzero(in_time)
    order = order[np.lexsort((customer[order], answered_at[order]))]
    return Recommendations(
        customer=customer[order],
        asked_at=asked_at[order],
        answered_at=answered_at[order],
        score=np.where(answers_it, score, np.nan)[order],
    )


def non_response_weights(segment: np.ndarray, wave: np.ndarray, is_answered: np.ndarray) -> np.ndarray:
    """Weights that give each segment, among the answers of a wave, the share that it has among those asked.

    Returns
    -------
    array of float, mean 1 over the answers of a wave; NaN where unanswered

    Examples
    --------
    Two of A asked and one answers; two of B asked and both answer:

    >>> import numpy as np
    >>> answered = np.array([True, False, True, True])
    >>> non_response_weights(np.array([0, 0, 1, 1]), np.zeros(4, int), answered)
    array([1.5 ,  nan, 0.75, 0.75])
    """
    shape = (int(wave.max(initial=-1)) + 1, int(segment.max(initial=-1)) + 1)
    asked, answered = np.zeros(shape), np.zeros(shape)
    np.add.at(asked, (wave, segment), 1)
    np.add.at(answered, (wave, segment), is_answered)
    share_asked = asked[wave, segment] / asked.sum(axis=1)[wave]
    share_answered = np.full(len(wave), np.nan)
    share_answered[is_answered] = (answered[wave, segment] / answered.sum(axis=1)[wave].clip(1))[is_answered]
    return share_asked / share_answered


def _number(truth: Truth, touchpoint: str) -> int:
    return [one.touchpoint for one in truth.touchpoints].index(touchpoint)
