"""Kills runs of a report at random moments, and looks after each one at what stands there; see test_kills.py.

A program of its own: it forks, and a child must inherit nothing of the tests' own process. The kernel is stood in for,
so that a run takes a tenth of a second and most kills hit the writing; what a kernel leaves is tested in test_run.py.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

import nbformat

from cxlib.reporting import METRICS_MIME, execution, run
from cxlib.reporting.definition import load_definition
from cxlib.reporting.history import DONE, FAILED, INTERRUPTED, RUNNING, History, OpenRun
from cxlib.reporting.record import Hashed, record_in


def executed(notebook, parameters, **_):
    """Stands in for the kernel."""
    data = {METRICS_MIME: {"period": parameters["period"], "pad": ["x" * 100] * 200}}
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data)])
    return nbformat.v4.new_notebook(cells=[cell], metadata={"papermill": {"parameters": dict(parameters)}})


class Telling(OpenRun):
    """Says to the parent when the run has begun to work on its report."""

    told: int = -1

    def begin(self) -> None:
        super().begin()
        if Telling.told >= 0:
            os.write(Telling.told, b"b")


def start(definition) -> tuple[int, int]:
    """A run in a child: its process id, and a pipe that says when it has begun."""
    heard, Telling.told = os.pipe()
    child = os.fork()
    if child:
        os.close(Telling.told)
        return child, heard
    try:
        run.run_report(definition, period="2026-10", again=True)
        os._exit(0)
    finally:
        os._exit(1)


def check(reports: Path, *, may_run: bool) -> str:
    """Hold what stands in the folder against the history; return the outcome of the last run."""
    for folder in (path for path in (reports / "toy").iterdir() if not path.is_symlink()):
        record = record_in(folder)
        assert record is not None, f"{folder.name} is no whole report"
        there = {path.name for path in folder.iterdir()} - {"run.json"}
        assert there == {output.file for output in record.outputs}, there
        for output in record.outputs:
            assert Hashed.of(folder / output.file, output.file) == output, output.file
        row = History(reports).run(record.id)
        assert row is not None and row.outcome in ((DONE, RUNNING) if may_run else (DONE,)), row
    runs = History(reports).runs()
    if not may_run:
        assert all(past.outcome in (DONE, INTERRUPTED) for past in runs), [past.outcome for past in runs]
    assert not any(past.outcome == FAILED for past in runs)
    with sqlite3.connect(reports / "history.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return runs[0].outcome if runs else ""


def main(project: Path, n_kills: int) -> None:
    execution.execute, run.OpenRun = executed, Telling
    definition = load_definition("toy", project)
    reports = project / "reports"
    run.run_report(definition, period="2026-10")  # everything that a first run loads
    takes = works = float("inf")
    for _ in range(5):
        begun = time.monotonic()
        child, heard = start(definition)
        os.read(heard, 1)
        at_work = time.monotonic()
        os.waitpid(child, 0)
        os.close(heard)
        takes, works = min(takes, time.monotonic() - begun), min(works, time.monotonic() - at_work)
    chance = random.Random(1812)
    n_hit = 0
    for number in range(n_kills):
        child, heard = start(definition)
        if number % 4:  # most of the time goes to what comes before, where there is little to hurt
            os.read(heard, 1)
            time.sleep(chance.uniform(0, works))
        else:
            time.sleep(chance.uniform(0, takes))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(heard)
        n_hit += os.WIFSIGNALED(status)
        check(reports, may_run=True)
    _, status = os.waitpid(start(definition)[0], 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert check(reports, may_run=False) == DONE
    left = [path.name for path in (reports / ".building").iterdir() if path.suffix != ".lock"]
    assert not left, left
    runs = History(reports).runs()
    interrupted = sum(past.outcome == INTERRUPTED for past in runs)
    sys.stdout.write(
        f"{n_hit} of {n_kills} runs killed, {interrupted} of them at work on their report; {len(runs)} rows, all true\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
