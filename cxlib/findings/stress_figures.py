"""The figures of the stress test and of the replay: what would happen if something went wrong, and what did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.incidents import incidents
from cxlib.capital.months import starts_of
from cxlib.capital.replay import replay_incident
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.capital.shock import Incident, RecoveryGestures
from cxlib.capital.stress import stress_test
from cxlib.language import ENGLISH, Language
from cxlib.study import Study

MONTHS_SEARCHED = 12
"""An incident is replayed where it lies within so many months up to the period's end."""

PACE_MONTHS = 12
FOLLOWED_MONTHS = 6
MOST_INCIDENTS = 5


@dataclass(frozen=True, kw_only=True)
class StressPlan:
    """What the report's stress test assumes.

    Parameters
    ----------
    touchpoint : str
        Where it goes wrong; empty = the touchpoint that drained most in the recent months, of those shown.
    n_losses : int, >= 1
        Bad experiences per customer.
    n_gestures : int, >= 0
        Gestures per customer; 0 = none.
    gesture_days : float, >= 0
        Days from the incident to the gestures.
    """

    touchpoint: str = ""
    n_losses: int = 1
    n_gestures: int = 1
    gesture_days: float = 7.0


def stress_figures(
    study: Study,
    experiences: pd.DataFrame,
    *,
    period: pd.Period,
    drained: pd.DataFrame,
    rules: CapitalRules,
    requirement: Requirement,
    plan: StressPlan,
    smallest_base: int,
) -> dict:
    """The stress test at the end of a month.

    Parameters
    ----------
    study : Study, as known at the period's end
    experiences : DataFrame, of that study
    drained : DataFrame, one row per touchpoint that may be shown, the one that drained most first
        Needs touchpoint, capital_drained.
    """
    draining = drained.loc[drained["capital_drained"] < 0, "touchpoint"]
    touchpoint = plan.touchpoint.strip() or (draining.iloc[0] if len(draining) else None)
    gestures = (
        RecoveryGestures(n_gestures=plan.n_gestures, after_days=plan.gesture_days) if plan.n_gestures > 0 else None
    )
    figures = {
        "touchpoint": touchpoint,
        "is_asked_for": bool(plan.touchpoint.strip()),
        "n_losses": plan.n_losses,
        "n_gestures": plan.n_gestures,
        "gesture_days": plan.gesture_days,
        "pace_months": PACE_MONTHS,
        "hurts_nobody": None,
        "summary": [],
    }
    if touchpoint is None:
        return figures
    end = starts_of(pd.PeriodIndex([period + 1]), experiences["occurred_at"].dt.tz)[0]
    tested = stress_test(
        experiences,
        study.customers,
        rules,
        incident=Incident(touchpoint=touchpoint, at=end, n_losses=plan.n_losses),
        gestures=gestures,
        requirement=requirement,
        cases=study.cases,
        touchpoints=study.touchpoints,
        pace_months=PACE_MONTHS,
        smallest_base=smallest_base,
    )
    rows = [_finite(row) for row in tested.summary.astype(object).to_dict("records")]
    return figures | {"hurts_nobody": tested.hurts_nobody, "summary": rows}


def replay_figures(
    study: Study,
    experiences: pd.DataFrame,
    ledger: pd.DataFrame,
    *,
    period: pd.Period,
    rules: CapitalRules,
    requirement: Requirement,
    smallest_base: int,
) -> dict | None:
    """The largest incident of the last months, replayed, and those beside it; None where none stands out.

    Parameters
    ----------
    study : Study, as known at the period's end
    experiences, ledger : DataFrame
        Of that study, the ledger with its cases.
    """
    found = incidents(ledger, study.customers, since=period - (MONTHS_SEARCHED - 1), smallest_base=smallest_base)
    if found.empty:
        return None
    # those who were not hit could be told by subtraction, were they few
    n_others = found["n_customers"] - found["n_hit"]
    is_shown = (n_others == 0) | (n_others >= smallest_base)
    largest = found.iloc[0]
    month = largest["month"].to_period("M")
    replay = replay_incident(
        experiences,
        study.customers,
        rules,
        touchpoint=largest["touchpoint"],
        month=month,
        requirement=requirement,
        cases=study.cases,
        pace_months=PACE_MONTHS,
        within_months=FOLLOWED_MONTHS,
        until=period,
        smallest_base=smallest_base if is_shown.iloc[0] else int(largest["n_customers"]) + 1,
    )
    is_shown.iloc[0] &= replay.shares["at_risk_share"].notna().all()
    listed = found.loc[is_shown, ["touchpoint", "month", "n_customers", "n_hit", "hit_share", "usual_share"]]
    listed = listed.assign(month=listed["month"].dt.strftime("%Y-%m"))
    return {
        "touchpoint": largest["touchpoint"],
        "month": str(month),
        "is_shown": bool(is_shown.iloc[0]),
        "incidents": listed.head(MOST_INCIDENTS).astype(object).to_dict("records"),
        "n_without_account": replay.n_without_account,
        "shares": records(replay.shares),
        "agreement": records(replay.agreement)[0],
        "refill": [_finite(row) for row in records(replay.refill)],
        "departures": records(replay.departures),
        "by_month": records(replay.by_month.assign(month=replay.by_month["month"].dt.strftime("%Y-%m"))),
    }


STRESS_COLUMNS = [
    "group", "segment", "n_customers",
    *(f"{name}_{state}" for state in ("before", "after", "with_gestures")
      for name in ("at_risk_share", "low_share", "high_share")),
]  # fmt: skip
SHARE_COLUMNS = ["n_customers", "at_risk_share", "low_share", "high_share"]


def stress_rows(figures: Mapping, *, language: Language = ENGLISH) -> pd.DataFrame:
    """The stress test of the figures as a frame, segments named as they read in the language, for a chart."""
    rows = pd.DataFrame(figures["stress"]["summary"], columns=STRESS_COLUMNS)
    labels = dict(figures["labels"].get(language.code, {}))
    return rows.assign(segment=rows["segment"].replace(labels))


def replay_months(figures: Mapping) -> pd.DataFrame:
    """The months of the replay as a frame, for a chart; empty where there is none."""
    rows = figures["replay"]["by_month"] if figures["replay"] else []
    frame = pd.DataFrame(rows, columns=["month", "is_incident", *SHARE_COLUMNS])
    return frame.assign(month=pd.to_datetime(frame["month"], format="%Y-%m"))


def replay_shares(figures: Mapping) -> pd.DataFrame:
    """The shares of the replay as a frame, for a chart; empty where there is none."""
    return pd.DataFrame(figures["replay"]["shares"] if figures["replay"] else [], columns=["moment", *SHARE_COLUMNS])


def records(frame: pd.DataFrame) -> list[dict]:
    """The rows of a frame as dicts."""
    return frame.astype(object).to_dict("records")


def _finite(row: Mapping) -> dict:
    """The row as JSON can hold it: of an infinite number of months stays that it is beyond every number."""
    beyond = {
        f"{name}_is_never": bool(np.isinf(value))
        for name, value in row.items()
        if name in ("median_months_to_refill", "median_months_with_gestures", "median_months") and not pd.isna(value)
    }
    return {
        name: None if isinstance(value, float) and np.isinf(value) else value for name, value in row.items()
    } | beyond
