"""`cx report monthly` on the bundled study, against a bare papermill run of the same notebook."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
RUNS = 5
AT_MOST = 1.5


def run() -> None:
    """Print the median seconds of both and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        report = [BIN / "cx", "report", "monthly", "--period", "2026-10", "--again", "--output", folder]
        bare = [BIN / "papermill", "--no-progress-bar", "90_monthly_report.ipynb", Path(folder) / "bare.ipynb"]
        seconds: dict[str, list[float]] = {"report": [], "bare": []}
        for turn in range(RUNS + 1):
            for name, command, place in (("report", report, ROOT), ("bare", bare, ROOT / "notebooks")):
                begin = time.perf_counter()
                subprocess.run(command, cwd=place, check=True, capture_output=True)
                if turn:  # the first turn fills the caches of both
                    seconds[name].append(time.perf_counter() - begin)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratios = [mine / peer for mine, peer in zip(seconds["report"], seconds["bare"], strict=True)]
    print(
        f"make report, warm: {medians['report']:.1f} s; papermill, the same notebook: {medians['bare']:.1f} s; "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); wanted at most {AT_MOST}"
    )
