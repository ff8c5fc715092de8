"""Work on the parts of a table in threads, where the work lets go of the interpreter's lock (Arrow, numpy)."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor


def side_by_side(work: Callable, parts: Iterable) -> list:
    """The results of `work` for each of the parts, in their order; a thread for each core that the process may use.

    The parts decide the answer, not the number of threads. One part alone is worked on where the caller stands.

    >>> side_by_side(len, ["a", "bc"])
    [1, 2]
    """
    parts = list(parts)
    threads = min(cores(), len(parts))
    if threads < 2:
        return [work(part) for part in parts]
    results = [None] * len(parts)
    places = iter(range(len(parts)))  # shared: each thread takes the next part as soon as it is done with one

    def take_in_turn() -> None:
        try:
            for at in places:
                results[at] = work(parts[at])
        finally:
            deque(places, maxlen=0)  # after an error, the others need not go on

    with ThreadPoolExecutor(threads) as pool:
        for ended in [pool.submit(take_in_turn) for _ in range(threads)]:
            ended.result()
    return results


def cores() -> int:
    """How many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
