"""One monthly report of the bundled study, against a bare papermill run of the same notebook."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.turns import in_turn, say_cost

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
RUNS = 5
PAGE_AT_MOST, ALL_AT_MOST = 1.3, 1.6

# `cx report` makes what the definition says; this is the same with the page alone.
ONLY_THE_PAGE = """
import sys
from dataclasses import replace
from pathlib import Path
from cxlib.reporting.definition import load_definition
from cxlib.reporting.run import run_report
definition = replace(load_definition("monthly", Path.cwd()), outputs=("html",))
run_report(definition, period="2026-10", again=True, output=sys.argv[1])
"""


def run() -> None:
    """Print the ratios."""
    print("One report, in a process of its own")
    with tempfile.TemporaryDirectory() as folder:
        page = [sys.executable, "-c", ONLY_THE_PAGE, f"{folder}/page"]
        report = [BIN / "cx", "report", "monthly", "--period", "2026-10", "--again", "--output", f"{folder}/all"]
        bare = [BIN / "papermill", "--no-progress-bar", "90_monthly_report.ipynb", f"{folder}/bare.ipynb"]
        seconds = in_turn(
            {
                "page": lambda: _run(page, ROOT),
                "all": lambda: _run(report, ROOT),
                "bare": lambda: _run(bare, ROOT / "notebooks"),
            },
            runs=RUNS,
        )
    peer = "papermill, the same notebook"
    say_cost("the page", seconds["page"], seconds["bare"], against=peer, at_most=PAGE_AT_MOST)
    say_cost("page, PDF, workbook and slides", seconds["all"], seconds["bare"], against=peer, at_most=ALL_AT_MOST)


def _run(command: list, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
