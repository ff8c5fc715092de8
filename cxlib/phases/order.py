"""In which order customers meet the phases, and on how many days payment comes up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.archetypes import PHASES
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError, hint, require_columns
from cxlib.intervals import median_interval, wilson_interval

RECURRING_PAYMENT_DAYS = 3
"""Contacts about payment on so many different days are recurring: two can be one invoice and a question about it."""

PAYMENT_KINDS = ("none", "once", "recurring")

SPANS = ("days_to_second", "days_to_third", "days_between_payments")

ORDER_COLUMNS = (
    "group",
    "order",
    "payments",
    "n_customers",
    "n_ordered",
    "share",
    "low_share",
    "high_share",
    *(f"{prefix}{span}" for span in SPANS for prefix in ("n_", "", "low_", "high_")),
)


def phase_order(
    experiences: pd.DataFrame,
    customers: pd.DataFrame | None = None,
    *,
    responses: pd.DataFrame | None = None,
    begins_on=None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """The orders in which customers first meet the phases: buy, pay, consume; buy, consume, pay; and so on.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        All of them, assumed ones too: that something happened is no assumption. Needs `customer_id`, `occurred_at`,
        `phase`; experiences of one moment happened in the order of `file_order` (of the rows, where it is absent).
        Those without a phase are left out. By the default scope of `cx.experiences` stages before the purchase are
        not among them.
    customers : DataFrame, one row per customer, optional
        Uses `joined_on`: whoever joined before the data begin met the phases before that, in an order that nobody
        knows, and is counted without one. Rows without a `customer_id` are left out.
    responses : DataFrame, one row per answer, optional
        Uses `answered_at`; its index is what `source_row` of the experiences names. An answer that no event stands
        behind tells when somebody answered, not when she met the phase: with the responses it is left out, without
        them it counts as a meeting.
    begins_on : date or month, optional
        The day on which the data begin, or the month with the first day of which they do; default the first day of the
        month of the first experience. Give it where the experiences are those of a few.
    smallest_base : int
        Orders met by fewer customers are put together.

    Returns
    -------
    DataFrame, one row per order and kind of payment, most customers first
        group : "order"; "other", the orders too rare to be told alone; "began_earlier"
        order : str, the phases by first meeting, such as purchase-payment-consumption; a customer who has not met
            all three has one or two of them; NA unless group is "order"
        payments : "none", "once", "recurring": contacts in the payment phase on no day, on one or two, on
            `RECURRING_PAYMENT_DAYS` or more; NA unless group is "order"
        n_customers : int
        n_ordered : int, customers whose order is known: the base of share
        share, low_share, high_share : float, 0 to 1, Wilson interval; NaN for began_earlier
        days_to_second, days_to_third : float, median days from the first meeting with one phase to that with the next
        days_between_payments : float, median over customers of each one's median days between one day with a contact
            in the payment phase and the next
        low_…, high_… : float, the interval of each median (`median_interval`)
        n_… : int, customers behind each median; the median is NaN where they are fewer than the smallest base, and in
            the rows that are no order

    Raises
    ------
    MissingColumnError
    ParameterError
        An unknown phase, a customer listed twice, a `begins_on` or `joined_on` that is no date.

    Notes
    -----
    A contact in the payment phase need be no payment: a reminder, a price change and a question are others. A part of
    an order may go on: who joined last month has had little time to meet all. One sort of the experiences.
    """
    check_smallest_base(smallest_base)
    require_columns(experiences, ["customer_id", "occurred_at", "phase"], name="experiences")
    experiences = experiences.loc[experiences["customer_id"].notna() & experiences["occurred_at"].notna()]
    if responses is not None:
        experiences = experiences.loc[~_is_answer_alone(experiences, responses)]
    by_customer = _journeys(experiences)
    began_earlier = _began_earlier(by_customer, experiences, customers, begins_on)
    ordered = by_customer.loc[~began_earlier]
    keys = ordered[["order", "payments"]]
    sizes = keys.value_counts().rename("n_customers").reset_index()
    sizes = sizes.sort_values(
        ["n_customers", "order", "payments"], ascending=[False, True, True], kind="stable", ignore_index=True
    )
    n_rare = _n_rare(sizes["n_customers"].to_numpy(), smallest_base)
    n_shown = len(sizes) - n_rare
    rows = [
        {"group": "order", **row, **_spans(ordered, row, smallest_base)}
        for row in sizes.iloc[:n_shown].to_dict("records")
    ]
    if n_rare:
        rows.append({"group": "other", "n_customers": int(sizes["n_customers"].iloc[n_shown:].sum())})
    if began_earlier.any():
        rows.append({"group": "began_earlier", "n_customers": int(began_earlier.sum())})
    return _framed(rows, n_ordered=len(ordered))


def _framed(rows: list[dict], *, n_ordered: int) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(ORDER_COLUMNS))
    counts = {"n_customers": "int64", **{f"n_{span}": "int64" for span in SPANS}}
    frame = frame.assign(n_ordered=n_ordered, **{name: frame[name].fillna(0) for name in counts})
    frame = frame.astype({"group": "str", "order": "str", "payments": "str", "n_ordered": "int64", **counts})
    numbers = [name for name in ORDER_COLUMNS[5:] if name not in counts]
    frame = frame.astype(dict.fromkeys(numbers, "float64"))
    has_share = frame["group"] != "began_earlier"
    low, high = wilson_interval(frame["n_customers"].where(has_share), frame["n_ordered"])
    share = frame["n_customers"] / frame["n_ordered"].where(frame["n_ordered"] > 0)
    return frame.assign(share=share.where(has_share), low_share=low, high_share=high)


def phased_experiences(experiences: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The experiences that belong to a phase, and their phases as texts.

    Raises
    ------
    ParameterError
        A phase is unknown.
    """
    phased = experiences.loc[experiences["phase"].notna()]
    phase = phased["phase"].astype("str")
    unknown = phase[~phase.isin(PHASES)]
    if len(unknown):
        raise ParameterError(
            f"{len(unknown)} experiences have an unknown phase, such as {unknown.iloc[0]!r}; "
            f"allowed: {', '.join(PHASES)}{hint(unknown.iloc[0], PHASES)}"
        )
    return phased, phase


