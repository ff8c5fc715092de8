"""Several reports at once: each made by a process of its own, one failing without the others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from cxlib.errors import CxError, ParameterError
from cxlib.reporting.failures import ReportError, reason_of
from cxlib.reporting.kernels.forked import ForkedProcess
from cxlib.reporting.kernels.server import WarmServer, warm_server
from cxlib.reporting.post.environment import for_notebooks
from cxlib.reporting.progress import ManyProgress, Progress
from cxlib.reporting.run import ReportRun
from cxlib.reporting.worker import CLEARING_SECONDS, FAILED, MADE

JOBS_PER_CORE = 4
"""More would only stand in each other's way; each needs some 500 MB of memory."""

# Where a process is not forked: without the folder one stands in, as in the server.
_PROGRAM = """\
import sys
if sys.path[0] == "":
    del sys.path[0]
from cxlib.reporting.worker import work
work(int(sys.argv[1]))
"""


@dataclass(frozen=True, kw_only=True)
class WantedReport:
    """One of many reports.

    Attributes
    ----------
    label : str
        What it is called beside the others.
    question : mapping
        What `run_report` is given, but `progress` and `kernels`.
    """

    label: str
    question: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReportOutcome:
    """What became of a report that was wanted: `run` or `error`."""

    wanted: WantedReport
    run: ReportRun | None = None
    error: CxError | None = None


@dataclass
class _Worker:
    """A process that makes a report."""

    index: int
    process: ForkedProcess | subprocess.Popen
    progress: Progress
    outcome: ReportOutcome | None = None


def check_jobs(jobs: int) -> int:
    """How many reports are made at once, if so many can be.

    Raises
    ------
    ParameterError
    """
    cores = os.cpu_count() or 1
    most = JOBS_PER_CORE * cores
    if not 1 <= jobs <= most:
        raise ParameterError(
            f"jobs: found {jobs}; allowed: 1 to {most}, {JOBS_PER_CORE} for each of the {cores} cores of this machine"
        )
    return jobs


def run_many(
    wanted: Sequence[WantedReport],
    *,
    jobs: int = 1,
    progress: ManyProgress | None = None,
    server: WarmServer | None = None,
) -> list[ReportOutcome]:
    """Make several reports, so many at once.

    Each is made by a process of its own, and its notebook runs in another: all forked from one server that has
    imported what they need, where the system can fork. Where this function is left by an exception (Ctrl-C), they are
    asked to end, and waited for; where this process is killed, they end with it.

    Parameters
    ----------
    wanted : sequence of WantedReport
    jobs : int
        See `check_jobs`.
    progress : ManyProgress, optional
    server : WarmServer, optional
        That of the caller, who makes more than these; one of its own where left out.

    Returns
    -------
    list of ReportOutcome, in the order of `wanted`

    Raises
    ------
    ParameterError
        For `jobs` alone: what is wrong with a report is its outcome's error.
    """
    check_jobs(jobs)
    progress = progress or ManyProgress()
    outcomes: list[ReportOutcome | None] = [None] * len(wanted)
    waiting = list(enumerate(wanted))[::-1]
    workers: dict[Connection, _Worker] = {}
    with warm_server() if server is None else nullcontext(server) as server:
        try:
            while waiting or workers:
                while waiting and len(workers) < jobs:
                    index, report = waiting.pop()
                    connection, process = _start(report, server)
                    workers[connection] = _Worker(index, process, progress.begins(report.label))
                for connection in wait(list(workers)):
                    worker = workers[connection]
                    _hear(connection, worker, wanted[worker.index])
                    if worker.outcome is not None:
                        outcomes[worker.index] = worker.outcome
                        del workers[connection]
                        connection.close()
                        worker.process.wait()
                        progress.ends(worker.progress, failed=worker.outcome.error is not None)
        finally:
            _stop(workers)
    return outcomes


def _start(report: WantedReport, server: WarmServer | None) -> tuple[Connection, ForkedProcess | subprocess.Popen]:
    ours, theirs = Pipe()
    with theirs:
        process = _process(theirs.fileno(), server)
    with suppress(ConnectionError):  # it has ended already, which is heard where its answer would be
        ours.send((dict(report.question), server))
    return ours, process


def _process(descriptor: int, server: WarmServer | None) -> ForkedProcess | subprocess.Popen:
    environment = for_notebooks(os.environ)  # it is the owner who posts
    if server is not None:
        try:
            return ForkedProcess(
                server,
                "cxlib.reporting.worker:work",
                [],
                folder=Path.cwd(),
                environment=environment,
                files=[descriptor],
            )
        except OSError:
            pass  # it failed; a plain process does the same, only later
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(descriptor)],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        # Ctrl-C in a terminal goes to every process of the session; this one is asked to end by its owner.
        start_new_session=True,
        env=environment,
    )


def _hear(connection: Connection, worker: _Worker, wanted: WantedReport) -> None:
    """Take one message from a worker."""
    try:
        kind, *what = connection.recv()
    except (EOFError, OSError):  # also in the middle of a message
        worker.outcome = ReportOutcome(wanted=wanted, error=_death(_ended(worker, CLEARING_SECONDS)))
        return
    if kind == MADE:
        worker.outcome = ReportOutcome(wanted=wanted, run=what[0])
    elif kind == FAILED:
        worker.outcome = ReportOutcome(wanted=wanted, error=_as_ours(what[0]))
    else:
        getattr(worker.progress, kind)(*what)


def _as_ours(error: CxError | OSError) -> CxError:
    return error if isinstance(error, CxError) else ReportError(reason_of(error))


def _death(code: int) -> ReportError:
    if code < 0:
        return ReportError(
            f"the process that made the report was ended by signal {-code}; most often the machine ran out of memory"
        )
    return ReportError(f"the process that made the report ended by itself, with exit code {code}")


def _stop(workers: Mapping[Connection, _Worker]) -> None:
    """End what still runs: first politely, that nothing is left behind."""
    for worker in workers.values():
        worker.process.terminate()
    deadline = time.monotonic() + CLEARING_SECONDS
    for connection, worker in workers.items():
        _ended(worker, max(deadline - time.monotonic(), 0.1))
        connection.close()


def _ended(worker: _Worker, seconds: float) -> int:
    """The exit code of a process that is about to end, and is killed if it does not."""
    try:
        return worker.process.wait(seconds)
    except (TimeoutError, subprocess.TimeoutExpired):
        worker.process.kill()
        return worker.process.wait()
