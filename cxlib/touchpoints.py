"""What each touchpoint carries and drains."""

from __future__ import annotations

import pandas as pd

from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import bounded_mean_interval


def touchpoint_inventory(
    experiences: pd.DataFrame, ledger: pd.DataFrame, touchpoints: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What customers met at each touchpoint, and what it did to their capital.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        Needs `customer_id`, `touchpoint`, `phase`, `experience`; experiences without a touchpoint are left out.
    ledger : DataFrame, one row per entry
        Of the same experiences; needs `touchpoint`, `kind`, `amount`.
    touchpoints : DataFrame, one row per touchpoint, optional
        Touchpoints in it that nobody met are listed with n_experiences 0.

    Returns
    -------
    DataFrame, one row per touchpoint, the one that drains most first
        touchpoint, phase
        n_experiences, n_customers : int, the experiences and the customers who had them
        mean_experience, low_mean, high_mean : float, −1 to 1, 95 % t interval
        share_negative : float, 0 to 1, of n_experiences
        capital_carried : float, >= 0; capital_drained : float, <= 0
        capital_recovered : float, >= 0, given back by closing the loop
        net_capital : float, their sum

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Linear in the experiences. Amounts are those of the day; they have not decayed.
    """
    require_columns(experiences, ["customer_id", "touchpoint", "phase", "experience"], name="experiences")
    require_columns(ledger, ["touchpoint", "kind", "amount"], name="ledger")
    experience = experiences["experience"].astype("float64")
    met = experiences[["customer_id", "touchpoint"]].assign(
        phase=experiences["phase"].astype("str"), experience=experience, negative=experience < 0
    )
    inventory = met.groupby("touchpoint").agg(
        phase=("phase", "first"),
        n_experiences=("experience", "size"),
        n_customers=("customer_id", "nunique"),
        mean_experience=("experience", "mean"),
        sd=("experience", "std"),
        share_negative=("negative", "mean"),
    )
    if touchpoints is not None:
        require_columns(touchpoints, ["touchpoint", "phase"], name="touchpoints")
        listed = touchpoints.set_index("touchpoint")["phase"].astype("str")
        if not listed.index.is_unique:
            repeated = listed.index[listed.index.duplicated()][0]
            raise ParameterError(f"touchpoints lists a touchpoint more than once: {repeated!r}")
        inventory = inventory.reindex(inventory.index.union(listed.index, sort=False))
        inventory["phase"] = inventory["phase"].fillna(listed)
        counts = ["n_experiences", "n_customers"]
        inventory[counts] = inventory[counts].fillna(0).astype("int64")
    low, high = bounded_mean_interval(
        inventory["mean_experience"], inventory["sd"], inventory["n_experiences"], lowest=-1, highest=1
    )
    amounts = ledger.pivot_table(
        index="touchpoint", columns="kind", values="amount", aggfunc="sum", observed=False
    ).reindex(index=inventory.index, columns=["gain", "loss", "recovery"])
    amounts = amounts.fillna(0.0)  # a touchpoint without entries of a kind moved nothing by it
    inventory = inventory.assign(
        low_mean=low,
        high_mean=high,
        capital_carried=amounts["gain"],
        capital_drained=amounts["loss"],
        capital_recovered=amounts["recovery"],
        net_capital=amounts.sum(axis=1),
    )
    order = ["capital_drained", "n_experiences", "touchpoint"]
    return (
        inventory.rename_axis("touchpoint")
        .reset_index()
        .sort_values(order, ascending=[True, False, True], ignore_index=True)
        .drop(columns="sd")
    )
