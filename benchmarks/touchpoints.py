"""The inventory of touchpoints against one groupby-mean of the same frame, and the programme of the smallest set."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pandas as pd

from benchmarks.event_log import SEED, experience_log
from benchmarks.turns import in_turn, say_cost
from cxlib.capital.ledger import capital_ledger
from cxlib.capital.rules import CapitalRules
from cxlib.touchpoints.inventory import touchpoint_inventory
from cxlib.touchpoints.smallest_set import smallest_touchpoint_set

N_EXPERIENCES = 10_000_000
N_TOUCHPOINTS = 15
PHASES = ("purchase", "consumption", "payment")

N_CHOICES, N_NEEDS, N_PROGRAMMES = 60, 40, 30
GIVEN_UP = (0.0, 0.1, 0.2, 0.5)
MOST_SECONDS = 2.0


def run() -> None:
    """Print the ratios and the seconds."""
    print(f"Touchpoints: {N_EXPERIENCES:,} experiences at {N_TOUCHPOINTS} touchpoints")
    experiences, ledger, touchpoints = touchpoint_log(N_EXPERIENCES)
    ids = pd.util.hash_array(np.arange(N_EXPERIENCES // 20))
    names = pd.array([f"{code:016x}" for code in ids], dtype="str")
    by_name = experiences.assign(customer_id=names.take(experiences["customer_id"].str[1:].astype("int64")))
    for what, log, entries in (
        ("inventory", experiences, ledger),
        ("the same, ids without a count", by_name, capital_ledger(by_name, CapitalRules(loss_weight=2.25))),
    ):
        seconds = in_turn(
            {
                "inventory": lambda log=log, entries=entries: touchpoint_inventory(log, entries, touchpoints),
                "mean": lambda log=log: log.groupby("touchpoint")["experience"].mean(),
            },
            runs=5,
        )
        say_cost(what, seconds["inventory"], seconds["mean"], against="one groupby-mean", at_most=3)
    say_programmes()


def touchpoint_log(n_experiences: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Experiences at touchpoints, half of them at one; their ledger; and the touchpoints' table."""
    random = np.random.default_rng(SEED)
    experiences, _, _ = experience_log(n_experiences)
    names = pd.array([f"Touchpoint {number}" for number in range(N_TOUCHPOINTS)], dtype="str")
    phase_of = np.arange(N_TOUCHPOINTS) % len(PHASES)
    shares = np.array([0.5, *np.full(N_TOUCHPOINTS - 1, 0.5 / (N_TOUCHPOINTS - 1))])
    code = random.choice(N_TOUCHPOINTS, n_experiences, p=shares)
    gap = experiences["gap"].to_numpy()
    experiences = experiences.assign(
        touchpoint=names.take(code),
        phase=pd.Categorical.from_codes(phase_of[code], list(PHASES)),
        experience=np.where(np.abs(gap) <= 0.1, 0, np.sign(gap)).astype(np.int8),
    )
    touchpoints = pd.DataFrame(
        {
            "touchpoint": names,
            "phase": np.array(PHASES)[phase_of],
            "potential": random.uniform(0, 1, N_TOUCHPOINTS),
        }
    )
    return experiences, capital_ledger(experiences, CapitalRules(loss_weight=2.25)), touchpoints


def say_programmes() -> None:
    """Print how long the programme takes at most over studies of several kinds."""
    spent = []
    for number in range(N_PROGRAMMES):
        touchpoints, inventory = choice(np.random.default_rng(SEED + number), n_owners=number % 5 + 2)
        for objective in ("cost", "count"):
            begin = time.perf_counter()
            share = GIVEN_UP[number % len(GIVEN_UP)]
            smallest_touchpoint_set(touchpoints, inventory, objective=objective, capital_given_up=share)
            spent.append(time.perf_counter() - begin)
    print(
        f"  programme of {N_CHOICES} touchpoints and {N_NEEDS} needs, {len(spent)} of them: median "
        f"{statistics.median(spent):.3f} s, longest {max(spent):.2f} s; wanted at most {MOST_SECONDS:g} s",
        flush=True,
    )


def choice(random: np.random.Generator, *, n_owners: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Touchpoints of which each need is met by `n_owners`, with an inventory of them; many cost and carry the same."""
    needs: list[list[str]] = [[] for _ in range(N_CHOICES)]
    for need in range(N_NEEDS):
        for place in random.choice(N_CHOICES, n_owners, replace=False):
            needs[place].append(f"need {need}")
    names = [f"touchpoint {number:02d}" for number in range(N_CHOICES)]
    touchpoints = pd.DataFrame(
        {
            "touchpoint": names,
            "needs": [";".join(each) for each in needs],
            "required": random.random(N_CHOICES) < 0.05,
            "cost_per_contact": random.integers(1, 20, N_CHOICES).astype(float),
        }
    )
    carried = random.integers(0, 200, N_CHOICES).astype(float)
    inventory = pd.DataFrame(
        {
            "touchpoint": names,
            "n_contacts": random.integers(1, 40, N_CHOICES) * 25,
            "n_customers": 500,
            "capital_carried": carried,
            "net_capital": carried - random.integers(0, 220, N_CHOICES),
        }
    )
    return touchpoints, inventory
