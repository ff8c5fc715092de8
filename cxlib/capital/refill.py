"""How long an account needs to fill up again, at an even pace and with forgetting at work."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.capital.rules import CapitalRules

DAYS_PER_MONTH = 365.25 / 12


def forgotten_per_month(rules: CapitalRules) -> float:
    """The rate δ at which capital is forgotten: dC/dt = pace − δ·C, the time in months; 0 without a half-life.

    >>> forgotten_per_month(CapitalRules())
    0.0
    """
    if rules.half_life_days is None:
        return 0.0
    return float(np.log(2) * DAYS_PER_MONTH / rules.half_life_days)


def months_until(start, goal, pace_per_month, *, rate: float) -> np.ndarray:
    """Months until an account grows from `start` to `goal` at an even pace.

    Parameters
    ----------
    start, goal, pace_per_month : array-like of float
    rate : float, >= 0
        As `forgotten_per_month` gives it.

    Returns
    -------
    array of float, >= 0
        0 where the goal is reached already, infinite where it never is.

    Notes
    -----
    dC/dt = p − δC has the solution C(t) = E + (C₀ − E)·e^(−δt) with the level E = p/δ, to which every account tends.
    A goal under E is reached after ln((E − C₀) / (E − goal)) / δ months, a goal at E or above never. Without
    forgetting it takes (goal − C₀) / p.
    """
    start, goal, pace = np.broadcast_arrays(*(np.asarray(x, float) for x in (start, goal, pace_per_month)))
    missing = goal - start
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if rate == 0:
            months = np.where(pace > 0, missing / pace, np.inf)
        else:
            level = pace / rate
            # 1 − (goal − start)/(level − start) rather than the quotient: exact where little is missing
            months = np.where(level > goal, -np.log1p(-missing / (level - start)) / rate, np.inf)
    return np.where(missing <= 0, 0.0, months)


def capital_later(start, pace_per_month, *, months, rate: float) -> np.ndarray:
    """The balance `months` after `start`, at an even pace and with forgetting at work."""
    start, pace, months = (np.asarray(x, float) for x in (start, pace_per_month, months))
    if rate == 0:
        return start + pace * months
    level = pace / rate
    return level + (start - level) * np.exp(-rate * months)


def paces_per_month(ledger: pd.DataFrame, *, at: pd.Timestamp, pace_months: float) -> pd.Series:
    """What each account took in, net, per month of the last `pace_months` before a moment.

    Parameters
    ----------
    ledger : DataFrame, one row per entry before `at`
        Needs customer_id, occurred_at, amount.
    at : Timestamp, in the ledger's timezone
    pace_months : float, > 0

    Returns
    -------
    Series of float by customer_id
        The amounts as they were entered, divided by `pace_months`, or by the months since the account's first entry
        where it is younger; but at least by one month.
    """
    window = pd.Timedelta(days=DAYS_PER_MONTH * pace_months)
    first = ledger.groupby("customer_id")["occurred_at"].min()
    months = ((at - first) / pd.Timedelta(days=DAYS_PER_MONTH)).clip(lower=1.0, upper=max(pace_months, 1.0))
    recent = ledger.loc[ledger["occurred_at"] >= at - window]
    return recent.groupby("customer_id")["amount"].sum().reindex(first.index, fill_value=0.0) / months
