"""Peers timed in turn within one run, so that a busy machine slows them alike; and the line that says the ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def in_turn(peers: dict[str, Callable[[], object]], *, runs: int = 7) -> dict[str, list[float]]:
    """Seconds of each peer in each turn; a first turn that fills the caches is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(runs + 1):
        for name, work in peers.items():
            begin = time.perf_counter()
            result = work()
            spent = time.perf_counter() - begin
            del result
            if turn:
                seconds[name].append(spent)
    return seconds


def say_cost(what: str, mine: list[float], peer: list[float], *, against: str, at_most: float) -> None:
    """One line: how many times the peer's time it takes, turn by turn."""
    ratios = [a / b for a, b in zip(mine, peer, strict=True)]
    _say(what, mine, peer, against, f"{statistics.median(ratios):.2f} times", ratios, f"at most {at_most:g}")


def say_gain(what: str, mine: list[float], peer: list[float], *, against: str, at_least: float) -> None:
    """One line: how many times as fast as the peer it is, turn by turn."""
    ratios = [b / a for a, b in zip(mine, peer, strict=True)]
    _say(what, mine, peer, against, f"{statistics.median(ratios):.1f} times as fast", ratios, f"at least {at_least:g}")


def _say(what, mine, peer, against, ratio, ratios, wanted) -> None:
    print(
        f"  {what}: {_time(mine)}; {against}: {_time(peer)}; {ratio} "
        f"({min(ratios):.2f} to {max(ratios):.2f}); wanted {wanted}",
        flush=True,
    )


def _time(seconds: list[float]) -> str:
    median = statistics.median(seconds)
    return f"{median:.1f} s" if median >= 1 else f"{median * 1000:.3g} ms"
