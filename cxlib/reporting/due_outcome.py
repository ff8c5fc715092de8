"""What is due, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cxlib.errors import CxError
from cxlib.reporting.definition import Definition
from cxlib.reporting.period import period_text

if TYPE_CHECKING:
    import pandas as pd

    from cxlib.reporting.run import ReportRun


@dataclass(frozen=True, kw_only=True)
class DueReport:
    """A report that is due and does not stand in its place."""

    definition: Definition
    period: pd.Period
    segment: str | None
    folder: str
    """Its place, as the history calls it: "monthly/2026-10"."""

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
    """What became of everything that was due.

    Attributes
    ----------
    made, failed, skipped : lists, in the order in which they were tried
    told : list of str
        Who was sent what, in words.
    untold : list of FailedReport
        What was made, or failed, and could not be told to those whom the definition names.
    """

    made: list[ReportRun] = field(default_factory=list)
    failed: list[FailedReport] = field(default_factory=list)
    skipped: list[SkippedReport] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    untold: list[FailedReport] = field(default_factory=list)
