"""A slider of the capital explorer over 1 million experiences: Python's work until the new picture is on its way."""

from __future__ import annotations

import statistics
import time
from itertools import count
from pathlib import Path

from benchmarks.event_log import MONTHS, experience_log
from cxlib.capital.accounts import CapitalAccounts
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.language import ENGLISH
from cxlib.panels.explorer import CapitalExplorer

N_EXPERIENCES = 1_000_000
MOVES = 20
AT_MOST_MS = 150
DEMO = Path(__file__).parents[1] / "data" / "demo"


def run() -> None:
    """Print the medians, each slider beside the drawing of the same chart anew by altair."""
    print(f"Picture: a slider moves over {N_EXPERIENCES:,} experiences, closed cases among them; median of {MOVES}")
    experiences, customers, cases = experience_log(N_EXPERIENCES, with_cases=True)
    experiences = experiences.assign(touchpoint="Invoice", phase="payment")
    rules = CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    panel = CapitalExplorer(
        CapitalAccounts(experiences, customers, cases, until=MONTHS[-1]),
        rules=rules,
        requirement=Requirement(),
        language=ENGLISH,
        labels={},
        segment=None,
        customer_id=customers["customer_id"].iloc[0],
        smallest_base=5,
    )
    step = count(1)
    moves = {
        "loss weight": lambda: setattr(panel.controls.loss_weight, "value", 2 + next(step) % 40 / 4),
        "half-life": lambda: setattr(panel.controls.half_life_days, "value", 100 + 5 * (next(step) % 100)),
        "neutral band": lambda: setattr(panel.controls.neutral_band, "value", next(step) % 40 / 100),
    }
    for name, move in moves.items():
        spent = [_seconds(move) for _ in range(MOVES + 1)][1:]
        low, high = min(spent), max(spent)
        print(
            f"  {name}: {statistics.median(spent) * 1000:.0f} ms ({low * 1000:.0f} to {high * 1000:.0f}); "
            f"wanted at most {AT_MOST_MS}",
            flush=True,
        )


def _seconds(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
