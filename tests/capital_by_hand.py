"""The recurrence of capital in plain Python, written from its definition, to hold the kernel to."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.capital.rules import CapitalRules

SECONDS_PER_DAY = 86_400


@dataclass
class Entry:
    seconds: int
    gap: float = 0.0
    weight: float = 1.0
    recovers: int | None = None  # position of the loss in the same account


def account(entries: list[Entry], rules: CapitalRules) -> list[tuple[str, float, float]]:
    """Kind, amount and capital after each entry of ONE customer."""

    def kept(seconds: int) -> float:
        if rules.half_life_days is None:
            return 1.0
        return 2 ** (-(seconds / SECONDS_PER_DAY) / rules.half_life_days)

    def size(gap: float) -> float:
        return 1.0 if rules.measure == "sign" else min(gap, 1.0)

    lines: list[tuple[str, float, float]] = []
    losses: dict[int, float] = {}
    capital, carried = rules.opening, 0.0
    previous = entries[0].seconds if entries else 0
    for position, entry in enumerate(entries):
        capital *= kept(entry.seconds - previous)
        previous = entry.seconds
        if entry.recovers is not None:
            lost = losses.get(entry.recovers, 0.0)
            resolved = rules.loss_weight if rules.resolved_loss_weight is None else rules.resolved_loss_weight
            age = entry.seconds - entries[entry.recovers].seconds
            kind, amount = "recovery", (rules.loss_weight - resolved) * lost * kept(age)
        else:
            carried *= rules.carry_over_decay
            gap = entry.gap - rules.carry_over * carried
            if gap > rules.neutral_band:
                kind, amount = "gain", entry.weight * size(gap)
            elif gap < -rules.neutral_band:
                losses[position] = entry.weight * size(-gap)
                kind, amount = "loss", -rules.loss_weight * losses[position]
                carried += -gap
            else:
                kind, amount = "neutral", 0.0
        capital += amount
        lines.append((kind, amount, capital))
    return lines