def _is_answer_alone(experiences: pd.DataFrame, responses: pd.DataFrame) -> pd.Series:
    """Whether an experience is an answer at its own time, and not an event that an answer is tied to."""
    require_columns(experiences, ["source", "source_row"], name="experiences")
    require_columns(responses, ["answered_at"], name="responses")
    answered_at = responses["answered_at"].groupby(level=0).max()
    then = answered_at.reindex(experiences["source_row"]).set_axis(experiences.index)
    return (experiences["source"] == "response") & (then == experiences["occurred_at"])


def _journeys(experiences: pd.DataFrame) -> pd.DataFrame:
    """One row per customer: order, payments, and the days between; `first_at` is the first meeting of all."""
    phased, phase = phased_experiences(experiences)
    rows = pd.DataFrame(
        {
            "customer_id": phased["customer_id"].to_numpy(),
            "occurred_at": _elapsed(phased["occurred_at"]),
            "day": _local_day(phased["occurred_at"]),
            "phase": phase.to_numpy(),
            "file_order": phased.get("file_order", pd.Series(np.arange(len(phased)), phased.index)).to_numpy(),
        }
    )
    first = rows.sort_values(["occurred_at", "file_order"], kind="stable")
    first = first.drop_duplicates(["customer_id", "phase"]).sort_values(
        ["customer_id", "occurred_at", "file_order"], kind="stable", ignore_index=True
    )
    place = first.groupby("customer_id").cumcount()
    places = first.assign(place=place).set_index(["customer_id", "place"])
    phases, at = (places[name].unstack().reindex(columns=range(len(PHASES))) for name in ("phase", "occurred_at"))
    order = phases[0].astype("object")
    for later in range(1, len(PHASES)):
        order = order.where(phases[later].isna(), order + "-" + phases[later])
    at = at.astype("datetime64[us]")
    pay_days = rows.loc[rows["phase"] == "payment"].drop_duplicates(["customer_id", "day"])
    n_days = order.index.map(pay_days.groupby("customer_id").size()).fillna(0).to_numpy()
    kinds = np.array(PAYMENT_KINDS)[(n_days >= 1).astype(int) + (n_days >= RECURRING_PAYMENT_DAYS)]
    return pd.DataFrame(
        {
            "order": order.astype("str"),
            "payments": kinds,
            "days_to_second": (at[1] - at[0]) / pd.Timedelta(days=1),
            "days_to_third": (at[2] - at[1]) / pd.Timedelta(days=1),
            "days_between_payments": _days_between(pay_days).reindex(order.index),
            "first_at": at[0],
        },
        index=order.index,
    )


