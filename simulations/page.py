"""The measured table of docs/statistics.md, between its markers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from simulations.check import Outcome

BEGIN, END = "<!-- coverage: begin, written by make simulate-checks -->", "<!-- coverage: end -->"


def tables(outcomes: Sequence[Outcome]) -> str:
    """A table for each subject: a row for each truth and base, a column for each design."""
    parts = []
    for subject in dict.fromkeys(each.check.subject for each in outcomes):
        found = [each for each in outcomes if each.check.subject == subject]
        designs = list(dict.fromkeys(each.check.design for each in found))
        lines = [f"**{subject}**\n", f"| truth | answers | {' | '.join(designs)} |"]
        lines.append("|---|---:|" + "---:|" * len(designs))
        cells = {(each.check.truth, each.check.base, each.check.design): _cell(each) for each in found}
        for truth, base in dict.fromkeys((each.check.truth, each.check.base) for each in found):
            row = [cells.get((truth, base, design), "–") for design in designs]
            lines.append(f"| {truth} | {base} | {' | '.join(row)} |")
        reasons = dict.fromkeys(each.check.reason for each in found if each.check.reason)
        lines += [f"\n\\* {reason}" for reason in reasons]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _cell(found: Outcome) -> str:
    return f"{100 * found.coverage:.1f}" + ("*" if found.check.reason else "") + ("" if found.holds else " **!**")


def written(page: str, outcomes: Sequence[Outcome]) -> str:
    """The page with the table between its markers.

    Raises
    ------
    ValueError
        The page lacks a marker.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page needs one line {BEGIN!r} and after it one line {END!r}")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{tables(outcomes)}\n{END}{rest.split(END)[1]}"


def write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the table into the page in one step, so that a reader never sees half of it."""
    page = written(path.read_text(encoding="utf-8"), outcomes)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as aside:
        aside.write(page)
    Path(aside.name).chmod(path.stat().st_mode)
    os.replace(aside.name, path)  # noqa: PTH105
