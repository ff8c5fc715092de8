"""Whom to call: the customers whose buffer is used up, or will be after one more average loss, and what drained it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.capital.months import month_of, starts_of
from cxlib.errors import ParameterError, require_columns

ALARM_ZONES = ("at_risk", "thin")


def alarm_list(
    zones: pd.DataFrame,
    ledger: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    month=None,
    cases: pd.DataFrame | None = None,
    touchpoints: pd.DataFrame | None = None,
    drained_months: int = 12,
) -> pd.DataFrame:
    """The customers whose buffer is used up or thin at a month's end, the most valuable first.

    Only what was known when the month ended is looked at: later entries and cases are left out, and a case that was
    resolved or told of later is open. (For `customers` that is `Study.as_of`'s to see to.)

    Parameters
    ----------
    zones : DataFrame, one row per customer and month
        As `risk_zones` gives it: those who had left are in no zone, and so not in the list.
    ledger : DataFrame, one row per entry
        That of the zones, as `capital_ledger` gives it.
    customers : DataFrame, one row per customer
        Needs `customer_id`; uses `segment`, `price_per_month`, `joined_on`. A customer who is not in it is listed
        without them.
    month : str, Timestamp or Period, optional
        Default the last month of `zones`.
    cases : DataFrame, one row per case, optional
        Needs `customer_id`, `opened_at`, `resolved_at`, `customer_informed_at`.
    touchpoints : DataFrame, one row per touchpoint, optional
        Needs `touchpoint`, `owners`.
    drained_months : int, >= 1
        What drained the account is looked for in so many months up to the month's end.

    Returns
    -------
    DataFrame, one row per customer: highest price first (none = last), then smallest buffer, then id
        customer_id, segment
        price_per_month : float
        zone : at_risk (buffer <= 0) or thin (one more average loss would make it at risk)
        capital, required, buffer : float, at the month's end
        drained_by : the touchpoint that drained most in the last `drained_months`; of several that drained as much,
            the one that did so last; NA where none did
        drained_by_owners : as `touchpoints` has them
        capital_drained : float, <= 0, what it drained
        drained_share : float, 0 to 1, of all that was drained in that time
        last_loss_at : timestamp, of any time up to the month's end
        last_loss_touchpoint, last_loss_owners
        has_open_case : bool, a case is not resolved
        open_case_days : Int64, whole days since the oldest such case was opened
        has_untold_case : bool, a case is resolved and the customer not told of it
        tenure_months : Int64, whole months as a customer

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    What was drained is in amounts of the day, as in `touchpoint_inventory` and the report: neither decayed nor less
    what a recovery gave back. A disappointment that was mended was one all the same, and its touchpoint is what to
    speak of.
    """
    require_columns(zones, ["customer_id", "month", "capital", "required", "buffer", "zone"], name="zones")
    require_columns(ledger, ["customer_id", "occurred_at", "touchpoint", "kind", "amount"], name="ledger")
    require_columns(customers, ["customer_id"], name="customers")
    if not (isinstance(drained_months, int | np.integer) and drained_months >= 1):
        raise ParameterError(f"drained_months must be a whole number of at least 1, found {drained_months!r}")
    period = _month_in(zones, month)
    clock = ledger["occurred_at"].dt.tz
    end = starts_of(pd.PeriodIndex([period + 1]), clock)[0]
    first = starts_of(pd.PeriodIndex([period + 1 - drained_months]), clock)[0]

    columns = ["customer_id", "zone", "capital", "required", "buffer"]
    is_alarm = (zones["month"] == period.to_timestamp()) & zones["zone"].isin(ALARM_ZONES)
    alarms = zones.loc[is_alarm, columns].reset_index(drop=True)
    if not alarms["customer_id"].is_unique:
        raise ParameterError(f"zones has several rows of one customer in {period}: pass it as risk_zones gives it")
    alarms = alarms.assign(zone=alarms["zone"].astype("str").astype(pd.CategoricalDtype(ALARM_ZONES, ordered=True)))
    alarms = _with_customer(alarms, customers, end)
    alarms = _with_losses(alarms, _losses_of(ledger, alarms["customer_id"], end), first)
    alarms = _with_owners(alarms, touchpoints)
    alarms = _with_cases(alarms, cases, end)
    order = {"price_per_month": False, "buffer": True, "customer_id": True}
    return alarms.sort_values(list(order), ascending=list(order.values()), na_position="last", ignore_index=True)[
        [
            "customer_id", "segment", "price_per_month", "zone", "capital", "required", "buffer",
            "drained_by", "drained_by_owners", "capital_drained", "drained_share",
            "last_loss_at", "last_loss_touchpoint", "last_loss_owners",
            "has_open_case", "open_case_days", "has_untold_case", "tenure_months",
        ]
    ]  # fmt: skip


def _month_in(zones: pd.DataFrame, month) -> pd.Period:
    covered = zones["month"].dropna()
    if covered.empty:
        raise ParameterError("zones is empty: there is no month to list alarms of")
    first, last = covered.min().to_period("M"), covered.max().to_period("M")
    if month is None:
        return last
    period = month_of(month)
    if not first <= period <= last:
        raise ParameterError(f"month: zones has none of {period}; it has {first} to {last}")
    return period


def _with_customer(alarms: pd.DataFrame, customers: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Who it is, what she pays, and for how long she has been a customer."""
    by_customer = customers.set_index("customer_id")
    if not by_customer.index.is_unique:
        repeated = by_customer.index[by_customer.index.duplicated()]
        raise ParameterError(f"customers holds {len(repeated)} repeated ids, such as {repeated[0]!r}")
    facts = by_customer.reindex(alarms["customer_id"]).set_axis(alarms.index)
    nothing = pd.Series(np.nan, alarms.index)
    joined = facts.get("joined_on", nothing.astype("datetime64[us]"))
    today = end.tz_localize(None)
    months = (today.year - joined.dt.year) * 12 + (today.month - joined.dt.month)
    # a month is whole when its day of the month has come round; the end is a first, so only those of the first have
    months = (months - (joined.dt.day > today.day)).clip(lower=0)
    return alarms.assign(
        segment=facts.get("segment", nothing.astype("str")),
        price_per_month=facts.get("price_per_month", nothing).astype("float64"),
        tenure_months=months.astype("Int64"),
    )


def _losses_of(ledger: pd.DataFrame, customers: pd.Series, end: pd.Timestamp) -> pd.DataFrame:
    is_wanted = (ledger["kind"] == "loss") & (ledger["occurred_at"] < end) & ledger["customer_id"].isin(customers)
    losses = ledger.loc[is_wanted, ["customer_id", "occurred_at", "touchpoint", "amount"]]
    # of losses at one moment the ledger's last is the latest
    return losses.reset_index(drop=True).sort_values(["customer_id", "occurred_at"], kind="stable", ignore_index=True)


def _with_losses(alarms: pd.DataFrame, losses: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """What drained most since `first`, and what the last loss was."""
    last = losses.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    # a loss at an unknown touchpoint is a part of all that was drained; it is nobody's to mend
    recent = losses.loc[losses["occurred_at"] >= first]
    drained = recent.groupby("customer_id")["amount"].sum()
    by_touchpoint = (
        recent.assign(place=np.arange(len(recent)))
        .groupby(["customer_id", "touchpoint"])
        .agg(amount=("amount", "sum"), place=("place", "max"))
        .reset_index()
    )
    # rounded, so that 0.3 and 0.1 + 0.2 drained as much
    most = (
        by_touchpoint.assign(rounded=by_touchpoint["amount"].round(9))
        .sort_values(["customer_id", "rounded", "place"], ascending=[True, True, False])
        .drop_duplicates("customer_id")
        .set_index("customer_id")
    )
    ids = alarms["customer_id"]
    by_most = ids.map(most["amount"]).astype("float64").fillna(0.0)
    in_all = ids.map(drained).astype("float64")
    return alarms.assign(
        drained_by=ids.map(most["touchpoint"]).astype("str"),
        capital_drained=by_most,
        drained_share=by_most / in_all.where(in_all < 0),
        last_loss_at=last["occurred_at"].reindex(ids).array,
        last_loss_touchpoint=ids.map(last["touchpoint"]).astype("str"),
    )


def _with_owners(alarms: pd.DataFrame, touchpoints: pd.DataFrame | None) -> pd.DataFrame:
    owners = pd.Series([], index=pd.Index([], dtype="str"), dtype="str")
    if touchpoints is not None:
        require_columns(touchpoints, ["touchpoint", "owners"], name="touchpoints")
        owners = touchpoints.drop_duplicates("touchpoint").set_index("touchpoint")["owners"]
    return alarms.assign(
        drained_by_owners=alarms["drained_by"].map(owners).astype("str"),
        last_loss_owners=alarms["last_loss_touchpoint"].map(owners).astype("str"),
    )


def _with_cases(alarms: pd.DataFrame, cases: pd.DataFrame | None, end: pd.Timestamp) -> pd.DataFrame:
    """Whether somebody is at work on a complaint already, for how long, and what the customer does not yet know."""
    if cases is None:
        return alarms.assign(
            has_open_case=False, open_case_days=pd.array([pd.NA] * len(alarms), dtype="Int64"), has_untold_case=False
        )
    require_columns(cases, ["customer_id", "opened_at", "resolved_at", "customer_informed_at"], name="cases")
    known = cases.loc[cases["opened_at"] < end]
    resolved = known["resolved_at"] < end
    told = known["customer_informed_at"] < end
    # whoever was told of the end of a case has none open, even if nobody noted when it was resolved
    is_open = ~resolved & ~told
    oldest = known.loc[is_open].groupby("customer_id")["opened_at"].min()
    ids = alarms["customer_id"]
    opened = pd.Series(oldest.reindex(ids).array, index=alarms.index)
    return alarms.assign(
        has_open_case=ids.isin(oldest.index),
        open_case_days=(end - opened).dt.days.astype("Int64"),
        has_untold_case=ids.isin(known.loc[resolved & ~told, "customer_id"]),
    )
