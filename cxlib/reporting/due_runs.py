"""`cx run --due`: every report that is due and missing is made, oldest first, and tried again where it fails."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cxlib.errors import CxError, ParameterError, StudyError
from cxlib.reporting.definition import Definition, load_definition, report_names
from cxlib.reporting.due_outcome import IS_BUSY, DueOutcome, DueReport, FailedReport, SkippedReport
from cxlib.reporting.due_plan import Plan, missing_wholes, plan_of
from cxlib.reporting.due_telling import Telling
from cxlib.reporting.failures import AlreadyThereError, BusyError, ReportError, reason_of
from cxlib.reporting.kernels.server import WarmServer, warm_server
from cxlib.reporting.listing import list_all
from cxlib.reporting.many import WantedReport, check_jobs, run_many
from cxlib.reporting.period import period_text
from cxlib.reporting.place import reports_root
from cxlib.reporting.progress import ManyProgress, Progress
from cxlib.reporting.run import ReportRun, run_report
from cxlib.reporting.settling import settle

if TYPE_CHECKING:
    import pandas as pd


def run_due(
    project: Path,
    *,
    as_of: datetime,
    names: Sequence[str] | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
    bars: Callable[[int], AbstractContextManager[ManyProgress]] = lambda count: nullcontext(ManyProgress()),
    pause: Callable[[float], object] = time.sleep,
    environment: Mapping[str, str] = os.environ,
    outcome: DueOutcome | None = None,
) -> DueOutcome:
    """Make every report that is due and missing, the oldest period first, and tell those whom the definition names.

    A report that fails is tried again, as often as its definition says, after a pause that doubles. What cannot be
    made, or told, stops nothing else.

    Parameters
    ----------
    project : Path
    as_of : datetime with a zone
        What counts as due.
    names : sequence of str, optional
        Only these definitions; all of the project's where left out.
    jobs : int, >= 1
        How many reports of one period (the whole, the segments) are made at once. Periods follow each other, for each
        is compared with the one before.
    progress : Progress, optional
        Hears of the reports that are made one by one.
    bars : callable
        Given a number of reports that are made at once, what hears of them while they are.
    pause : callable
        Waits so many seconds; a test need not.
    environment : mapping of str to str
        Where the mail server and the secrets of the post are.
    outcome : DueOutcome, optional
        Filled as the work goes on, for a caller who wants to say what was made though it is interrupted.

    Returns
    -------
    DueOutcome

    Raises
    ------
    ParameterError
        One of `names` is no report.
    ReportError
        The history cannot be used.
    """
    known = report_names(project)
    outcome = DueOutcome() if outcome is None else outcome
    work = _Work(
        as_of=as_of,
        jobs=check_jobs(jobs),
        progress=progress or Progress(),
        bars=bars,
        pause=pause,
        outcome=outcome,
        telling=Telling(environment=environment, outcome=outcome),
    )
    for name in names if names is not None else known:
        if name not in known:
            load_definition(name, project)  # says so, with the nearest
        try:
            definition = load_definition(name, project)
            settle(reports_root(definition))
            work.make_missing(definition)
        except (ParameterError, StudyError) as error:
            outcome.failed.append(FailedReport(what=name, error=error))
    root = project / "reports"
    if not outcome.made and root.is_dir():
        list_all(root, work.progress)  # a run that was ended may have left its report off the list
    return outcome


@dataclass(kw_only=True)
class _Work:
    """All that goes on in one `run_due`."""

    as_of: datetime
    jobs: int
    progress: Progress
    bars: Callable[[int], AbstractContextManager[ManyProgress]]
    pause: Callable[[float], object]
    outcome: DueOutcome
    telling: Telling

    def make_missing(self, definition: Definition) -> None:
        """Make all that is due and missing of one definition."""
        missing = missing_wholes(definition, self.as_of)
        if not missing and not definition.segments and definition.post is None:
            return  # nothing to read a study for
        try:
            plan = plan_of(definition, self.as_of)
        except StudyError:
            if not missing:
                raise
            # Which segments there are is not known. One run says in the history why, and is tried again: a file may
            # have been read while it was written.
            n_failed = len(self.outcome.failed)
            self._make(missing[:1], latest=missing[-1].period)
            if len(self.outcome.failed) > n_failed:
                return
            plan = plan_of(definition, self.as_of)
        self.outcome.skipped += plan.waiting
        for impossible in plan.impossible:
            self.outcome.failed.append(impossible)
            self.telling.of_failure(impossible.what, impossible.error, attempts=1)
        for report, folder in plan.standing:
            self.telling.of_standing(report, folder)
        self._make_all(plan)

    def _make_all(self, plan: Plan) -> None:
        """Make the periods in turn, each when the one before is done: it is compared with that one."""
        waves = list(plan.waves)
        # For a single report a warm Python would be started and not used again.
        with warm_server() if sum(map(len, waves)) > 1 else nullcontext() as server:
            while waves:
                wave = list(waves.pop(0))
                if not self._make(wave, latest=plan.latest, server=server):
                    self.outcome.skipped += [SkippedReport(what=later, reason=IS_BUSY) for w in waves for later in w]
                    return

    def _make(self, wave: list[DueReport], *, latest: pd.Period | None, server: WarmServer | None = None) -> bool:
        """Make the reports of one period, and again those that failed; False where another run is making one."""
        definition = wave[0].definition
        attempt, is_busy = 1, False
        while wave:
            again = []
            for report, result in self._results(wave, attempt, server):
                may_be_mended = isinstance(result, ReportError | StudyError) and attempt <= definition.retries
                if not isinstance(result, CxError):
                    self.outcome.made.append(result)
                    self.telling.of_report(report, result.folder, latest=latest)
                elif isinstance(result, BusyError):
                    is_busy = True
                    self.outcome.skipped.append(SkippedReport(what=report, reason=IS_BUSY))
                elif isinstance(result, AlreadyThereError):
                    pass  # another run was quicker
                elif may_be_mended:
                    again.append(report)
                else:
                    self.outcome.failed.append(FailedReport(what=report, error=result))
                    self.telling.of_failure(report, result, attempts=attempt)
            wave = again
            if wave:
                wait_seconds = definition.retry_after_seconds * 2 ** (attempt - 1)
                self.progress.step(f"{len(wave)} failed; trying again in {wait_seconds:g} s")
                self.pause(wait_seconds)
                attempt += 1
        return not is_busy

    def _results(
        self, wave: Sequence[DueReport], attempt: int, server: WarmServer | None
    ) -> Iterator[tuple[DueReport, ReportRun | CxError]]:
        if self.jobs > 1 and len(wave) > 1:
            wanted = [WantedReport(label=str(report), question=_question(report, attempt)) for report in wave]
            with self.bars(len(wave)) as progress:
                outcomes = run_many(wanted, jobs=self.jobs, progress=progress, server=server)
            yield from ((report, outcome.run or outcome.error) for report, outcome in zip(wave, outcomes, strict=True))
            return
        for report in wave:
            with _Result() as result:
                result.run = run_report(**_question(report, attempt), progress=self.progress, kernels=server)
            yield report, result.run or result.error


class _Result:
    """What a run gave, or the error that ended it, whatever its kind: a defect in one report stops no other. A plea to
    end is no error, and goes on."""

    def __init__(self) -> None:
        self.run: ReportRun | None = None
        self.error: CxError | None = None

    def __enter__(self) -> _Result:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        if isinstance(error, CxError):
            self.error = error
        elif isinstance(error, OSError):
            self.error = ReportError(reason_of(error))
        else:
            self.error = ReportError(f"failed unexpectedly with {type(error).__name__}: {error}")
            self.error.add_note("".join(traceback.format_exception(error)).rstrip())
        return True


def _question(report: DueReport, attempt: int) -> dict[str, Any]:
    return {
        "definition": report.definition,
        "period": period_text(report.period),
        "segment": report.segment,
        "attempt": attempt,
        "is_due": True,
    }
