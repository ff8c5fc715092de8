"""A slider moves over 10 million experiences: the summary by segment and month, against a copy of the input."""

from __future__ import annotations

from itertools import count

import numpy as np

from benchmarks.event_log import experience_log
from benchmarks.turns import in_turn, say_cost
from cxlib.capital.accounts import CapitalAccounts
from cxlib.capital.rules import CapitalRules

N_EXPERIENCES = 10_000_000


def run() -> None:
    """Print the ratios."""
    print(f"Sliders: segments by month, {N_EXPERIENCES:,} experiences of {N_EXPERIENCES // 20:,} customers")
    experiences, customers, _ = experience_log(N_EXPERIENCES)
    accounts = CapitalAccounts(experiences, customers)
    inputs = [np.random.default_rng(0).random(N_EXPERIENCES) for _ in range(3)]
    copies = [np.zeros_like(values) for values in inputs]
    step = count(1)

    def copy() -> None:
        for to, values in zip(copies, inputs, strict=True):
            np.copyto(to, values)

    def any_rule() -> object:
        return accounts.by_segment(CapitalRules(loss_weight=2.25, half_life_days=300 + next(step), carry_over=0.3))

    def loss_weight() -> object:
        rules = CapitalRules(loss_weight=1 + next(step) / 10, half_life_days=300, carry_over=0.3)
        return accounts.by_segment(rules)

    seconds = in_turn({"copy": copy, "any rule": any_rule}, runs=15)
    against = "numpy copy of the input"
    say_cost("any rule", seconds["any rule"], seconds["copy"], against=against, at_most=6)
    seconds = in_turn({"copy": copy, "loss weight": loss_weight}, runs=15)
    say_cost("loss weight alone", seconds["loss weight"], seconds["copy"], against=against, at_most=1)
