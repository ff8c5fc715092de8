"""Questions as a reader found them in the columns of an export, and the columns that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from cxlib.exports.choices import are_several, may_be_labels, whole_choices
from cxlib.exports.layout import ExportColumn
from cxlib.repeated_names import kept_apart

MOST_JUDGED = 20_000
"""Different cells by which it is judged whether they hold several choices: options make no more of them."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A question of one column, or of one column an option; or a column that is none.

    Attributes
    ----------
    positions : tuple of int
    name, text : str
    role : str, one of `cxlib.exports.layout.ROLES`
    options : tuple of str
        What the option of each position is called; () where the columns are none.
    separator, whole, is_written
        As in ExportColumn.
    doubt : str
        What nothing tells for certain, and how it was read, as a sentence; "" where nothing is in doubt.
    """

    positions: tuple[int, ...]
    name: str
    text: str
    role: str = "question"
    options: tuple[str, ...] = ()
    separator: str = ""
    whole: frozenset[str] = frozenset()
    is_written: bool = False
    doubt: str = ""


def columns_of(found: Sequence[Found]) -> tuple[ExportColumn, ...]:
    """The columns of all, in the file's order.

    Names that come twice are numbered, and so is an option without a name.
    """
    columns = []
    for one, name in zip(found, kept_apart(one.name for one in found), strict=True):
        labels = one.options or ("",) * len(one.positions)
        if one.options:
            labels = kept_apart(label or f"option {at}" for at, label in enumerate(labels, start=1))
        columns += [
            ExportColumn(
                position=position,
                role=one.role,
                name=name,
                text=one.text,
                option=label,
                separator=one.separator,
                whole=one.whole,
                is_written=one.is_written,
            )
            for position, label in zip(one.positions, labels, strict=True)
        ]
    return tuple(sorted(columns, key=lambda column: column.position))


def single(
    position: int, text: str, cells: Counter[str], separators: Sequence[str] = (), *, is_written: bool = False
) -> Found:
    """A question of one column, with the first of the separators by which its cells hold several choices.

    A column that has neither a heading nor a cell is what a delimiter at the end of the lines leaves: no question.
    """
    thinned = _thinned(cells) if separators else cells
    separator = next((sign for sign in separators if are_several(thinned, sign)), "")
    name = text or f"column {position + 1}"
    return Found(
        positions=(position,),
        name=name,
        text=name,
        role="question" if text or cells else "form",
        separator=separator,
        whole=whole_choices(cells, separator) if separator else frozenset(),
        is_written=is_written,
        doubt="" if separator else _doubt(name, thinned, separators),
    )


def _thinned(cells: Counter[str]) -> Counter[str]:
    """Of very many different cells, as of texts, evenly spaced ones from the first to the last."""
    step = -(-len(cells) // MOST_JUDGED)
    return Counter(dict(islice(cells.items(), 0, None, step))) if step > 1 else cells


def _doubt(name: str, cells: Counter[str], separators: Sequence[str]) -> str:
    sign = next((sign for sign in separators if may_be_labels(cells, sign)), None)
    if sign is None:
        return ""
    example = max((cell for cell in cells if sign in cell), key=lambda cell: (cells[cell], -len(cell), cell))
    return (
        f"{name!r} is read as one answer each, such as {example!r}; if these are several choices, say so with "
        f"separators (cx survey --separator {f'{name}={sign}'!r})"
    )


def doubts_of(found: Sequence[Found]) -> tuple[str, ...]:
    """What is in doubt of all, in the order found."""
    return tuple(one.doubt for one in found if one.doubt)
