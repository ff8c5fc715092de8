"""`cx run --due`: every report that is due and missing is made, oldest first, and tried again where it fails."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlib.errors import CxError, ParameterError, StudyError, hint
from cxlib.language import ENGLISH
from cxlib.reporting.definition import Definition, load_definition, report_names
from cxlib.reporting.due import due_periods
from cxlib.reporting.due_outcome import (
    IS_BUSY,
    WAITS_FOR_DATA,
    DueOutcome,
    DueReport,
    FailedReport,
    SkippedReport,
)
from cxlib.reporting.failures import AlreadyThereError, BusyError, ReportError
from cxlib.reporting.history import History
from cxlib.reporting.kernels.server import WarmServer, warm_server
from cxlib.reporting.many import WantedReport, check_jobs, run_many
from cxlib.reporting.period import count_in, period_text
from cxlib.reporting.place import report_place, reports_root
from cxlib.reporting.post import PostError, post_failure, post_report
from cxlib.reporting.progress import ManyProgress, Progress
from cxlib.reporting.request import asked_study, read_study, study_folder, usual_language
from cxlib.reporting.run import ReportRun, run_report
from cxlib.reporting.settling import settle
from cxlib.settings import STUDY_FILE, read_settings

if TYPE_CHECKING:
    from cxlib.study import Study


QUIET_DAYS = 3
"""A period may end in so many days without an event or an answer, as over a weekend; where the data end earlier, the
rest of them has not come yet."""


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
    work = _Work(
        as_of=as_of,
        jobs=check_jobs(jobs),
        progress=progress or Progress(),
        bars=bars,
        pause=pause,
        environment=environment,
    )
    for name in names if names is not None else known:
        if name not in known:
            load_definition(name, project)  # says so, with the nearest
        try:
            definition = load_definition(name, project)
            settle(reports_root(definition))
            work.make_missing(definition)
        except (ParameterError, StudyError) as error:
            work.outcome.failed.append(FailedReport(what=name, error=error))
    return work.outcome


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


def reaches_end(data_end: pd.Timestamp, period: pd.Period) -> bool:
    """Whether the data reach so near to a period's end that its report is about the whole of it.

    Examples
    --------
    >>> october = pd.Period("2026-10", "M")
    >>> reaches_end(pd.Timestamp("2026-10-15 08:00"), october), reaches_end(pd.Timestamp("2026-10-30 17:00"), october)
    (False, True)
    """
    return data_end.tz_localize(None) > period.end_time - pd.Timedelta(days=QUIET_DAYS)


@dataclass(kw_only=True)
class _Work:
    """All that goes on in one `run_due`; `latest` is the last period of the definition at work that has its data."""

    as_of: datetime
    jobs: int
    progress: Progress
    bars: Callable[[int], AbstractContextManager[ManyProgress]]
    pause: Callable[[float], object]
    environment: Mapping[str, str]
    outcome: DueOutcome = field(default_factory=DueOutcome)
    latest: pd.Period | None = None

    def make_missing(self, definition: Definition) -> None:
        """Make all that is due and missing of one definition."""
        periods = due_periods(definition, self.as_of)
        if not periods:
            return  # nothing to read a study for
        try:
            waves = self._waves(definition)
        except StudyError:
            # Which segments there are is not known. One run says in the history why, and is tried again: a file may
            # have been read while it was written.
            first = DueReport(definition=definition, period=periods[0], segment=None)
            self._make([first])
            if self.outcome.failed and self.outcome.failed[-1].what == first:
                return
            waves = self._waves(definition)
        skipped = (each.what for each in self.outcome.skipped)
        waiting = {each.period for each in skipped if each.definition == definition and each.segment is None}
        self.latest = max((period for period in periods if period not in waiting), default=None)
        # For a single report a warm Python would be started and not used again.
        with warm_server() if sum(map(len, waves)) > 1 else nullcontext() as server:
            for wave in waves:
                self._make(wave, server)

    def _waves(self, definition: Definition) -> list[list[DueReport]]:
        """What is to be made; what has no data yet goes to the outcome."""
        study = read_study(asked_study(definition, None), None)
        moments = {None: _moments(study)} | {
            segment: _moments(study.segment(segment)) for segment in segments_of(definition, study)
        }
        data_end = moments[None].max()
        waves = []
        for wave in missing_reports(definition, study, self.as_of):
            ready = []
            for report in wave:
                if reaches_end(data_end, report.period) and count_in(moments[report.segment], report.period):
                    ready.append(report)
                else:
                    self.outcome.skipped.append(SkippedReport(what=report, reason=WAITS_FOR_DATA))
            if ready:
                waves.append(ready)
        return waves

    def _make(self, wave: list[DueReport], server: WarmServer | None = None) -> None:
        """Make the reports of one period, and again those that failed."""
        definition = wave[0].definition
        attempt = 1
        while wave:
            again = []
            for report, result in self._results(wave, attempt, server):
                may_be_mended = isinstance(result, ReportError | StudyError) and attempt <= definition.retries
                if not isinstance(result, CxError):
                    self.outcome.made.append(result)
                    self._tell(report, result)
                elif isinstance(result, BusyError):
                    self.outcome.skipped.append(SkippedReport(what=report, reason=IS_BUSY))
                elif isinstance(result, AlreadyThereError):
                    pass  # another run was quicker
                elif may_be_mended:
                    again.append(report)
                else:
                    self.outcome.failed.append(FailedReport(what=report, error=result))
                    self._tell_owner(report, result, attempt)
            wave = again
            if wave:
                wait_seconds = definition.retry_after_seconds * 2 ** (attempt - 1)
                self.progress.step(f"{len(wave)} failed; trying again in {wait_seconds:g} s")
                self.pause(wait_seconds)
                attempt += 1

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
            try:
                yield report, run_report(**_question(report, attempt), progress=self.progress, kernels=server)
            except CxError as error:
                yield report, error

    def _tell(self, report: DueReport, run: ReportRun) -> None:
        """Send a report to those whom its definition names; it stands whatever becomes of that.

        Not one that was caught up on while a later one is due: a service that was away for a year, or a new definition
        that begins where the data begin, would else send a dozen reports in an hour.
        """
        if report.definition.post is not None and report.period != self.latest:
            self.outcome.told.append(f"{report}: not sent, for a later one is due; `cx post` sends it")
            return
        history = History(reports_root(report.definition))
        try:
            told = post_report(report.definition, run, environment=self.environment, history=history)
        except PostError as error:
            self.outcome.told += [f"{report}: {line}" for line in error.sent]
            self.outcome.untold.append(FailedReport(what=report, error=error))
        else:
            self.outcome.told += [f"{report}: {line}" for line in told]

    def _tell_owner(self, report: DueReport, error: CxError, attempts: int) -> None:
        """Tell the owner alone that a report could not be made."""
        definition = report.definition
        try:
            told = post_failure(
                definition,
                period=period_text(report.period),
                segment=report.segment,
                language=_language(definition),
                error=error,
                attempts=attempts,
                environment=self.environment,
                history=History(reports_root(definition)),
            )
        except PostError as unsent:
            self.outcome.untold.append(FailedReport(what=report, error=unsent))
        else:
            self.outcome.told += [f"{report}: {line}" for line in told]


def _question(report: DueReport, attempt: int) -> dict[str, Any]:
    return {
        "definition": report.definition,
        "period": period_text(report.period),
        "segment": report.segment,
        "attempt": attempt,
    }


def _language(definition: Definition) -> str:
    """The language that the report would have had, though its study may be what is wrong."""
    if definition.language is not None or definition.study is None:
        return definition.language or ENGLISH.code
    settings, _ = read_settings(study_folder(definition.study) / STUDY_FILE)
    return ENGLISH.code if settings is None else settings.language


def _moments(study: Study) -> pd.Series:
    return pd.concat([study.events["occurred_at"], study.responses["answered_at"]])
