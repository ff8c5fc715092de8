"""What must be known before an analysis of drivers is believed: found in the numbers, said in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from cxlib.drivers.answers import DriverAnswers
from cxlib.drivers.leakage import decides
from cxlib.drivers.regression import HIGHEST_P, Regression, told_from
from cxlib.language import ENGLISH, Language
from cxlib.scales import BUILT_IN_SCALES

MOST_VIF = 5.0
"""From here on a driver's coefficient varies more than twice as much as it would were the drivers uncorrelated."""

MOST_NAMED = 3
"""Of the drivers that tell another one."""

FEWEST_PER_DRIVER = 20
"""Fewer people for each driver leave the order of the drivers to chance."""

LEAST_ANSWERED = 0.2
"""A driver that fewer of those who answered the outcome were asked or could rate."""

NEARLY_THE_SAME = 0.95
"""A squared correlation that two different questions do not reach."""

NEARLY_ALL = 0.98
"""An R² that opinions do not reach: the outcome was computed from the drivers."""


@dataclass(frozen=True, kw_only=True)
class Caution:
    """One thing to know before the figures are believed.

    Attributes
    ----------
    kind : str
        A key of the catalogue under `drivers.cautions`.
    driver : str or None
        The driver that it is about; None where it is about all.
    others : tuple of str
        Drivers that it names beside that one.
    shares, numbers, counts : mapping of str to float
        What the sentence says: as per cent, with two decimals, as whole numbers.
    """

    kind: str
    driver: str | None = None
    others: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)


def in_words(
    cautions: Iterable[Caution],
    *,
    outcome: str,
    names: Mapping[str, str] | None = None,
    language: Language = ENGLISH,
) -> list[str]:
    """A sentence or two for each caution.

    Parameters
    ----------
    cautions : iterable of Caution
    outcome : str
    names : mapping of str to str, optional
        How columns are called in words; those not in it by their own name.
    language : Language

    Returns
    -------
    list of str
    """
    called = dict(names or {})
    sentences = []
    for caution in cautions:
        others = [called.get(other, other) for other in caution.others]
        words: dict[str, object] = {"outcome": outcome_called(outcome, names)}
        if caution.driver is not None:
            words["driver"] = called.get(caution.driver, caution.driver)
        if others:
            words["others"] = listed(others, language)
        words |= {name: language.percent(value) for name, value in caution.shares.items()}
        words |= {name: language.number(value, 2) for name, value in caution.numbers.items()}
        words |= {name: language.number(value) for name, value in caution.counts.items()}
        sentences.append(language.text(f"drivers.cautions.{caution.kind}", **words))
    return sentences


def outcome_called(outcome: str, names: Mapping[str, str] | None = None) -> str:
    """What is explained, in words: by its name, else NPS, CSAT and CES in capitals, else its column.

    >>> outcome_called("nps"), outcome_called("overall", {"overall": "the overall rating"})
    ('NPS', 'the overall rating')
    """
    return (names or {}).get(outcome, outcome.upper() if outcome in BUILT_IN_SCALES else outcome)


def listed(names: list[str], language: Language) -> str:
    """Names as a sentence lists them: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return language.text("drivers.words.and", first=", ".join(names[:-1]), last=names[-1])


def cautions_of_answers(used: DriverAnswers) -> list[Caution]:
    """What the answers alone tell: questions that few answered, or all alike, and those that decide the outcome.

    Parameters
    ----------
    used : DriverAnswers

    Returns
    -------
    list of Caution
    """
    found = []
    outcome = used.scores[:, -1]
    if len(outcome) and np.ptp(outcome) == 0:
        found.append(Caution(kind="outcome_alike"))
    for place, asked in enumerate(used.asked.itertuples()):
        if asked.n_answered < LEAST_ANSWERED * asked.n_outcome:
            found.append(
                Caution(
                    kind="few_answered",
                    driver=asked.driver,
                    shares={"share": asked.n_answered / asked.n_outcome},
                    counts={"n": used.n_customers, "n_without": asked.n_without},
                )
            )
        is_answered = ~np.isnan(used.scores[:, place])
        score, with_it = used.scores[is_answered, place], outcome[is_answered]
        if not len(score):
            continue
        if np.ptp(score) == 0:
            found.append(Caution(kind="driver_alike", driver=asked.driver))
        elif kind := _leak(score, with_it):
            found.append(Caution(kind=kind, driver=asked.driver))
    return found


def _leak(score: np.ndarray, outcome: np.ndarray) -> str | None:
    """How one is the other in another form, if so."""
    if decides(score, outcome):
        return "decides_outcome"
    return "made_from_outcome" if decides(outcome, score) else None


def cautions_of_fit(
    fit: Regression, used: DriverAnswers, *, signs: np.ndarray, decided: Iterable[str] = ()
) -> list[Caution]:
    """What the regression tells: too few people, drivers that cannot be told apart, signs that turn, too good a fit.

    Parameters
    ----------
    fit : Regression
    used : DriverAnswers
    signs : array of int, (drivers,)
        1 where the good ends of driver and outcome are both the higher or both the lower ones, else −1.
    decided : iterable of str
        Drivers that are known to be another form of the outcome; it is not said twice.

    Returns
    -------
    list of Caution
    """
    p, decided = len(used.drivers), set(decided)
    found = []
    if fit.n < FEWEST_PER_DRIVER * p:
        numbers = {"n": fit.n, "drivers": p, "each": fit.n / p, "wanted": FEWEST_PER_DRIVER}
        found.append(Caution(kind="small_base", counts=numbers))
    for place, driver in enumerate(used.drivers):
        r = fit.r_xy[place]
        if r**2 >= NEARLY_THE_SAME and driver not in decided:
            found.append(Caution(kind="nearly_outcome", driver=driver, numbers={"r": r}))
    if fit.r2 >= NEARLY_ALL and not decided:
        found.append(Caution(kind="all_decided", shares={"r2": fit.r2}))
    for place, vif in enumerate(fit.vif):
        if vif >= MOST_VIF:
            others = told_from(fit.r_xx, place, least=1 - 1 / MOST_VIF)[:MOST_NAMED]
            names = tuple(used.drivers[other] for other in others)
            shares = {"share": 1 - 1 / vif}
            found.append(Caution(kind="collinear", driver=used.drivers[place], others=names, shares=shares))
    beta, p_added, p_alone = fit.beta, fit.p_values_added, fit.p_values_alone
    for place, driver in enumerate(used.drivers):
        # as many tests as drivers, so that of drivers that are nothing none is named in 95 % of samples
        if fit.r_xy[place] * signs[place] < 0 and p_alone[place] < HIGHEST_P / p:
            found.append(Caution(kind="goes_against", driver=driver, numbers={"r": fit.r_xy[place]}))
        if beta[place] * fit.r_xy[place] < 0 and p_added[place] < HIGHEST_P / p:
            numbers = {"r": fit.r_xy[place], "beta": beta[place]}
            found.append(Caution(kind="sign_turns", driver=driver, numbers=numbers))
    return found
