"""`python -m benchmarks [NAME ...]`: run the named benchmarks, or all, and print their ratios."""

from __future__ import annotations

import os
import platform
import sys

from benchmarks import (
    cold_start,
    drivers,
    grouping,
    ledger,
    loading,
    many_reports,
    months,
    picture,
    report_overhead,
    sliders,
    stage,
    takehome,
    touchpoints,
)

BENCHMARKS = {
    "loading": loading.run,
    "grouping": grouping.run,
    "ledger": ledger.run,
    "months": months.run,
    "sliders": sliders.run,
    "picture": picture.run,
    "take-home": takehome.run,
    "touchpoints": touchpoints.run,
    "drivers": drivers.run,
    "cold start": cold_start.run,
    "report": report_overhead.run,
    "reports": many_reports.run,
    "stage": stage.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores; medians, peers in turn")
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    return 0


sys.exit(main(sys.argv[1:]))
