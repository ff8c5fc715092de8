"""What each touchpoint carries and drains, how often it is met, and what it could add."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.capital.customer_codes import customer_codes
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import bounded_mean_interval
from cxlib.touchpoints.counting import GAIN, LOSS, RECOVERY, Amounts, Counts, counts_and_amounts, text_codes

DAYS_A_YEAR = 365.25
COUNTS = ("n_experiences", "n_customers", "n_contacts")


def touchpoint_inventory(
    experiences: pd.DataFrame,
    ledger: pd.DataFrame,
    touchpoints: pd.DataFrame | None = None,
    *,
    contacts: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What customers met at each touchpoint, what it did to their capital, and what it could add.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        Needs `customer_id`, `occurred_at`, `touchpoint`, `phase`, `experience`; uses `weight` (1 where absent).
        Experiences without a touchpoint are left out. Pass the measured ones: what was only assumed says nothing of
        a touchpoint.
    ledger : DataFrame, one row per entry
        Of the same experiences; needs `touchpoint`, `kind`, `amount`; uses `customer_id`.
    touchpoints : DataFrame, one row per touchpoint, optional
        Needs `touchpoint`, `phase`; uses `potential`, `required`, `cost_per_contact`, `owners`. Touchpoints in it that
        nobody met are listed with n_experiences 0.
    contacts : DataFrame, one row per experience, optional
        All of them, measured or not: they say how often a touchpoint is met. Needs `customer_id`, `occurred_at`,
        `touchpoint`. Default: `experiences`.
    customers : DataFrame, one row per customer, optional
        Needs `customer_id`; uses `joined_on`, `churned_on`. Without it every customer counts from the first contact
        of all to the last.

    Returns
    -------
    DataFrame, one row per touchpoint, the one with most headroom first; unknown headroom last, then what drains most
        touchpoint, phase
        n_experiences, n_customers : int, the experiences and the customers who had them
        mean_experience, low_mean, high_mean : float, −1 to 1, 95 % t interval
        share_negative : float, 0 to 1, of n_experiences
        capital_carried : float, >= 0; capital_drained : float, <= 0
        capital_recovered : float, >= 0, given back by closing the loop
        net_capital : float, their sum
        weight_met : float, the weights of its experiences added up
        n_contacts : int, how often it was met; customer_years : float, the time in which it could be
        contacts_per_customer_year : float, n_contacts / customer_years; NaN where no time passed
        potential : float, 0 to 1; NaN = unknown
        headroom : float, experiences: potential · (weight_met − net_capital), what it would add if its potential were
            used up and every experience a gain; NaN where the potential is unknown or nothing was measured
        required : bool
        cost_per_contact : float, currency of the study; NaN = unknown
        owners : str, NA = unknown

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Linear in the experiences: names become numbers once, each frame is walked once, and customers are counted from
    the ledger, which lies in their order (a ledger in another order, or of other experiences, costs a hash of every
    row). Amounts are those of the day; they have not decayed.
    """
    needed = ["customer_id", "occurred_at", "touchpoint", "phase", "experience"]
    require_columns(experiences, needed, name="experiences")
    require_columns(ledger, ["touchpoint", "kind", "amount"], name="ledger")
    counts, amounts = counts_and_amounts(experiences, ledger)
    inventory = _measured(counts, amounts)
    if touchpoints is not None:
        inventory = _with_unmet(inventory, touchpoints)
    n_contacts, years = _met(experiences, counts, contacts, customers)
    inventory["n_contacts"] = inventory.index.map(n_contacts)
    for name in COUNTS:
        inventory[name] = inventory[name].fillna(0).astype("int64")
    inventory["customer_years"] = years
    inventory["contacts_per_customer_year"] = inventory["n_contacts"] / years if years > 0 else np.nan
    inventory = _described(inventory, touchpoints)
    room = inventory["potential"] * (inventory["weight_met"] - inventory["net_capital"])
    inventory["headroom"] = room.where(inventory["n_experiences"] > 0)
    order = ["headroom", "capital_drained", "n_experiences", "touchpoint"]
    columns = ["potential", "headroom", "required", "cost_per_contact", "owners"]
    inventory = inventory[[name for name in inventory.columns if name not in columns] + columns]
    return (
        inventory.rename_axis("touchpoint")
        .reset_index()
        .sort_values(order, ascending=[False, True, False, True], ignore_index=True)
    )


