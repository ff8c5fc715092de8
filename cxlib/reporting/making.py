"""What a run writes into the folder that it builds: the notebook as it ran, its figures, and what a reader opens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cxlib.reporting import METRICS_MIME
from cxlib.reporting.failures import NothingToWriteError, ReportError, reason_of
from cxlib.reporting.folder import ReportFolder
from cxlib.reporting.kernels.server import WarmServer
from cxlib.reporting.outputs.names import FILE_NAMES, METRICS
from cxlib.reporting.progress import Progress
from cxlib.reporting.question import NOTEBOOK

if TYPE_CHECKING:
    import nbformat

_CALLED = {"html": "the page", "pdf": "the PDF", "xlsx": "the workbook", "pptx": "the slides"}


@dataclass(frozen=True, kw_only=True)
class Making:
    """What is to be made, apart from where.

    Attributes
    ----------
    notebook : Path
    parameters : mapping
        All of the notebook's, checked.
    title, subtitle : str
        In the reader's language.
    language : "en" or "sv"
    outputs : tuple of str
        Keys of FILE_NAMES.
    timeout_seconds : float, optional
        How long the notebook may run.
    kernels : WarmServer, optional
        Where its Python is forked.
    """

    notebook: Path
    parameters: Mapping[str, Any]
    title: str
    subtitle: str
    language: str
    outputs: tuple[str, ...]
    timeout_seconds: float | None = None
    kernels: WarmServer | None = None


def make(making: Making, new: Path, place: ReportFolder, *, progress: Progress) -> tuple[str, ...]:
    """Run the notebook and write everything that the report consists of into `new`.

    Returns
    -------
    tuple of str
        The kinds that were written: those of `making.outputs` for which the notebook gives something.

    Raises
    ------
    CellError, ReportError
        The notebook is kept in `place.failed` where it had begun.
    """
    # Here and not above: papermill takes a second, which a wrong parameter need not wait for.
    import nbformat

    from cxlib.reporting.execution import execute

    progress.step(f"Running {making.notebook.name}")
    # The libraries that write the files load while the kernel works and this process waits.
    with ThreadPoolExecutor(max_workers=1) as beside:
        prepared = []
        try:
            executed = execute(
                making.notebook,
                dict(making.parameters),
                progress=progress,
                on_start=lambda: prepared.append(beside.submit(_prepare, making.outputs)),
                timeout_seconds=making.timeout_seconds,
                kernels=making.kernels,
            )
        except ReportError as error:
            if error.notebook is not None:
                error.add_note(_keep_failed(place, nbformat.writes(error.notebook)))
            raise
        for waiting in prepared:
            waiting.result()
    metrics = _metrics(executed, making.notebook.name)
    try:
        (new / METRICS).write_text(metrics, encoding="utf-8", newline="\n")
        (new / NOTEBOOK).write_text(nbformat.writes(executed), encoding="utf-8", newline="\n")
        return tuple(kind for kind in making.outputs if _write(kind, executed, new, making, progress))
    except OSError as error:
        raise ReportError(f"the report could not be written: {reason_of(error)}") from error


def _write(kind: str, executed: nbformat.NotebookNode, new: Path, making: Making, progress: Progress) -> bool:
    """Write one kind of file; False where the notebook gives nothing for it."""
    progress.step(f"Writing {_CALLED[kind]}")
    try:
        _writer(kind)(
            executed, new / FILE_NAMES[kind], title=making.title, subtitle=making.subtitle, language=making.language
        )
    except NothingToWriteError as nothing:
        progress.step(f"Left out {_CALLED[kind]}: {nothing}")
        return False
    return True


_WRITERS = {
    "html": ("page", "write_page"),
    "pdf": ("pdf", "write_pdf"),
    "xlsx": ("workbook", "write_workbook"),
    "pptx": ("slides", "write_slides"),
}


def _writer(kind: str) -> Callable[..., None]:
    """The function that writes a kind of file; its libraries are loaded where that kind is asked for."""
    module, name = _WRITERS[kind]
    return getattr(_module(module), name)


def _module(name: str) -> ModuleType:
    return import_module(f"cxlib.reporting.outputs.{name}")


def _keep_failed(place: ReportFolder, notebook: str) -> str:
    """A note that says where the notebook of a failed run is kept."""
    try:
        return f"The notebook up to there: {place.keep_failed(NOTEBOOK, notebook)}"
    except OSError as error:
        return f"The notebook up to there could not be kept: {reason_of(error)}"


def _prepare(outputs: tuple[str, ...]) -> None:
    """Do in advance what the first file of each kind waits for."""
    for kind in outputs:
        module = _module(_WRITERS[kind][0])
        if hasattr(module, "prepare"):
            module.prepare()


def _metrics(executed: nbformat.NotebookNode, notebook: str) -> str:
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
            f"{notebook} hands over its figures {len(found)} times; it must display one output "
            f"of type {METRICS_MIME}, once"
        )
    if not isinstance(found[0], dict):
        raise ReportError(f"the figures of {notebook} are not a dict")
    try:
        text = json.dumps(found[0], sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ReportError(
            f"the figures of {notebook} hold a number that is not finite; use None where there is no figure"
        ) from error
    return text + "\n"
