"""The recurrence of capital as compiled functions over flat arrays sorted by customer and time.

Every engine runs these. Each takes a range of customers, so that threads can share the work (`blocks`), writes into
arrays that the caller gives, and lets go of the interpreter's lock. `tests/test_kernel.py` holds them to a
plain-Python version.

Where no case is closed the loop over an account has no branch: what an experience is becomes 0.0 or 1.0, and forgetting
is a product of table entries (`decay`). Indices are unsigned: for signed ones numba tests at every access whether
they count from the end. All that costs a third of a loop with branches and powers (docs/performance.md).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cxlib.capital.decay import PART_OF_DAY, SECONDS_PER_DAY

GAIN, LOSS, NEUTRAL, RECOVERY = 0, 1, 2, 3
KINDS = ("gain", "loss", "neutral", "recovery")
"""The names of the kinds, by their codes."""

assert PART_OF_DAY == 1 << 8, "_kept divides by shifting"


@njit(cache=True, nogil=True)
def _kept(lapsed, days, parts, of_part, longest):
    """What forgetting leaves after so many seconds, which are not negative."""
    lapsed = np.uint64(min(lapsed, longest))
    day = lapsed // np.uint64(SECONDS_PER_DAY)
    rest = lapsed - day * np.uint64(SECONDS_PER_DAY)
    return days[day] * (parts[rest >> np.uint64(8)] * of_part[rest & np.uint64(255)])


@njit(cache=True, nogil=True)
def _experience(gap, weight, carried, carry_over, carry_over_decay, neutral_band, is_sized):
    """Whether it is a gain and whether a loss (1.0 or 0.0), its size, and what is carried into the next one.

    `carried` has the decay of this step in it already, which shortens the chain from one experience to the next.
    """
    darkened = gap - carry_over * carried
    gain = 1.0 * (darkened > neutral_band)
    loss = 1.0 * (darkened < -neutral_band)
    size = weight * (min(abs(darkened), 1.0) if is_sized else 1.0)
    return gain, loss, size, carry_over_decay * carried - loss * (carry_over_decay * darkened)


@njit(cache=True, nogil=True)
def accumulate(
    first,
    last,
    offsets,
    seconds,
    gap,
    weight,
    recoveries,
    recovered,
    days,
    parts,
    of_part,
    longest,
    loss_weight,
    forgiven_weight,
    carry_over,
    carry_over_decay,
    neutral_band,
    is_sized,
    opening,
    kind,
    amount,
    capital,
):
    """Write kind, amount and capital of the entries of customers `first` to `last` − 1 into the last three arrays.

    Parameters
    ----------
    first, last : int
    offsets : int64, one per customer and one more
        Customer c owns the entries offsets[c] to offsets[c + 1].
    seconds : int64, one per entry
        Since the epoch; not falling within a customer.
    gap, weight : float64, one per entry
        Finite; read for experiences only.
    recoveries, recovered : int64, one per closed case, rising
        The entries that are recoveries, and the (earlier) entry of the same customer whose loss each returns.
    days, parts, of_part, longest
        Of `Decay`.
    loss_weight, ..., opening : float and bool
        As in CapitalRules; forgiven_weight = loss_weight − resolved_loss_weight.
    kind : int8, out
    amount, capital : float64, out

    Notes
    -----
    Linear in the entries. A loss that two recoveries point at is returned twice: the caller
    names each loss once.
    """
    case = np.searchsorted(recoveries, offsets[first])
    for customer in range(first, last):
        start, end = np.uint64(offsets[customer]), np.uint64(offsets[customer + 1])
        if start == end:
            continue
        balance = opening
        carried = 0.0
        before = seconds[start]
        has_recoveries = case < recoveries.size and recoveries[case] < offsets[customer + 1]
        if not has_recoveries and longest == 0 and carry_over == 0.0:  # nothing is forgotten, nothing carried
            for i in range(start, end):
                gain, loss, size, _ = _experience(gap[i], weight[i], 0.0, 0.0, 0.0, neutral_band, is_sized)
                kind[i] = np.int8(2.0 - 2.0 * gain - loss)
                moved = size * (gain - loss_weight * loss)
                amount[i] = moved
                balance += moved
                capital[i] = balance
        elif not has_recoveries:
            for i in range(start, end):
                balance *= _kept(seconds[i] - before, days, parts, of_part, longest)
                before = seconds[i]
                gain, loss, size, carried = _experience(
                    gap[i], weight[i], carried, carry_over, carry_over_decay, neutral_band, is_sized
                )
                # by way of a float: the comparison is a float's mask already
                kind[i] = np.int8(2.0 - 2.0 * gain - loss)
                moved = size * (gain - loss_weight * loss)
                amount[i] = moved
                balance += moved
                capital[i] = balance
        else:
            for i in range(start, end):
                balance *= _kept(seconds[i] - before, days, parts, of_part, longest)
                before = seconds[i]
                if case < recoveries.size and recoveries[case] == np.int64(i):
                    lost = recovered[case]
                    case += 1
                    kind[i] = RECOVERY
                    moved = 0.0
                    if kind[lost] == LOSS:
                        aged = _kept(seconds[i] - seconds[lost], days, parts, of_part, longest)
                        moved = -amount[lost] / loss_weight * forgiven_weight * aged
                else:
                    gain, loss, size, carried = _experience(
                        gap[i], weight[i], carried, carry_over, carry_over_decay, neutral_band, is_sized
                    )
                    kind[i] = np.int8(2.0 - 2.0 * gain - loss)
                    moved = size * (gain - loss_weight * loss)
                amount[i] = moved
                balance += moved
                capital[i] = balance


@njit(cache=True, nogil=True)
def close_months(
    first,
    last,
    offsets,
    seconds,
    kind,
    amount,
    capital,
    month_ends,
    first_month,
    out_offsets,
    days,
    parts,
    of_part,
    longest,
    out_capital,
    out_gains,
    out_losses,
    out_recoveries,
    out_n_experiences,
    out_n_losses,
):
    """Balance the accounts of customers `first` to `last` − 1 at each month's end.

    Parameters
    ----------
    offsets, seconds, kind, amount, capital
        The entries, as `accumulate` takes and gives them.
    month_ends : int64, one per calendar month
        The first second after the month.
    first_month : int64, one per customer
        The month of the customer's first entry; a number beyond the last month = none.
    out_offsets : int64, one per customer and one more
        Where each customer's months stand in the outputs.
    days, parts, of_part, longest
        Of `Decay`.
    out_* : one per customer and month, out

    Notes
    -----
    Linear in the entries and the months. Entries after the last month's end are left out.
    """
    for customer in range(first, last):
        i, end = np.uint64(offsets[customer]), np.uint64(offsets[customer + 1])
        month = np.uint64(first_month[customer])
        for out in range(np.uint64(out_offsets[customer]), np.uint64(out_offsets[customer + 1])):
            gains, losses, recoveries = 0.0, 0.0, 0.0
            n_experiences, n_losses = 0, 0
            while i < end and seconds[i] < month_ends[month]:
                moved, what = amount[i], kind[i]
                gains += moved * (what == GAIN)
                losses += moved * (what == LOSS)
                recoveries += moved * (what == RECOVERY)
                n_losses += what == LOSS
                n_experiences += what != RECOVERY
                i += np.uint64(1)
            newest = i - np.uint64(1)
            kept = _kept(month_ends[month] - seconds[newest], days, parts, of_part, longest)
            out_capital[out] = capital[newest] * kept
            out_gains[out] = gains
            out_losses[out] = losses
            out_recoveries[out] = recoveries
            out_n_experiences[out] = n_experiences
            out_n_losses[out] = n_losses
            month += np.uint64(1)


@njit(cache=True, nogil=True)
def close_months_apart(
    first,
    last,
    offsets,
    seconds,
    gap,
    weight,
    recoveries,
    recovered,
    days,
    parts,
    of_part,
    longest,
    carry_over,
    carry_over_decay,
    neutral_band,
    is_sized,
    opening,
    month_ends,
    first_month,
    n_until,
    gained,
    lost,
    returned,
):
    """Balance the accounts at each month's end with gains, losses and returned losses kept apart.

    None of the three knows the loss weight: capital is gained − loss_weight · lost + forgiven_weight · returned.

    Parameters
    ----------
    first, ..., opening
        As `accumulate` takes them; the opening counts as gained.
    month_ends, first_month
        As `close_months` takes them.
    n_until : int32, customers × months
        How many of the customer's entries lie before the month's end.
    gained, lost, returned : float64, customers × months, out
        Months before the first are left as they are; `returned` may be empty where there are no recoveries.

    Returns
    -------
    The number of losses up to the last month's end, and the sum of their sizes

    Notes
    -----
    Linear in the entries and in customers × months. The entries of one account are summed first, in the processor's
    nearest cache, then read at each month's end, so that neither loop has a branch.
    """
    n_months = month_ends.size
    n_losses, sizes = 0.0, 0.0
    most = 0
    for customer in range(first, last):
        most = max(most, offsets[customer + 1] - offsets[customer])
    sum_gained, sum_lost = np.empty(most), np.empty(most)
    sum_returned, lost_size = np.empty(most), np.empty(most)

    case = np.searchsorted(recoveries, offsets[first])
    for customer in range(first, last):
        start = np.uint64(offsets[customer])
        n_entries = np.uint64(n_until[customer, n_months - 1])
        if n_entries == 0:
            continue
        in_gained, in_lost, in_returned, carried = opening, 0.0, 0.0, 0.0
        before = seconds[start]
        while case < recoveries.size and recoveries[case] < offsets[customer]:
            case += 1
        has_recoveries = case < recoveries.size and recoveries[case] < offsets[customer + 1]
        if not has_recoveries:
            for i in range(n_entries):
                kept = _kept(seconds[start + i] - before, days, parts, of_part, longest)
                before = seconds[start + i]
                gain, loss, size, carried = _experience(
                    gap[start + i], weight[start + i], carried, carry_over, carry_over_decay, neutral_band, is_sized
                )
                in_gained = in_gained * kept + gain * size
                in_lost = in_lost * kept + loss * size
                n_losses += loss
                sizes += loss * size
                sum_gained[i] = in_gained
                sum_lost[i] = in_lost
        else:
            for i in range(n_entries):
                kept = _kept(seconds[start + i] - before, days, parts, of_part, longest)
                before = seconds[start + i]
                in_gained *= kept
                in_lost *= kept
                in_returned *= kept
                lost_size[i] = 0.0
                if case < recoveries.size and recoveries[case] == np.int64(start + i):
                    of = np.uint64(recovered[case])
                    case += 1
                    aged = _kept(before - seconds[of], days, parts, of_part, longest)
                    in_returned += lost_size[of - start] * aged
                else:
                    gain, loss, size, carried = _experience(
                        gap[start + i], weight[start + i], carried, carry_over, carry_over_decay, neutral_band, is_sized
                    )
                    in_gained += gain * size
                    in_lost += loss * size
                    n_losses += loss
                    sizes += loss * size
                    lost_size[i] = loss * size
                sum_gained[i] = in_gained
                sum_lost[i] = in_lost
                sum_returned[i] = in_returned
        for month in range(np.uint64(first_month[customer]), np.uint64(n_months)):
            newest = np.uint64(n_until[customer, month] - 1)
            kept = _kept(month_ends[month] - seconds[start + newest], days, parts, of_part, longest)
            gained[customer, month] = sum_gained[newest] * kept
            lost[customer, month] = sum_lost[newest] * kept
            if returned.size:
                returned[customer, month] = sum_returned[newest] * kept if has_recoveries else 0.0
    return n_losses, sizes