def customer_years(contacts: pd.DataFrame, customers: pd.DataFrame | None = None) -> float:
    """The years that customers could be met in, added up: from the first contact of all to the last.

    Parameters
    ----------
    contacts : DataFrame, one row per experience
        Needs `customer_id`, `occurred_at`.
    customers : DataFrame, one row per customer, optional
        Needs `customer_id`; uses `joined_on`, `churned_on`: a customer counts between them. Customers who are not in
        it count all the time.

    Raises
    ------
    MissingColumnError
    """
    require_columns(contacts, ["customer_id", "occurred_at"], name="contacts")
    if customers is None:
        return len(customer_codes(contacts["customer_id"].dropna())[1]) * _span_days(contacts) / DAYS_A_YEAR
    require_columns(customers, ["customer_id"], name="customers")
    if not len(contacts):
        return 0.0
    n_strangers = int((~pd.Index(contacts["customer_id"].dropna().unique()).isin(customers["customer_id"])).sum())
    # on the clock of the contacts, as the days of the customers are
    start, end = (moment.tz_localize(None) for moment in (contacts["occurred_at"].min(), contacts["occurred_at"].max()))
    joined = _days(customers, "joined_on", default=start).clip(lower=start)
    left = _days(customers, "churned_on", default=end).clip(upper=end)
    days = (left - joined).dt.total_seconds().clip(lower=0).sum() / 86_400
    return float(days + n_strangers * _span_days(contacts)) / DAYS_A_YEAR


def _days(customers: pd.DataFrame, name: str, *, default: pd.Timestamp) -> pd.Series:
    if name not in customers.columns:
        return pd.Series(default, customers.index)
    return pd.to_datetime(customers[name]).fillna(default)


def _span_days(contacts: pd.DataFrame) -> float:
    if not len(contacts):
        return 0.0
    return (contacts["occurred_at"].max() - contacts["occurred_at"].min()).total_seconds() / 86_400


def _measured(counts: Counts, amounts: Amounts) -> pd.DataFrame:
    names = counts.names.union(amounts.names[(amounts.by_kind != 0).any(axis=1)], sort=False)
    moved = pd.DataFrame(
        amounts.by_kind[:, [GAIN, LOSS, RECOVERY]],
        index=amounts.names,
        columns=["capital_carried", "capital_drained", "capital_recovered"],
    )
    low, high = bounded_mean_interval(counts.mean, counts.sd, counts.n_experiences, lowest=-1, highest=1)
    met = pd.DataFrame(
        {
            "phase": counts.phase.to_numpy(),
            "n_experiences": counts.n_experiences,
            "n_customers": counts.n_customers,
            "mean_experience": counts.mean,
            "share_negative": counts.n_negative / np.maximum(counts.n_experiences, 1),
            "low_mean": low,
            "high_mean": high,
        },
        index=counts.names,
    )
    inventory = met.reindex(names)
    moved = moved.reindex(names).fillna(0.0)  # a touchpoint without entries of a kind moved nothing by it
    weight = pd.Series(counts.weight, counts.names).reindex(names).fillna(0.0)
    return inventory.assign(**moved, net_capital=moved.sum(axis=1), weight_met=weight)


def _with_unmet(inventory: pd.DataFrame, touchpoints: pd.DataFrame) -> pd.DataFrame:
    require_columns(touchpoints, ["touchpoint", "phase"], name="touchpoints")
    listed = touchpoints.set_index("touchpoint")["phase"].astype("str")
    if not listed.index.is_unique:
        repeated = listed.index[listed.index.duplicated()][0]
        raise ParameterError(f"touchpoints lists a touchpoint more than once: {repeated!r}")
    inventory = inventory.reindex(inventory.index.union(listed.index, sort=False))
    inventory["phase"] = inventory["phase"].astype("str").fillna(listed)
    moved = ["capital_carried", "capital_drained", "capital_recovered", "net_capital", "weight_met"]
    inventory[moved] = inventory[moved].fillna(0.0)
    return inventory


def _met(
    experiences: pd.DataFrame, counts: Counts, contacts: pd.DataFrame | None, customers: pd.DataFrame | None
) -> tuple[dict, float]:
    """How often each touchpoint was met, and the years in which it could be."""
    if contacts is None and customers is None:
        years = counts.n_customers_in_all * _span_days(experiences) / DAYS_A_YEAR
        return dict(zip(counts.names, counts.n_experiences, strict=True)), years
    contacts = experiences if contacts is None else contacts
    require_columns(contacts, ["customer_id", "occurred_at", "touchpoint"], name="contacts")
    codes, names = text_codes(contacts["touchpoint"])
    n_contacts = np.bincount(codes[codes >= 0], minlength=len(names))
    return dict(zip(names, n_contacts, strict=True)), customer_years(contacts, customers)


def _described(inventory: pd.DataFrame, touchpoints: pd.DataFrame | None) -> pd.DataFrame:
    """The touchpoints' own settings beside them."""
    described = pd.DataFrame(index=inventory.index) if touchpoints is None else touchpoints.set_index("touchpoint")

    def column(name: str, dtype: str, missing: object) -> pd.Series:
        if name not in described.columns:
            return pd.Series(missing, inventory.index, dtype=dtype)
        return described[name].reindex(inventory.index).astype("object" if dtype == "bool" else dtype)

    return inventory.assign(
        potential=column("potential", "float64", np.nan),
        required=column("required", "bool", False).eq(True).astype("bool"),
        cost_per_contact=column("cost_per_contact", "float64", np.nan),
        owners=column("owners", "str", np.nan),
    )
