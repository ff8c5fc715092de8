"""From rows in any order to accounts: the rows of each customer together, in order of time.

A counting sort by customer, then a repair of the few accounts that are out of order of time: rows mostly come in order.
Linear in the rows; `DataFrame.sort_values` compares the ids as texts, n · log n times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from cxlib.capital.blocks import block_starts, for_each_block
from cxlib.capital.customer_codes import customer_codes

MICROSECONDS = 1_000_000
MOST_BY_INSERTION = 32
"""Longer accounts that are out of order are merged; shorter ones are sorted by insertion."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """Which rows belong to which account, in order of time.

    `customers` holds the ids in order; customer c owns order[offsets[c]] to order[offsets[c + 1] − 1], positions of
    rows.
    """

    customers: pd.Index
    offsets: np.ndarray
    order: np.ndarray


def group_by_customer(
    customer_id: pd.Series, moments: np.ndarray, file_order: np.ndarray | None = None, *, threads: int | None = None
) -> Grouping:
    """Sort rows by customer, time and, at the same moment, `file_order`; without it by their own order.

    Parameters
    ----------
    customer_id : Series
        None missing.
    moments : array of int64
        Microseconds since the epoch.
    file_order : array of int64, optional
    threads : int, optional
        Default one for each core; the answer does not depend on it.

    Returns
    -------
    Grouping

    Notes
    -----
    Linear in the rows where each account's rows come in order of time; an account out of order costs n · log n of its
    own rows.
    """
    codes, customers = customer_codes(customer_id)
    n_rows = np.bincount(codes, minlength=len(customers)) if len(codes) else np.zeros(0, np.int64)
    offsets = np.concatenate([[0], np.cumsum(n_rows)]).astype(np.int64)
    order = np.empty(len(codes), np.int64)
    if file_order is None or _is_rising(file_order):
        _scatter(codes, offsets[:-1].copy(), order)
    else:
        _scatter_in(np.argsort(file_order, kind="stable"), codes, offsets[:-1].copy(), order)
    starts = block_starts(offsets)
    for_each_block(
        lambda _, first, last: _repair(first, last, offsets, moments, order, MOST_BY_INSERTION), starts, threads=threads
    )
    return Grouping(customers, offsets, order)


@njit(cache=True, nogil=True)
def is_in_order(order):
    """Whether an order of rows is the one that they have."""
    for i in range(order.size):  # noqa: SIM110 - numba knows no all()
        if order[i] != i:
            return False
    return True


@njit(cache=True, nogil=True)
def _is_rising(values):
    for i in range(1, values.size):  # noqa: SIM110
        if values[i] < values[i - 1]:
            return False
    return True


@njit(cache=True, nogil=True)
def _scatter(codes, free, order):
    for row in range(codes.size):
        code = np.uint64(codes[row])
        order[np.uint64(free[code])] = row
        free[code] += 1


@njit(cache=True, nogil=True)
def _scatter_in(sequence, codes, free, order):
    for row in sequence:
        code = np.uint64(codes[row])
        order[np.uint64(free[code])] = row
        free[code] += 1


@njit(cache=True, nogil=True)
def _repair(first, last, offsets, moments, order, most_by_insertion):
    """Put the rows of each account in order of time; rows of the same moment stay in the order they have."""
    for customer in range(first, last):
        start, end = offsets[customer], offsets[customer + 1]
        if end - start > most_by_insertion:
            rows = order[start:end].copy()
            times = moments[rows]
            if not _is_rising(times):
                order[start:end] = rows[np.argsort(times, kind="mergesort")]
            continue
        for i in range(start + 1, end):
            row = order[i]
            time = moments[row]
            j = i
            while j > start and moments[order[j - 1]] > time:
                order[j] = order[j - 1]
                j -= 1
            order[j] = row


@njit(cache=True, nogil=True)
def gather(first, last, order, moments, gap, weight, seconds_out, gap_out, weight_out):
    """Write seconds, gap and weight of the rows `order[first:last]` into the last three arrays."""
    for i in range(np.uint64(first), np.uint64(last)):
        row = np.uint64(order[i])
        seconds_out[i] = moments[row] // MICROSECONDS
        gap_out[i] = gap[row]
        weight_out[i] = weight[row]
