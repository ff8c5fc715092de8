"""The reports of a project and how each stands: what is made, what is due and missing, what failed, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.errors import ParameterError, StudyError
from cxlib.reporting.definition import Definition, load_definition, report_names
from cxlib.reporting.due import next_due
from cxlib.reporting.due_plan import missing_wholes, plan_of
from cxlib.reporting.failures import ReportError, reason_of
from cxlib.reporting.history import FAILED, INTERRUPTED, History, PastRun
from cxlib.reporting.period import parse_period, period_text
from cxlib.reporting.request import study_folder
from cxlib.reporting.settling import settle

if TYPE_CHECKING:
    import pandas as pd

    from cxlib.reporting.due_outcome import DueReport


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A report that is due and does not stand in its folder, which counts from `reports/`."""

    period: str
    segment: str | None
    folder: str

    def __str__(self) -> str:
        return self.period if self.segment is None else f"{self.period} {self.segment}"


@dataclass(frozen=True, kw_only=True)
class ReportState:
    """How one report stands.

    Attributes
    ----------
    name : str
    definition : Definition or None
        None where its file is broken; then `mistakes` says how, and the rest is empty.
    mistakes : str or None
        Of the definition, or that its notebook does not go with it.
    refusal : str or None
        Why the study was refused. It is read where a report has segments of its own, to know them; without it only the
        reports of the whole are among the missing.
    made : tuple of str
        The periods that stand in its folder, as a report of everybody in the usual study and language.
    missing : tuple of Missing
        What is due and not made, oldest first: every period, and of each the segments that the definition names.
    failed : tuple of PastRun
        The last run of everything missing that had one, and that failed or was killed.
    next_period : Period or None
        The first that is not due yet, and `next_due` when it will be.
    next_due : datetime or None
    last_run : PastRun or None
        The last one, of whatever period and segment.
    """

    name: str
    definition: Definition | None = None
    mistakes: str | None = None
    refusal: str | None = None
    made: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    failed: tuple[PastRun, ...] = ()
    next_period: pd.Period | None = None
    next_due: dt.datetime | None = None
    last_run: PastRun | None = None

    def as_dict(self) -> dict:
        """The state for JSON: texts, numbers, lists and None."""
        definition = self.definition
        if definition is None:
            return {"name": self.name, "mistakes": self.mistakes}
        first = definition.first_period
        return {
            "name": self.name,
            "mistakes": None,
            "study_refused": self.refusal,
            "title": dict(definition.titles),
            "period": definition.period,
            "timezone": definition.timezone,
            "first_period": None if first is None else period_text(first),
            "due": {"days": definition.due.days, "at": f"{definition.due.at:%H:%M}"},
            "segments": definition.segments if definition.segments == "all" else list(definition.segments),
            "made": list(self.made),
            "missing": [asdict(report) for report in self.missing],
            "failed": [_run_as_dict(run) for run in self.failed],
            "next": self.next_due
            and {"period": period_text(self.next_period), "due_at": self.next_due.isoformat(timespec="minutes")},
            "last_run": self.last_run and _run_as_dict(self.last_run),
        }


def report_states(project: Path, *, as_of: dt.datetime) -> tuple[list[ReportState], str | None]:
    """Every report of a project as it stands at a moment, by name.

    Parameters
    ----------
    project : Path
    as_of : datetime, aware

    Returns
    -------
    tuple of list of ReportState, str or None
        The text says why the history could not be read, where it could not: then no run is known.
    """
    history = History(project / "reports")
    problem = None
    try:
        settle(project / "reports")
    except ReportError as error:
        history, problem = None, str(error)
    except OSError as error:
        history, problem = None, f"the runs cannot be looked at: {reason_of(error)}"
    return [_state(name, project, as_of, history) for name in report_names(project)], problem


def _state(name: str, project: Path, as_of: dt.datetime, history: History | None) -> ReportState:
    try:
        definition = load_definition(name, project)
        definition.check_notebook()
        refusal = None
        try:
            missing = _missing(definition, as_of)
        except StudyError as error:
            missing, refusal = _as_missing(missing_wholes(definition, as_of)), str(error)
    except ParameterError as error:
        return ReportState(name=name, mistakes=str(error))
    upcoming = next_due(definition, as_of)
    runs = [] if history is None else history.runs(report=name)
    tried = [_last_of(runs, report, definition) for report in missing]
    last = runs[:1]
    return ReportState(
        name=name,
        definition=definition,
        refusal=refusal,
        made=_made(project / "reports" / name, definition.period),
        missing=missing,
        failed=tuple(run for run in tried if run is not None and run.outcome in (FAILED, INTERRUPTED)),
        next_period=None if upcoming is None else upcoming[0],
        next_due=None if upcoming is None else upcoming[1],
        last_run=last[0] if last else None,
    )


def _last_of(runs: list[PastRun], report: Missing, definition: Definition) -> PastRun | None:
    """The last run for a missing report, of the runs from the latest on.

    One whose study was refused has no folder: the study is needed to know it.
    """
    asked = (report.period, report.segment)
    study = None if definition.study is None else study_folder(definition.study).resolve().name
    for run in runs:
        if run.folder == report.folder:
            return run
        if not run.folder and (run.period, run.segment) == asked and run.study == study:
            return run
    return None


def _missing(definition: Definition, as_of: dt.datetime) -> tuple[Missing, ...]:
    if not definition.segments:
        return _as_missing(missing_wholes(definition, as_of))  # for these the study need not be read
    plan = plan_of(definition, as_of)
    for impossible in plan.impossible:
        raise impossible.error
    missing = [*(report for wave in plan.waves for report in wave), *(skipped.what for skipped in plan.waiting)]
    return _as_missing(sorted(missing, key=lambda report: (report.period, report.segment or "")))


def _as_missing(reports: Iterable[DueReport]) -> tuple[Missing, ...]:
    return tuple(
        Missing(period=period_text(report.period), segment=report.segment, folder=report.folder) for report in reports
    )


def _made(folder: Path, kind: str) -> tuple[str, ...]:
    """The periods whose usual report stands in a report's folder, in the order of time."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir() and _is_period(path.name, kind)))


def _is_period(name: str, kind: str) -> bool:
    try:
        parse_period(name, kind)
    except ParameterError:
        return False
    return True


def _run_as_dict(run: PastRun) -> dict:
    keys = ("id", "period", "segment", "outcome", "attempt", "started_at", "finished_at", "error", "cell")
    return {key: getattr(run, key) for key in keys}
