"""The recurrence over 10 million experiences of 500,000 customers, against a copy of its input, polars and DuckDB."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from benchmarks.event_log import experience_log
from benchmarks.turns import in_turn, say_cost, say_gain
from cxlib.capital.entries import empty_outputs, experience_entries
from cxlib.capital.ledger import ledger_of_entries
from cxlib.capital.rules import CapitalRules

N_EXPERIENCES = 10_000_000
FULL = CapitalRules(loss_weight=2.25, half_life_days=365, carry_over=0.3)


def run() -> None:
    """Print the ratios."""
    print(f"Ledger: {N_EXPERIENCES:,} experiences of {N_EXPERIENCES // 20:,} customers, sorted")
    experiences, _, _ = experience_log(N_EXPERIENCES)
    experiences = experiences.sort_values(["customer_id", "occurred_at"], kind="stable", ignore_index=True)
    entries = experience_entries(experiences)
    inputs = (entries.seconds, entries.gap, entries.weight)
    copies = [np.zeros_like(values) for values in inputs]
    outputs = tuple(np.zeros_like(values) for values in empty_outputs(entries.n_entries))

    def copy() -> None:
        for to, values in zip(copies, inputs, strict=True):
            np.copyto(to, values)

    seconds = in_turn(
        {
            "copy": copy,
            "kernel": lambda: entries.accumulate(FULL, out=outputs),
            "one thread": lambda: entries.accumulate(FULL, out=outputs, threads=1),
            "frame": lambda: ledger_of_entries(entries, experiences, FULL),
        },
        runs=15,
    )
    against = "numpy copy of its input"
    say_cost("full recurrence into given arrays", seconds["kernel"], seconds["copy"], against=against, at_most=2.5)
    say_cost("  the same, one thread", seconds["one thread"], seconds["copy"], against=against, at_most=5)
    say_cost("fresh arrays and the frame around", seconds["frame"], seconds["copy"], against=against, at_most=15)

    code = np.repeat(np.arange(len(entries.customers)), np.diff(entries.offsets))
    simple = CapitalRules.simple()
    amount = entries.accumulate(simple)[1].copy()
    frame = pl.DataFrame({"customer": code, "amount": amount})
    told = frame.with_columns(pl.col("customer").set_sorted())
    cumulated = pl.col("amount").cum_sum().over("customer")
    with duckdb.connect() as database:
        log = pd.DataFrame({"customer": code, "row": np.arange(len(code)), "amount": amount})
        database.register("arrays", log)
        database.execute("create table log as select * from arrays")
        window = 'select sum(amount) over (partition by customer order by "row" rows unbounded preceding) from log'
        seconds = in_turn(
            {
                "kernel": lambda: entries.accumulate(simple, out=outputs),
                "polars": lambda: frame.select(cumulated),
                "polars, told that the rows are sorted": lambda: told.select(cumulated),
                "duckdb": lambda: database.execute(window).fetchnumpy(),
            },
            runs=5,
        )
    for peer in list(seconds)[1:]:
        say_gain("linear case", seconds["kernel"], seconds[peer], against=peer, at_least=20)
