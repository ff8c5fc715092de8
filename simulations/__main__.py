"""`python -m simulations [SUBJECT ...]`: run the checks of all subjects, or of those named.

All of them: the measured table of docs/statistics.md is written anew. Exit code 1 where an interval holds the truth
too seldom or too often.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from simulations import metrics
from simulations.check import outcome
from simulations.page import write

PAGE = Path(__file__).parents[1] / "docs" / "statistics.md"

CHECKS = [*metrics.CHECKS]
"""Of all subjects; a module for another one adds its own `CHECKS` here."""


def main(subjects: list[str]) -> int:
    known = list(dict.fromkeys(check.subject for check in CHECKS))
    unknown = [each for each in subjects if each not in known]
    if unknown:
        print(f"no subject {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    outcomes = []
    with ProcessPoolExecutor() as processes:
        for found in processes.map(outcome, [check for check in CHECKS if not subjects or check.subject in subjects]):
            outcomes.append(found)
            check = found.check
            mark = "" if found.holds else f"  outside {check.lowest:.1%} to {check.highest:.1%}"
            print(f"{found.coverage:6.1%} of {found.n:5,}  {check.name}{mark}", flush=True)
    if not subjects:
        write(PAGE, outcomes)
    failed = [found for found in outcomes if not found.holds]
    print(f"{len(outcomes)} checks, {len(failed)} outside their limits")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
