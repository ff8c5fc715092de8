"""Running a report's notebook: papermill, with a word about every cell and an error that can be read."""

from __future__ import annotations

import logging
import math
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers
from traitlets.config import Config

from cxlib.reporting.failures import CellError, ReportError, TimeLimitError
from cxlib.reporting.kernels.clean import CleanKernel
from cxlib.reporting.kernels.server import WarmServer
from cxlib.reporting.progress import Progress

ENGINE = "cxlib"
KERNEL = "python3"
"""What papermill is told; which Python that is, `CleanKernel` says."""

OUTPUT_SECONDS = 60
"""How long after a cell its outputs may take to come in: nbclient's own 4 s are too few on a machine that is busy
with other reports."""

LAST_LINES = 12
LONGEST_SOCKET_FOLDER = 80
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def cell_name(notebook: nbformat.NotebookNode, index: int) -> str:
    """The cell's own name, else the nearest heading in it or above it, else its number.

    Parameters
    ----------
    notebook : NotebookNode
    index : int
        Of the cell, from 0.
    """
    own = notebook.cells[index].metadata.get("name")
    if own:
        return str(own)
    if "injected-parameters" in notebook.cells[index].metadata.get("tags", []):
        return "parameters"
    for cell in reversed(notebook.cells[: index + 1]):
        headings = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", cell.source, re.M) if cell.cell_type == "markdown" else []
        if headings:
            return headings[-1]
    return f"cell {index + 1}"


@dataclass
class _Run:
    """What passes between `execute` and the engine that papermill makes: papermill loses the notebook of a run
    that fails, and this keeps it."""

    progress: Progress
    on_start: Callable[[], object]
    notebook: nbformat.NotebookNode | None = None
    current: int | None = None
    """The cell that runs, from 0; None before the first."""


class _Manager(NotebookExecutionManager):
    """papermill's bookkeeping, telling the progress which cell runs."""

    def __init__(self, notebook: nbformat.NotebookNode, run: _Run):
        # No output path: papermill would write the notebook twice per cell, into a place that it would then
        # name in the notebook. No progress bar: papermill's is not ours.
        super().__init__(notebook, output_path=None, progress_bar=False)
        self.run = run
        run.notebook = notebook

    def notebook_start(self, **kwargs: Any) -> None:
        super().notebook_start(**kwargs)
        self.run.progress.cells(len(self.nb.cells))

    def cell_start(self, cell: nbformat.NotebookNode, cell_index: int | None = None, **kwargs: Any) -> None:
        super().cell_start(cell, cell_index, **kwargs)
        first = self.run.current is None
        self.run.current = cell_index
        if first:
            self.run.on_start()
        self.run.progress.cell(cell_index, cell_name(self.nb, cell_index))


class _Engine(NBClientEngine):
    """papermill's own engine with our manager; `run` reaches it as one of papermill's engine arguments."""

    @classmethod
    def execute_notebook(
        cls, nb: nbformat.NotebookNode, kernel_name: str, *, run: _Run, **kwargs: Any
    ) -> nbformat.NotebookNode:
        for unused in ("output_path", "progress_bar", "autosave_cell_every"):
            kwargs.pop(unused, None)
        manager = _Manager(nb, run)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, **kwargs)
        finally:
            manager.notebook_complete()
        return manager.nb


papermill_engines.register(ENGINE, _Engine)
# What papermill logs comes as an error of ours too; where nobody listens, it need not stand twice on stderr.
logging.getLogger("papermill").addHandler(logging.NullHandler())


