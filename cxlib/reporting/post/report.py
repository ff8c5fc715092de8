"""What the post says of a report: read from its folder, so that it can be sent long after the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cxlib.language import Language
from cxlib.plain_line import plain_line
from cxlib.reporting.earlier_metrics import read_metrics
from cxlib.reporting.failures import reason_of
from cxlib.reporting.outputs.names import FILE_NAMES, METRICS
from cxlib.reporting.post.errors import PostError
from cxlib.reporting.record import RECORD, RunRecord, record_in

if TYPE_CHECKING:
    from cxlib.findings.words import ReportWords
    from cxlib.reporting.definition import Definition

# What the words of a month need; other notebooks hand over figures of their own.
_MONTH = {"headline", "period", "previous_period", "recent_months", "rules", "labels", "note", "data", "movers"}


@dataclass(frozen=True, kw_only=True)
class PostedReport:
    """A report that stands in its place, and what may be said of it.

    Attributes
    ----------
    folder : Path
    record : RunRecord
    title : str
        In the report's language, as `subtitle`.
    figures : mapping
        Its metrics.json.
    link : str or None
        The address at which its main file can be opened, where the settings give one.
    owner : str or None
        To whom a reader's answer goes.
    before : Path or None
        The figures that the report was compared with: those of the period before.
    """

    folder: Path
    record: RunRecord
    title: str
    subtitle: str
    figures: Mapping[str, Any]
    link: str | None
    owner: str | None
    before: Path | None = None

    @cached_property
    def language(self) -> Language:
        return Language(self.record.language)

    @property
    def main_file(self) -> Path:
        """What a reader opens first."""
        return _main_file(self.folder)

    @cached_property
    def words(self) -> ReportWords | None:
        """The words for the headline figures, compared as on the report's page; None where the figures are not those
        of a month's report."""
        if _MONTH - self.figures.keys():
            return None
        from cxlib.findings.changes import as_stated
        from cxlib.findings.changes_figures import changes_since
        from cxlib.findings.words import ReportWords

        changes = () if self.before is None else changes_since(self.figures, read_metrics(self.before))
        return ReportWords(as_stated(self.figures, changes), self.language)

    def attachment_name(self, output: str) -> str:
        """The name under which a file comes with a mail; unlike report.pdf it says which report it is."""
        return f"{self.record.report}_{self.folder.name}.{output}"


def posted_report(definition: Definition, folder: Path) -> PostedReport:
    """The report in `folder`.

    Raises
    ------
    PostError
        It is not there, or not whole.
    """
    record = record_in(folder)
    if record is None:
        raise PostError(f"{folder} holds no report that says of itself what it is ({RECORD}); make it with --again")
    try:
        figures = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    except OSError as error:
        raise PostError(f"the report's figures cannot be read: {reason_of(error)}") from error
    except ValueError as error:
        raise PostError(f"{folder / 'metrics.json'} cannot be read: {error}") from error
    return PostedReport(
        folder=folder,
        record=record,
        title=plain_line(definition.title(record.language)),
        subtitle=plain_line(record.subtitle),
        figures=figures if isinstance(figures, dict) else {},
        link=_link(definition, _main_file(folder)),
        owner=definition.owner,
        before=_before(definition, record),
    )


def _before(definition: Definition, record: RunRecord) -> Path | None:
    """The earlier figures that the run was given; its notebook knows them from its own folder."""
    path = record.parameters.get("metrics_before")
    return (definition.notebook.parent / str(path)).resolve() if path else None


def _main_file(folder: Path) -> Path:
    """The first of the files that a reader opens; the folder where there is none of them."""
    return next((path for name in FILE_NAMES.values() if (path := folder / name).is_file()), folder)


def _link(definition: Definition, file: Path) -> str | None:
    """The address of a file; None where the definition gives none, or the file stands where nobody serves it."""
    root = (definition.project / "reports").resolve()
    base = definition.post.link if definition.post is not None else None
    if base is None or not file.resolve().is_relative_to(root):
        return None
    return f"{base}/{quote(file.resolve().relative_to(root).as_posix())}"
