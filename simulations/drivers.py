"""How often the 95 % intervals of drivers hold the truth: samples of a population whose shares are known exactly.

`python -m simulations.drivers` prints a line for each check; it takes some minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.drivers.importance import driver_importance
from cxlib.drivers.importance_performance import importance_performance
from cxlib.drivers.lmg import lmg_contributions
from cxlib.drivers.penalty_reward import impact_asymmetry, penalty_reward

SAMPLES, DRAWS, SEED = 1000, 500, 20260
WANTED = (0.93, 0.97)

SLOPES = (0.5, 0.35, 0.2, 0.1, 0.0)
R2, CORRELATION = 0.45, 0.4
WITHIN_PERSON = 0.5
"""The part of every score that is a person's own, where people answer several times."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One interval on one kind of sample.

    Attributes
    ----------
    name : str
    n : int, people in a sample
    samples : callable of a generator → dict of figure to (truth, low, high), arrays over drivers
    """

    name: str
    n: int
    samples: Callable[[np.random.Generator], dict[str, tuple]]

    def run(self, n_samples: int = SAMPLES) -> pd.DataFrame:
        """One row per figure: in how many samples its interval holds the truth, on average over drivers and for the
        drivers that it holds least and most often."""
        held: dict[str, list[np.ndarray]] = {}
        for number in range(n_samples):
            found = self.samples(np.random.default_rng([SEED, self.n, number]))
            for figure, (truth, low, high) in found.items():
                held.setdefault(figure, []).append((low <= truth + 1e-12) & (truth <= high + 1e-12))
        by_driver = {figure: np.mean(rows, axis=0) for figure, rows in held.items()}
        return pd.DataFrame(
            [
                {
                    "check": self.name, "n": self.n, "figure": figure, "n_samples": n_samples,
                    "coverage": rates.mean(), "lowest": rates.min(), "highest": rates.max(),
                }
                for figure, rates in by_driver.items()
            ]
        )  # fmt: skip


def population(slopes=SLOPES, *, correlation: float = CORRELATION, r2: float = R2) -> np.ndarray:
    """Correlations of the drivers and the outcome, the outcome last."""
    p = len(slopes)
    among = np.full((p, p), correlation) + (1 - correlation) * np.eye(p)
    slopes = np.asarray(slopes, float)
    slopes = slopes * np.sqrt(r2 / (slopes @ among @ slopes))
    whole = np.eye(p + 1)
    whole[:p, :p] = among
    whole[p, :p] = whole[:p, p] = among @ slopes
    return whole


def importance_check(
    name: str, n: int, whole: np.ndarray, *, answers_each: int = 1, weighted: bool = False, missing: float = 0.0
) -> Check:
    """Intervals of LMG, its shares and relative weights."""
    p = len(whole) - 1
    root = np.linalg.cholesky(whole)
    truth = lmg_contributions(whole[:p, :p], whole[:p, p])
    drivers = [f"driver {number}" for number in range(p)]

    def samples(random: np.random.Generator) -> dict[str, tuple]:
        person = np.repeat(np.arange(n), random.integers(1, answers_each, n, endpoint=True))
        own = random.normal(size=(n, p + 1))[person]
        scores = np.sqrt(WITHIN_PERSON) * own + np.sqrt(1 - WITHIN_PERSON) * random.normal(size=(len(person), p + 1))
        answers = pd.DataFrame(scores @ root.T, columns=[*drivers, "outcome"])
        answers[drivers] = answers[drivers].mask(random.random((len(person), p)) < missing)
        answers["customer_id"] = person
        if weighted:
            answers["survey_weight"] = random.lognormal(sigma=0.6, size=len(person))
        policy = "pairwise" if missing else "listwise"
        found = driver_importance(
            answers, outcome="outcome", drivers=drivers, draws=DRAWS, seed=int(random.integers(2**31)), missing=policy
        ).drivers
        return {
            "lmg": (truth, found["low_lmg"].to_numpy(), found["high_lmg"].to_numpy()),
            "lmg_share": (truth / truth.sum(), found["low_share"].to_numpy(), found["high_share"].to_numpy()),
        }

    return Check(name=name, n=n, samples=samples)


PENALTIES, REWARDS = np.array([-0.6, -0.3, -0.1]), np.array([0.2, 0.3, 0.5])
CUT = 0.8
"""Standard deviations from the middle at which an answer is low or high: about a fifth of people each."""


def contrasts_check(n: int) -> Check:
    """Intervals of penalties, rewards and asymmetry, and of the mean rating."""
    root = np.linalg.cholesky(np.full((3, 3), 0.4) + 0.6 * np.eye(3))
    drivers = ["basic", "performance", "excitement"]

    def samples(random: np.random.Generator) -> dict[str, tuple]:
        scores = random.normal(size=(n, 3)) @ root.T
        outcome = (scores <= -CUT) @ PENALTIES + (scores >= CUT) @ REWARDS + random.normal(size=n)
        answers = pd.DataFrame(scores, columns=drivers).assign(outcome=outcome)
        found = penalty_reward(
            answers, outcome="outcome", drivers=drivers, low=-CUT, high=CUT, draws=DRAWS,
            seed=int(random.integers(2**31)),
        ).drivers  # fmt: skip
        shares = pd.DataFrame({"driver": drivers, "lmg_share": 1 / 3, "low_share": 0.2, "high_share": 0.4})
        placed = importance_performance(answers, shares, midpoint=0)
        return {
            "penalty": (PENALTIES, found["low_penalty"].to_numpy(), found["high_penalty"].to_numpy()),
            "reward": (REWARDS, found["low_reward"].to_numpy(), found["high_reward"].to_numpy()),
            "asymmetry": (
                impact_asymmetry(PENALTIES, REWARDS),
                found["low_asymmetry"].to_numpy(),
                found["high_asymmetry"].to_numpy(),
            ),
            "performance": (0.0, placed["low_performance"].to_numpy(), placed["high_performance"].to_numpy()),
        }

    return Check(name="penalty and reward", n=n, samples=samples)


NOTHING = population((0.5, 0.3, 0.2, 0.0, 0.0), correlation=0.0)
"""Uncorrelated drivers, two of which explain nothing at all: the truth lies on the edge of what can be."""

EIGHT = population(np.linspace(0.6, 0.05, 8))

CHECKS: list[Check] = [
    importance_check("five drivers", 100, population()),
    importance_check("five drivers", 400, population()),
    importance_check("five drivers", 1500, population()),
    importance_check("two of five are nothing", 400, NOTHING),
    importance_check("survey weights", 400, population(), weighted=True),
    importance_check("up to four answers each", 400, population(), answers_each=4),
    importance_check("pairwise, 15 % missing", 400, population(), missing=0.15),
    importance_check("eight drivers", 600, EIGHT),
    contrasts_check(400),
    contrasts_check(1500),
]


def rows(n_samples: int = SAMPLES) -> Iterator[pd.DataFrame]:
    """The rows of each check, one check after another."""
    for check in CHECKS:
        yield check.run(n_samples)


if __name__ == "__main__":
    outside = False
    for frame in rows():
        print(frame.to_string(index=False, header=False, float_format="{:.3f}".format), flush=True)
        outside |= not frame["coverage"].between(*WANTED).all()
    sys.exit(int(outside))
