"""You said, we did: what customers told, what was done about it, and how many had an answer, naming no one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import require_columns
from cxlib.feedback.case_states import case_states, moment_of
from cxlib.feedback.naming import names_somebody


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
        touchpoint (as in `touchpoints`), action : NA where it is not named
        kind : named; other (noted, and not named), unwritten (nothing was noted), mixed (both, where either is of too
            few customers to be counted apart)
        n_cases : Int64, in how many cases it was done
    """

    total: pd.DataFrame
    touchpoints: pd.DataFrame
    actions: pd.DataFrame


def told(
    cases: pd.DataFrame,
    as_of,
    *,
    since=None,
    owners: Iterable[str] | None = None,
    touchpoints: pd.DataFrame | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> Told:
    """What customers told, what was done, and how many had an answer: fit to be read by every customer.

    A touchpoint is named only where enough customers told of it; an action, which staff write freely, only where it was
    taken for enough customers there and holds no owner's name. What is left over is added up, and left out where it
    would give a few away. No customer, owner or comment is in it, but an action may name somebody who owns no case:
    read it before it is published.

    Parameters
    ----------
    cases : DataFrame, one row per case
        Needs `customer_id`, `touchpoint`, `opened_at`, `resolved_at`, `customer_informed_at`, `action`; uses `owner`.
    as_of : str or Timestamp
        Cases and dates from then on do not count.
    since : str or Timestamp, optional
        Cases opened earlier do not count; default: all.
    smallest_base : int
        The fewest customers that a touchpoint or an action may rest on.

    owners : iterable of str, optional
        Persons or departments that no action may name; default: the owners in `cases`.
    touchpoints : DataFrame, one row per touchpoint, optional
        Needs `owners`, departments parted by semicolons: a single word of their names may stand in an action.

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
    if owners is None:
        owners = cases["owner"].dropna().unique() if "owner" in cases else ()
    actions = states["action"].astype("str")
    names = names_somebody(actions, owners, departments=_departments(touchpoints))
    states = states.assign(
        touchpoint=_or_the_rest(states, "touchpoint", smallest_base),
        is_noted=actions.notna() & (actions.str.strip() != ""),
        action=actions.mask(names | (actions.str.strip() == "")),
    )
    parts = _counted(states, ["touchpoint"])
    parts = parts.loc[parts["n_customers"] >= smallest_base]
    parts = parts.assign(is_rest=parts["touchpoint"].isna()).sort_values(
        ["is_rest", "n_customers", "touchpoint"], ascending=[True, False, True], ignore_index=True
    )
    total = _counted(states, [])
    return Told(
        total=total.mask(~(total["n_customers"] >= smallest_base)),
        touchpoints=parts.drop(columns="is_rest"),
        actions=_actions(states, parts["touchpoint"], smallest_base),
    )


def _departments(touchpoints: pd.DataFrame | None) -> list[str]:
    if touchpoints is None:
        return []
    require_columns(touchpoints, ["owners"], name="touchpoints")
    return [owner for owners in touchpoints["owners"].dropna().unique() for owner in str(owners).split(";")]


def _or_the_rest(cases: pd.DataFrame, name: str, smallest_base: int, *, within: str | None = None) -> pd.Series:
    """The column with NA for what may not be named: what rests on too few, and the next smallest where all that is
    unnamed rests on too few together, for it could be had by subtraction."""
    part = pd.Series(0, cases.index) if within is None else cases.groupby(within, dropna=False).ngroup()
    rows = pd.DataFrame({"part": part, "name": cases[name], "customer_id": cases["customer_id"]}).reset_index(drop=True)
    sizes = rows.groupby(["part", "name"])["customer_id"].nunique().rename("n").reset_index()
    named = sizes.loc[sizes["n"] >= smallest_base]
    named = named.sort_values(["part", "n", "name"], ascending=[True, False, True], ignore_index=True)
    unnamed = rows.loc[~_among(rows, named)].groupby("part")["customer_id"].nunique()
    few = unnamed.index[unnamed < smallest_base]
    # the one that goes with them has enough customers by itself, so that no second need go
    goes = named["part"].isin(few) & ~named.duplicated("part", keep="last")
    return cases[name].where(_among(rows, named.loc[~goes]))


def _among(rows: pd.DataFrame, named: pd.DataFrame) -> np.ndarray:
    """Which rows have one of the names of their part."""
    wanted = set(zip(named["part"], named["name"], strict=True))
    return np.array([pair in wanted for pair in zip(rows["part"], rows["name"], strict=True)], dtype=bool)


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
    done = states.loc[states["is_resolved"]].reset_index(drop=True)
    done = done.assign(action=_or_the_rest(done, "action", smallest_base, within="touchpoint"))
    kind = np.where(done["action"].notna(), "named", np.where(done["is_noted"], "other", "unwritten"))
    done = done.assign(kind=_without_few(done.assign(kind=kind), smallest_base))
    counts = done.groupby(["touchpoint", "action", "kind"], dropna=False).agg(
        n_cases=("customer_id", "size"), n_customers=("customer_id", "nunique")
    )
    counts = counts.loc[counts["n_customers"] >= smallest_base].reset_index()
    place = pd.Series(range(len(touchpoints)), touchpoints.astype("object"))
    rank = {"named": 0, "other": 1, "mixed": 1, "unwritten": 2}
    counts = counts.assign(
        place=counts["touchpoint"].astype("object").map(place.to_dict(), na_action=None), rank=counts["kind"].map(rank)
    ).dropna(subset="place")
    counts = counts.sort_values(["place", "rank", "n_cases", "action"], ascending=[True, True, False, True])
    columns = {"touchpoint": "str", "action": "str", "kind": "str", "n_cases": "Int64"}
    return counts[list(columns)].astype(columns).reset_index(drop=True)


def _without_few(done: pd.DataFrame, smallest_base: int) -> pd.Series:
    """The kinds of what was done; other and unwritten are one where either rests on too few."""
    rest = done.loc[done["kind"] != "named"]
    part = rest.groupby("touchpoint", dropna=False).ngroup()
    sizes = rest.assign(part=part).groupby(["part", "kind"])["customer_id"].nunique().unstack("kind")
    is_split = sizes.isna().any(axis=1) | (sizes >= smallest_base).all(axis=1) | (sizes.shape[1] < 2)
    together = ~part.map(is_split).astype(bool)
    return done["kind"].mask(together.reindex(done.index, fill_value=False), "mixed")
