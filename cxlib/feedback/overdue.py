"""Which cases are overdue, and what is missing: the list for those who work on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, require_columns
from cxlib.feedback.case_states import case_states, moment_of
from cxlib.feedback.targets import LoopTargets

MISSING = ("resolve", "inform")
"""What an overdue case waits for: to be resolved, or that the customer is told."""

FACTS = ("case_id", "touchpoint", "owner", "action")


def overdue_cases(
    cases: pd.DataFrame,
    as_of,
    *,
    targets: LoopTargets | None = None,
    customers: pd.DataFrame | None = None,
    touchpoints: pd.DataFrame | None = None,
    zones: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The cases that wait for something whose day has passed, the longest overdue first.

    The list is of single cases and names customers: it is for those who work on them.

    Parameters
    ----------
    cases : DataFrame, one row per case
        Needs `case_id`, `customer_id`, `opened_at`, `resolved_at`, `customer_informed_at`; uses `touchpoint`, `owner`,
        `action`.
    as_of : str or Timestamp
        Cases and dates from then on do not count.
    targets : LoopTargets, optional
    customers : DataFrame, one row per customer, optional
        Needs `customer_id`; uses `segment`, `price_per_month`, `churned_on`.
    touchpoints : DataFrame, one row per touchpoint, optional
        Needs `touchpoint`, `owners`.
    zones : DataFrame, one row per customer and month, optional
        As `risk_zones` gives it; the last month that began before `as_of` counts.

    Returns
    -------
    DataFrame, one row per overdue case: those of customers who have left last; then most days overdue first, the
    highest price, case_id
        case_id, customer_id, segment
        price_per_month : float
        zone : at_risk, thin, cushioned; NA where it is not known
        has_left : bool, the customer had left by then
        touchpoint, owner, touchpoint_owners, action
        missing : resolve or inform, what the case waits for
        opened_at, resolved_at : timestamps
        due_on : datetime64, the last day on which it would have been in time
        target_days : float
        overdue_days, waited_days : int, days of the calendar from `due_on`, and from that of opened_at, to the day of
            `as_of`: of a case to be resolved, in whole days, target_days + overdue_days = waited_days

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    n log n in the cases.
    """
    targets = targets or LoopTargets()
    require_columns(cases, ["case_id"], name="cases")
    states = case_states(cases, as_of, targets)
    moment = moment_of(as_of, states["opened_at"].dt.tz)
    late = states.loc[states["is_overdue"]].reset_index(drop=True)
    today = moment.tz_localize(None).normalize()
    nothing = pd.Series(np.nan, late.index).astype("str")
    listed = late[["customer_id", "opened_at", "resolved_at", "due_on"]].assign(
        **{name: late.get(name, nothing) for name in FACTS},
        missing=pd.Categorical(np.where(late["is_resolved"], "inform", "resolve"), categories=list(MISSING)),
        target_days=np.where(late["is_resolved"], float(targets.inform_days), float(targets.resolve_days)),
        overdue_days=(today - late["due_on"]).dt.days.astype("int64"),
        waited_days=(today - late["opened_at"].dt.tz_localize(None).dt.normalize()).dt.days.astype("int64"),
    )
    listed = _with_customer(listed, customers, today)
    owners = pd.Series([], index=pd.Index([], dtype="str"), dtype="str")
    if touchpoints is not None:
        require_columns(touchpoints, ["touchpoint", "owners"], name="touchpoints")
        owners = touchpoints.drop_duplicates("touchpoint").set_index("touchpoint")["owners"]
    listed = listed.assign(
        touchpoint_owners=listed["touchpoint"].map(owners).astype("str"),
        zone=_zone_of(listed["customer_id"], zones, moment),
    )
    order = {"has_left": True, "overdue_days": False, "price_per_month": False, "case_id": True}
    return listed.sort_values(list(order), ascending=list(order.values()), na_position="last", ignore_index=True)[
        [
            "case_id", "customer_id", "segment", "price_per_month", "zone", "has_left",
            "touchpoint", "owner", "touchpoint_owners", "action", "missing",
            "opened_at", "resolved_at", "due_on", "target_days", "overdue_days", "waited_days",
        ]
    ]  # fmt: skip


def _with_customer(listed: pd.DataFrame, customers: pd.DataFrame | None, today: pd.Timestamp) -> pd.DataFrame:
    ids = listed["customer_id"]
    if customers is None:
        customers = pd.DataFrame({"customer_id": pd.Series([], dtype="str")})
    require_columns(customers, ["customer_id"], name="customers")
    by_customer = customers.set_index("customer_id")
    if not by_customer.index.is_unique:
        repeated = by_customer.index[by_customer.index.duplicated()]
        raise ParameterError(f"customers holds {len(repeated)} repeated ids, such as {repeated[0]!r}")
    facts = by_customer.reindex(ids).set_axis(listed.index)
    nothing = pd.Series(np.nan, listed.index)
    return listed.assign(
        segment=facts.get("segment", nothing).astype("str"),
        price_per_month=facts.get("price_per_month", nothing).astype("float64"),
        has_left=facts.get("churned_on", nothing.astype("datetime64[us]")) < today,
    )


def _zone_of(ids: pd.Series, zones: pd.DataFrame | None, moment: pd.Timestamp) -> pd.Series:
    """The zone of each customer in the last month that began before the moment."""
    if zones is None:
        return pd.Series(np.nan, ids.index).astype("str")
    require_columns(zones, ["customer_id", "month", "zone"], name="zones")
    began = zones.loc[zones["month"] < moment.tz_localize(None)]
    last = began.loc[began["month"] == began["month"].max()]
    return ids.map(last.set_index("customer_id")["zone"].astype("str")).astype("str")
