"""One customer's account as a bank would state it: what came in, what went out, what was forgotten, what is left."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from difflib import get_close_matches

import numpy as np
import pandas as pd

from cxlib.capital.kernel import KINDS
from cxlib.capital.months import starts_of
from cxlib.capital.rules import CapitalRules
from cxlib.errors import ParameterError, require_columns

CLOSING = "closing"
STATEMENT_KIND_DTYPE = pd.CategoricalDtype([*KINDS, CLOSING])

ROUNDING = 1e-14
"""What is left of capital − amount − the balance before, in parts of the largest of them, where nothing was forgotten:
a few roundings of float64, and less than one second forgets in a half-life of ten thousand years."""

SAME_FORGETTING = 1e-6
"""How far, in parts of the balance, a ledger may lie from its rules: kernels agree to 1e-9."""

MOST_COMPARED = 2_000
"""Ids that an unknown one is compared with, for comparing takes about 10 µs each."""

MOST_NAMED = 3


def statement(ledger: pd.DataFrame, customer_id: str, rules: CapitalRules | None = None, *, until=None) -> pd.DataFrame:
    """State one customer's account: every entry with its amount, what was forgotten before it, and the balance.

    Parameters
    ----------
    ledger : DataFrame, one row per entry
        As `capital_ledger` gives it: sorted by customer and time.
    customer_id : str
    rules : CapitalRules, optional
        The rules of the ledger. The entries tell by themselves what was forgotten between them; the rules are needed
        to carry the balance to `until`, and where they are given the ledger is held to their half-life and opening.
    until : str, date, Timestamp or Period, optional
        State the account as it stands then: a closing row carries the balance there, and entries from then on are
        left out. A year, month or day, such as "2026-10", is carried to its end, so that the closing balance is
        that of `customer_months`; a time is itself. Without an offset it is local to the ledger.

    Returns
    -------
    DataFrame, one row per entry in order of time, and one of kind `closing` where `until` is given
        occurred_at : timestamp
        touchpoint, phase : NA in the closing row
        kind : gain, loss, neutral, recovery, closing
        balance_before : float, the balance of the row above; in the first row the opening balance
        forgotten : float, what forgetting did to it since: below 0 where goodwill faded, above 0 where a grudge did
        amount : float, signed; 0 in the closing row
        balance : float, = balance_before + forgotten + amount in every row, and so
            balance_before of the first row + the sums of forgotten and amount is the last balance

    Raises
    ------
    MissingColumnError
    ParameterError
        No such customer, no entry before `until`, `until` without rules, or the ledger was made by other rules.

    Notes
    -----
    One pass over the ledger's ids; no copy of the ledger. Many customers' statements: group the ledger first.
    """
    require_columns(
        ledger, ["customer_id", "occurred_at", "touchpoint", "phase", "kind", "amount", "capital"], name="ledger"
    )
    if until is not None and rules is None:
        raise ParameterError(
            "until needs the rules of the ledger: what is forgotten after the last entry hangs on the half-life"
        )
    entries = ledger.loc[(ledger["customer_id"] == customer_id).to_numpy(dtype=bool, na_value=False)]
    if entries.empty:
        raise ParameterError(_unknown(customer_id, ledger["customer_id"]))
    if not entries["occurred_at"].is_monotonic_increasing:
        raise ParameterError("the ledger is not sorted by customer and time: pass it as capital_ledger gives it")
    balance = entries["capital"].to_numpy(dtype=np.float64)
    amount = entries["amount"].to_numpy(dtype=np.float64)
    faded = _without_rounding(balance - amount, balance, amount)
    before = np.concatenate([faded[:1], balance[:-1]])
    stated = pd.DataFrame(
        {
            "occurred_at": entries["occurred_at"].array,
            "touchpoint": entries["touchpoint"].array,
            "phase": entries["phase"].array,
            "kind": entries["kind"].astype(STATEMENT_KIND_DTYPE).array,
            "balance_before": before,
            "forgotten": _without_rounding(faded - before, balance, amount, before),
            "amount": amount,
            "balance": balance,
        }
    )
    if rules is not None:
        _check_rules(stated, rules)
    return stated if until is None else _closed(stated, customer_id, rules, until)


def moment_of(until, zone) -> pd.Timestamp:
    """The moment up to which a year, month, day or time reaches, in `zone`; without an offset it is local there.

    >>> moment_of("2026-10", None), moment_of("2026-10-31", None), moment_of("2026-10-31 14:00", None)
    (Timestamp('2026-11-01 00:00:00'), Timestamp('2026-11-01 00:00:00'), Timestamp('2026-10-31 14:00:00'))

    Raises
    ------
    ParameterError
    """
    refusal = f"until must be a month, a day or a time, such as '2026-10' or '2026-10-31', found {until!r}"
    try:
        if isinstance(until, str) or (isinstance(until, dt.date) and not isinstance(until, dt.datetime)):
            period = pd.Period(until, "D" if isinstance(until, dt.date) else None)
            until = period if period is not pd.NaT and period.freqstr[0] in "YQMD" else pd.Timestamp(until)
        if isinstance(until, pd.Period):
            return starts_of(pd.PeriodIndex([until + 1]), zone)[0]
        moment = pd.NaT if isinstance(until, int | float) else pd.Timestamp(until)  # a number is no date
    except (ValueError, TypeError) as error:
        raise ParameterError(refusal) from error
    if moment is pd.NaT:
        raise ParameterError(refusal)
    if moment.tz is not None:
        return moment.tz_convert(zone) if zone is not None else moment.tz_localize(None)
    return moment.tz_localize(zone, ambiguous=True, nonexistent="shift_forward") if zone is not None else moment


def _closed(stated: pd.DataFrame, customer_id: str, rules: CapitalRules, until) -> pd.DataFrame:
    """The entries before `until`, and the closing row."""
    moment = moment_of(until, stated["occurred_at"].dt.tz)
    known = stated.loc[stated["occurred_at"] < moment]
    if known.empty:
        first = stated["occurred_at"].iloc[0]
        raise ParameterError(
            f"customer {customer_id!r} has no entry before {moment:%Y-%m-%d %H:%M}; the first is of {first:%Y-%m-%d}"
        )
    place, balance = len(known), known["balance"].iloc[-1]
    kept = _kept(_seconds(pd.Series([known["occurred_at"].iloc[-1], moment])), rules)[0]
    row = {
        "occurred_at": moment.as_unit(stated["occurred_at"].dt.unit),
        "kind": CLOSING,
        "balance_before": balance,
        "forgotten": balance * kept - balance,
        "amount": 0.0,
        "balance": balance * kept,
    }
    # One row more, empty and of the same dtypes: half the time of a frame of its own.
    closed = known.reindex(range(place + 1))
    for column, value in row.items():
        closed.at[place, column] = value  # noqa: PD008
    return closed


def _check_rules(stated: pd.DataFrame, rules: CapitalRules) -> None:
    """Hold the ledger to the opening and the half-life that it is said to have."""
    before = stated["balance_before"].to_numpy()
    faded = np.concatenate([[rules.opening], before[1:] * _kept(_seconds(stated["occurred_at"]), rules)])
    found = stated["balance"].to_numpy() - stated["amount"].to_numpy()
    size = np.maximum(np.abs(before), np.abs(stated["amount"].to_numpy()))
    wrong = np.abs(found - faded) > SAME_FORGETTING * np.maximum(size, 1.0)
    if wrong.any():
        row = stated.loc[wrong].iloc[0]
        raise ParameterError(
            f"the ledger was made by other rules: on {row['occurred_at']:%Y-%m-%d} the balance before the entry is "
            f"{found[wrong][0]:.6g}, and by opening={rules.opening:g}, half_life_days={rules.half_life_days} it "
            f"would be {faded[wrong][0]:.6g}; pass the rules that capital_ledger was given"
        )


def _seconds(moments: pd.Series) -> np.ndarray:
    # Whole seconds, as the kernel counts time.
    return moments.to_numpy(dtype="datetime64[s]").astype(np.int64)


def _kept(seconds: np.ndarray, rules: CapitalRules) -> np.ndarray:
    """The part of a balance that is left from each moment to the next."""
    return 2.0 ** (-np.diff(seconds) / rules.half_life_seconds)


def _without_rounding(difference: np.ndarray, *terms: np.ndarray) -> np.ndarray:
    """The differences, with 0 for those that are nothing but the rounding of their terms."""
    size = np.max(np.abs(terms), axis=0)
    return np.where(np.abs(difference) <= ROUNDING * size, 0.0, difference)


def _unknown(customer_id: object, ids: pd.Series) -> str:
    known = ids.dropna().unique().astype(str)
    near = near_ids(str(customer_id), sorted(known))
    names = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    customers = "1 customer" if len(known) == 1 else f"{len(known):,} customers"
    return f"the ledger of {customers} has no customer {customer_id!r}{names}"


def near_ids(wanted: str, known: list[str]) -> list[str]:
    """The sorted ids most like the wanted one, the most alike first.

    Of very many ids only the neighbours in the alphabet are compared, with those that differ in nothing but case,
    space or leading zeros.

    >>> near_ids("c42", ["A42", "C00042", "C00043"])
    ['C00042', 'A42']
    """
    plain = _plain(wanted)
    alike = [name for name in known if _plain(name) == plain]
    place = bisect_left(known, wanted.strip())
    start = max(0, min(place - MOST_COMPARED // 2, len(known) - MOST_COMPARED))
    by_lower = {name.lower(): name for name in known[start : start + MOST_COMPARED]}
    close = [by_lower[name] for name in get_close_matches(wanted.strip().lower(), by_lower, n=MOST_NAMED, cutoff=0.6)]
    return list(dict.fromkeys([*alike, *close]))[:MOST_NAMED]


def _plain(name: str) -> str:
    """An id without what spreadsheets and typing change: case, space, and zeros before a number."""
    letters = "".join(name.lower().split()).rstrip("0123456789")
    return letters + "".join(name.split())[len(letters) :].lstrip("0")
