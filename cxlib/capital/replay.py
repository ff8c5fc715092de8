"""Replay an incident that is in the data: what a stress test would have predicted, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.months import customer_months, month_of, starts_of
from cxlib.capital.refill import DAYS_PER_MONTH, capital_later, forgotten_per_month
from cxlib.capital.replay_summary import agreement, departures, refill_times, risk_shares
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules, is_number
from cxlib.capital.shock import hit_customers, known_cases
from cxlib.capital.stress import customer_stress
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base, suppress_small_bases
from cxlib.errors import ParameterError, hint, require_columns
from cxlib.intervals import wilson_interval


@dataclass(frozen=True, kw_only=True, eq=False)
class IncidentReplay:
    """A month's incident, predicted and real, for the same customers; the result of `replay_incident`.

    Being hit was not random: who met the touchpoint, and was disappointed there, differs from who did not. The replay
    compares what was predicted for these customers with what became of them; it does not say what the incident did
    as against no incident, and whether the cushion was the reason why fewer left.

    Parameters
    ----------
    touchpoint : str
    month : Period
    n_hit : int, customers with a loss there in that month
    n_without_account : int, of them without an account, or gone, when the month began; they are left out
    customers : DataFrame, one row per customer replayed, sorted by customer_id
        customer_id, n_losses, capital_before, capital_predicted, capital_actual, required; was_at_risk,
        is_predicted_at_risk, is_at_risk, is_hurt; months_to_refill_predicted, months_observed, is_refilled;
        fate : was_at_risk (before), pushed (into risk), saved (by the cushion); left_in_month, left_later : bool
    shares : DataFrame, one row per moment: before, predicted, actual
        n_customers, n_at_risk, at_risk_share, low_share, high_share (Wilson), capital_median
    agreement : DataFrame, one row
        n_customers; mean_absolute_error, mean_error (predicted − actual), in units of capital; correlation with
        low_correlation, high_correlation (Fisher)
    refill : DataFrame, one row each for predicted and actual, of those who lost capital
        n_customers, n_month_ends (that the data hold, the incident's own month first); n_refilled by then,
        n_censored (seen last before they were there); refilled_share by then, low_refilled, high_refilled;
        median_months, low_months, high_months, infinite where not half of them get there (or are seen to):
        Wilson and order statistics for the prediction, Kaplan–Meier for what happened
    departures : DataFrame, one row per fate, of those still customers when the month ended
        n_customers, within_months, n_left, left_share, low_share, high_share (Wilson); on the row of those pushed
        difference, low_difference, high_difference against those saved (Newcombe)
    by_month : DataFrame, one row per month around the incident
        month, is_incident, n_customers (those hit who are customers then), n_at_risk, at_risk_share, low_share,
        high_share
    """

    touchpoint: str
    month: pd.Period
    n_hit: int
    n_without_account: int
    customers: pd.DataFrame
    shares: pd.DataFrame
    agreement: pd.DataFrame
    refill: pd.DataFrame
    departures: pd.DataFrame
    by_month: pd.DataFrame

    def __repr__(self) -> str:
        return f"IncidentReplay({self.touchpoint!r} in {self.month}, {len(self.customers):,} customers)"


def replay_incident(
    experiences: pd.DataFrame,
    customers: pd.DataFrame,
    rules: CapitalRules,
    *,
    touchpoint: str,
    month,
    requirement: Requirement | None = None,
    cases: pd.DataFrame | None = None,
    pace_months: float = 12,
    within_months: int = 6,
    months_before: int = 3,
    until=None,
    smallest_base: int = SMALLEST_BASE,
) -> IncidentReplay:
    """Test the stress test on an incident that happened.

    Parameters
    ----------
    experiences, customers, cases : DataFrame
        As for `capital_ledger` and `risk_zones`.
    rules : CapitalRules
    touchpoint : str
    month : str, Timestamp or Period
    requirement : Requirement, optional
        Default Requirement(): 0 for everyone.
    pace_months : float, > 0
    within_months : int, >= 1
        Who left is counted over so many months after the incident's, or as many as the data hold.
    months_before : int, >= 1
        Months in `by_month` before the incident's.
    until : str, Timestamp or Period, optional
        The last whole month of the data; default the month of the last experience.
    smallest_base : int

    Returns
    -------
    IncidentReplay

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Predicted: the stress test at the month's start with as many losses as each customer really had there, of the
    weight and the mean gap that they had, and then a month of the customer's own usual pace and forgetting. The
    usual pace holds the usual share of such losses too, which thus count a little twice. Actual: the account at the
    month's end, with everything that happened. Refilled: the first month-end with at least the balance from before
    the incident; the month of the incident is the first. A customer who leaves is last seen at the month-end before.

    Cost: four ledgers.
    """
    check_smallest_base(smallest_base)
    if not (is_number(pace_months) and pace_months > 0):
        raise ParameterError(f"pace_months must be a number above 0, found {pace_months!r}")
    for name, value in (("within_months", within_months), ("months_before", months_before)):
        if not (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            raise ParameterError(f"{name} must be a whole number of at least 1, found {value!r}")
    require_columns(experiences, ["customer_id", "occurred_at", "touchpoint", "gap"], name="experiences")
    require_columns(customers, ["customer_id"], name="customers")
    zone = experiences["occurred_at"].dt.tz
    month = month_of(month, zone)
    if experiences.empty:
        raise ParameterError("there is no experience, and so no incident to replay")
    last = month_of(experiences["occurred_at"].max() if until is None else until, zone)
    start, end = starts_of(pd.PeriodIndex([month, month + 1]), zone)

    ledger = capital_ledger(experiences, rules, cases)
    here = (ledger["kind"] == "loss") & (ledger["touchpoint"] == touchpoint)
    losses = ledger.loc[here & (ledger["occurred_at"] >= start) & (ledger["occurred_at"] < end)]
    if losses.empty or last < month:
        known = sorted(ledger.loc[ledger["kind"] == "loss", "touchpoint"].dropna().unique())
        raise ParameterError(
            f"nobody lost capital at {touchpoint!r} in {month}{hint(touchpoint, known)}; cx.incidents(ledger) lists "
            "where many did"
        )
    past = experiences.loc[experiences["occurred_at"] < start]
    n_losses = losses.groupby("customer_id").size()
    replayed = n_losses.loc[n_losses.index.isin(hit_customers(past, customers, at=start))]
    rows = experiences.loc[
        (experiences["touchpoint"] == touchpoint)
        & (experiences["occurred_at"] >= start)
        & (experiences["occurred_at"] < end)
        & experiences["customer_id"].isin(n_losses.index)
        & (experiences["gap"] < 0)
    ]
    stressed = customer_stress(
        past.loc[past["customer_id"].isin(replayed.index)],
        customers,
        rules,
        at=start,
        n_losses=replayed,
        gap=float(rows["gap"].mean()) if len(rows) else -1.0,
        weight=float(rows["weight"].mean()) if len(rows) and "weight" in rows else 1.0,
        gestures=None,
        requirement=requirement,
        cases=known_cases(cases, start),
        pace_months=pace_months,
    )
    months = customer_months(ledger, rules, until=last)
    accounts = _accounts(stressed, replayed, months, customers, rules, month=month, last=last)
    n_followed = min(within_months, (last - month).n)
    accounts = accounts.assign(**_departure(accounts, customers, month=month, n_followed=n_followed))

    # of everyone but those hit something could be told by subtraction, were they few
    n_others = len(hit_customers(past, customers, at=start)) - len(accounts)
    is_hidden = 0 < n_others < smallest_base or len(accounts) < smallest_base
    least = max(smallest_base, len(accounts) + 1) if is_hidden else smallest_base
    return IncidentReplay(
        touchpoint=touchpoint,
        month=month,
        n_hit=len(n_losses),
        n_without_account=len(n_losses) - len(accounts),
        customers=accounts,
        shares=_shown(risk_shares(accounts), least),
        agreement=_shown(agreement(accounts), least),
        refill=_shown(refill_times(accounts, n_month_ends=(last - month).n + 1), least),
        departures=departures(accounts, within_months=n_followed, smallest_base=least),
        by_month=_shown(_by_month(accounts, months, customers, month=month, first=month - months_before), least),
    )


def _accounts(
    stressed: pd.DataFrame,
    n_losses: pd.Series,
    months: pd.DataFrame,
    customers: pd.DataFrame,
    rules: CapitalRules,
    *,
    month: pd.Period,
    last: pd.Period,
) -> pd.DataFrame:
    """One row per customer: before, predicted, actual, and when the account was full again."""
    ids = pd.Index(stressed["customer_id"])
    days = (month.end_time.normalize() - month.start_time).days + 1
    predicted = capital_later(
        stressed["capital_after"],
        stressed["pace_per_month"],
        months=days / DAYS_PER_MONTH,
        rate=forgotten_per_month(rules),
    )
    ends = months.loc[months["customer_id"].isin(ids) & (months["month"] >= month.to_timestamp())]
    balances = ends.pivot(index="customer_id", columns="month", values="capital").reindex(ids)
    left = _left_in(customers).reindex(ids)
    # the number of month-ends at which each was still a customer, 0 for those who left in the month itself
    n_seen = np.where(left.isna(), len(balances.columns), [0 if pd.isna(x) else (x - month).n for x in left])
    is_full = balances.to_numpy() >= stressed["capital_before"].to_numpy()[:, None]
    number = np.arange(1, len(balances.columns) + 1)
    first_full = np.where(is_full & (number <= n_seen[:, None]), number, np.inf).min(axis=1, initial=np.inf)
    is_refilled = np.isfinite(first_full)
    actual = balances[month.to_timestamp()].to_numpy() if len(ids) else np.zeros(0)
    required = stressed["required"].to_numpy()
    is_at_risk = actual <= required
    was_at_risk = stressed["was_at_risk"].to_numpy()
    return pd.DataFrame(
        {
            "customer_id": ids,
            "n_losses": n_losses.reindex(ids).to_numpy(),
            "capital_before": stressed["capital_before"],
            "capital_predicted": predicted,
            "capital_actual": actual,
            "required": required,
            "was_at_risk": was_at_risk,
            "is_predicted_at_risk": predicted <= required,
            "is_at_risk": is_at_risk,
            "is_hurt": stressed["is_hurt"],
            "months_to_refill_predicted": stressed["months_to_refill"],
            "months_observed": np.where(is_refilled, first_full, n_seen),
            "is_refilled": is_refilled,
            "fate": pd.Series(
                np.where(was_at_risk, "was_at_risk", np.where(is_at_risk, "pushed", "saved")), dtype="str"
            ),
        }
    )


def _left_in(customers: pd.DataFrame) -> pd.Series:
    """The month in which each customer left, NaT for those who have not."""
    by_customer = customers.set_index("customer_id")
    if "churned_on" not in by_customer:
        return pd.Series(pd.NaT, by_customer.index, dtype="period[M]")
    return by_customer["churned_on"].dt.to_period("M")


def _departure(accounts: pd.DataFrame, customers: pd.DataFrame, *, month: pd.Period, n_followed: int) -> dict:
    left = _left_in(customers).reindex(accounts["customer_id"])
    later = (left > month) & (left <= month + n_followed)
    return {"left_in_month": (left <= month).to_numpy(), "left_later": later.to_numpy()}


def _by_month(
    accounts: pd.DataFrame, months: pd.DataFrame, customers: pd.DataFrame, *, month: pd.Period, first: pd.Period
) -> pd.DataFrame:
    rows = months.loc[months["customer_id"].isin(accounts["customer_id"]) & (months["month"] >= first.to_timestamp())]
    left = _left_in(customers).reindex(rows["customer_id"]).dt.to_timestamp().set_axis(rows.index)
    rows = rows.loc[~(left <= rows["month"])]
    required = rows["customer_id"].map(accounts.set_index("customer_id")["required"])
    grouped = (rows["capital"] <= required).groupby(rows["month"])
    counts = pd.DataFrame({"n_customers": grouped.size(), "n_at_risk": grouped.sum()})
    low, high = wilson_interval(counts["n_at_risk"], counts["n_customers"])
    counts = counts.assign(at_risk_share=counts["n_at_risk"] / counts["n_customers"], low_share=low, high_share=high)
    counts = counts.rename_axis("month").reset_index().astype({"n_at_risk": "Int64"})
    counts.insert(1, "is_incident", counts["month"] == month.to_timestamp())
    return counts


def _shown(frame: pd.DataFrame, smallest_base: int) -> pd.DataFrame:
    figures = [name for name in frame.columns if name not in ("moment", "kind", "month", "is_incident", "n_customers")]
    return suppress_small_bases(frame, base="n_customers", columns=figures, smallest_base=smallest_base)
