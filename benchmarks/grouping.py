"""From experiences in any order to sorted arrays, against DataFrame.sort_values; and how much memory it takes."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.event_log import SEED, experience_log
from benchmarks.turns import in_turn, say_gain
from cxlib.capital.entries import experience_entries

N_EXPERIENCES = 10_000_000
KEYS = ["customer_id", "occurred_at"]


def run() -> None:
    """Print the ratios."""
    print(f"Grouping: {N_EXPERIENCES:,} experiences into the accounts of {N_EXPERIENCES // 20:,} customers")
    in_time, _, _ = experience_log(N_EXPERIENCES)
    shuffled = in_time.sample(frac=1, random_state=SEED, ignore_index=True)
    codes = pd.util.hash_array(np.arange(N_EXPERIENCES // 20))
    names = pd.array([f"{code:016x}" for code in codes], dtype="str")
    by_name = shuffled.assign(customer_id=names.take(shuffled["customer_id"].str[1:].astype("int64")))
    for what, log in (
        ("rows in order of time", in_time),
        ("rows in any order", shuffled),
        ("the same, ids without a count", by_name),
    ):
        seconds = in_turn(
            {"grouped": lambda log=log: experience_entries(log), "sort_values": lambda log=log: log.sort_values(KEYS)},
            runs=3,
        )
        say_gain(what, seconds["grouped"], seconds["sort_values"], against="sort_values", at_least=5)
    subprocess.run([sys.executable, "-m", "benchmarks.grouping"], check=True)


def say_memory() -> None:
    """Print the memory that grouping adds at most, in columns used; in a process of its own (Linux)."""
    log, _, _ = experience_log(N_EXPERIENCES)
    log = log.sample(frac=1, random_state=SEED, ignore_index=True)
    experience_entries(log.iloc[:1000])  # the compiled functions are no part of it
    columns = log.memory_usage(index=False).sum()
    # What making the log has left free would be used again, and not be seen to grow.
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of making the log
    before = _memory("VmRSS")
    entries = experience_entries(log)
    added = _memory("VmHWM") - before
    kept = sum(values.nbytes for values in (entries.seconds, entries.gap, entries.weight, entries.experience_row))
    print(
        f"  memory: {added / columns:.2f} times the {columns / 1e6:.0f} MB of columns used at its peak, "
        f"{kept / columns:.2f} kept; wanted at most 2.5"
    )


def _memory(what: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    say_memory()
