"""`cx run --due`: every report that is due and missing is made, oldest first, and tried again where it fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cxlib.errors import CxError, ParameterError, StudyError, hint
from cxlib.reporting.definition import Definition, load_definition, report_names
from cxlib.reporting.due import due_periods
from cxlib.reporting.failures import AlreadyThereError, BusyError, ReportError
from cxlib.reporting.period import count_in, period_text
from cxlib.reporting.place import report_place, reports_root
from cxlib.reporting.progress import Progress
from cxlib.reporting.request import asked_study, read_study, usual_language
from cxlib.reporting.settling import settle

if TYPE_CHECKING:
    from cxlib.reporting.run import ReportRun
    from cxlib.study import Study


@dataclass(frozen=True, kw_only=True)
class DueReport:
    """A report that is due and does not stand in its place."""

    definition: Definition
    period: pd.Period
    segment: str | None

    def __str__(self) -> str:
        what = f"{self.definition.name} {period_text(self.period)}"
        return what if self.segment is None else f"{what}, segment {self.segment}"


@dataclass(frozen=True, kw_only=True)
class FailedReport:
    """What could not be made, after the last try: a report, or all of a definition's that is wrong itself."""

    what: DueReport | str
    error: CxError

    def __str__(self) -> str:
        return f"{self.what}: {self.error}"


@dataclass(frozen=True, kw_only=True)
class SkippedReport:
    """What is due and was not tried, and why."""

    what: DueReport
    reason: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


WAITS_FOR_DATA = "waits for its data"
IS_BUSY = "another run is making it"


@dataclass(kw_only=True)
class DueOutcome:
    """What became of everything that was due."""

    made: list[ReportRun] = field(default_factory=list)
    failed: list[FailedReport] = field(default_factory=list)
    skipped: list[SkippedReport] = field(default_factory=list)


