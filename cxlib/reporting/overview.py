"""The reports of a project and how each stands: what is made, what is due and missing, what failed, what comes next."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.errors import ParameterError, StudyError
from cxlib.reporting.definition import Definition, load_definition, report_names
from cxlib.reporting.due import next_due
from cxlib.reporting.due_plan import missing_wholes, plan_of
from cxlib.reporting.failures import ReportError
from cxlib.reporting.history import FAILED, INTERRUPTED, History, PastRun
from cxlib.reporting.period import parse_period, period_text
from cxlib.reporting.settling import settle

if TYPE_CHECKING:
    import pandas as pd


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
        Of the definition, or that its notebook does not go with it. Where a report has segments of its own, the study
        is read to know them, and may be refused.
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
    return [_state(name, project, as_of, history) for name in report_names(project)], problem


def _state(name: str, project: Path, as_of: dt.datetime, history: History | None) -> ReportState:
    try:
        definition = load_definition(name, project)
        definition.check_notebook()
        missing = _missing(definition, as_of)
    except (ParameterError, StudyError) as error:
        return ReportState(name=name, mistakes=str(error))
    upcoming = next_due(definition, as_of)
    tried = [] if history is None else [history.last(report.folder) for report in missing]
    last = [] if history is None else history.runs(report=name, limit=1)
    return ReportState(
        name=name,
        definition=definition,
        made=_made(project / "reports" / name, definition.period),
        missing=missing,
        failed=tuple(run for run in tried if run is not None and run.outcome in (FAILED, INTERRUPTED)),
        next_period=None if upcoming is None else upcoming[0],
        next_due=None if upcoming is None else upcoming[1],
        last_run=last[0] if last else None,
    )


def _missing(definition: Definition, as_of: dt.datetime) -> tuple[Missing, ...]:
    if definition.segments:
        plan = plan_of(definition, as_of)
        for impossible in plan.impossible:
            raise impossible.error
        missing = [*(report for wave in plan.waves for report in wave), *(skipped.what for skipped in plan.waiting)]
        missing.sort(key=lambda report: (report.period, report.segment or ""))
    else:
        missing = missing_wholes(definition, as_of)  # for these the study need not be read
    return tuple(
        Missing(period=period_text(report.period), segment=report.segment, folder=report.folder) for report in missing
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
