"""What an incident and the gestures after it leave in each account: at risk or not, and for how long."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.capital.refill import DAYS_PER_MONTH, capital_later, forgotten_per_month, months_until
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.capital.shock import RecoveryGestures


def required_capital(customers: pd.DataFrame, requirement: Requirement | None, ids: pd.Index) -> np.ndarray:
    """What each customer must have more than, not to be at risk."""
    requirement = requirement or Requirement()
    by_customer = customers.set_index("customer_id")
    prices = by_customer.get("price_per_month", pd.Series(np.nan, by_customer.index))
    return requirement.of(prices).reindex(ids).fillna(requirement.base).to_numpy(dtype=float)


def stressed_accounts(
    ids: pd.Index,
    *,
    segment: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    required: np.ndarray,
    pace: np.ndarray,
    rules: CapitalRules,
) -> pd.DataFrame:
    """Each customer's account before and after an incident: the first columns of `StressTest.customers`.

    Parameters
    ----------
    ids : Index of customer_id, sorted
    segment, before, after, required, pace : arrays of the length of ids
        The capital right before and right after, what is required, and the pace per month.
    rules : CapitalRules
        Its half-life counts.
    """
    is_at_risk = after <= required
    rate = forgotten_per_month(rules)
    accounts = pd.DataFrame(
        {
            "customer_id": ids,
            "segment": segment,
            "capital_before": before,
            "capital_after": after,
            "required": required,
            "was_at_risk": before <= required,
            "is_at_risk": is_at_risk,
            "is_hurt": after < before,
            "pace_per_month": pace,
            "months_to_refill": months_until(after, before, pace, rate=rate),
            "months_at_risk": np.where(is_at_risk, _months_out_of_risk(after, required, pace, rate), 0.0),
        }
    )
    accounts["segment"] = accounts["segment"].astype("str")
    return accounts


def with_outcome(
    accounts: pd.DataFrame,
    rules: CapitalRules,
    gestures: RecoveryGestures | None,
    *,
    with_gestures: np.ndarray | None = None,
    without: np.ndarray | None = None,
) -> pd.DataFrame:
    """The accounts with the last columns of `StressTest.customers`: what the gestures did.

    Parameters
    ----------
    accounts : DataFrame
        As `stressed_accounts` gives it.
    rules : CapitalRules
    gestures : RecoveryGestures or None
        Where None, the columns hold NA.
    with_gestures, without : arrays of the length of accounts
        The capital when the gestures are given, with them and without.
    """
    if gestures is None:
        missing, unknown = np.full(len(accounts), np.nan), pd.array([pd.NA] * len(accounts), dtype="boolean")
        return accounts.assign(
            capital_with_gestures=missing,
            is_at_risk_with_gestures=unknown,
            is_brought_back=unknown,
            months_to_refill_with_gestures=missing,
            months_at_risk_with_gestures=missing,
        )
    after, before = accounts["capital_after"].to_numpy(), accounts["capital_before"].to_numpy()
    required, pace = accounts["required"].to_numpy(), accounts["pace_per_month"].to_numpy()
    rate, wait = forgotten_per_month(rules), gestures.after_days / DAYS_PER_MONTH
    lifted = capital_later(after, pace, months=wait, rate=rate) + (with_gestures - without)

    def months(alone: np.ndarray, rest: np.ndarray, *, reached: np.ndarray) -> np.ndarray:
        """Those who are there before the gestures need `alone`, those whom the gestures lift over the goal `wait`."""
        return np.where(alone <= wait, alone, wait + np.where(reached, 0.0, rest))

    is_at_risk = with_gestures <= required
    was_at_risk = accounts["is_at_risk"].to_numpy()
    return accounts.assign(
        capital_with_gestures=with_gestures,
        is_at_risk_with_gestures=pd.array(is_at_risk, dtype="boolean"),
        is_brought_back=pd.array(was_at_risk & (without <= required) & ~is_at_risk, dtype="boolean"),
        months_to_refill_with_gestures=months(
            accounts["months_to_refill"].to_numpy(),
            months_until(lifted, before, pace, rate=rate),
            reached=lifted >= before,
        ),
        months_at_risk_with_gestures=np.where(
            was_at_risk,
            months(
                accounts["months_at_risk"].to_numpy(),
                _months_out_of_risk(lifted, required, pace, rate),
                reached=lifted > required,
            ),
            0.0,
        ),
    )


def _months_out_of_risk(capital, required, pace, rate: float) -> np.ndarray:
    """Months until the balance is above what is required: at that very balance a customer is still at risk."""
    months = months_until(capital, required, pace, rate=rate)
    grows = pace > rate * np.asarray(required)
    return np.where(grows, months, np.inf)