def execute(
    notebook: Path,
    parameters: dict[str, Any],
    *,
    progress: Progress,
    on_start: Callable[[], object] = lambda: None,
    kernels: WarmServer | None = None,
    timeout_seconds: float | None = None,
) -> nbformat.NotebookNode:
    """Run a notebook from its own folder, as JupyterLab would, with `parameters` in place of its own.

    Parameters
    ----------
    notebook : Path
    parameters : dict
        All of them names in the notebook's cell tagged `parameters`; the caller has checked that.
    progress : Progress
    on_start : callable
        Called when the kernel is up and the first cell begins: time in which this process would only wait.
    kernels : WarmServer, optional
        Where the kernel comes from; a process that starts from nothing where none is given. The figures are the same.
    timeout_seconds : float, above 0, optional
        The time that the whole notebook is given, its kernel's start included; None: as long as it takes.

    Returns
    -------
    NotebookNode
        The executed notebook, without the paths of this machine in its metadata.

    Raises
    ------
    CellError
        A cell failed. `.notebook` is the notebook up to there.
    TimeLimitError
        The time was up. The kernel is dead, and `.notebook` is the notebook up to there.
    ReportError
        The kernel died, or did not come up.
    """
    run = _Run(progress, on_start)
    deadline = math.inf if timeout_seconds is None else time.monotonic() + timeout_seconds
    try:
        with _connection(kernels) as connection:
            papermill.execute_notebook(
                # A node and not a path: papermill fills braces in a path with parameters.
                nbformat.read(notebook, as_version=4),
                None,
                parameters=parameters,
                engine_name=ENGINE,
                kernel_name=KERNEL,
                language="python",
                progress_bar=False,
                run=run,
                config=connection,
                kernel_manager_class=CleanKernel,
                # The kernel's working directory; papermill's `cwd` would change this process's own.
                resources={"metadata": {"path": str(notebook.parent)}},
                # A kernel that is asked to end politely takes half a second over it, and has nothing to save.
                shutdown_kernel="immediate",
                iopub_timeout=OUTPUT_SECONDS,
                timeout_func=None if timeout_seconds is None else lambda cell: _left(deadline),
            )
    except PapermillExecutionError as error:
        # papermill puts cells of its own before the failed one, and the numbers would no longer be the source's.
        executed = remove_error_markers(run.notebook)
        failure = CellError(
            cell_name=cell_name(executed, run.current),
            cell_number=run.current + 1,
            error_name=error.ename,
            error_value=_ANSI.sub("", error.evalue),
            traceback=_last_lines(error.traceback),
        )
        failure.notebook = _without_traces(executed, notebook)
        raise failure from error
    except CellTimeoutError as error:
        if time.monotonic() < deadline:
            failure = ReportError(
                f"the outputs of cell {run.current + 1} ({cell_name(run.notebook, run.current)}) did not come within "
                f"{OUTPUT_SECONDS} s"
            )
        else:
            failure = TimeLimitError(
                cell_name=cell_name(run.notebook, run.current),
                cell_number=run.current + 1,
                limit_seconds=timeout_seconds,
            )
        failure.notebook = _without_traces(run.notebook, notebook)
        raise failure from error
    except RuntimeError as error:
        # jupyter_client raises a bare RuntimeError where a kernel does not come up in time, nbclient a child of it
        # where one dies.
        if run.current is None:
            raise ReportError(f"no Python could be started for the notebook: {error}") from error
        # Any other one that comes later is somebody else's.
        if not isinstance(error, DeadKernelError):
            raise
        failure = ReportError(
            f"the notebook's Python ended without a word in cell {run.current + 1} "
            f"({cell_name(run.notebook, run.current)}); most often the machine ran out of memory"
        )
        failure.notebook = _without_traces(run.notebook, notebook)
        raise failure from error
    except (KeyboardInterrupt, SystemExit):
        # The cell's task ends, unheard, in the kernel's death; asyncio would print a traceback for it.
        ensure_event_loop().set_exception_handler(lambda loop, context: None)
        raise
    return _without_traces(run.notebook, notebook)


@contextmanager
def _connection(kernels: WarmServer | None) -> Iterator[Config]:
    """Where the kernel comes from, and how to talk to it: by sockets in a folder that only this user can open, and
    not by TCP ports."""
    with tempfile.TemporaryDirectory(prefix="cx-") as folder:
        settings = {"connection_file": f"{folder}/kernel.json", "transport": "ipc", "server": kernels}
        # A socket's path has room for about a hundred characters; ports will do where the folder needs more.
        if len(folder) > LONGEST_SOCKET_FOLDER:
            del settings["transport"]
        yield Config(KernelManager=settings)


def _left(deadline: float) -> float:
    """The seconds that are left; never 0, by which nbclient understands that there is no limit."""
    return max(deadline - time.monotonic(), 0.001)


def _last_lines(traceback: list[str]) -> str:
    lines = _ANSI.sub("", "\n".join(traceback)).rstrip().splitlines()
    # IPython's heading, a rule and "KeyError   Traceback (most recent call last)", says nothing new.
    while lines and (set(lines[0]) <= {"-"} or "Traceback (most recent call last)" in lines[0]):
        lines = lines[1:]
    return "\n".join((["…"] if len(lines) > LAST_LINES else []) + lines[-LAST_LINES:])


def _without_traces(executed: nbformat.NotebookNode, source: Path) -> nbformat.NotebookNode:
    """papermill notes the whole input notebook where it expects a path; note the file's name instead."""
    executed.metadata.papermill["input_path"] = source.name
    executed.metadata.papermill["output_path"] = None
    return executed
