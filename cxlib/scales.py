"""What a score can be and what customers expect on its scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One scale of scores.

    Parameters
    ----------
    name : str
        As in `responses.metric` or in `[tables.events.scales]` of study.toml.
    kind : "number" or "date"
        On a number scale a score lies from `minimum` to `maximum`. On a date scale the score and the
        expectation are dates (delivered, promised); a loaded study holds whole calendar days early as the
        score and 0 as the expectation.
    minimum, maximum, expected : float
        In units of the scale; `expected` is what customers count on where neither the row nor the touchpoint
        says it. A date scale has `minimum` = -`full_effect_days`, `maximum` = `full_effect_days`,
        `expected` = 0: the span where more days still make a difference; its scores may lie outside.
    better : "higher" or "lower"
    full_effect_days : float, date scales only
        So many days early or late count as a full effect (a gap of 1 or -1).
    counts_as_experience : bool
        False for answers about the whole relation (such as a yearly NPS), which no single meeting explains.
    """

    name: str
    minimum: float
    maximum: float
    expected: float
    better: str = "higher"
    kind: str = "number"
    full_effect_days: float | None = None
    counts_as_experience: bool = True

    @property
    def is_date(self) -> bool:
        return self.kind == "date"

    @property
    def allowed(self) -> str:
        """What a cell may hold, in words."""
        if self.is_date:
            return f"a date such as 2026-10-03 (scale {self.name})"
        return f"{self.minimum:g} to {self.maximum:g} (scale {self.name})"


BUILT_IN_SCALES: Mapping[str, Scale] = {
    "csat": Scale(name="csat", minimum=1, maximum=5, expected=3),
    # 7.5 with a neutral band of 0.1 gives the usual bands: 9-10 positive, 7-8 neutral, 0-6 negative.
    "nps": Scale(name="nps", minimum=0, maximum=10, expected=7.5),
    "ces": Scale(name="ces", minimum=1, maximum=7, expected=4),
}
