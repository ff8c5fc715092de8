"""Accounts cut into blocks of whole customers, so that threads share the work and the answer stays the same.

The kernels are plain compiled functions that let go of the interpreter's lock; ordinary threads run them side by side
(docs/decisions/0012). The cut depends on the accounts alone, never on the number of threads, and each block writes
only what is its own: one thread or many, the same bits.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

ENTRIES_PER_BLOCK = 1 << 17
"""About 40 cuts in 5 million entries: enough for every core, and few calls."""


def block_starts(offsets: np.ndarray) -> np.ndarray:
    """The first customer of each block, and the number of customers at the end.

    Parameters
    ----------
    offsets : int64, one per customer and one more
        Customer c owns the entries offsets[c] to offsets[c + 1].

    Returns
    -------
    array of int64, rising; [0] where there are no customers

    Examples
    --------
    >>> block_starts(np.array([0, 3, 5]))
    array([0, 2])
    """
    n_customers = len(offsets) - 1
    cuts = np.searchsorted(offsets, np.arange(0, offsets[-1], ENTRIES_PER_BLOCK))
    return np.unique(np.concatenate([[0], cuts, [n_customers]])).astype(np.int64)


def for_each_block(
    kernel: Callable[[int, int, int], object], starts: np.ndarray, *, threads: int | None = None
) -> None:
    """Call `kernel(block, first customer, customer after the last)` for every block.

    Parameters
    ----------
    kernel : callable
        Must write to nothing that another block reads or writes.
    starts : array of int64
        As `block_starts` gives it.
    threads : int, optional
        Default one for each core that this process may use.
    """
    blocks = iter([(block, int(starts[block]), int(starts[block + 1])) for block in range(len(starts) - 1)])
    threads = min(_cores() if threads is None else threads, len(starts) - 1)

    def take_blocks() -> None:
        for block in blocks:
            kernel(*block)

    if threads <= 1:
        take_blocks()
        return
    with ThreadPoolExecutor(threads - 1) as pool:
        helpers = [pool.submit(take_blocks) for _ in range(threads - 1)]
        take_blocks()
        for helper in helpers:
            helper.result()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
