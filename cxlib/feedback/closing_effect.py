"""Customers whose cases were closed, beside those whose cases were not: no experiment, and it says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.risk import ROUNDING, Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base, suppress_derivable, suppress_small_bases
from cxlib.errors import ParameterError, require_columns
from cxlib.feedback.case_states import case_states, moment_of
from cxlib.feedback.departures import departures, departures_difference
from cxlib.feedback.targets import LoopTargets
from cxlib.intervals import bounded_mean_interval, difference_interval, mean_interval, median_interval, wilson_interval

GROUPS = ("closed", "mixed", "open")
GROUP_DTYPE = pd.CategoricalDtype(list(GROUPS), ordered=True)

MEASURES = {
    "capital_before": ("mean_capital_before", "low_mean_before", "high_mean_before"),
    "capital": ("mean_capital", "low_mean", "high_mean"),
    "capital_unrecovered": ("mean_capital_unrecovered", "low_mean_unrecovered", "high_mean_unrecovered"),
    "at_risk_share": ("at_risk_share", "low_share", "high_share"),
    "later_experience": ("later_mean_experience", "low_later", "high_later"),
}
"""What is compared of the groups, with the columns that hold its estimate and its interval."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosingEffect:
    """Customers with closed cases beside those with open ones; `closing_effect` gives it.

    Attributes
    ----------
    groups : DataFrame, three rows
        group : closed (by now told of the end of every case), mixed (of some), open (of none)
        n_customers, n_cases : int, of cases whose time had run out
        n_current : Int64, those who were still customers and have an account: the base of the capital
        mean_capital, low_mean, high_mean, median_capital, low_median, high_median : float
        mean_recovered : float, what is left of what closing their cases gave back, BY DEFINITION
        mean_capital_unrecovered, low_mean_unrecovered, high_mean_unrecovered : float, the capital without it
        mean_capital_before, low_mean_before, high_mean_before : float, when the latest of their cases was opened
        n_at_risk : Int64; at_risk_share, low_share, high_share : float
        n_later : Int64, those with a measured experience after the latest of their cases was opened (NA where no
            experiences were given); later_mean_experience, low_later, high_later : float, −1 to 1, a customer's mean
            counting once
        Intervals of 95 %: t for means, Wilson for shares, order statistics for medians.
    departures : DataFrame, two rows, of other groups
        group : in_time (told of the end of every case before the time of the latest had run out), not_in_time
        n_stayed : Int64, those still customers then, and followed for `departures.FOLLOWED_DAYS` from there; n_left :
            Int64, of them left within these days; left_share, low_left, high_left : float
    differences : DataFrame, one row per measure
        measure : capital_before, capital, capital_unrecovered, at_risk_share, later_experience : closed − open;
            left_share : in_time − not_in_time of `departures`
        difference, low_difference, high_difference : float, with its 95 % interval
    n_not_due : int, customers left out because none of their cases had run out of time
    """

    groups: pd.DataFrame
    departures: pd.DataFrame
    differences: pd.DataFrame
    n_not_due: int


