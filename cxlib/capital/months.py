"""Month-end balances: each customer's capital when the month closes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.capital.kernel import KINDS, close_months
from cxlib.capital.rules import CapitalRules
from cxlib.errors import ParameterError, require_columns

SUMS = ("capital", "gains", "losses", "recoveries")
COUNTS = ("n_experiences", "n_losses")


def customer_months(ledger: pd.DataFrame, rules: CapitalRules | None = None, until=None) -> pd.DataFrame:
    """Balance every customer's account at each month's end.

    Parameters
    ----------
    ledger : DataFrame, one row per entry
        As `capital_ledger` gives it: sorted by customer and time.
    rules : CapitalRules, optional
        The rules of the ledger; their half-life carries the balance on to the month's end.
    until : str, Timestamp or Period, optional
        The last month; default the month of the ledger's last entry. Later entries are left out.

    Returns
    -------
    DataFrame, one row per customer and month from the customer's first entry on
        customer_id
        month : datetime64, the first day of the month in the ledger's timezone
        capital : float, at the month's end
        gains, recoveries : float, >= 0; losses : float, <= 0
        n_experiences, n_losses : int

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Linear in the entries and in customers × months.
    """
    rules = rules or CapitalRules()
    require_columns(ledger, ["customer_id", "occurred_at", "kind", "amount", "capital"], name="ledger")
    codes, customers = pd.factorize(ledger["customer_id"])
    seconds = ledger["occurred_at"].to_numpy(dtype="datetime64[s]").astype(np.int64)
    if (np.diff(codes) < 0).any() or ((np.diff(seconds) < 0) & (np.diff(codes) == 0)).any():
        raise ParameterError("the ledger is not sorted by customer and time: pass it as capital_ledger gives it")
    kind = pd.Index(KINDS).get_indexer(ledger["kind"].astype("str"))
    if (kind < 0).any():
        raise ParameterError(f"the ledger has an unknown kind; allowed: {', '.join(KINDS)}")
    return month_ends(
        customers=pd.Index(customers),
        offsets=np.searchsorted(codes, np.arange(len(customers) + 1)).astype(np.int64),
        occurred_at=ledger["occurred_at"],
        seconds=seconds,
        kind=kind.astype(np.int8),
        amount=ledger["amount"].to_numpy(dtype=np.float64),
        capital=ledger["capital"].to_numpy(dtype=np.float64),
        rules=rules,
        until=until,
    )


def month_ends(*, customers, offsets, occurred_at, seconds, kind, amount, capital, rules, until=None) -> pd.DataFrame:
    """`customer_months` from the kernel's arrays, for callers that try many rules in a row."""
    if not len(seconds):
        nothing = {name: np.zeros(0) for name in SUMS} | {name: np.zeros(0, np.int64) for name in COUNTS}
        return _months_frame(customers[:0], pd.DatetimeIndex([], dtype="datetime64[us]"), nothing)
    zone = occurred_at.dt.tz
    first = month_of(occurred_at.min(), zone)
    last = month_of(occurred_at.max() if until is None else until, zone)
    periods = pd.period_range(first, last, freq="M")
    month_end_seconds = starts_of(periods + 1, zone).as_unit("s").asi8

    first_month = np.searchsorted(month_end_seconds, seconds[offsets[:-1]], side="right")
    n_months = np.maximum(len(periods) - first_month, 0)
    out_offsets = np.concatenate([[0], np.cumsum(n_months)]).astype(np.int64)
    out = {name: np.zeros(out_offsets[-1]) for name in SUMS}
    out |= {name: np.zeros(out_offsets[-1], np.int64) for name in COUNTS}
    close_months(
        offsets,
        seconds,
        kind,
        amount,
        capital,
        month_end_seconds,
        first_month,
        out_offsets,
        float(rules.half_life_seconds),
        *(out[name] for name in (*SUMS, *COUNTS)),
    )
    number = np.arange(out_offsets[-1]) - np.repeat(out_offsets[:-1] - first_month, n_months)
    starts = periods.to_timestamp().as_unit("us")
    return _months_frame(customers.repeat(n_months), starts[number], out)


def month_of(moment, zone=None) -> pd.Period:
    """The calendar month of a moment, on the clock of `zone`; a moment without a timezone is local.

    >>> month_of("2026-10-31")
    Period('2026-10', 'M')
    >>> month_of(pd.Timestamp("2026-10-31 23:30", tz="UTC"), "Europe/Stockholm")
    Period('2026-11', 'M')

    Raises
    ------
    ParameterError
    """
    if isinstance(moment, pd.Period):
        return moment.asfreq("M")
    try:
        stamp = pd.Timestamp(moment)
    except (ValueError, TypeError):
        stamp = pd.NaT
    if stamp is pd.NaT:
        raise ParameterError(f"until must be a month or a time, such as '2026-10', found {moment!r}")
    if stamp.tz is not None and zone is not None:
        stamp = stamp.tz_convert(zone)
    return stamp.tz_localize(None).to_period("M")


def starts_of(months: pd.PeriodIndex, zone) -> pd.DatetimeIndex:
    """The first moment of each month in a timezone; where the clock jumps over midnight, the first one after."""
    midnights = months.to_timestamp()
    if zone is None:
        return midnights
    return midnights.tz_localize(zone, ambiguous=np.ones(len(midnights), dtype=bool), nonexistent="shift_forward")


def month_starts(moments: pd.Series) -> pd.Series:
    """The month of each moment on its own clock, as its first day.

    Parameters
    ----------
    moments : Series of timestamps

    Returns
    -------
    Series of datetime64, without a timezone
    """
    return moments.dt.tz_localize(None).dt.to_period("M").dt.to_timestamp().dt.as_unit("us")


def _months_frame(customers, months, values) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": customers, "month": months} | values)
