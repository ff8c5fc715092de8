"""Surveys drawn from a known truth: some weighted, some with several answers of one customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

ANSWERS_DRAWN = 800_000
MOST_SURVEYS = 4_000

TIMES = np.array([1, 2, 3, 4])
TIMES_SHARE = np.array([0.5, 0.25, 0.15, 0.1])
"""How many answers a customer gives who may give several."""

ALIKE = 0.5
"""The correlation of one customer's answers, before they are rounded to the scale."""

SEGMENT_SHARE = 1 / 3
"""Of those who answer, so many are of the segment that is half of the population."""

SEGMENT_SHIFT = 0.35
"""How far the two segments lie from the middle, in standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What is drawn from: the scores of a scale and how often each is given; without `shares`, any number of 0 to 100.

    Attributes
    ----------
    scores, shares : array of float
    """

    scores: np.ndarray
    shares: np.ndarray | None = None

    def of(self, latent: np.ndarray) -> np.ndarray:
        """The score of a standard normal value: the higher, the higher."""
        if self.shares is None:
            return 100 * np.sqrt(special.ndtr(latent))
        return self.scores[np.searchsorted(self._cuts, latent)]

    def shifted(self, shift: float) -> np.ndarray:
        """The shares of the scores when everybody's value is moved by `shift`."""
        below = np.concatenate([[0.0], special.ndtr(self._cuts - shift), [1.0]])
        return np.diff(below)

    @property
    def _cuts(self) -> np.ndarray:
        return special.ndtri(np.cumsum(self.shares)[:-1])


@dataclass(frozen=True, kw_only=True)
class Design:
    """Who answers.

    Attributes
    ----------
    is_weighted : bool
        Two segments, each half of the population, one of them a third of those who answer; it judges otherwise, and
        weights put it right.
    is_repeated : bool
        Half of the customers answer once, the others two to four times.
    is_panel : bool
        The same customers answer in every period.
    """

    is_weighted: bool = False
    is_repeated: bool = False
    is_panel: bool = False


def population(scores: Scores, design: Design, *, shift: float = 0.0) -> np.ndarray:
    """The shares of the scores in the population."""
    parts = (SEGMENT_SHIFT, -SEGMENT_SHIFT) if design.is_weighted else (0.0,)
    return np.mean([scores.shifted(shift + part) for part in parts], axis=0)


def n_surveys(base: int) -> int:
    """How many surveys of so many answers are drawn."""
    return min(MOST_SURVEYS, ANSWERS_DRAWN // base)


def surveys(
    rng: np.random.Generator,
    scores: Scores,
    design: Design,
    *,
    base: int,
    shifts: tuple[float, ...] = (0.0,),
    shock: float = 0.0,
    times: int | None = None,
) -> pd.DataFrame:
    """Many surveys of `base` answers a period, in one frame.

    Parameters
    ----------
    rng : Generator
    scores : Scores
    design : Design
    base : int
    shifts : tuple of float
        How far every customer's value is moved in each period.
    shock : float
        The standard deviation of a period's own shift.
    times : int, optional
        How many surveys; default: `n_surveys`.

    Returns
    -------
    DataFrame, one row per answer
        survey, answered_at, customer_id, score, segment, and survey_weight where weighted
    """
    times = n_surveys(base) if times is None else times
    frames, who = [], None
    for period, shift in enumerate(shifts):
        if who is None or not design.is_panel:
            who = _Customers(rng, design, base=base, times=times, first=0 if who is None else who.first + times * base)
        moved = shift + (rng.normal(0, shock, (times, 1)) if shock else 0.0)
        frames.append(who.answers(rng, scores, moved).assign(answered_at=_month(period)))
    return pd.concat(frames, ignore_index=True)


def _month(number: int) -> pd.Timestamp:
    return (pd.Period("2024-01", "M") + number).to_timestamp()


class _Customers:
    """The customers of many surveys, and which of them gives which answer."""

    def __init__(self, rng: np.random.Generator, design: Design, *, base: int, times: int, first: int) -> None:
        self.design, self.base, self.times, self.first = design, base, times, first
        self.number = np.broadcast_to(np.arange(base), (times, base))
        if design.is_repeated:
            ends = rng.choice(TIMES, p=TIMES_SHARE, size=(times, base)).cumsum(axis=1)
            starts = np.zeros((times, base + TIMES.max() + 1), dtype=int)
            np.put_along_axis(starts, np.minimum(ends, base), 1, axis=1)
            self.number = starts[:, :base].cumsum(axis=1)
        self.of_segment = rng.random((times, base)) < SEGMENT_SHARE
        self.level = rng.normal(size=(times, base))

    def answers(self, rng: np.random.Generator, scores: Scores, shift) -> pd.DataFrame:
        own = np.take_along_axis(self.level, self.number, axis=1)
        latent = np.sqrt(ALIKE) * own + np.sqrt(1 - ALIKE) * rng.normal(size=own.shape) + shift
        of_segment = np.take_along_axis(self.of_segment, self.number, axis=1)
        if self.design.is_weighted:
            latent = latent + np.where(of_segment, SEGMENT_SHIFT, -SEGMENT_SHIFT)
        survey = np.repeat(np.arange(self.times), self.base)
        frame = pd.DataFrame(
            {
                "survey": survey,
                "customer_id": self.first + survey * self.base + self.number.ravel(),
                "score": scores.of(latent).ravel().astype(float),
                "segment": of_segment.ravel().astype(int),
            }
        )
        if self.design.is_weighted:
            weight = np.where(of_segment, 0.5 / SEGMENT_SHARE, 0.5 / (1 - SEGMENT_SHARE))
            frame["survey_weight"] = weight.ravel()
        return frame
