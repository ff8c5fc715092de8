"""Stress test: what an incident would do to every customer's capital, and how long it would take to mend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.refill import paces_per_month
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules, is_number
from cxlib.capital.shock import (
    Incident,
    RecoveryGestures,
    hit_customers,
    incident_weight,
    known_cases,
    moment_in,
    segments_of,
)
from cxlib.capital.stress_summary import stress_summary
from cxlib.capital.stressed import required_capital, stressed_accounts, with_outcome
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError, require_columns

ACCOUNT_COLUMNS = ("customer_id", "occurred_at", "touchpoint", "gap", "weight", "response_id", "file_order")


@dataclass(frozen=True, kw_only=True, eq=False)
class StressTest:
    """What an incident would do; the result of `stress_test`.

    Parameters
    ----------
    incident : Incident
        As it was worked out: `at` in the experiences' timezone, `weight` filled in.
    gestures : RecoveryGestures or None
    customers : DataFrame, one row per customer hit, sorted by customer_id
        customer_id, segment
        capital_before, capital_after, required : float, at the incident
        was_at_risk, is_at_risk, is_hurt : bool, before it; after it; whether it took any capital
        pace_per_month : float; months_to_refill, months_at_risk : float, infinite where never
        capital_with_gestures : float; is_at_risk_with_gestures, is_brought_back : boolean, right after the gestures
        months_to_refill_with_gestures, months_at_risk_with_gestures : float; all of them NA without gestures
    summary : DataFrame, one row for all customers hit, then one per segment
        As `cxlib.capital.stress_summary` describes it.
    """

    incident: Incident
    gestures: RecoveryGestures | None
    customers: pd.DataFrame
    summary: pd.DataFrame

    @property
    def hurts_nobody(self) -> bool:
        """Whether the incident takes no capital from anyone: its gap is inside the neutral band, or its weight 0."""
        return not bool(self.customers["is_hurt"].any())

    def __repr__(self) -> str:
        incident, n = self.incident, len(self.customers)
        what = f"StressTest({incident.touchpoint!r} at {incident.at:%Y-%m-%d %H:%M}, {n:,} customers hit"
        return f"{what}: it hurts nobody)" if self.hurts_nobody else f"{what})"


def stress_test(
    experiences: pd.DataFrame,
    customers: pd.DataFrame,
    rules: CapitalRules,
    *,
    incident: Incident,
    gestures: RecoveryGestures | None = None,
    requirement: Requirement | None = None,
    cases: pd.DataFrame | None = None,
    touchpoints: pd.DataFrame | None = None,
    pace_months: float = 12,
    smallest_base: int = SMALLEST_BASE,
) -> StressTest:
    """Let something go wrong for every customer at one moment: who is at risk then, and for how long?

    Parameters
    ----------
    experiences, customers, cases : DataFrame
        As for `capital_ledger` and `risk_zones`; what happened from `incident.at` on is left out.
    rules : CapitalRules
    incident : Incident
        It hits the customers who have an account by then, have not left, and belong to its segment.
    gestures : RecoveryGestures, optional
        Given to every customer hit.
    requirement : Requirement, optional
        Default Requirement(): 0 for everyone.
    touchpoints : DataFrame, one row per touchpoint, optional
        Uses touchpoint, weight.
    pace_months : float, > 0
        The pace is judged over so many months before the incident.
    smallest_base : int
        The summary says nothing of fewer customers.

    Returns
    -------
    StressTest

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    The losses and the gestures are entered as experiences and the ledger's own rules do the sums, so that the band,
    the measure and the spiral count. Right after the gestures means: with nothing else in between.

    Refilled is a customer who is back at the balance before the incident; at risk for as long as the balance is not
    above what is required. Both assume an even pace: from now on the customer has good and bad experiences as in the
    last `pace_months`. The pace is gross of forgetting, the sum of the amounts as they were entered (losses and
    recoveries too, by month), because forgetting goes on beside it: dC/dt = pace − δ·C. To take the growth of the
    balance for a pace would count forgetting twice. A customer whose pace is too small to hold the balance of before
    never refills. An earlier incident within the months of the pace makes it look slower than usual.

    Cost: two to four ledgers of the customers hit.
    """
    check_smallest_base(smallest_base)
    if not (is_number(pace_months) and pace_months > 0):
        raise ParameterError(f"pace_months must be a number above 0, found {pace_months!r}")
    require_columns(experiences, ["customer_id", "occurred_at", "gap"], name="experiences")
    require_columns(customers, ["customer_id"], name="customers")
    at = moment_in(incident.at, experiences["occurred_at"].dt.tz)
    weight = incident_weight(incident, experiences, touchpoints)
    past = experiences.loc[experiences["occurred_at"] < at]
    hit = hit_customers(past, customers, at=at, segment=incident.segment)
    accounts = customer_stress(
        past.loc[past["customer_id"].isin(hit)],
        customers,
        rules,
        at=at,
        n_losses=pd.Series(incident.n_losses, hit),
        gap=incident.gap,
        weight=weight,
        gestures=gestures,
        requirement=requirement,
        cases=known_cases(cases, at),
        pace_months=pace_months,
    )
    settled = Incident(
        touchpoint=incident.touchpoint,
        at=at,
        n_losses=incident.n_losses,
        gap=incident.gap,
        weight=weight,
        segment=incident.segment,
    )
    summary = stress_summary(
        accounts, gestures_each=gestures.n_gestures if gestures else 0, smallest_base=smallest_base
    )
    return StressTest(incident=settled, gestures=gestures, customers=accounts, summary=summary)


def customer_stress(
    past: pd.DataFrame,
    customers: pd.DataFrame,
    rules: CapitalRules,
    *,
    at: pd.Timestamp,
    n_losses: pd.Series,
    gap: float,
    weight: float,
    gestures: RecoveryGestures | None,
    requirement: Requirement | None,
    cases: pd.DataFrame | None,
    pace_months: float,
) -> pd.DataFrame:
    """The frame `StressTest.customers`: each customer with a number of losses of her own.

    Parameters
    ----------
    past : DataFrame, the experiences before `at` of the customers hit, at least one each
    n_losses : Series of int by customer_id
    cases : DataFrame, optional
        As known at that moment.
    """
    ids = pd.Index(n_losses.index).sort_values()
    segment = segments_of(customers).reindex(ids)
    counts = n_losses.reindex(ids).to_numpy()
    past = past[[column for column in ACCOUNT_COLUMNS if column in past.columns]]
    ledger, before = balances_at(past, ids, rules, at=at, cases=cases)
    losses = _with_rows(past, ids.repeat(counts), at, gap=gap, weight=weight)
    after = _last_capital(capital_ledger(losses, rules, cases), ids)
    accounts = stressed_accounts(
        ids,
        segment=segment.to_numpy(),
        before=before,
        after=after,
        required=required_capital(customers, requirement, ids),
        pace=paces_per_month(ledger, at=at, pace_months=pace_months).reindex(ids).to_numpy(dtype=float),
        rules=rules,
    )
    if gestures is None:
        return with_outcome(accounts, rules, None)
    later = at + pd.Timedelta(days=gestures.after_days)
    given = _with_rows(losses, ids.repeat(gestures.n_gestures), later, gap=gestures.gap, weight=gestures.weight)
    with_gestures = _last_capital(capital_ledger(given, rules, cases), ids)
    without = _last_capital(capital_ledger(_with_rows(losses, ids, later, gap=0.0, weight=0.0), rules, cases), ids)
    return with_outcome(accounts, rules, gestures, with_gestures=with_gestures, without=without)


def balances_at(
    past: pd.DataFrame, ids: pd.Index, rules: CapitalRules, *, at: pd.Timestamp, cases: pd.DataFrame | None
) -> tuple[pd.DataFrame, np.ndarray]:
    """The ledger of some customers up to a moment, and the capital of each of them then, in the order of `ids`."""
    past = past[[column for column in ACCOUNT_COLUMNS if column in past.columns]]
    # a row of weight 0 moves nothing, and its balance is that of the moment
    ledger = capital_ledger(_with_rows(past, ids, at, gap=0.0, weight=0.0), rules, cases)
    return ledger, _last_capital(ledger, ids)


def _with_rows(past: pd.DataFrame, ids: pd.Index, at: pd.Timestamp, *, gap: float, weight: float) -> pd.DataFrame:
    """The experiences with one more per id, all at one moment and after all others."""
    new = pd.DataFrame(
        {
            "customer_id": pd.Series(ids, dtype=past["customer_id"].dtype),
            "occurred_at": pd.Series(at, range(len(ids)), dtype=past["occurred_at"].dtype),
            "gap": float(gap),
            "weight": float(weight),
        }
    )
    for column in ("touchpoint", "response_id"):
        if column in past:
            new[column] = pd.Series(np.nan, new.index, dtype=past[column].dtype)
    if "weight" not in past:
        past = past.assign(weight=1.0)
    if "file_order" in past:
        new["file_order"] = past["file_order"].max() + 1 + np.arange(len(new))
    if new.empty:
        return past
    return pd.concat([past, new], ignore_index=True)


def _last_capital(ledger: pd.DataFrame, ids: pd.Index) -> np.ndarray:
    return ledger.groupby("customer_id")["capital"].last().reindex(ids).to_numpy(dtype=float)
