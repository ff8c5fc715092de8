"""How soon a case is to be resolved, and the customer told of it."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.capital.rules import is_number
from cxlib.errors import ParameterError

LONGEST_DAYS = 3_650


@dataclass(frozen=True, kw_only=True)
class LoopTargets:
    """The days that a case may take.

    Days are those of the calendar: a case opened on the 3rd and to be resolved within 14 days is in time on the 17th,
    at whatever hour, and overdue on the 18th.

    Parameters
    ----------
    resolve_days : float, 0 to 3,650
        From the day on which a case is opened to that on which it is resolved.
    inform_days : float, 0 to 3,650
        From the day on which it is resolved to that on which the customer is told.

    Raises
    ------
    ParameterError
        Naming every target that is out of range.
    """

    resolve_days: float = 14
    inform_days: float = 3

    def __post_init__(self) -> None:
        mistakes = [
            f"{name} must be a number of days from 0 to {LONGEST_DAYS:,}, found {value!r}"
            for name, value in (("resolve_days", self.resolve_days), ("inform_days", self.inform_days))
            if not (is_number(value) and 0 <= value <= LONGEST_DAYS)
        ]
        if mistakes:
            raise ParameterError("; ".join(mistakes))

    @property
    def close_days(self) -> float:
        """From the day on which a case is opened to the last on which the customer may be told."""
        return self.resolve_days + self.inform_days
