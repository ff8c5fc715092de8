"""How experiences turn into capital: the rules, and their three named presets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from numbers import Real
from typing import Literal, Self

from cxlib.errors import ParameterError, hint

MEASURES = ("sign", "size")

DEFAULT_NEUTRAL_BAND = 0.1
"""Half-width of the gaps that count as neutral, in shares of the scale's width."""


SHORTEST_HALF_LIFE_DAYS = 1 / 86_400
"""Time is counted in whole seconds."""


def is_number(value: object) -> bool:
    """Whether a value is a finite number; True and False are none.

    >>> is_number(2), is_number(float("nan")), is_number(True)
    (True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, kw_only=True)
class CapitalRules:
    """The rules by which experiences fill and drain capital.

    Parameters
    ----------
    loss_weight : float, > 0
        How many gains of the same size one loss weighs.
    resolved_loss_weight : float, 0 to loss_weight, optional
        What a loss weighs once the loop was closed with the customer; None = the same as before.
    half_life_days : float, at least a second's, optional
        Days after which half of an experience is forgotten; None = nothing is.
    carry_over : float, >= 0
        How much of the disappointment still carried darkens the next experience (the spiral).
    carry_over_decay : float, 0 to 1
        The part of the carried disappointment that is left at each next experience.
    neutral_band : float, 0 to 1
        Gaps of at most this size are neutral.
    measure : "sign" or "size"
        Whether an experience counts one unit, or as much as its gap.
    opening : float
        The balance before the first experience.

    Raises
    ------
    ParameterError
        Listing every rule that is out of range.

    References
    ----------
    Tversky & Kahneman (1992), Journal of Risk and Uncertainty 5(4), for 2.25. The ratio 12:1 is
    popular after Normann's moments of truth; no study of it is known.
    """

    loss_weight: float = 1.0
    resolved_loss_weight: float | None = None
    half_life_days: float | None = None
    carry_over: float = 0.0
    carry_over_decay: float = 0.5
    neutral_band: float = DEFAULT_NEUTRAL_BAND
    measure: Literal["sign", "size"] = "sign"
    opening: float = 0.0

    def __post_init__(self) -> None:
        mistakes = []

        def check(name: str, allowed: str, is_allowed) -> None:
            value = getattr(self, name)
            if not (is_number(value) and is_allowed(value)):
                mistakes.append(f"{name} must be {allowed}, found {value!r}")

        check("loss_weight", "a number above 0", lambda x: x > 0)
        if self.resolved_loss_weight is not None:
            check(
                "resolved_loss_weight",
                f"from 0 to loss_weight ({self.loss_weight}), or None",
                lambda x: x >= 0 and (not is_number(self.loss_weight) or x <= self.loss_weight),
            )
        if self.half_life_days is not None:
            check(
                "half_life_days",
                "a number of days (at least a second's), or None",
                lambda x: x >= SHORTEST_HALF_LIFE_DAYS,
            )
        check("carry_over", "a number of at least 0", lambda x: x >= 0)
        check("carry_over_decay", "from 0 to 1", lambda x: 0 <= x <= 1)
        check("neutral_band", "from 0 to 1", lambda x: 0 <= x <= 1)
        check("opening", "a number", lambda x: True)
        if self.measure not in MEASURES:
            guess = hint(self.measure, MEASURES)
            mistakes.append(f"measure must be one of {', '.join(MEASURES)}, found {self.measure!r}{guess}")
        if mistakes:
            raise ParameterError("; ".join(mistakes))

    @property
    def forgiven_weight(self) -> float:
        """What closing the loop gives back per unit of a loss: loss_weight − resolved_loss_weight."""
        if self.resolved_loss_weight is None:
            return 0.0
        return self.loss_weight - self.resolved_loss_weight

    @property
    def half_life_seconds(self) -> float:
        """The half-life in seconds; infinite where nothing is forgotten."""
        return math.inf if self.half_life_days is None else self.half_life_days * 86_400.0

    def with_loss_weight(self, loss_weight: float) -> Self:
        """These rules with another loss weight; a resolved loss keeps its weight, but never weighs more."""
        resolved = self.resolved_loss_weight
        return replace(
            self,
            loss_weight=loss_weight,
            resolved_loss_weight=None if resolved is None else min(resolved, loss_weight),
        )

    @classmethod
    def simple(cls) -> Self:
        """A loss weighs as much as a gain."""
        return cls(loss_weight=1.0)

    @classmethod
    def tversky_kahneman(cls) -> Self:
        """A loss weighs 2.25 gains: the loss aversion of Tversky & Kahneman (1992)."""
        return cls(loss_weight=2.25)

    @classmethod
    def normann(cls) -> Self:
        """A loss weighs 12 gains: the popular ratio for an unresolved negative."""
        return cls(loss_weight=12.0)
