"""An incident and what is done about it: what they are, when, and whom they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.rules import is_number
from cxlib.errors import ParameterError, hint, require_columns

MOST_LOSSES = 1_000
"""More losses or gestures at one moment than this is a slip of the pen, and would fill the memory."""


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and 1 <= value <= MOST_LOSSES


@dataclass(frozen=True, kw_only=True)
class Incident:
    """Something that goes wrong for many customers at one moment.

    Parameters
    ----------
    touchpoint : str
        Where it happens.
    at : str, datetime or Timestamp
        When; without an offset it is local to the experiences' timezone.
    n_losses : int, 1 to 1,000
        How many bad experiences it gives each customer.
    gap : float, −1 to 0
        How far below expectation each of them is. Within the rules' neutral band it hurts nobody.
    weight : float, >= 0, optional
        Default the touchpoint's own weight.
    segment : str, optional
        Only customers of this segment; default every customer.

    Raises
    ------
    ParameterError
        Listing every mistake.
    """

    touchpoint: str
    at: object
    n_losses: int = 1
    gap: float = -1.0
    weight: float | None = None
    segment: str | None = None

    def __post_init__(self) -> None:
        mistakes = []
        if not (isinstance(self.touchpoint, str) and self.touchpoint.strip()):
            mistakes.append(f"touchpoint must be the name of a touchpoint, found {self.touchpoint!r}")
        try:
            is_moment = not isinstance(self.at, int | float) and not pd.isna(pd.Timestamp(self.at))
        except (ValueError, TypeError):
            is_moment = False
        if not is_moment:
            mistakes.append(f"at must be a date or a time such as '2026-10-31', found {self.at!r}")
        if not _is_count(self.n_losses):
            mistakes.append(f"n_losses must be a whole number from 1 to {MOST_LOSSES:,}, found {self.n_losses!r}")
        if not (is_number(self.gap) and -1 <= self.gap <= 0):
            mistakes.append(f"gap must be a number from -1 to 0, found {self.gap!r}")
        if self.weight is not None and not (is_number(self.weight) and self.weight >= 0):
            mistakes.append(f"weight must be a number of at least 0, or None, found {self.weight!r}")
        if self.segment is not None and not isinstance(self.segment, str):
            mistakes.append(f"segment must be a segment's name, or None, found {self.segment!r}")
        if mistakes:
            raise ParameterError("; ".join(mistakes))


@dataclass(frozen=True, kw_only=True)
class RecoveryGestures:
    """What is done for every customer whom an incident hit: an apology, a credit, a call.

    Parameters
    ----------
    n_gestures : int, 1 to 1,000
        Good experiences that each customer is given, all at the same moment.
    after_days : float, >= 0
        How long after the incident.
    gap : float, above 0 to 1
        How far above expectation each is. Within the rules' neutral band it helps nobody.
    weight : float, >= 0

    Raises
    ------
    ParameterError
        Listing every mistake.
    """

    n_gestures: int = 1
    after_days: float = 7.0
    gap: float = 1.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        mistakes = []
        if not _is_count(self.n_gestures):
            mistakes.append(f"n_gestures must be a whole number from 1 to {MOST_LOSSES:,}, found {self.n_gestures!r}")
        if not (is_number(self.after_days) and 0 <= self.after_days <= 36_525):
            mistakes.append(f"after_days must be a number of days from 0 to 36,525, found {self.after_days!r}")
        if not (is_number(self.gap) and 0 < self.gap <= 1):
            mistakes.append(f"gap must be a number above 0, and at most 1, found {self.gap!r}")
        if not (is_number(self.weight) and self.weight >= 0):
            mistakes.append(f"weight must be a number of at least 0, found {self.weight!r}")
        if mistakes:
            raise ParameterError("; ".join(mistakes))


def moment_in(moment, zone) -> pd.Timestamp:
    """A moment in a timezone; without an offset it is local to it."""
    stamp = pd.Timestamp(moment)
    if zone is None:
        return stamp.tz_localize(None)
    if stamp.tz is None:
        return stamp.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return stamp.tz_convert(zone)


def hit_customers(
    past: pd.DataFrame, customers: pd.DataFrame, *, at: pd.Timestamp, segment: str | None = None
) -> pd.Index:
    """Who has an account at a moment and has not left; of one segment, where one is named.

    Raises
    ------
    ParameterError
        No customer is in a segment of that name.
    """
    ids = pd.Index(past["customer_id"].unique())
    if "churned_on" in customers:
        left = customers.loc[customers["churned_on"] < at.tz_localize(None), "customer_id"]
        ids = ids[~ids.isin(left)]
    if segment is None:
        return ids
    by_customer = segments_of(customers)
    segments = sorted(by_customer.dropna().unique())
    if segment not in segments:
        shown = ", ".join(map(repr, segments)) or "none: the customers have no segments"
        raise ParameterError(f"incident: unknown segment {segment!r}; allowed: {shown}{hint(segment, segments)}")
    return ids[ids.isin(by_customer.index[by_customer == segment])]


def known_cases(cases: pd.DataFrame | None, at: pd.Timestamp) -> pd.DataFrame | None:
    """The cases as they were known at a moment: those told of later are open still."""
    if cases is None or cases.empty:
        return None
    require_columns(cases, ["customer_id", "opened_at", "customer_informed_at"], name="cases")
    if (cases["opened_at"].dt.tz is None) != (at.tz is None):
        raise ParameterError("opened_at and occurred_at must both have a timezone, or neither: use .dt.tz_localize")
    return cases.loc[(cases["opened_at"] < at) & (cases["customer_informed_at"] < at)]


def incident_weight(incident: Incident, experiences: pd.DataFrame, touchpoints: pd.DataFrame | None) -> float:
    """The incident's weight, else the touchpoint's; a name that nobody knows needs a weight of its own."""
    if incident.weight is not None:
        return float(incident.weight)
    listed = pd.Series(dtype="float64")
    if touchpoints is not None and len(touchpoints):
        require_columns(touchpoints, ["touchpoint", "weight"], name="touchpoints")
        listed = touchpoints.set_index("touchpoint")["weight"]
    met = experiences["touchpoint"].dropna().unique() if "touchpoint" in experiences else []
    known = sorted({*listed.index, *met})
    if known and incident.touchpoint not in known:
        raise ParameterError(
            f"incident: no touchpoint is called {incident.touchpoint!r}; there are {', '.join(map(repr, known))}"
            f"{hint(incident.touchpoint, known)}; a new one needs a weight of its own: Incident(weight=1, …)"
        )
    return float(listed.get(incident.touchpoint, 1.0))


def segments_of(customers: pd.DataFrame) -> pd.Series:
    """The segment of each customer by id; NA where it is not known."""
    by_customer = customers.set_index("customer_id")
    if not by_customer.index.is_unique:
        repeated = by_customer.index[by_customer.index.duplicated()]
        raise ParameterError(f"customers holds {len(repeated)} repeated ids, such as {repeated[0]!r}")
    if "segment" not in by_customer:
        return pd.Series(np.nan, by_customer.index, dtype="str")
    return by_customer["segment"].astype("str")