def run_due(
    project: Path,
    *,
    as_of: datetime,
    names: Sequence[str] | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
    pause: Callable[[float], object] = time.sleep,
) -> DueOutcome:
    """Make every report that is due and missing, the oldest period first.

    A report that fails is tried again, as often as its definition says, after a pause that doubles. What cannot be
    made stops nothing else.

    Parameters
    ----------
    project : Path
    as_of : datetime with a zone
        What counts as due.
    names : sequence of str, optional
        Only these definitions; all of the project's where left out.
    jobs : int, >= 1
        How many segments of one period are made at once. Periods follow each other, for each is compared with the one
        before.
    progress : Progress, optional
    pause : callable
        Waits so many seconds; a test need not.

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
    outcome, progress = DueOutcome(), progress or Progress()
    known = report_names(project)
    for name in names if names is not None else known:
        if name not in known:
            load_definition(name, project)  # says so, with the nearest
        try:
            definition = load_definition(name, project)
            settle(reports_root(definition))
            _make_missing(definition, as_of, outcome, jobs=jobs, progress=progress, pause=pause)
        except (ParameterError, StudyError) as error:
            outcome.failed.append(FailedReport(what=name, error=error))
    return outcome


def missing_reports(definition: Definition, study: Study, as_of: datetime) -> list[list[DueReport]]:
    """What is due and does not stand in its place: a list for each period, the oldest first.

    Parameters
    ----------
    definition : Definition
    study : Study
        The definition's.
    as_of : datetime with a zone
    """
    language = usual_language(definition, study).code
    root = reports_root(definition)

    def is_missing(period: pd.Period, segment: str | None) -> bool:
        place = report_place(
            definition, study, period, language, root=root, study_path=definition.study, segment=segment
        )
        return not place.target.exists()

    asked = [None, *segments_of(definition, study)]
    waves = [
        [
            DueReport(definition=definition, period=period, segment=segment)
            for segment in asked
            if is_missing(period, segment)
        ]
        for period in due_periods(definition, as_of)
    ]
    return [wave for wave in waves if wave]


def segments_of(definition: Definition, study: Study) -> list[str]:
    """The segments that have a report of their own, beside the whole.

    Raises
    ------
    ParameterError
        The definition names one that the study does not have.
    """
    there = sorted(study.customers["segment"].dropna().unique())
    if definition.segments == "all":
        return there
    for segment in definition.segments:
        if segment not in there:
            raise ParameterError(
                f"reports/{definition.name}.toml segments: the study has no segment {segment!r}; it has: "
                f"{', '.join(there) or 'none'}{hint(segment, there)}"
            )
    return list(definition.segments)


def _make_missing(
    definition: Definition,
    as_of: datetime,
    outcome: DueOutcome,
    *,
    jobs: int,
    progress: Progress,
    pause: Callable[[float], object],
) -> None:
    """Make all that is due and missing of one definition."""
    periods = due_periods(definition, as_of)
    if not periods:
        return  # nothing to read a study for
    try:
        waves = list(_waves(definition, as_of, outcome))
    except StudyError:
        # Which segments there are is not known. One run says in the history why, and is tried again: a file may have
        # been read while it was written.
        first = DueReport(definition=definition, period=periods[0], segment=None)
        _make([first], outcome, jobs=1, progress=progress, pause=pause)
        if outcome.failed and outcome.failed[-1].what == first:
            return
        waves = list(_waves(definition, as_of, outcome))
    for wave in waves:
        _make(wave, outcome, jobs=jobs, progress=progress, pause=pause)


def _waves(definition: Definition, as_of: datetime, outcome: DueOutcome) -> Iterator[list[DueReport]]:
    """What is to be made; what has no data yet goes to the outcome."""
    study = read_study(asked_study(definition, None), None)
    moments = _moments(study)
    in_segment = {segment: _moments(study.segment(segment)) for segment in segments_of(definition, study)}
    for wave in missing_reports(definition, study, as_of):
        ready = []
        for report in wave:
            has_data = count_in(moments if report.segment is None else in_segment[report.segment], report.period)
            if has_data:
                ready.append(report)
            else:
                outcome.skipped.append(SkippedReport(what=report, reason=WAITS_FOR_DATA))
        if ready:
            yield ready


def _moments(study: Study) -> pd.Series:
    return pd.concat([study.events["occurred_at"], study.responses["answered_at"]])


def _make(
    wave: list[DueReport],
    outcome: DueOutcome,
    *,
    jobs: int,
    progress: Progress,
    pause: Callable[[float], object],
) -> None:
    """Make the reports of one period, and again those that failed."""
    definition = wave[0].definition
    attempt = 1
    while wave:
        failed = []
        for report, result in _results(wave, attempt=attempt, jobs=jobs, progress=progress):
            if not isinstance(result, CxError):
                outcome.made.append(result)
            elif isinstance(result, BusyError):
                outcome.skipped.append(SkippedReport(what=report, reason=IS_BUSY))
            elif isinstance(result, AlreadyThereError):
                pass  # another run was quicker
            elif attempt <= definition.retries and isinstance(result, ReportError | StudyError):
                failed.append(report)
            else:
                outcome.failed.append(FailedReport(what=report, error=result))
        wave = failed
        if wave:
            wait_seconds = definition.retry_after_seconds * 2 ** (attempt - 1)
            progress.step(f"{len(wave)} failed; trying again in {wait_seconds:g} s")
            pause(wait_seconds)
            attempt += 1


def _results(
    wave: Sequence[DueReport], *, attempt: int, jobs: int, progress: Progress
) -> Iterator[tuple[DueReport, ReportRun | CxError]]:
    from cxlib.reporting.run import run_report

    for report in wave:
        try:
            yield (
                report,
                run_report(
                    report.definition,
                    period=period_text(report.period),
                    segment=report.segment,
                    attempt=attempt,
                    progress=progress,
                ),
            )
        except CxError as error:
            yield report, error
