"""The record of a run in docs/fuzz.md, between its markers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fuzzing.trial import LOADED, REFUSED
from fuzzing.workers import LONGEST_SECONDS, Outcome

BEGIN, END = "<!-- record: begin, written by make fuzz -->", "<!-- record: end -->"


def record(outcomes: Sequence[Outcome], run_seed: int) -> str:
    """What was tried and what came of it, in words and two tables."""
    n = Counter(each.result for each in outcomes)
    failed = [each for each in outcomes if each.failure]
    slowest = max(outcomes, key=lambda each: each.seconds)
    lines = [
        f"**{len(outcomes):,} broken files** (`make fuzz N={len(outcomes)} SEED={run_seed}`): {n[LOADED]:,} were loaded"
        f" with every row kept or rejected, {n[REFUSED]:,} refused by an error that says why,"
        f" **{len(failed):,} failed**. The slowest took {slowest.seconds:.1f} s of the {LONGEST_SECONDS:g} s allowed"
        f" (number {slowest.number}: {slowest.seed}; {', '.join(slowest.mutations)}).",
        "",
        *_table("file", [((each.seed,), each) for each in outcomes]),
        "",
        "A file may be broken in several ways at once; it counts in each of their rows.",
        "",
        *_table("what was done", [(tuple(dict.fromkeys(each.mutations)), each) for each in outcomes]),
    ]
    return "\n".join(lines)


def _table(heading: str, outcomes: list[tuple[tuple[str, ...], Outcome]]) -> list[str]:
    counts: dict[str, Counter] = {}
    for names, each in outcomes:
        for name in names:
            counts.setdefault(name, Counter())["failed" if each.failure else each.result] += 1
    lines = [f"| {heading} | tried | loaded | refused | failed |", "|---|---:|---:|---:|---:|"]
    for name in sorted(counts):
        of = counts[name]
        shown = name.replace("|", "\\|") or "–"
        lines.append(f"| {shown} | {of.total():,} | {of[LOADED]:,} | {of[REFUSED]:,} | {of['failed']:,} |")
    return lines


def write(path: Path, outcomes: Sequence[Outcome], run_seed: int) -> None:
    """Write the record between the markers of the page.

    Raises
    ------
    ValueError
        The page lacks a marker.
    """
    page = path.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page needs one line {BEGIN!r} and after it one line {END!r}")
    before, rest = page.split(BEGIN)
    path.write_text(f"{before}{BEGIN}\n{record(outcomes, run_seed)}\n{END}{rest.split(END)[1]}", encoding="utf-8")
