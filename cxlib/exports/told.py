"""What the user says of an export's columns, where its reader does not know: who answered, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cxlib.errors import Problem, RefusedFileError, nearest_name
from cxlib.exports.layout import OF_RESPONDENTS, ExportColumn, Layout


@dataclass(frozen=True, kw_only=True)
class ToldColumns:
    """Columns of an export by what they hold.

    Attributes
    ----------
    respondent, answered_at : str, optional
        The column that tells who answered, and the one that tells when, in place of those that the reader finds.
    alongside : mapping of str to str
        Columns that stand in `Survey.respondents` too, by the name that they have there.
    separators : mapping of str to str
        What stands between several choices in one cell, by question; "" where each cell is one answer.
    """

    respondent: str | None = None
    answered_at: str | None = None
    alongside: Mapping[str, str] = field(default_factory=dict)
    separators: Mapping[str, str] = field(default_factory=dict)


def as_told(layout: Layout, told: ToldColumns, *, file: str) -> Layout:
    """The layout with the columns that tell who answered and when, and where one choice ends, as the user says.

    A question with a separator may be missing: an earlier export need not have it yet.

    Raises
    ------
    RefusedFileError
        The export has no such column.
    """
    for role, name in (("respondent", told.respondent), ("moment", told.answered_at)):
        if name is None:
            continue
        at = position_of(layout, name, file=file)
        columns = tuple(_with_role(column, role, is_told=column.position == at) for column in layout.columns)
        doubts = tuple(doubt for doubt in layout.doubts if role != "respondent" or OF_RESPONDENTS not in doubt)
        layout = replace(layout, columns=columns, doubts=doubts)
        if role == "moment":
            layout = replace(layout, moments=(at,))
    for name, separator in told.separators.items():
        if has_column(layout, name):
            at = position_of(layout, name, file=file)
            layout = _separated(layout, at, separator)
    return layout


def _separated(layout: Layout, position: int, separator: str) -> Layout:
    column = layout.columns[position]
    columns = list(layout.columns)
    columns[position] = replace(column, separator=separator, whole=frozenset())
    return replace(layout, columns=tuple(columns), doubts=_without(layout.doubts, column.name))


def _without(doubts: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The doubts but those of a column that the user has settled."""
    return tuple(doubt for doubt in doubts if not doubt.startswith(f"{name!r} "))


def positions(layout: Layout, told: ToldColumns, *, file: str) -> dict[str, int]:
    """Where the columns lie that stand in `Survey.respondents` too, by the name that they have there.

    Raises
    ------
    RefusedFileError
    """
    return {there: position_of(layout, name, file=file) for there, name in told.alongside.items()}


def position_of(layout: Layout, name: str, *, file: str) -> int:
    """Where the column lies that is called so, or whose text is that.

    Raises
    ------
    RefusedFileError
        There is none, or more than one.
    """
    found = _found(layout, name)
    if len(found) == 1:
        return found[0].position
    names = list(_names(column for column in layout.columns if column.role != "option"))
    reason = "there is no such column in the export" if not found else "more than one column of the export is called so"
    raise RefusedFileError(
        Problem(file=file, column=name, reason=reason, allowed=shortened(names), nearest=nearest_name(name, names))
    )


def has_column(layout: Layout, name: str) -> bool:
    """Whether a column is called so, or has that text, an option's column left out."""
    return bool(_found(layout, name))


def _found(layout: Layout, name: str) -> list[ExportColumn]:
    wanted = name.strip()
    candidates = [column for column in layout.columns if column.role != "option"]
    found = [column for column in candidates if column.name == wanted]
    return found or [column for column in candidates if column.text == wanted]


def shortened(names: Iterable[str], *, most: int = 12) -> str:
    """Names in a message: the first ones, each cut where it is long."""
    names = list(names)
    shown = [name if len(name) <= 60 else f"{name[:59]}…" for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def _with_role(column: ExportColumn, role: str, *, is_told: bool) -> ExportColumn:
    if is_told:
        return replace(column, role=role, option="", separator="")
    return replace(column, role="form") if column.role == role else column


def _names(columns: Iterable[ExportColumn]) -> Iterable[str]:
    return (column.name or column.text for column in columns if column.name or column.text)
