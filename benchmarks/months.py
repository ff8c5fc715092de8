"""Month-ends of 500,000 customers over 24 months from a finished ledger, against pandas' and DuckDB's as-of joins."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from benchmarks.event_log import MONTHS, experience_log
from benchmarks.turns import in_turn, say_gain
from cxlib.capital.entries import experience_entries
from cxlib.capital.months import end_seconds, month_ends
from cxlib.capital.rules import CapitalRules

N_EXPERIENCES = 10_000_000
RULES = CapitalRules(loss_weight=2.25, half_life_days=365)


def run() -> None:
    """Print the ratios."""
    print(f"Month-ends: {len(MONTHS)} months of {N_EXPERIENCES // 20:,} customers, from one ledger")
    experiences, _, _ = experience_log(N_EXPERIENCES)
    entries = experience_entries(experiences)
    kind, amount, capital = entries.accumulate(RULES)
    ends = end_seconds(MONTHS, entries.zone)
    n_customers = len(entries.customers)
    code = np.repeat(np.arange(n_customers), np.diff(entries.offsets))
    ledger = pd.DataFrame({"customer": code, "seconds": entries.seconds, "capital": capital})
    grid = pd.DataFrame(
        {"seconds": np.repeat(ends, n_customers), "customer": np.tile(np.arange(n_customers), len(ends))}
    )

    arrays = {
        "offsets": entries.offsets,
        "seconds": entries.seconds,
        "kind": kind,
        "amount": amount,
        "capital": capital,
        "months": MONTHS,
        "zone": entries.zone,
        "rules": RULES,
    }
    given = month_ends(**arrays).columns

    def frame() -> pd.DataFrame:
        return month_ends(**arrays).frame(pd.RangeIndex(n_customers))

    def merge_asof() -> pd.DataFrame:
        # it wants both sides in order of time, and a ledger is in order of customer
        in_time = ledger.sort_values("seconds", kind="stable")
        return pd.merge_asof(grid, in_time, on="seconds", by="customer", allow_exact_matches=False)

    with duckdb.connect() as database:
        database.register("ledger_frame", ledger)
        database.register("grid_frame", grid)
        database.execute("create table ledger as select * from ledger_frame")
        database.execute("create table grid as select * from grid_frame")
        join = (
            "select grid.customer, grid.seconds, ledger.capital from grid asof join ledger "
            "on grid.customer = ledger.customer and grid.seconds > ledger.seconds"
        )
        seconds = in_turn(
            {
                "kernel": lambda: month_ends(**arrays, out=given),
                "frame": frame,
                "merge_asof": merge_asof,
                "duckdb": lambda: database.execute(join).fetchnumpy(),
            },
            runs=3,
        )
    peers = (("merge_asof", "merge_asof with its sort"), ("duckdb", "DuckDB ASOF"))
    for mine, what, at_least in (
        ("kernel", "balances, gains, losses and counts into given arrays", 15),
        ("frame", "the same in fresh arrays, as a frame", 1),
    ):
        for peer, against in peers:
            say_gain(what, seconds[mine], seconds[peer], against=against, at_least=at_least)
