"""What can go wrong while a report is made, apart from the libraries that make it: those take a second to load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxlib.errors import CxError, ParameterError

if TYPE_CHECKING:
    import nbformat


class ReportError(CxError):
    """A report could not be made; `.notebook` is what had been run, where there is any."""

    notebook: nbformat.NotebookNode | None = None


class CellError(ReportError):
    """A cell of the report's notebook failed.

    Attributes
    ----------
    cell_name : str
        The cell's own name (`metadata.name`), else the nearest heading above it.
    cell_number : int
        Its place in the executed notebook, from 1.
    error_name, error_value : str
    traceback : str
        The last lines, without colours.
    """

    def __init__(self, *, cell_name: str, cell_number: int, error_name: str, error_value: str, traceback: str):
        self.cell_name = cell_name
        self.cell_number = cell_number
        self.error_name = error_name
        self.error_value = error_value
        self.traceback = traceback
        lines = [f"cell {cell_number} ({cell_name}) failed with {error_name}: {error_value}"]
        if traceback:
            lines += ["", traceback]
        super().__init__("\n".join(lines))


class TimeLimitError(ReportError):
    """The notebook did not end within the time that it was given.

    Attributes
    ----------
    cell_name : str
        The cell that ran, named as in `CellError`.
    cell_number : int
        Its place in the executed notebook, from 1.
    limit_seconds : float
        The time that the whole notebook was given.
    """

    def __init__(self, *, cell_name: str, cell_number: int, limit_seconds: float):
        self.cell_name = cell_name
        self.cell_number = cell_number
        self.limit_seconds = limit_seconds
        super().__init__(
            f"the notebook had not ended after {limit_seconds:,g} s, the time that it is given; "
            f"it was stopped in cell {cell_number} ({cell_name})"
        )


class NothingToWriteError(ReportError):
    """The notebook gives nothing for a kind of file, which is then left out of the report."""


class AlreadyThereError(ParameterError):
    """The report stands in its place, and nobody said that it may be replaced."""


class BusyError(CxError):
    """Another run is making the same report at this moment."""


def reason_of(error: OSError) -> str:
    """What the system refused, in one line: its words, and the file where it names one.

    >>> reason_of(PermissionError(13, "Permission denied", "/reports"))
    'permission denied: /reports'
    """
    words = error.strerror or str(error) or type(error).__name__
    words = words[:1].lower() + words[1:]
    return words if error.filename is None else f"{words}: {error.filename}"
