"""One check: an interval, a truth, a design, and how often the one holds the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

LOWEST, HIGHEST = 0.93, 0.97

SEED = 20261031


@dataclass(frozen=True, kw_only=True)
class Check:
    """How often an interval holds the truth.

    Attributes
    ----------
    subject : str
        The section of the page, such as "Net Promoter Score".
    truth : str
        What the answers are drawn from, in words.
    base : int
        Answers in each period.
    design : str
        Such as "plain", "weighted", "repeated": a column of the page.
    draw : callable
        Of a random generator; gives an array of bool, one for each drawn survey: whether its interval held the truth.
    lowest, highest : float
        Where the coverage must lie.
    reason : str
        Why it may lie elsewhere than from LOWEST to HIGHEST; a footnote of the page.
    """

    subject: str
    truth: str
    base: int
    design: str
    draw: Callable[[np.random.Generator], np.ndarray]
    lowest: float = LOWEST
    highest: float = HIGHEST
    reason: str = ""

    @property
    def name(self) -> str:
        return f"{self.subject}, {self.truth}, {self.base} answers, {self.design}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a check found: the share of intervals that held the truth, of so many."""

    check: Check
    coverage: float
    n: int

    @property
    def holds(self) -> bool:
        return self.check.lowest <= self.coverage <= self.check.highest


def outcome(check: Check) -> Outcome:
    """Run a check; always with the same draws, whatever others are run before it."""
    held = check.draw(np.random.default_rng([SEED, crc32(check.name.encode())]))
    return Outcome(check=check, coverage=float(np.mean(held)), n=len(held))
