"""Drivers of a score: every subset of 12 against a loop of regressions, and the whole with its bootstrap."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pandas as pd

from benchmarks.turns import in_turn, say_gain
from cxlib.drivers.answers import driver_answers
from cxlib.drivers.correlations import Products, weighted_sums
from cxlib.drivers.importance import driver_importance
from cxlib.drivers.lmg import lmg_contributions

SEED = 20
N_ANSWERS, N_DRIVERS, N_DRAWS = 100_000, 12, 1000
N_LOOP = 10
N_MANY = 23
MOST_SECONDS = {"lmg": 1.0, "bootstrap": 20.0}


def run() -> None:
    """Print the ratio and the seconds."""
    print(f"Drivers: {N_DRIVERS} drivers of {N_ANSWERS:,} answers")
    answers, drivers = survey(N_ANSWERS, N_DRIVERS)
    r = answers[[*drivers, "outcome"]].corr().to_numpy()
    r_xx, r_xy = r[:-1, :-1], r[:-1, -1]
    seconds = in_turn(
        {"lmg": lambda: lmg_contributions(r_xx, r_xy), "loop": lambda: loop_of_solves(r_xx, r_xy)}, runs=5
    )
    say_gain("LMG from correlations", seconds["lmg"], seconds["loop"], against="np.linalg.solve per subset", at_least=5)
    _say("answers to LMG", MOST_SECONDS["lmg"], lambda: estimate(answers, drivers))
    gaps = answers.mask(np.random.default_rng(SEED).random(answers.shape) < 0.05)
    for what, some, missing in (("listwise", answers, "listwise"), ("pairwise, 5 % missing", gaps, "pairwise")):
        _say_bootstrap(what, some, drivers, missing)
    few, many = survey(1000, N_MANY)
    _say(
        f"{N_MANY} drivers of 1,000 answers, orders sampled",
        None,
        lambda: driver_importance(few, outcome="outcome", drivers=many, draws=N_DRAWS),
    )


def _say_bootstrap(what: str, answers: pd.DataFrame, drivers: list[str], missing: str) -> None:
    """All figures with their intervals, against the samples alone of a straightforward loop."""

    def whole() -> object:
        return driver_importance(answers, outcome="outcome", drivers=drivers, draws=N_DRAWS, missing=missing)

    seconds = in_turn({"whole": whole, "loop": lambda: loop_of_samples(answers, drivers, N_LOOP)}, runs=3)
    as_many = [each * N_DRAWS / N_LOOP for each in seconds["loop"]]
    against = f"sample, corr and solves, {N_DRAWS:,} times (measured: {N_LOOP})"
    say_gain(f"all figures, {N_DRAWS:,} draws, {what}", seconds["whole"], as_many, against=against, at_least=10)
    print(f"  … in at most {MOST_SECONDS['bootstrap']:g} s: {max(seconds['whole']) <= MOST_SECONDS['bootstrap']}")


def loop_of_samples(answers: pd.DataFrame, drivers: list[str], n: int) -> list[float]:
    """R² of every subset in samples of rows, each sample by pandas and each subset by a solve of its own."""
    found = []
    for number in range(n):
        r = answers.sample(frac=1, replace=True, random_state=number)[[*drivers, "outcome"]].corr().to_numpy()
        found += loop_of_solves(r[:-1, :-1], r[:-1, -1])
    return found


def survey(n: int, p: int) -> tuple[pd.DataFrame, list[str]]:
    """Answers from 1 to 7 that share something, and an outcome from 0 to 10."""
    random = np.random.default_rng(SEED)
    drivers = [f"driver {number}" for number in range(p)]
    scores = random.normal(size=(n, 1)) + random.normal(size=(n, p))
    answers = pd.DataFrame(np.clip(np.round(4 + scores), 1, 7), columns=drivers)
    outcome = 5 + scores @ np.linspace(0.5, 0.0, p) + 2 * random.normal(size=n)
    return answers.assign(outcome=np.clip(np.round(outcome), 0, 10)), drivers


def estimate(answers: pd.DataFrame, drivers: list[str]) -> np.ndarray:
    """LMG without its intervals."""
    used = driver_answers(answers, outcome="outcome", drivers=drivers)
    products = Products.of(used)
    r = products.correlations(weighted_sums(products, np.ones((1, used.n_customers), np.int16), used))[0]
    return lmg_contributions(r[:-1, :-1], r[:-1, -1])


def loop_of_solves(r_xx: np.ndarray, r_xy: np.ndarray) -> list[float]:
    """R² of every subset, each by a solve of its own."""
    p = len(r_xy)
    return [
        float(r_xy[list(chosen)] @ np.linalg.solve(r_xx[np.ix_(chosen, chosen)], r_xy[list(chosen)]))
        for size in range(1, p + 1)
        for chosen in combinations(range(p), size)
    ]


def _say(what: str, most: float | None, work) -> None:
    begin = time.perf_counter()
    work()
    wanted = "" if most is None else f"; wanted at most {most:g} s"
    print(f"  {what}: {time.perf_counter() - begin:.2f} s{wanted}", flush=True)
