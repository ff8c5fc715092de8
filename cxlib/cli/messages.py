"""How `cx` says something: its results on stdout, and beside them, on stderr, everything else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def complain(text: str, *notes: str) -> None:
    """Say an error on stderr, with what else is known about it."""
    console = messages()
    console.print("Error:", style="bold red", end=" ")
    for line in (text, *notes):
        # A message may quote the data: no markup, and no terminal codes out of a file.
        console.print(harmless(line), markup=False, highlight=False, soft_wrap=True)


def messages() -> Console:
    """Where messages go: beside the result, which alone is on stdout."""
    from rich.console import Console

    return Console(stderr=True)


def results() -> Console:
    """Where tables go: cut to a terminal's width, and elsewhere a line for each row, for grep and awk."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    return console if console.is_terminal else Console(markup=False, highlight=False, width=10_000)


def say(text: str) -> None:
    """A line beside the result."""
    messages().print(harmless(text), markup=False, highlight=False, soft_wrap=True)


def harmless(text: str) -> str:
    """The text without terminal codes: it may come out of a file."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def from_here(path: Path) -> str:
    """The path as it is written from the folder that `cx` runs in."""
    here = Path.cwd()
    full = path.resolve()
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)


def plain(text: str) -> Text:
    """A text out of the data, for rich: without terminal codes and without markup."""
    from rich.text import Text

    return Text(harmless(text))


def counted(number: int, noun: str) -> str:
    """ "1 row", "2,400 rows"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
