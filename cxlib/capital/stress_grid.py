"""The stress test for several incidents and gestures at once, for sliders: one ledger where each test takes four."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from cxlib.capital.refill import paces_per_month
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.capital.shock import (
    Incident,
    RecoveryGestures,
    hit_customers,
    incident_weight,
    known_cases,
    moment_in,
    segments_of,
)
from cxlib.capital.stress import balances_at
from cxlib.capital.stress_summary import counted, shown_summary, stress_counts
from cxlib.capital.stressed import required_capital, stressed_accounts, with_outcome
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError, require_columns

SECONDS_PER_DAY = 86_400.0


def stress_grid(
    experiences: pd.DataFrame,
    customers: pd.DataFrame,
    rules: CapitalRules,
    *,
    incident: Incident,
    n_losses: Iterable[int] = (1, 2, 3),
    n_gestures: Iterable[int] = (0, 1, 2, 3),
    gesture: RecoveryGestures | None = None,
    requirement: Requirement | None = None,
    cases: pd.DataFrame | None = None,
    touchpoints: pd.DataFrame | None = None,
    pace_months: float = 12,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """The summary of `stress_test` for each number of losses and each number of gestures.

    Parameters
    ----------
    experiences, customers, cases, touchpoints, requirement, pace_months, smallest_base
        As for `stress_test`.
    rules : CapitalRules
        Without the spiral (carry_over 0): with it a loss hangs on the one before, and each test needs its own ledger.
    incident : Incident
        Its n_losses is replaced by each of `n_losses`.
    n_losses : iterable of int, 1 to 1,000
    n_gestures : iterable of int, 0 to 1,000
        0 is no gesture.
    gesture : RecoveryGestures, optional
        What each gesture is; its n_gestures is replaced. Default RecoveryGestures().

    Returns
    -------
    DataFrame, one row per number of losses, of gestures, and group
        n_losses, n_gestures_each : int, and the columns of `StressTest.summary`

    Raises
    ------
    MissingColumnError
    ParameterError
        Rules with a spiral, no number at all, or a value that `Incident` and `RecoveryGestures` refuse.
    """
    check_smallest_base(smallest_base)
    if rules.carry_over:
        raise ParameterError(f"carry_over is {rules.carry_over}; a grid needs 0: use cx.stress_test for each")
    gesture = gesture or RecoveryGestures()
    tried = [replace(incident, n_losses=n) for n in n_losses]
    given = [replace(gesture, n_gestures=n) if n else None for n in n_gestures]
    if not (tried and given):
        raise ParameterError("n_losses and n_gestures must name at least one number each, such as [1, 2] and [0, 1]")
    require_columns(experiences, ["customer_id", "occurred_at", "gap"], name="experiences")
    require_columns(customers, ["customer_id"], name="customers")
    at = moment_in(incident.at, experiences["occurred_at"].dt.tz)
    loss = _amount(-incident.gap, incident_weight(incident, experiences, touchpoints) * rules.loss_weight, rules)
    lift = _amount(gesture.gap, gesture.weight, rules)
    kept = 2.0 ** (-gesture.after_days * SECONDS_PER_DAY / rules.half_life_seconds)

    past = experiences.loc[experiences["occurred_at"] < at]
    ids = hit_customers(past, customers, at=at, segment=incident.segment).sort_values()
    past = past.loc[past["customer_id"].isin(ids)]
    ledger, before = balances_at(past, ids, rules, at=at, cases=known_cases(cases, at))
    known = {
        "segment": segments_of(customers).reindex(ids).to_numpy(),
        "before": before,
        "required": required_capital(customers, requirement, ids),
        "pace": paces_per_month(ledger, at=at, pace_months=pace_months).reindex(ids).to_numpy(dtype=float),
    }
    rows, tests = [], 0
    for each in tried:
        accounts = stressed_accounts(ids, **known, after=before - each.n_losses * loss, rules=rules)
        without = kept * accounts["capital_after"].to_numpy()
        for gestures in given:
            n = gestures.n_gestures if gestures else 0
            outcome = with_outcome(accounts, rules, gestures, with_gestures=without + n * lift, without=without)
            which = {"n_losses": each.n_losses, "n_gestures_each": n, "test": tests}
            rows += [row | which for row in counted(outcome, gestures_each=n)]
            tests += 1
    # what may be shown of each test hangs on its own segments alone
    shown = shown_summary(stress_counts(rows), within="test", smallest_base=smallest_base)
    first = ["n_losses", "n_gestures_each"]
    shown = shown.astype(dict.fromkeys(first, "int64"))
    return shown[[*first, *(name for name in shown.columns if name not in (*first, "test"))]]


def _amount(gap: float, weight: float, rules: CapitalRules) -> float:
    """What an experience so far from what was expected moves; within the neutral band, nothing."""
    if gap <= rules.neutral_band:
        return 0.0
    return float(weight * (1.0 if rules.measure == "sign" else np.minimum(gap, 1.0)))