def closing_effect(
    cases: pd.DataFrame,
    ledger: pd.DataFrame,
    customers: pd.DataFrame,
    rules: CapitalRules | None,
    as_of,
    *,
    experiences: pd.DataFrame | None = None,
    requirement: Requirement | None = None,
    targets: LoopTargets | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> ClosingEffect:
    """Compare the customers whose loop was closed with those whose was not.

    Parameters
    ----------
    cases : DataFrame, one row per case
        Needs `customer_id`, `opened_at`, `resolved_at`, `customer_informed_at`.
    ledger : DataFrame, one row per entry
        As `capital_ledger` gives it, of these cases: a customer's entries together, in the order of time.
    customers : DataFrame, one row per customer
        Needs `customer_id`; uses `price_per_month`, `churned_on`.
    rules : CapitalRules or None
        Those of the ledger; None = CapitalRules().
    as_of : str or Timestamp
        What happened from then on does not count; without a timezone it is local to that of the ledger.
    experiences : DataFrame, one row per experience, optional
        Needs `customer_id`, `occurred_at`, `experience`; of those with `is_measured` only the measured count.
    requirement : Requirement, optional
        Default Requirement(): 0 for everyone.
    targets : LoopTargets, optional
        A case that still has time does not count at all, even if the customer was told already, so that both groups
        have had as long.
    smallest_base : int

    Returns
    -------
    ClosingEffect

    Raises
    ------
    MissingColumnError
    ParameterError
        The ledger is out of order, an id stands twice in `customers`, or an argument is out of range.

    Notes
    -----
    Nobody drew lots for whose case is closed: the firm may close first what is easy, or whoever asks again.
    `capital_before` shows how alike the groups were; of a customer with several cases it holds what closing the
    earlier ones had given back by then. Part of the difference in capital is how capital is defined (a closed loop
    returns part of the loss): `capital_unrecovered` is without it. The capital is that of those who are still
    customers. A customer with both kinds of cases is in neither group.

    To be told one must have stayed, so that groups by what is known today say nothing of departures: `departures`
    groups by what was known when the time to answer had run out, and follows everybody equally long from there.
    Linear in the ledger.
    """
    rules = rules or CapitalRules()
    check_smallest_base(smallest_base)
    require_columns(ledger, ["customer_id", "occurred_at", "kind", "amount", "capital"], name="ledger")
    require_columns(customers, ["customer_id"], name="customers")
    targets = targets or LoopTargets()
    _check_order(ledger)
    moment = moment_of(as_of, ledger["occurred_at"].dt.tz)
    states = case_states(cases, moment, targets)
    due = states.loc[states["is_due"]]
    churned = _churned(customers)
    people = _with_accounts(_people(due), ledger, rules, moment)
    people = _with_customer(people, customers, churned, requirement or Requirement(), moment)
    people = people.assign(later_experience=_later(people, experiences, moment))
    groups = _suppressed(_summary(people, asked=experiences is not None), smallest_base)
    until = moment.tz_localize(None)
    left = departures(due, churned, close_days=targets.close_days, until=until, smallest_base=smallest_base)
    return ClosingEffect(
        groups=groups,
        departures=left,
        differences=_differences(groups, left),
        n_not_due=int(states["customer_id"].nunique() - len(people)),
    )


def _check_order(ledger: pd.DataFrame) -> None:
    """Refuse a ledger whose last entry of a customer need not be the latest."""
    codes = pd.factorize(ledger["customer_id"])[0]  # numbered as they come: together, they never step back
    steps = np.diff(codes)
    is_back = np.diff(ledger["occurred_at"].to_numpy("datetime64[us]")) < np.timedelta64(0)
    if (steps < 0).any() or (is_back & (steps == 0)).any():
        raise ParameterError(
            "ledger: a customer's entries are not together in the order of time; pass it as capital_ledger gives it, "
            "or sort it first: ledger.sort_values(['customer_id', 'occurred_at'], kind='stable')"
        )


def _churned(customers: pd.DataFrame) -> pd.Series:
    """When each customer left, by id."""
    by_customer = customers.set_index("customer_id")
    if not by_customer.index.is_unique:
        repeated = by_customer.index[by_customer.index.duplicated()]
        raise ParameterError(f"customers holds {len(repeated)} repeated ids, such as {repeated[0]!r}")
    nothing = pd.Series(np.nan, by_customer.index).astype("datetime64[us]")
    return by_customer.get("churned_on", nothing)


def _people(due: pd.DataFrame) -> pd.DataFrame:
    """One row per customer with a case whose time has run out: her group, and when the latest was opened."""
    people = due.groupby("customer_id").agg(
        n_cases=("is_informed", "size"), n_told=("is_informed", "sum"), opened_at=("opened_at", "max")
    )
    group = np.where(people["n_told"] == people["n_cases"], "closed", np.where(people["n_told"] == 0, "open", "mixed"))
    return people.assign(group=pd.Categorical(group, dtype=GROUP_DTYPE)).reset_index()


def _with_accounts(
    people: pd.DataFrame, ledger: pd.DataFrame, rules: CapitalRules, moment: pd.Timestamp
) -> pd.DataFrame:
    """The balance now and when the latest case was opened, and what is left of the recoveries."""
    columns = ["customer_id", "occurred_at", "kind", "amount", "capital"]
    is_theirs = ledger["customer_id"].isin(people["customer_id"]) & (ledger["occurred_at"] < moment)
    entries = ledger.loc[is_theirs, columns].reset_index(drop=True)
    opened = _opened(people, entries)
    last = entries.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    before = entries.loc[entries["occurred_at"] <= opened].drop_duplicates("customer_id", keep="last")
    before = before.set_index("customer_id")
    recoveries = entries.loc[entries["kind"] == "recovery"]
    left = recoveries["amount"] * _kept(recoveries["occurred_at"], moment, rules)
    ids, index = people["customer_id"], people.index
    balance = last.reindex(ids).set_axis(index)
    earlier = before.reindex(ids).set_axis(index)
    recovered = ids.map(left.groupby(recoveries["customer_id"]).sum()).astype("float64").fillna(0.0)
    capital = balance["capital"] * _kept(balance["occurred_at"], moment, rules)
    opening = earlier["capital"] * _kept(earlier["occurred_at"], people["opened_at"], rules)
    return people.assign(
        capital=capital,
        recovered=recovered.where(capital.notna()),
        # without an entry by then the account stood at its opening balance
        capital_before=opening.fillna(rules.opening).where(capital.notna()),
    )


def _opened(people: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """When the latest case of each row's customer was opened."""
    return people.set_index("customer_id")["opened_at"].reindex(rows["customer_id"]).set_axis(rows.index)


def _kept(moments: pd.Series, until, rules: CapitalRules) -> pd.Series:
    """What forgetting leaves, in whole seconds as the ledger counts them."""
    seconds = ((until - moments).dt.total_seconds() // 1).astype("float64")
    return np.exp2(-seconds / rules.half_life_seconds)


def _with_customer(
    people: pd.DataFrame,
    customers: pd.DataFrame,
    churned: pd.Series,
    requirement: Requirement,
    moment: pd.Timestamp,
) -> pd.DataFrame:
    by_customer = customers.set_index("customer_id")
    nothing = pd.Series(np.nan, by_customer.index)
    required = people["customer_id"].map(requirement.of(by_customer.get("price_per_month", nothing)))
    required = required.astype("float64").fillna(requirement.base)
    has_left = churned.reindex(people["customer_id"]).set_axis(people.index) < moment.tz_localize(None)
    is_current = ~has_left & people["capital"].notna()
    return people.assign(is_current=is_current, is_at_risk=is_current & (people["capital"] - required <= ROUNDING))


def _later(people: pd.DataFrame, experiences: pd.DataFrame | None, moment: pd.Timestamp) -> pd.Series:
    """Each customer's mean measured experience after the latest of her cases was opened."""
    if experiences is None:
        return pd.Series(np.nan, people.index)
    require_columns(experiences, ["customer_id", "occurred_at", "experience"], name="experiences")
    measured = experiences.loc[experiences["is_measured"]] if "is_measured" in experiences else experiences
    measured = measured[["customer_id", "occurred_at", "experience"]]
    opened = _opened(people, measured)
    later = measured.loc[(measured["occurred_at"] > opened) & (measured["occurred_at"] < moment)]
    means = later["experience"].astype("float64").groupby(later["customer_id"]).mean()
    return people["customer_id"].map(means).astype("float64")


def _summary(people: pd.DataFrame, *, asked: bool) -> pd.DataFrame:
    rows = []
    for group in GROUPS:
        them = people.loc[people["group"] == group]
        current = them.loc[them["is_current"]]
        n, n_later = len(current), int(them["later_experience"].notna().sum())
        n_at_risk = int(current["is_at_risk"].sum())
        low_share, high_share = map(float, wilson_interval(n_at_risk, n))
        median, low_median, high_median = median_interval(current["capital"])
        row = {
            "group": group,
            "n_customers": len(them),
            "n_cases": int(them["n_cases"].sum()),
            "n_current": n,
            **_mean(current["capital"], "capital", ""),
            "median_capital": median,
            "low_median": low_median,
            "high_median": high_median,
            "mean_recovered": current["recovered"].mean(),
            **_mean(current["capital"] - current["recovered"], "capital_unrecovered", "_unrecovered"),
            **_mean(current["capital_before"], "capital_before", "_before"),
            "n_at_risk": n_at_risk,
            "at_risk_share": n_at_risk / n if n else np.nan,
            "low_share": low_share,
            "high_share": high_share,
            "n_later": n_later if asked else pd.NA,
        }
        later = them["later_experience"].dropna()
        row["later_mean_experience"] = later.mean()
        low, high = bounded_mean_interval(later.mean(), later.std(), n_later, lowest=-1, highest=1)
        row |= {"low_later": float(low), "high_later": float(high)}
        rows.append(row)
    counts = dict.fromkeys(("n_current", "n_at_risk", "n_later"), "Int64")
    return pd.DataFrame(rows).astype({"group": GROUP_DTYPE, **counts})


def _mean(values: pd.Series, name: str, ending: str) -> dict[str, float]:
    low, high = mean_interval(values.mean(), values.std(), len(values))
    return {f"mean_{name}": values.mean(), f"low_mean{ending}": float(low), f"high_mean{ending}": float(high)}


def _suppressed(groups: pd.DataFrame, smallest_base: int) -> pd.DataFrame:
    """What may be shown: each figure by its own base, and no group that the others would give away."""
    of_later = ["later_mean_experience", "low_later", "high_later"]
    kept = ["group", "n_customers", "n_cases", "n_current", "n_later"]
    of_current = [column for column in groups.columns if column not in (*kept, *of_later)]
    shown = groups
    for base, columns in (("n_current", of_current), ("n_later", of_later)):
        shown = suppress_derivable(shown, base=base, columns=columns, smallest_base=smallest_base)
    return suppress_small_bases(
        shown, base="n_customers", columns=[*kept[3:], *of_current, *of_later], smallest_base=smallest_base
    )


def _differences(groups: pd.DataFrame, left: pd.DataFrame) -> pd.DataFrame:
    by_group = groups.set_index("group")
    rows = []
    for measure, columns in MEASURES.items():
        closed, left_open = (by_group.loc[group, list(columns)].astype("float64") for group in ("closed", "open"))
        low, high = difference_interval(closed.to_numpy(), left_open.to_numpy())
        rows.append((measure, closed.iloc[0] - left_open.iloc[0], low, high))
    rows.append(("left_share", *departures_difference(left)))
    return pd.DataFrame(rows, columns=["measure", "difference", "low_difference", "high_difference"])
