"""What forgetting leaves after any number of seconds: whole days from a table, the rest of the day from two more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SECONDS_PER_DAY = 86_400
PART_OF_DAY = 256
"""Seconds between two entries of the second table; the tables of a day fit the processor's nearest cache."""

HALF_LIVES_TO_NOTHING = 1_100
"""2^−1100 is 0 in floating point."""


@dataclass(frozen=True, eq=False)
class Decay:
    """2^(−seconds / half-life) for whole seconds as days[day] · parts[rest // 256] · seconds[rest % 256].

    Exact for whole days, else to the rounding of two multiplications. Spans beyond `longest` seconds count as
    `longest`: the longest span asked for, or long enough for nothing to be left.
    """

    days: np.ndarray
    parts: np.ndarray
    seconds: np.ndarray
    longest: int

    @classmethod
    def of(cls, half_life_seconds: float, longest: int) -> Decay:
        """The tables for spans of 0 to `longest` seconds; an infinite half-life forgets nothing."""
        if np.isinf(half_life_seconds):
            longest = 0  # every span is one of no time
        else:
            longest = int(min(longest, np.ceil(half_life_seconds * HALF_LIVES_TO_NOTHING)))
        n_days, n_parts = longest // SECONDS_PER_DAY + 1, SECONDS_PER_DAY // PART_OF_DAY + 1
        return cls(
            days=np.exp2(-np.arange(n_days) / (half_life_seconds / SECONDS_PER_DAY)),
            parts=np.exp2(-np.arange(n_parts) * float(PART_OF_DAY) / half_life_seconds),
            seconds=np.exp2(-np.arange(PART_OF_DAY) / half_life_seconds),
            longest=longest,
        )

    @property
    def tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """The four as the kernels take them."""
        return self.days, self.parts, self.seconds, self.longest
