"""Where a report stands: the folder that its question has among the project's reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.reporting.definition import Definition
from cxlib.reporting.folder import ReportFolder, folder_name
from cxlib.reporting.period import period_text
from cxlib.reporting.request import study_folder, usual_language

if TYPE_CHECKING:
    import pandas as pd

    from cxlib.study import Study


def reports_root(definition: Definition, output: Path | str | None = None) -> Path:
    """The folder that holds the reports: the one that was named, else the project's."""
    return Path(output) if output is not None else definition.project / "reports"


def report_place(
    definition: Definition,
    study: Study,
    period: pd.Period,
    language: str,
    *,
    root: Path,
    study_path: Path,
    segment: str | None = None,
) -> ReportFolder:
    """The place of the report that answers a question.

    Parameters
    ----------
    definition : Definition
    study : Study
    period : Period
    language : str, a code
    root : Path
        The folder that holds the reports.
    study_path : Path
        As the study was named.
    segment : str, optional
    """
    named = study_folder(study_path).resolve()
    is_usual = definition.study is not None and named == definition.study.resolve()
    usual = usual_language(definition, study).code
    return ReportFolder(
        root=root,
        report=definition.name,
        name=folder_name(
            period_text(period),
            study=None if is_usual else named.name,
            segment=segment,
            segments=study.customers["segment"].dropna().unique(),
            language=None if language == usual else language,
        ),
    )
