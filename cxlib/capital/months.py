"""Month-end balances: each customer's capital when the month closes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.blocks import block_starts, for_each_block
from cxlib.capital.decay import Decay
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
    zone = ledger["occurred_at"].dt.tz if len(ledger) else None
    ends = month_ends(
        offsets=np.searchsorted(codes, np.arange(len(customers) + 1)).astype(np.int64),
        seconds=seconds,
        kind=kind.astype(np.int8),
        amount=ledger["amount"].to_numpy(dtype=np.float64),
        capital=ledger["capital"].to_numpy(dtype=np.float64),
        months=months_of(seconds, zone, until),
        zone=zone,
        rules=rules,
    )
    return ends.frame(pd.Index(customers))


@dataclass(frozen=True, eq=False)
class MonthEnds:
    """The accounts at the months' ends: n_months[c] values of each customer, from month first_month[c] on.

    `columns` holds them by name, the customers one after the other.
    """

    months: pd.PeriodIndex
    first_month: np.ndarray
    n_months: np.ndarray
    columns: dict[str, np.ndarray]

    def frame(self, customers: pd.Index) -> pd.DataFrame:
        """One row per customer and month."""
        number = np.arange(self.n_months.sum()) - np.repeat(
            np.cumsum(self.n_months) - self.n_months - self.first_month, self.n_months
        )
        starts = self.months.to_timestamp().as_unit("us")
        # the arrays are this frame's alone: no copy
        columns = {"customer_id": customers.repeat(self.n_months), "month": starts[number]} | self.columns
        return pd.DataFrame(columns, copy=False)


def month_ends(
    *, offsets, seconds, kind, amount, capital, months, zone, rules, threads: int | None = None, out=None
) -> MonthEnds:
    """Balance accounts at the months' ends, from the arrays that the kernel takes and gives.

    `out` are the `columns` of month-ends no longer needed, of as many customers and months, to be written over.
    """
    ends = end_seconds(months, zone)
    first_month = np.searchsorted(ends, seconds[offsets[:-1]], side="right")
    n_months = np.maximum(len(months) - first_month, 0)
    out_offsets = np.concatenate([[0], np.cumsum(n_months)]).astype(np.int64)
    if out is None:
        out = {name: np.empty(out_offsets[-1]) for name in SUMS}
        out |= {name: np.empty(out_offsets[-1], np.int64) for name in COUNTS}
    latest = ends.max(initial=seconds.max()) if len(seconds) else 0
    decay = Decay.of(rules.half_life_seconds, int(latest - seconds.min()) if len(seconds) else 0).tables
    for_each_block(
        lambda _, first, last: close_months(
            first,
            last,
            offsets,
            seconds,
            kind,
            amount,
            capital,
            ends,
            first_month,
            out_offsets,
            *decay,
            *(out[name] for name in (*SUMS, *COUNTS)),
        ),
        block_starts(offsets),
        threads=threads,
    )
    return MonthEnds(months, first_month, n_months, out)


def months_of(seconds: np.ndarray, zone, until=None) -> pd.PeriodIndex:
    """The months from that of the first entry to `until`, or to that of the last entry; none where there is no entry.

    Parameters
    ----------
    seconds : array of int64
        Since the epoch.
    zone : tzinfo or None
    until : str, Timestamp or Period, optional

    Raises
    ------
    ParameterError
    """
    if not seconds.size:
        return pd.PeriodIndex([], freq="M")
    ends = pd.Series(pd.to_datetime([seconds.min(), seconds.max()], unit="s", utc=True)).dt.tz_convert(zone)
    return pd.period_range(month_of(ends[0]), month_of(ends[1] if until is None else until, zone), freq="M")


def month_of(moment, zone=None, *, name: str = "until") -> pd.Period:
    """The calendar month of a moment, on the clock of `zone`; a moment without a timezone is local.

    `name` is what an error calls the moment.

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
        raise ParameterError(f"{name} must be a month or a time, such as '2026-10', found {moment!r}")
    if stamp.tz is not None and zone is not None:
        stamp = stamp.tz_convert(zone)
    return stamp.tz_localize(None).to_period("M")


def starts_of(months: pd.PeriodIndex, zone) -> pd.DatetimeIndex:
    """The first moment of each month in a timezone; where the clock jumps over midnight, the first one after."""
    midnights = months.to_timestamp()
    if zone is None:
        return midnights
    return midnights.tz_localize(zone, ambiguous=np.ones(len(midnights), dtype=bool), nonexistent="shift_forward")


def end_seconds(months: pd.PeriodIndex, zone) -> np.ndarray:
    """The first second after each month in a timezone, since the epoch."""
    return starts_of(months + 1, zone).as_unit("s").asi8


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
