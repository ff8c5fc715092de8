"""Incidents in the data: where far more customers than usual lost capital in a month."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from cxlib.capital.months import month_of, month_starts
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import wilson_interval

CHANCE = 0.001
"""An incident that chance would show once in a thousand studies without any is one."""
TIMES_USUAL = 3.0
SMALLEST_SHARE = 0.02


def incidents(
    ledger: pd.DataFrame,
    customers: pd.DataFrame | None = None,
    *,
    since=None,
    times_usual: float = TIMES_USUAL,
    smallest_share: float = SMALLEST_SHARE,
    chance: float = CHANCE,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Touchpoints and months at which far more customers lost capital than there in other months.

    Parameters
    ----------
    ledger : DataFrame, one row per entry
        As `capital_ledger` gives it.
    customers : DataFrame, one row per customer, optional
        Uses `churned_on`: those who had left do not count among the customers of a month.
    since : str, Timestamp or Period, optional
        The first month in which an incident is looked for; months before it only say what is usual.
    times_usual : float, >= 1
        How many times as many customers as usual must have lost capital.
    smallest_share : float, 0 to 1
        The share of all customers of the month who must have.
    chance : float, above 0 to 1
        The largest corrected p-value.
    smallest_base : int
        At least so many customers must have lost capital.

    Returns
    -------
    DataFrame, one row per incident, the one that hit most customers beyond the usual first
        touchpoint : str; month : datetime64, its first day
        n_customers : int, with an account in that month; n_hit : int, of them with a loss at the touchpoint
        hit_share, low_share, high_share : float, 95 % Wilson
        usual_share : float, of the other months; expected : float, customers at that share
        n_losses : int; capital_drained : float, <= 0
        p_value : float, corrected for all touchpoints and months that were looked at

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Two counts of rare happenings are compared by the exact conditional test (Przyborowski & Wilenski 1940): given
    n in this month and K in the others, n of n + K has a binomial distribution with this month's part of all
    customer-months. It allows for a short past, so of a single month nothing is said. Holm's correction. Months vary
    by more than chance (seasons), which no such test knows: hence the two limits of size, which are choices.

    The base is every customer and not those who met the touchpoint: then a price notice that goes to a third of the
    customers once a year counts for what it does, although each time the same share of its readers is disappointed.
    Linear in the entries.

    References
    ----------
    Przyborowski & Wilenski (1940), Biometrika 31. Holm (1979), Scandinavian Journal of Statistics 6.
    """
    check_smallest_base(smallest_base)
    for name, value, is_allowed, allowed in (
        ("times_usual", times_usual, times_usual >= 1, "at least 1"),
        ("smallest_share", smallest_share, 0 <= smallest_share <= 1, "from 0 to 1"),
        ("chance", chance, 0 < chance <= 1, "above 0, and at most 1"),
    ):
        if not is_allowed:
            raise ParameterError(f"{name} must be {allowed}, found {value!r}")
    require_columns(ledger, ["customer_id", "occurred_at", "touchpoint", "kind", "amount"], name="ledger")
    month = month_starts(ledger["occurred_at"])
    n_customers = _customers_by_month(ledger, month, customers)
    losses = ledger.loc[ledger["kind"] == "loss", ["customer_id", "touchpoint", "amount"]].assign(month=month)
    cells = losses.groupby(["touchpoint", "month"]).agg(
        n_hit=("customer_id", "nunique"), n_losses=("amount", "size"), capital_drained=("amount", "sum")
    )
    cells = cells.reset_index()
    cells.insert(2, "n_customers", cells["month"].map(n_customers).astype("int64"))
    elsewhere = cells.groupby("touchpoint")["n_hit"].transform("sum") - cells["n_hit"]
    other_customers = n_customers.sum() - cells["n_customers"]
    usual_share = elsewhere / other_customers.where(other_customers > 0)
    low, high = wilson_interval(cells["n_hit"], cells["n_customers"])
    cells = cells.assign(
        hit_share=cells["n_hit"] / cells["n_customers"],
        low_share=low,
        high_share=high,
        usual_share=usual_share,
        expected=usual_share * cells["n_customers"],
        p_value=special.betainc(
            cells["n_hit"], elsewhere + 1, cells["n_customers"] / (cells["n_customers"] + other_customers)
        ),
    )
    months = n_customers.index
    if since is not None:
        months = months[months >= month_of(since, ledger["occurred_at"].dt.tz).to_timestamp()]
        cells = cells.loc[cells["month"].isin(months)]
    # touchpoints and months without a loss were looked at too, though no incident can be there
    n_looked_at = ledger["touchpoint"].nunique() * len(months)
    cells = cells.assign(p_value=_holm(cells["p_value"], n_looked_at))
    found = cells.loc[
        (cells["p_value"] <= chance)
        & (cells["n_hit"] >= times_usual * cells["expected"])
        & (cells["hit_share"] >= smallest_share)
        & (cells["n_hit"] >= smallest_base)
    ]
    order = (found["expected"] - found["n_hit"]).sort_values(kind="stable").index
    columns = [
        "touchpoint", "month", "n_customers", "n_hit", "hit_share", "low_share", "high_share", "usual_share",
        "expected", "n_losses", "capital_drained", "p_value",
    ]  # fmt: skip
    return found.loc[order, columns].reset_index(drop=True)


def largest_incident(ledger: pd.DataFrame, customers: pd.DataFrame | None = None, **options) -> pd.Series | None:
    """The first of `incidents`; None where nothing stands out.

    Parameters
    ----------
    ledger, customers : DataFrame
    **options
        Those of `incidents`.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    found = incidents(ledger, customers, **options)
    return None if found.empty else found.iloc[0]


def _customers_by_month(ledger: pd.DataFrame, month: pd.Series, customers: pd.DataFrame | None) -> pd.Series:
    """How many customers had an account in each month that has entries."""
    first = month.groupby(ledger["customer_id"]).min()
    months = pd.DatetimeIndex(sorted(month.unique()))
    opened = np.sort(first.to_numpy())
    count = np.searchsorted(opened, months.to_numpy(), side="right")
    if customers is not None and "churned_on" in customers:
        left = customers.loc[customers["churned_on"].notna() & customers["customer_id"].isin(first.index)]
        # gone for the months that begin after the day of leaving, and only once there was an account
        gone = left["churned_on"].dt.to_period("M").dt.to_timestamp() + pd.offsets.MonthBegin(1)
        gone = np.maximum(gone.to_numpy(), first.reindex(left["customer_id"]).to_numpy())
        count = count - np.searchsorted(np.sort(gone), months.to_numpy(), side="right")
        # someone who met the touchpoint after leaving still met it
        met = ledger[["customer_id"]].assign(month=month).drop_duplicates().groupby("month").size()
        count = np.maximum(count, met.reindex(months, fill_value=0).to_numpy())
    return pd.Series(count, months)


def _holm(p: pd.Series, n_tests: int) -> pd.Series:
    order = p.sort_values(kind="stable").index
    steps = p.loc[order].to_numpy() * (n_tests - np.arange(len(p)))
    return pd.Series(np.minimum(np.maximum.accumulate(steps), 1.0) if len(p) else steps, order).reindex(p.index)
