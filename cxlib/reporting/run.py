"""One run: a definition, a period and a study become a folder: the notebook, its figures, and what a reader opens."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.errors import StudyError
from cxlib.reporting.definition import Definition
from cxlib.reporting.earlier import earlier_figures
from cxlib.reporting.failures import BusyError, CellError, ReportError
from cxlib.reporting.history import History, OpenRun
from cxlib.reporting.inputs import Unchanged, inputs_of
from cxlib.reporting.kernels.server import WarmServer
from cxlib.reporting.listing import list_all
from cxlib.reporting.making import Making, make
from cxlib.reporting.outputs.names import FILE_NAMES, METRICS
from cxlib.reporting.period import period_text
from cxlib.reporting.place import report_place, reports_root
from cxlib.reporting.progress import Progress
from cxlib.reporting.question import NOTEBOOK, Question, refuse_another_question
from cxlib.reporting.record import RunRecord, moment, new_run_id, package_versions, write_record
from cxlib.reporting.request import (
    Request,
    asked_period,
    asked_study,
    check_request,
    read_study,
    study_folder,
    usual_language,
)
from cxlib.reporting.settling import settle
from cxlib.reporting.small_segments import SMALLEST_BASE, refuse_small_segment

if TYPE_CHECKING:
    import pandas as pd

    from cxlib.language import Language
    from cxlib.study import Study

__all__ = ["BusyError", "CellError", "ReportError", "ReportRun", "run_report"]


@dataclass(frozen=True, kw_only=True)
class ReportRun:
    """A report that was made, and where it stands."""

    folder: Path
    period: str
    id: str
    outputs: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.page)

    @property
    def page(self) -> Path:
        """The first file that a reader opens, or the folder where there is none."""
        return self.folder / FILE_NAMES[self.outputs[0]] if self.outputs else self.folder

    @property
    def metrics(self) -> Path:
        return self.folder / METRICS

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
    attempt: int = 1,
    is_due: bool = False,
    progress: Progress | None = None,
    kernels: WarmServer | None = None,
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
    attempt : int
        How often it has been tried; stated in the record.
    is_due : bool
        Whether it is made because it is due, and not because somebody asked; stated in the record.
    progress : Progress, optional
    kernels : WarmServer, optional
        Where the notebook's Python is forked, if not a process of its own from the start.

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
    progress, started_at = progress or Progress(), moment()
    request = check_request(definition, parameters or {}, language=language, period=period)
    definition.check_notebook()
    study_path = asked_study(definition, study_path)
    data_dir = None if data_dir is None else Path(data_dir)

    progress.step(f"Reading the study {study_folder(study_path).resolve().name}")
    root = reports_root(definition, output)
    folders = [folder for folder in (study_folder(study_path), data_dir) if folder is not None]
    before = Unchanged.since(definition, folders)
    try:
        study = read_study(study_path, data_dir)
    except StudyError as error:
        _note_refusal(root, definition, request, segment, folders[0].resolve(), attempt, started_at, error)
        raise
    words = request.language or usual_language(definition, study)
    chosen = asked_period(definition, study, request.period, segment)
    if segment is not None:
        refuse_small_segment(study, chosen, segment, smallest_base=request.parameters.get(SMALLEST_BASE))
    given = request.parameters | {
        "study_path": _from_notebook(study_path, definition),
        "data_dir": None if data_dir is None else _from_notebook(data_dir, definition),
        "period": period_text(chosen),
        "segment": segment,
        "language": words.code,
    }
    notebooks = definition.notebook.parent
    asked = Question.of(given, notebooks=notebooks)
    place_of = partial(report_place, definition, study, root=root, study_path=study_path, segment=segment)
    place = replace(
        place_of(chosen, words.code),
        refuse_other=lambda there: refuse_another_question(there, asked, notebooks=notebooks),
    )
    place.refuse_unusable()
    earlier = earlier_figures(
        chosen,
        definition.period,
        folder_of=lambda then, code: place_of(then, code).target,
        asked=asked,
        notebooks=notebooks,
    )
    making = Making(
        notebook=definition.notebook,
        parameters=given
        | {
            "metrics_before": _from_notebook(earlier.before, definition) if earlier.before else "",
            "metrics_year_before": _from_notebook(earlier.year_before, definition) if earlier.year_before else "",
        },
        title=definition.title(words.code),
        subtitle=_subtitle(words, chosen, study, segment),
        language=words.code,
        outputs=definition.outputs,
        timeout_seconds=definition.timeout_minutes * 60,
        kernels=kernels,
    )
    settle(root)
    history = History(root)
    begun = RunRecord(
        id=new_run_id(),
        report=definition.name,
        period=period_text(chosen),
        segment=segment,
        language=words.code,
        study=study.settings.name,
        folder=place.key,
        titles=definition.titles,
        subtitle=making.subtitle,
        parameters=making.parameters,
        inputs=inputs_of(definition, study, folders[0], earlier),
        versions=package_versions(),
        attempt=attempt,
        is_due=is_due,
        started_at=started_at,
    )
    with OpenRun(history, begun) as run, place.building(again=again) as new:
        run.begin()
        made = make(making, new, place, progress=progress)
        before.hold(Unchanged.since(definition, folders))
        run.finish(write_record(begun, new))
    place.forget_failed()
    list_all(root, progress)
    return ReportRun(folder=place.target, period=begun.period, id=begun.id, outputs=made)


def _from_notebook(path: Path, definition: Definition) -> str:
    """The path as the notebook takes it: from its own folder where it lies in the project.

    So the kept notebook names no folder of this machine, and runs again in a clone of the project.
    """
    # First as it is written: a data folder in the project may be a link to elsewhere.
    for full in (path.absolute(), path.resolve()):
        if ".." not in full.parts and full.is_relative_to(definition.project):
            return Path(os.path.relpath(full, definition.notebook.parent)).as_posix()
    return str(full)


def _note_refusal(
    root: Path,
    definition: Definition,
    request: Request,
    segment: str | None,
    study: Path,
    attempt: int,
    started_at: str,
    error: StudyError,
) -> None:
    """Write down that a study was refused; it is called by its folder, for its own name may not be known."""
    if not root.is_dir():
        return  # a folder for reports is not made for a report that is not
    refused = RunRecord(
        id=new_run_id(),
        report=definition.name,
        period="" if request.period is None else period_text(request.period),
        segment=segment,
        language=request.language.code if request.language else definition.language or "",
        study=study.name,
        folder="",
        titles=definition.titles,
        subtitle="",
        parameters=request.parameters,
        inputs=(),
        versions=package_versions(),
        attempt=attempt,
        started_at=started_at,
    )
    History(root).refused(refused, str(error))


def _subtitle(words: Language, period: pd.Period, study: Study, segment: str | None) -> str:
    """What sets a report apart: the period, the study, the segment."""
    called = study.settings.labels.get(words.code, {}).get(segment, segment)
    parts = (words.period(period), study.settings.name, called)
    subtitle = " · ".join(part for part in parts if part is not None)
    return subtitle[:1].upper() + subtitle[1:]  # Swedish months are written small, but not to begin a line
