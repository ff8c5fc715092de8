"""The recurrence of capital as a compiled kernel over flat arrays sorted by customer and time.

Every engine runs this one function. `tests/test_kernel.py` holds it to a plain-Python version.
"""

from __future__ import annotations

import numpy as np
from numba import njit

GAIN, LOSS, NEUTRAL, RECOVERY = 0, 1, 2, 3
KINDS = ("gain", "loss", "neutral", "recovery")
"""The names of the kinds, by their codes."""


@njit(cache=True, nogil=True)
def accumulate(
    offsets,
    seconds,
    gap,
    weight,
    recovers,
    loss_weight,
    forgiven_weight,
    half_life_seconds,
    carry_over,
    carry_over_decay,
    neutral_band,
    is_sized,
    opening,
    kind,
    amount,
    capital,
):
    """Write kind, amount and capital of every entry into the last three arrays.

    Parameters
    ----------
    offsets : int64, one per customer and one more
        Customer c owns the entries offsets[c] to offsets[c + 1].
    seconds : int64, one per entry
        Since the epoch; not falling within a customer.
    gap, weight : float64, one per entry
        Read for experiences only.
    recovers : int64, one per entry
        −1 for an experience; for a recovery the (earlier) entry whose loss it returns.
    loss_weight, ..., opening : float and bool
        As in CapitalRules; forgiven_weight = loss_weight − resolved_loss_weight.
    kind : int8, out
    amount, capital : float64, out

    Notes
    -----
    Linear in the entries. A loss that two recoveries point at is returned twice: the caller
    names each loss once.
    """
    per_second = -1.0 / half_life_seconds
    for customer in range(offsets.size - 1):
        balance = opening
        carried = 0.0
        last = seconds[offsets[customer]] if offsets[customer] < offsets[customer + 1] else 0
        for i in range(offsets[customer], offsets[customer + 1]):
            balance *= 2.0 ** ((seconds[i] - last) * per_second)
            last = seconds[i]
            lost = recovers[i]
            if lost >= 0:
                kind[i] = RECOVERY
                if kind[lost] == LOSS:
                    aged = 2.0 ** ((seconds[i] - seconds[lost]) * per_second)
                    amount[i] = -amount[lost] / loss_weight * forgiven_weight * aged
                else:
                    amount[i] = 0.0
            else:
                carried *= carry_over_decay
                g = gap[i] - carry_over * carried
                if g > neutral_band:
                    kind[i] = GAIN
                    amount[i] = weight[i] * (min(g, 1.0) if is_sized else 1.0)
                elif g < -neutral_band:
                    kind[i] = LOSS
                    amount[i] = -loss_weight * weight[i] * (min(-g, 1.0) if is_sized else 1.0)
                    carried -= g
                else:
                    kind[i] = NEUTRAL
                    amount[i] = 0.0
            balance += amount[i]
            capital[i] = balance


@njit(cache=True, nogil=True)
def close_months(
    offsets,
    seconds,
    kind,
    amount,
    capital,
    month_ends,
    first_month,
    out_offsets,
    half_life_seconds,
    out_capital,
    out_gains,
    out_losses,
    out_recoveries,
    out_n_experiences,
    out_n_losses,
):
    """Balance every customer's account at each month's end.

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
    half_life_seconds : float
    out_* : one per customer and month, out; the sums and counts must come in as zeros

    Notes
    -----
    Linear in the entries and the months. Entries after the last month's end are left out.
    """
    per_second = -1.0 / half_life_seconds
    for customer in range(offsets.size - 1):
        i = offsets[customer]
        end = offsets[customer + 1]
        month = first_month[customer]
        for out in range(out_offsets[customer], out_offsets[customer + 1]):
            while i < end and seconds[i] < month_ends[month]:
                if kind[i] == RECOVERY:
                    out_recoveries[out] += amount[i]
                else:
                    out_n_experiences[out] += 1
                    if kind[i] == GAIN:
                        out_gains[out] += amount[i]
                    elif kind[i] == LOSS:
                        out_losses[out] += amount[i]
                        out_n_losses[out] += 1
                i += 1
            out_capital[out] = capital[i - 1] * 2.0 ** ((month_ends[month] - seconds[i - 1]) * per_second)
            month += 1


def empty_outputs(n_entries: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrays for `accumulate` to write kind, amount and capital into."""
    return (
        np.empty(n_entries, np.int8),
        np.empty(n_entries, np.float64),
        np.empty(n_entries, np.float64),
    )
