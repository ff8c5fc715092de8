"""Kills runs of a report at random moments, and looks after each one at what stands there; see test_kills.py.

A program of its own: it forks, and a child must inherit nothing of the tests' own process. The kernel is stood in for,
so that a run takes a tenth of a second and most kills hit the writing; what a kernel leaves is tested in test_run.py.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
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


def nothing() -> None:
    """What is done at a moment where nothing is."""


class Begun(OpenRun):
    """Does something when the run has begun to work on its report."""

    then: Callable[[], None] = nothing

    def begin(self) -> None:
        super().begin()
        Begun.then()


def die_after(seconds: float) -> None:
    """Have the system end this process, as it stands, at that moment.

    An alarm that nobody handles ends a process just as a kill does. Of a parent that sleeps and then kills, a busy
    machine would wake too late: after the run.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6))  # zero would be none


def start(
    definition,
    *,
    at_start: Callable[[], None] = nothing,
    at_work: Callable[[], None] = nothing,
    at_end: Callable[[], None] = nothing,
) -> int:
    """One run in a child process, and what is done at three moments of it; return its process id."""
    child = os.fork()
    if child:
        return child
    try:
        Begun.then = at_work
        at_start()
        run.run_report(definition, period="2026-10", again=True)
        at_end()
        os._exit(0)
    finally:
        os._exit(1)


def times(definition) -> tuple[float, float]:
    """How long a run takes, and how long of it it is at work on its report, in seconds: the middle of seven."""
    takes, works = [], []
    for _ in range(7):
        heard, told = os.pipe()

        def tell(told=told) -> None:
            os.write(told, b"%f " % time.monotonic())

        os.waitpid(start(definition, at_start=tell, at_work=tell, at_end=tell), 0)
        began, worked, ended = map(float, os.read(heard, 100).split())
        os.close(heard)
        os.close(told)
        takes.append(ended - began)
        works.append(ended - worked)
    return statistics.median(takes), statistics.median(works)


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
    """Go on until so many runs were killed."""
    execution.execute, run.OpenRun = executed, Begun
    definition = load_definition("toy", project)
    reports = project / "reports"
    run.run_report(definition, period="2026-10")  # everything that a first run loads
    takes, works = times(definition)
    chance = random.Random(1812)
    n_hit = n_runs = 0
    while n_hit < n_kills:
        if n_runs % 4:  # most of the time goes to what comes before, where there is little to hurt
            child = start(definition, at_work=partial(die_after, chance.uniform(0, works)))
        else:
            child = start(definition, at_start=partial(die_after, chance.uniform(0, takes)))
        _, status = os.waitpid(child, 0)
        n_runs += 1
        n_hit += os.WIFSIGNALED(status)
        assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0, "a run failed that was not killed"
        assert n_runs <= 4 * n_kills, f"only {n_hit} of {n_runs} runs were killed"
        check(reports, may_run=True)
    _, status = os.waitpid(start(definition), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert check(reports, may_run=False) == DONE
    left = [path.name for path in (reports / ".building").iterdir() if path.suffix != ".lock"]
    assert not left, left
    runs = History(reports).runs()
    interrupted = sum(past.outcome == INTERRUPTED for past in runs)
    sys.stdout.write(
        f"{n_hit} of {n_runs} runs killed, {interrupted} of them at work on their report; {len(runs)} rows, all true\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
