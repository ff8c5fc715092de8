"""Twelve reports, two at a time, against a shell loop over plain papermill of the same notebook with cold kernels."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.turns import in_turn, say_gain
from cxlib.reporting.definition import load_definition
from cxlib.reporting.many import WantedReport, run_many

ROOT = Path(__file__).parents[1]
PERIODS = ("2026-08", "2026-09", "2026-10")
SEGMENTS = ("Apartment", "Farm", "House", "Small business")
JOBS = 2
AT_LEAST = 3


def run() -> None:
    """Print the ratios, with the page alone and with all outputs."""
    print(f"Reports of {len(SEGMENTS)} segments for {len(PERIODS)} months, {JOBS} at a time")
    definition = load_definition("monthly", ROOT)
    only_page = replace(definition, outputs=("html",))
    with tempfile.TemporaryDirectory() as folder:
        seconds = in_turn(
            {
                "page": lambda: _make(only_page, Path(folder)),
                "all": lambda: _make(definition, Path(folder)),
                "loop": lambda: _loop(Path(folder)),
            },
            runs=3,
        )
    for name, what in (("page", "twelve reports, the page"), ("all", "  all outputs")):
        say_gain(what, seconds[name], seconds["loop"], against="a loop over papermill", at_least=AT_LEAST)


def _make(definition, folder: Path) -> None:
    wanted = [
        WantedReport(
            label=f"{segment} {period}",
            question={
                "definition": definition,
                "period": period,
                "segment": segment,
                "output": folder / definition.outputs[-1],
                "again": True,
            },
        )
        for period in PERIODS
        for segment in SEGMENTS
    ]
    for outcome in run_many(wanted, jobs=JOBS):
        if outcome.error is not None:
            raise outcome.error


def _loop(folder: Path) -> None:
    arguments = [f"-p period {period} -p segment {segment!r}" for period in PERIODS for segment in SEGMENTS]
    papermill = f"{Path(sys.executable).parent / 'papermill'} --no-progress-bar 90_monthly_report.ipynb"
    script = "\n".join(f"{papermill} {folder / 'bare.ipynb'} {argument}" for argument in arguments)
    subprocess.run(["sh", "-e", "-c", script], cwd=ROOT / "notebooks", check=True, capture_output=True)
