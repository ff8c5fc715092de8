"""The reports of a project and how each stands: what is made, what is due and missing, what failed, what comes next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.errors import ParameterError
from cxlib.reporting.definition import Definition, load_definition, report_names
from cxlib.reporting.due import due_periods, next_due
from cxlib.reporting.failures import ReportError
from cxlib.reporting.history import DONE, RUNNING, History, PastRun
from cxlib.reporting.period import parse_period, period_text
from cxlib.reporting.settling import settle

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class ReportState:
    """How one report stands.

    Attributes
    ----------
    name : str
    definition : Definition or None
        None where its file is broken; then `mistakes` says how, and the rest is empty.
    mistakes : str or None
    made : tuple of str
        The periods that stand in its folder, as a report of everybody in the usual study and language.
    missing : tuple of str
        Those that are due and are not made, oldest first.
    failed : tuple of PastRun
        The last run of every missing period that had one and did not end well.
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
    missing: tuple[str, ...] = ()
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
            "missing": list(self.missing),
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
    except ParameterError as error:
        return ReportState(name=name, mistakes=str(error))
    made = _made(project / "reports" / name, definition.period)
    due = [period_text(period) for period in due_periods(definition, as_of)]
    missing = tuple(period for period in due if period not in made)
    upcoming = next_due(definition, as_of)
    tried = [] if history is None else [history.last(f"{name}/{period}") for period in missing]
    last = [] if history is None else history.runs(report=name, limit=1)
    return ReportState(
        name=name,
        definition=definition,
        made=made,
        missing=missing,
        failed=tuple(run for run in tried if run is not None and run.outcome not in (DONE, RUNNING)),
        next_period=None if upcoming is None else upcoming[0],
        next_due=None if upcoming is None else upcoming[1],
        last_run=last[0] if last else None,
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
