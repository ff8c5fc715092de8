"""One run: a definition, a period and a study become a folder with a page, the metrics and the notebook."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlib.reporting import METRICS_MIME
from cxlib.reporting.definition import Definition
from cxlib.reporting.failures import BusyError, CellError, ReportError, reason_of
from cxlib.reporting.folder import ReportFolder, folder_name
from cxlib.reporting.period import period_text
from cxlib.reporting.progress import Progress
from cxlib.reporting.question import NOTEBOOK, Question, refuse_another_question
from cxlib.reporting.request import (
    asked_period,
    asked_study,
    check_request,
    read_study,
    study_folder,
    usual_language,
)

if TYPE_CHECKING:
    import nbformat

__all__ = ["BusyError", "CellError", "ReportError", "ReportRun", "run_report"]


@dataclass(frozen=True, kw_only=True)
class ReportRun:
    """A report that was made, and where it stands."""

    folder: Path
    period: str

    @property
    def page(self) -> Path:
        return self.folder / "report.html"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.json"

    @property
    def notebook(self) -> Path:
        return self.folder / NOTEBOOK


def run_report(
    definition: Definition,
    *,
    period: str | None = None,
    study_path: Path | str | None = None,
    data_dir: Path | str | None = None,
    segment: str | None = None,
    language: str | None = None,
    parameters: Mapping[str, object] | None = None,
    output: Path | str | None = None,
    again: bool = False,
    progress: Progress | None = None,
) -> ReportRun:
    """Make one report.

    Everything that can be wrong with the question is checked before a kernel starts: first the parameters, then
    the study, then the period and the segment against the study's data.

    Parameters
    ----------
    definition : Definition
    period : str, optional
        Such as "2026-10"; the last whole period in the data where none is given.
    study_path, data_dir : path, optional
        As `load_study` takes them; the definition's study where none is given.
    segment : str, optional
        Only the customers of this segment.
    language : "en" or "sv", optional
        The definition's where none is given.
    parameters : mapping of str to object, optional
        The report's own; see `Definition.check`.
    output : path, optional
        The folder that holds the reports; the project's `reports/` where none is given.
    again : bool
        Replace a report that is there already.
    progress : Progress, optional

    Returns
    -------
    ReportRun

    Raises
    ------
    ParameterError
        A parameter, the period, the segment or the language is wrong, the report is there already, another
        question's stands in its place, or nothing can be written there.
    StudyError
        The study was refused.
    CellError
        A cell failed; the notebook is kept in `.failed/`.
    ReportError
        The kernel died, the notebook gave no metrics or several, or the files could not be written.
    BusyError
        Another run is making the same report.
    """
    progress = progress or Progress()
    request = check_request(definition, parameters or {}, language=language, period=period)
    definition.check_notebook()
    study_path = asked_study(definition, study_path)
    data_dir = None if data_dir is None else Path(data_dir)

    named = study_folder(study_path).resolve()
    progress.step(f"Reading the study {named.name}")
    study = read_study(study_path, data_dir)
    usual_words = usual_language(definition, study)
    words = request.language or usual_words
    chosen = asked_period(definition, study, request.period, segment)
    written = period_text(chosen)
    usual_study = definition.study is not None and named == definition.study.resolve()
    given = request.parameters | {
        "study_path": _from_notebook(study_path, definition),
        "data_dir": None if data_dir is None else _from_notebook(data_dir, definition),
        "period": written,
        "segment": segment,
        "language": words.code,
        "metrics_before": "",
        "metrics_year_before": "",
    }
    notebooks = definition.notebook.parent
    asked = Question.of(given, notebooks=notebooks)
    folder = ReportFolder(
        root=Path(output) if output is not None else definition.project / "reports",
        report=definition.name,
        name=folder_name(
            written,
            study=None if usual_study else named.name,
            segment=segment,
            segments=study.customers["segment"].dropna().unique(),
            language=None if words == usual_words else words.code,
        ),
        refuse_other=lambda there: refuse_another_question(there, asked, notebooks=notebooks),
    )
    called = study.settings.labels.get(words.code, {}).get(segment, segment)
    subtitle = " · ".join(part for part in (words.period(chosen), study.settings.name, called) if part is not None)
    subtitle = subtitle[:1].upper() + subtitle[1:]  # Swedish months are written small, but not to begin a line
    with folder.building(again=again) as new:
        _build(definition, given, new, folder, title=definition.title(words.code), subtitle=subtitle, progress=progress)
    folder.forget_failed()
    return ReportRun(folder=folder.target, period=written)


def _from_notebook(path: Path, definition: Definition) -> str:
    """The path as the notebook takes it: from its own folder where it lies in the project.

    So the kept notebook names no folder of this machine, and runs again in a clone of the project.
    """
    # First as it is written: a data folder in the project may be a link to elsewhere.
    for full in (path.absolute(), path.resolve()):
        if ".." not in full.parts and full.is_relative_to(definition.project):
            return Path(os.path.relpath(full, definition.notebook.parent)).as_posix()
    return str(full)


def _build(
    definition: Definition,
    given: dict[str, Any],
    new: Path,
    folder: ReportFolder,
    *,
    title: str,
    subtitle: str,
    progress: Progress,
) -> None:
    """Run the notebook and write everything that the report consists of into `new`."""
    # Here and not above, as in `read_study`: papermill takes a second.
    import nbformat

    from cxlib.reporting.execution import execute

    progress.step(f"Running {definition.notebook.name}")
    # The page's libraries load while the kernel works and this process waits, which saves about two seconds.
    with ThreadPoolExecutor(max_workers=1) as beside:
        prepared = []
        try:
            executed = execute(
                definition.notebook,
                given,
                progress=progress,
                on_start=lambda: prepared.append(beside.submit(_prepare_page)),
            )
        except ReportError as error:
            if error.notebook is not None:
                error.add_note(_keep_failed(folder, nbformat.writes(error.notebook)))
            raise
        progress.step("Writing the page")
        for waiting in prepared:
            waiting.result()
    from cxlib.reporting.outputs.page import write_page

    metrics = _metrics(executed, definition)
    try:
        (new / "metrics.json").write_text(metrics, encoding="utf-8", newline="\n")
        (new / NOTEBOOK).write_text(nbformat.writes(executed), encoding="utf-8", newline="\n")
        write_page(executed, new / "report.html", title=title, subtitle=subtitle, language=given["language"])
    except OSError as error:
        raise ReportError(f"the report could not be written: {reason_of(error)}") from error


def _keep_failed(folder: ReportFolder, notebook: str) -> str:
    """A note that says where the notebook of a failed run is kept."""
    try:
        return f"The notebook up to there: {folder.keep_failed(NOTEBOOK, notebook)}"
    except OSError as error:
        return f"The notebook up to there could not be kept: {reason_of(error)}"


def _prepare_page() -> None:
    from cxlib.reporting.outputs import page

    page.prepare()


def _metrics(executed: nbformat.NotebookNode, definition: Definition) -> str:
    """The notebook's figures as JSON, written so that the same figures are the same bytes.

    Raises
    ------
    ReportError
        Where the notebook hands over none, several, or something that is not a dict of finite figures.
    """
    found = [
        output["data"][METRICS_MIME]
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if METRICS_MIME in output.get("data", {})
    ]
    if len(found) != 1:
        raise ReportError(
            f"{definition.notebook.name} hands over its figures {len(found)} times; it must display one output "
            f"of type {METRICS_MIME}, once"
        )
    if not isinstance(found[0], dict):
        raise ReportError(f"the figures of {definition.notebook.name} are not a dict")
    try:
        text = json.dumps(found[0], sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ReportError(
            f"the figures of {definition.notebook.name} hold a number that is not finite; use None where there "
            "is no figure"
        ) from error
    return text + "\n"
