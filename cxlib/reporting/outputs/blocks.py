"""What a report consists of, apart from how it is set: sections of paragraphs, lists, tables, key figures, charts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Run:
    """Letters of one look within a text. A line break within a paragraph is a newline in its text."""

    text: str
    bold: bool = False
    emphasis: bool = False
    code: bool = False


Runs = tuple[Run, ...]


def plain_text(runs: Runs) -> str:
    """The letters alone.

    >>> plain_text((Run("Payment", bold=True), Run(" drains.")))
    'Payment drains.'
    """
    return "".join(run.text for run in runs)


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    runs: Runs
    kind: str = "plain"
    """plain, lead, finding or note; see page.css."""

    @property
    def text(self) -> str:
        return plain_text(self.runs)


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading within a section."""

    text: str
    level: int = 3


@dataclass(frozen=True, kw_only=True)
class ListItem:
    runs: Runs
    level: int = 0
    number: int | None = None
    """None where the list is not numbered."""

    @property
    def text(self) -> str:
        return plain_text(self.runs)


@dataclass(frozen=True, kw_only=True)
class ListBlock:
    items: tuple[ListItem, ...]
    kind: str = "plain"
    """plain, or actions: what to do first, in order."""


@dataclass(frozen=True, kw_only=True)
class TableBlock:
    """A table, rectangular: what a cell spans beyond its own place is empty."""

    columns: tuple[str, ...]
    """The headings; several rows of them are one text with line breaks. Empty texts where there are none."""
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]
    """For each column, whether it holds numbers."""
    caption: str = ""
    n_heading_columns: int = 0
    """How many columns, from the left, are headings of their rows."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One key figure."""

    label: str = ""
    value: str = ""
    change: str = ""
    direction: str = "same"
    """better, worse or same."""
    interval: str = ""
    is_alarm: bool = False


@dataclass(frozen=True, kw_only=True)
class KeyFigures:
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, kw_only=True)
class ChartBlock:
    spec: dict[str, Any] = field(repr=False)
    label: str
    """What it shows, for those who do not see it."""
    drawn_at: str = ""
    """Where its sliders stand when it is drawn: a sentence, empty where it has none."""


@dataclass(frozen=True, kw_only=True)
class ImageBlock:
    content: bytes = field(repr=False)
    mime: str
    """image/png or image/jpeg."""
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Plain:
    """Text whose line breaks and spaces count."""

    text: str


Block = Paragraph | Heading | ListBlock | TableBlock | KeyFigures | ChartBlock | ImageBlock | Plain


@dataclass(frozen=True, kw_only=True)
class Section:
    heading: str
    """Empty for what stands before the first heading."""
    blocks: tuple[Block, ...]
    kind: str = "plain"
    """plain, or limits: what the data cannot tell."""
