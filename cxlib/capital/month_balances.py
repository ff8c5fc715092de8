"""Month-end balances without a ledger: what a slider needs to redraw at once.

Capital is gained − loss_weight · lost + (loss_weight − resolved_loss_weight) · returned, and none of the three knows
the loss weight. So the accounts are walked once for each half-life, spiral, band and measure; any loss weight and any
requirement is then a sum over month-ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from cxlib.capital.blocks import for_each_block
from cxlib.capital.decay import Decay
from cxlib.capital.entries import Entries
from cxlib.capital.kernel import close_months_apart
from cxlib.capital.months import end_seconds
from cxlib.capital.rules import CapitalRules


@dataclass(frozen=True, eq=False)
class MonthLayout:
    """Which of each customer's entries lie before each month's end; no rule changes it.

    `ends` are the first seconds after the months. Customer c has entries from month first_month[c] on (a number
    beyond the last month = none by then), n_until[c, m] of them before the end of month m.
    """

    months: pd.PeriodIndex
    ends: np.ndarray
    first_month: np.ndarray
    n_until: np.ndarray

    @classmethod
    def of(cls, entries: Entries, months: pd.PeriodIndex, *, threads: int | None = None) -> MonthLayout:
        """The layout of the entries over the months, which begin no later than the first entry."""
        ends = end_seconds(months, entries.zone)
        has_entries = np.diff(entries.offsets) > 0
        first_month = np.full(len(entries.customers), len(months), np.int64)
        first_entry = entries.offsets[:-1][has_entries]
        first_month[has_entries] = np.searchsorted(ends, entries.seconds[first_entry], side="right")
        n_until = np.empty((len(entries.customers), len(months)), np.int32)
        for_each_block(
            lambda _, first, last: _count_until(first, last, entries.offsets, entries.seconds, ends, n_until),
            entries.blocks,
            threads=threads,
        )
        return cls(months, ends, first_month, n_until)


@dataclass(frozen=True, eq=False)
class MonthBalances:
    """What each customer had gained, lost and got returned by each month's end, forgotten in part since.

    Parameters
    ----------
    layout : MonthLayout
    gained, lost, returned : float64, customers × months
        Months before `layout.first_month` hold anything. `returned` is empty where no case was closed.
    average_loss_size : float
        Of all losses up to the last month's end, before any loss weight; 0 where there is none.
    """

    layout: MonthLayout
    gained: np.ndarray
    lost: np.ndarray
    returned: np.ndarray
    average_loss_size: float

    @classmethod
    def of(
        cls,
        entries: Entries,
        layout: MonthLayout,
        rules: CapitalRules,
        *,
        threads: int | None = None,
        reuse: MonthBalances | None = None,
    ) -> MonthBalances:
        """Walk the accounts once; of `rules` the loss weights are not used.

        `reuse` are balances no longer needed, whose memory is written over: fresh memory is half of the time.
        """
        shape = layout.n_until.shape
        returned_shape = shape if len(entries.recoveries) else (0, 0)
        if reuse is not None and reuse.gained.shape == shape and reuse.returned.shape == returned_shape:
            gained, lost, returned = reuse.gained, reuse.lost, reuse.returned
        else:
            gained, lost, returned = np.empty(shape), np.empty(shape), np.empty(returned_shape)
        has_months = bool(entries.n_entries and len(layout.months))
        longest = max(entries.longest_span, int(layout.ends[-1] - entries.seconds.min())) if has_months else 0
        decay = Decay.of(rules.half_life_seconds, longest).tables
        losses = np.zeros((len(entries.blocks) - 1, 2))

        def close(block: int, first: int, last: int) -> None:
            losses[block] = close_months_apart(
                first,
                last,
                entries.offsets,
                entries.seconds,
                entries.gap,
                entries.weight,
                entries.recoveries,
                entries.recovered,
                *decay,
                float(rules.carry_over),
                float(rules.carry_over_decay),
                float(rules.neutral_band),
                rules.measure == "size",
                float(rules.opening),
                layout.ends,
                layout.first_month,
                layout.n_until,
                gained,
                lost,
                returned,
            )

        if has_months:
            for_each_block(close, entries.blocks, threads=threads)
        n_losses, sizes = losses.sum(axis=0)
        return cls(layout, gained, lost, returned, float(sizes / n_losses) if n_losses else 0.0)


@njit(cache=True, nogil=True)
def _count_until(first, last, offsets, seconds, ends, n_until):
    for customer in range(first, last):
        start, end = offsets[customer], offsets[customer + 1]
        i = start
        for month in range(ends.size):
            while i < end and seconds[i] < ends[month]:
                i += 1
            n_until[customer, month] = i - start


@njit(cache=True, nogil=True)
def count_zones(
    first,
    last,
    gained,
    lost,
    returned,
    first_month,
    until_month,
    group,
    required,
    loss_weight,
    forgiven_weight,
    average_loss,
    rounding,
    sums,
):
    """Add up the capital of customers `first` to `last` − 1, and who of them is at risk or thin, by group and month.

    Parameters
    ----------
    gained, lost, returned : float64, customers × months
        As `MonthBalances` holds them.
    first_month, until_month : int64, one per customer
        The first month that counts and the first that does not any more.
    group : int64, one per customer
    required : float64, one per customer
    loss_weight, forgiven_weight, average_loss, rounding : float
        A buffer of at most `rounding` is used up.
    sums : float64, groups × 3 × months, out
        Added to: capital, at risk, thin.

    Notes
    -----
    Linear in customers × months.
    """
    for customer in range(first, last):
        of_group = group[customer]
        needs = required[customer] + rounding
        for month in range(np.uint64(first_month[customer]), np.uint64(until_month[customer])):
            capital = gained[customer, month] - loss_weight * lost[customer, month]
            if returned.size:
                capital += forgiven_weight * returned[customer, month]
            sums[of_group, 0, month] += capital
            sums[of_group, 1, month] += capital <= needs
            sums[of_group, 2, month] += (capital > needs) & (capital <= needs + average_loss)


@njit(cache=True, nogil=True)
def columns_of_capital(
    customers, gained, lost, returned, first_month, until_month, loss_weight, forgiven_weight, columns, n_in_column
):
    """The capital of some customers month by month: columns[m, :n_in_column[m]], in no particular order.

    Parameters
    ----------
    customers : int64
        Which ones.
    gained, ..., forgiven_weight
        As `count_zones` takes them.
    columns : float64, months × at least as many as customers, out
    n_in_column : int64, one per month, out; must come in as zeros
    """
    for customer in customers:
        for month in range(np.uint64(first_month[customer]), np.uint64(until_month[customer])):
            capital = gained[customer, month] - loss_weight * lost[customer, month]
            if returned.size:
                capital += forgiven_weight * returned[customer, month]
            columns[month, np.uint64(n_in_column[month])] = capital
            n_in_column[month] += 1