def _elapsed(moment: pd.Series) -> np.ndarray:
    """The moments on one clock, so that their differences are times that passed."""
    return (moment.dt.tz_convert("UTC").dt.tz_localize(None) if moment.dt.tz is not None else moment).to_numpy()


def _local_day(moment: pd.Series) -> np.ndarray:
    """The day on the study's own calendar: two payments in one evening are one day, wherever UTC turns."""
    local = moment.dt.tz_localize(None) if moment.dt.tz is not None else moment
    return local.dt.normalize().to_numpy()


def _days_between(pay_days: pd.DataFrame) -> pd.Series:
    """Each customer's median days between one day with a payment and the next."""
    pay_days = pay_days.sort_values(["customer_id", "day"], kind="stable")
    gap = pay_days.groupby("customer_id")["day"].diff() / pd.Timedelta(days=1)
    return gap.dropna().groupby(pay_days["customer_id"]).median()


def _began_earlier(
    by_customer: pd.DataFrame, experiences: pd.DataFrame, customers: pd.DataFrame | None, begins_on
) -> pd.Series:
    nobody = pd.Series(False, by_customer.index)
    if customers is None or "joined_on" not in customers.columns or by_customer.empty:
        return nobody
    require_columns(customers, ["customer_id"], name="customers")
    listed = customers.loc[customers["customer_id"].notna(), ["customer_id", "joined_on"]].set_index("customer_id")
    if not listed.index.is_unique:
        repeated = listed.index[listed.index.duplicated()]
        raise ParameterError(f"customers holds {len(repeated)} repeated ids, such as {repeated[0]!r}: one row for each")
    zone = experiences["occurred_at"].dt.tz
    # a contract can be some days older than the first experience of it: the month is as near as data tell
    first = pd.Timestamp(_local_day(experiences["occurred_at"]).min()).replace(day=1)
    begin = (
        first if begins_on is None else _days(pd.Series([begins_on], dtype="object"), zone, name="begins_on").iloc[0]
    )
    if begin is pd.NaT:
        raise ParameterError(f"begins_on must be a date or a month, such as '2026-10', found {begins_on!r}")
    return _days(listed["joined_on"], zone, name="joined_on").reindex(by_customer.index) < begin


def _days(dates: pd.Series, zone, *, name: str) -> pd.Series:
    """Dates as days without a timezone, on the clock of `zone`; a month is its first day."""
    if isinstance(dates.dtype, pd.PeriodDtype):
        dates = dates.dt.to_timestamp()
    elif dates.dtype == object:
        dates = dates.map(lambda date: date.to_timestamp() if isinstance(date, pd.Period) else date)
    try:
        stamps = pd.to_datetime(dates)
    except (ValueError, TypeError) as error:
        unread = dates.notna() & dates.map(lambda date: pd.to_datetime(date, errors="coerce")).isna()
        found = f"found {dates[unread].iloc[0]!r}" if unread.any() else "found some with a timezone and some without"
        raise ParameterError(f"{name} must hold dates that are written alike, such as '2026-10-31'; {found}") from error
    if stamps.dt.tz is not None:
        stamps = (stamps if zone is None else stamps.dt.tz_convert(zone)).dt.tz_localize(None)
    return stamps.dt.normalize()


def _n_rare(sizes: np.ndarray, smallest_base: int) -> int:
    """How many orders, from the rarest up, are put together: those too small, and more until they are enough."""
    n_rare = int((sizes < smallest_base).sum())
    while 0 < n_rare < len(sizes) and sizes[len(sizes) - n_rare :].sum() < smallest_base:
        n_rare += 1
    return n_rare


def _spans(ordered: pd.DataFrame, row: dict, smallest_base: int) -> dict[str, float]:
    members = ordered.loc[(ordered["order"] == row["order"]) & (ordered["payments"] == row["payments"])]
    spans: dict[str, float] = {}
    for span in SPANS:
        days = members[span].dropna()
        is_enough = len(days) >= smallest_base
        median, low, high = median_interval(days) if is_enough else (np.nan,) * 3
        spans |= {f"n_{span}": len(days), span: median, f"low_{span}": low, f"high_{span}": high}
    return spans
