"""What a run says while it runs: a bar with the name of the cell, on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from cxlib.plain_line import plain_line


class Progress:
    """Says nothing: what a run reports to when nobody watches. The others are its children."""

    def step(self, text: str) -> None:
        """A step begins: reading, running, writing."""

    def cells(self, count: int) -> None:
        """The notebook begins; it has `count` cells."""

    def cell(self, index: int, name: str) -> None:
        """A cell begins; `index` counts from 0."""


class LineProgress(Progress):
    """One line per step and none per cell, for a log file or a pipe."""

    def __init__(self, console: Console, *, label: str = "") -> None:
        self._console = console
        self._label = f"{plain_line(label)}: " if label else ""

    def step(self, text: str) -> None:
        self._console.print(self._label + text, markup=False, highlight=False, soft_wrap=True)


class BarProgress(Progress):
    """A bar that moves with the cells and names the one that runs."""

    def __init__(self, bar: Bar, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def step(self, text: str) -> None:
        # Drawn at once: a bar that waits for its turn would not name a step that is short.
        self._bar.update(self._task, description=text, completed=0, total=None, refresh=True)

    def cells(self, count: int) -> None:
        self._bar.update(self._task, total=count)

    def cell(self, index: int, name: str) -> None:
        self._bar.update(self._task, description=name, completed=index)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.remove_task(self._task)


class ManyProgress:
    """What several runs at once report to; this one says nothing. The others are its children."""

    def begins(self, label: str) -> Progress:
        """A run begins; what is returned hears of its steps."""
        return Progress()

    def ends(self, progress: Progress, *, failed: bool) -> None:
        """A run has ended; `progress` is what `begins` returned for it."""


class LinesOfMany(ManyProgress):
    """One line per step, with the name of its run, for a log file or a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begins(self, label: str) -> Progress:
        return LineProgress(self._console, label=label)

    def ends(self, progress: Progress, *, failed: bool) -> None:
        progress.step("Failed" if failed else "Done")


class BarsOfMany(ManyProgress):
    """A bar for each run that is at work, below one for all of them."""

    def __init__(self, bar: Bar, count: int) -> None:
        self._bar = bar
        self._all = bar.add_task("Reports", total=count, label="")

    def begins(self, label: str) -> BarProgress:
        return BarProgress(self._bar, self._bar.add_task("", total=None, label=plain_line(label)))

    def ends(self, progress: BarProgress, *, failed: bool) -> None:
        progress.close()
        self._bar.update(self._all, advance=1, refresh=True)


@contextmanager
def shown_progress_of_many(console: Console, count: int) -> Iterator[ManyProgress]:
    """Bars where the console is a terminal, plain lines where it is not.

    Parameters
    ----------
    console : rich.console.Console
        On stderr; stdout is for the results.
    count : int
        Of the runs.
    """
    if not console.is_terminal:
        yield LinesOfMany(console)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[label]}", markup=False, style="bold"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        yield BarsOfMany(bar, count)


@contextmanager
def shown_progress(console: Console) -> Iterator[Progress]:
    """A bar where the console is a terminal, plain lines where it is not.

    Parameters
    ----------
    console : rich.console.Console
        On stderr; stdout is for the result.
    """
    if not console.is_terminal:
        yield LineProgress(console)
        return
    columns = (
        SpinnerColumn(),
        # A cell's name is a text of the notebook's author: no markup, and one line whatever its length.
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        yield BarProgress(bar, bar.add_task("", total=None))
