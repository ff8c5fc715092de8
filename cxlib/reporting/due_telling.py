"""Who is told of what `cx run --due` made, and of what it could not make."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cxlib.errors import CxError
from cxlib.language import ENGLISH
from cxlib.reporting.definition import Definition
from cxlib.reporting.due_outcome import DueOutcome, DueReport, FailedReport
from cxlib.reporting.history import History
from cxlib.reporting.period import period_text
from cxlib.reporting.place import reports_root
from cxlib.reporting.post import post_failure, post_report
from cxlib.reporting.record import record_in
from cxlib.reporting.request import study_folder
from cxlib.settings import STUDY_FILE, read_settings

TRIED = "tried"
"""How the history remembers that a report's post was tried, whatever became of it."""


@dataclass(frozen=True)
class _Standing:
    """A report, as `post_report` takes it."""

    folder: Path


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Tells those whom definitions name; what was sent, and what could not be, goes into the outcome.

    Nothing that goes wrong here undoes a report, or stops the next one.
    """

    environment: Mapping[str, str]
    outcome: DueOutcome

    def of_report(self, report: DueReport, folder: Path, *, latest: pd.Period | None) -> None:
        """Send a report that is due.

        Not one that was caught up on while a later one is due: a service that was away for a year, or a new definition
        that begins where the data begin, would else send a dozen reports in an hour.
        """
        if report.definition.post is None:
            return
        if report.period != latest:
            self.outcome.told.append(f"{report}: not sent, for a later one is due; `cx post` sends it")
            return
        history = History(reports_root(report.definition))
        record = record_in(folder)
        try:
            told = post_report(report.definition, _Standing(folder), environment=self.environment, history=history)
        except CxError as error:
            told = getattr(error, "sent", ())
            self.outcome.untold.append(FailedReport(what=report, error=error))
        if record is not None:
            with suppress(CxError):  # then it is tried again, which sends nothing twice
                history.note_post(record.id, TRIED, "")
        self.outcome.told += [f"{report}: {line}" for line in told]

    def of_standing(self, report: DueReport, folder: Path) -> None:
        """Send a report that was made because it was due, by a run that was ended before it could send it.

        What was tried once is not tried again by itself: an address that the server refuses would be so every day.
        """
        record = record_in(folder)
        history = History(reports_root(report.definition))
        if report.definition.post is None or record is None or not record.is_due:
            return
        if not history.posted(record.id, TRIED, ""):
            self.of_report(report, folder, latest=report.period)

    def of_failure(self, report: DueReport, error: CxError, *, attempts: int) -> None:
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
        except CxError as unsent:
            self.outcome.untold.append(FailedReport(what=report, error=unsent))
        else:
            self.outcome.told += [f"{report}: {line}" for line in told]


def _language(definition: Definition) -> str:
    """The language that the report would have had, though its study may be what is wrong."""
    if definition.language is not None or definition.study is None:
        return definition.language or ENGLISH.code
    settings, _ = read_settings(study_folder(definition.study) / STUDY_FILE)
    return ENGLISH.code if settings is None else settings.language
