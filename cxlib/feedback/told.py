"""You said, we did: what customers told, what was done about it, and how many had an answer, naming no one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import require_columns
from cxlib.feedback.case_states import case_states, moment_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Told:
    """What may be told to all customers of what some of them told; `told` gives it.

    Attributes
    ----------
    total : DataFrame, one row
        n_customers, n_cases, n_resolved, n_informed : Int64
        half_days : float, days from opening within which at least half of the cases were answered; NaN where more
            than half had no answer. A count and no estimate of what is still to come, so that no reader finds it at
            odds with `n_informed`
        NA where there are too few customers.
    touchpoints : DataFrame, one row per touchpoint that may be named, most customers first; the others together in a
        last one whose touchpoint is NA, if there are enough of them
        touchpoint, and the columns of `total`
    actions : DataFrame, one row per touchpoint and action that may be named, the commonest first
        touchpoint (as in `touchpoints`), action : NA for all others together
        n_cases : Int64, in how many cases it was done
    """

    total: pd.DataFrame
    touchpoints: pd.DataFrame
    actions: pd.DataFrame


def told(cases: pd.DataFrame, as_of, *, since=None, smallest_base: int = SMALLEST_BASE) -> Told:
    """What customers told, what was done, and how many had an answer: fit to be read by every customer.

    No customer, owner or comment is in it. A touchpoint is named only where enough customers told of it; an action,
    which staff write freely and which could name somebody, only where it was taken for enough customers there. What
    is left over is added up, and left out where it would give a few away.

    Parameters
    ----------
    cases : DataFrame, one row per case
        Needs `customer_id`, `touchpoint`, `opened_at`, `resolved_at`, `customer_informed_at`, `action`.
    as_of : str or Timestamp
        Cases and dates from then on do not count.
    since : str or Timestamp, optional
        Cases opened earlier do not count; default: all.
    smallest_base : int
        The fewest customers that a touchpoint or an action may rest on.

    Returns
    -------
    Told

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Actions of open cases do not count: nothing has been done yet. n log n in the cases.
    """
    check_smallest_base(smallest_base)
    require_columns(cases, ["touchpoint", "action"], name="cases")
    states = case_states(cases, as_of)
    if since is not None:
        states = states.loc[states["opened_at"] >= moment_of(since, states["opened_at"].dt.tz)]
    states = states.assign(touchpoint=_or_the_rest(states, "touchpoint", smallest_base))
    touchpoints = _counted(states, ["touchpoint"])
    touchpoints = touchpoints.loc[touchpoints["n_customers"] >= smallest_base]
    touchpoints = touchpoints.assign(is_rest=touchpoints["touchpoint"].isna()).sort_values(
        ["is_rest", "n_customers", "touchpoint"], ascending=[True, False, True], ignore_index=True
    )
    total = _counted(states, [])
    return Told(
        total=total.mask(~(total["n_customers"] >= smallest_base)),
        touchpoints=touchpoints.drop(columns="is_rest"),
        actions=_actions(states, touchpoints["touchpoint"], smallest_base),
    )


def _or_the_rest(cases: pd.DataFrame, name: str, smallest_base: int) -> pd.Series:
    """The column with NA for what may not be named: what rests on too few, and the next smallest while all that is
    unnamed rests on too few together, for it could be had by subtraction."""
    n_customers = cases.groupby(name)["customer_id"].nunique().reset_index()
    largest_first = n_customers.sort_values(["customer_id", name], ascending=[False, True])
    named = list(largest_first.loc[largest_first["customer_id"] >= smallest_base, name])
    while named:
        n_unnamed = cases.loc[~cases[name].isin(named), "customer_id"].nunique()
        if n_unnamed == 0 or n_unnamed >= smallest_base:
            break
        named.pop()
    return cases[name].where(cases[name].isin(named))


def _counted(states: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    states = states.assign(answered=states["close_days"].where(states["is_informed"]))
    groups = states.groupby(keys, dropna=False) if keys else states.groupby(np.zeros(len(states)))
    counts = groups.agg(
        n_customers=("customer_id", "nunique"),
        n_cases=("is_resolved", "size"),
        n_resolved=("is_resolved", "sum"),
        n_informed=("is_informed", "sum"),
    ).astype("Int64")
    halves = [_half(answered.to_numpy()) for _, answered in groups["answered"]]
    counts["half_days"] = np.array(halves, dtype=float)
    if not keys:
        counts = counts.reindex([0.0])
    return counts.reset_index(drop=not keys)


def _half(days: np.ndarray) -> float:
    """The smallest number of days within which at least half of the cases were answered."""
    return float(np.sort(days)[(len(days) - 1) // 2])  # NaN, no answer yet, stands last


def _actions(states: pd.DataFrame, touchpoints: pd.Series, smallest_base: int) -> pd.DataFrame:
    """What was done at each of the touchpoints, in their order."""
    parts = []
    for touchpoint in touchpoints:
        is_there = states["touchpoint"].isna() if pd.isna(touchpoint) else states["touchpoint"] == touchpoint
        done = states.loc[is_there & states["is_resolved"]]
        done = done.assign(action=_or_the_rest(done, "action", smallest_base))
        counts = done.groupby("action", dropna=False).agg(
            n_cases=("customer_id", "size"), n_customers=("customer_id", "nunique")
        )
        counts = counts.loc[counts["n_customers"] >= smallest_base].reset_index()
        counts = counts.assign(touchpoint=touchpoint, is_rest=counts["action"].isna())
        parts.append(counts.sort_values(["is_rest", "n_cases", "action"], ascending=[True, False, True]))
    columns = {"touchpoint": "str", "action": "str", "n_cases": "Int64"}
    if not parts:
        return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})
    return pd.concat(parts, ignore_index=True)[list(columns)].astype(columns)
