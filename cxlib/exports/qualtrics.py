"""Exports of Qualtrics: codes, then texts, and in newer ones a third row of ImportId marks."""

from __future__ import annotations

import re

from cxlib.exports.headings import common_stem, plain_text
from cxlib.exports.layout import ExportColumn, Head, Layout
from cxlib.exports.reader import CERTAIN, LIKELY, Evidence, LayoutError, Reader
from cxlib.repeated_names import kept_apart

_MARK = re.compile(r"""^\{\s*["']ImportId["']\s*:\s*["'](?P<id>[^"']*)["']""")

_ROLES = {
    "responseid": "respondent",
    "_recordid": "respondent",
    "recordeddate": "moment",
    "enddate": "moment",
    "startdate": "moment",
    "finished": "finished",
    "ipaddress": "personal",
    "recipientlastname": "personal",
    "recipientfirstname": "personal",
    "recipientemail": "personal",
    "emailaddress": "personal",
    "name": "personal",
    **dict.fromkeys(
        (
            "responseset",
            "responsesetid",
            "status",
            "progress",
            "duration",
            "duration (in seconds)",
            "externaldatareference",
            "externalreference",
            "locationlatitude",
            "locationlongitude",
            "locationlongitud",
            "locationaccuracy",
            "distributionchannel",
            "userlanguage",
        ),
        "form",
    ),
}
"""What the columns are that Qualtrics adds to every export, by its mark, its heading or, in old exports, its text."""

_MOMENTS = ("recordeddate", "enddate", "startdate")
_LEGACY_NAME = re.compile(r"^V\d+$")
_IDS = {"responseid", "response id", "_recordid"}
_ID = re.compile(r"^R_\w+$")
_PANEL = ("panel-", "location-")
_NUMBERED = re.compile(r"^(?P<stem>.+)_(?P<number>-?\d+)$")


def _evidence(head: Head) -> Evidence | None:
    if _mark_row(head) is not None:
        return Evidence(strength=CERTAIN, why="its third row holds ImportId marks")
    if _is_legacy(head):
        return Evidence(strength=CERTAIN, why="its first columns are V1, V2 … and stand for ResponseID, ResponseSet …")
    lower = {name.lower() for name in head.names}
    if "responseid" in lower and lower & {"responseset", "recordeddate", "distributionchannel", "startdate"}:
        return Evidence(strength=LIKELY, why="it has the columns ResponseId and StartDate, EndDate or RecordedDate")
    return None


def _mark_row(head: Head) -> int | None:
    """Which of the sampled rows holds the marks: 1 for the third row of the file."""
    for at, row in enumerate(head.rows[:2]):
        filled = [cell for cell in row if cell]
        if filled and sum(bool(_MARK.match(cell)) for cell in filled) > len(filled) / 2:
            return at
    return None


def _is_legacy(head: Head) -> bool:
    return head.names[:2] == ("V1", "V2") and bool(head.rows) and head.rows[0][0].lower() == "responseid"


def _layout(head: Head) -> Layout:
    at = _mark_row(head)
    if at is not None:
        marks = [_id_of(cell) for cell in head.rows[at]]
        texts = list(head.rows[0]) if at else list(head.names)
        n_header_rows = at + 2
    else:
        if not head.rows:
            raise LayoutError("a second row with the questions' texts")
        has_texts = _has_texts(head)
        texts = list(head.rows[0]) if has_texts else list(head.names)
        marks = [""] * len(head.names)
        n_header_rows = 2 if has_texts else 1
    roles = [_role(*cells) for cells in zip(marks, head.names, texts, strict=True)]
    if "respondent" not in roles:
        raise LayoutError("a column ResponseId")
    return Layout(
        n_header_rows=n_header_rows,
        columns=_with_options(head, roles, [plain_text(text) for text in texts], n_header_rows),
        moments=tuple(_moments(marks, head.names, texts, roles)),
        not_chosen=frozenset({"0"}),
    )


def _has_texts(head: Head) -> bool:
    """Whether the second row holds texts, not an answer already.

    The tables of "legacy" exports repeat ResponseID there. Files without marks, as some clients write them, have
    "Response ID" or a translation of it, and texts where the moments of an answer would be.
    """
    first, *others = head.rows
    if any(cell.lower() in _IDS for cell in first):
        return True
    roles = [_role("", name, "") for name in head.names]
    ids, moments = ([at for at, role in enumerate(roles) if role == which] for which in ("respondent", "moment"))
    if not ids or not first[ids[0]] or _ID.match(first[ids[0]]):
        return False
    if moments:
        return all(first[at] and not re.search(r"\d", first[at]) for at in moments)
    return bool(others) and all(_ID.match(row[ids[0]]) for row in others)


def _id_of(cell: str) -> str:
    found = _MARK.match(cell)
    return found["id"] if found else ""


def _moments(marks: list[str], names: tuple[str, ...], texts: list[str], roles: list[str]) -> list[int]:
    """The columns that say when, the best first."""
    words = [{cell.lower() for cell in cells} for cells in zip(marks, names, texts, strict=True)]
    return [at for moment in _MOMENTS for at, role in enumerate(roles) if role == "moment" and moment in words[at]]


def _role(mark: str, name: str, text: str) -> str:
    known = [mark, name, *([text] if _LEGACY_NAME.match(name) else [])]
    for word in (word.lower() for word in known):
        for prefix in _PANEL:
            word = word.removeprefix(prefix)
        if word in _ROLES:
            return _ROLES[word]
    return "question"


def _with_options(head: Head, roles: list[str], texts: list[str], n_header_rows: int) -> tuple[ExportColumn, ...]:
    """Every column; neighbours such as Q2_1, Q2_2 whose cells say no more than chosen are options of one question."""
    for at, role in enumerate(roles):
        is_bare = not head.names[at] and not texts[at] and not head.column(at, first_row=n_header_rows - 1)
        roles[at] = "form" if is_bare else role
    columns = [
        ExportColumn(position=at, role=role, name=head.names[at], text=texts[at]) for at, role in enumerate(roles)
    ]
    questions = _questions(head, roles, texts, n_header_rows)
    for group, name in zip(questions, kept_apart(_name_of(head, group) for group in questions), strict=True):
        for column in _columns_of(head, texts, group, name):
            columns[column.position] = column
    return tuple(columns)


def _questions(head: Head, roles: list[str], texts: list[str], n_header_rows: int) -> list[list[int]]:
    """The positions of each question: one, or those of its options."""
    groups: list[list[int]] = []
    for at, role in enumerate(roles):
        if role == "question":
            if groups and groups[-1][-1] == at - 1 and _continues(head, groups[-1], at):
                groups[-1].append(at)
            else:
                groups.append([at])
    questions: list[list[int]] = []
    for group in groups:
        questions += [group] if _are_options(head, texts, group, n_header_rows) else [[at] for at in group]
    return questions


def _name_of(head: Head, group: list[int]) -> str:
    return _NUMBERED.match(head.names[group[0]])["stem"] if len(group) > 1 else head.names[group[0]]


def _columns_of(head: Head, texts: list[str], group: list[int], name: str) -> list[ExportColumn]:
    if len(group) == 1:
        return [ExportColumn(position=group[0], role="question", name=name, text=texts[group[0]])]
    stem = common_stem([texts[at] for at in group], "-")
    labels = [texts[at].removeprefix(f"{stem}-") if stem else "" for at in group]
    if len(set(labels)) < len(labels) or not all(labels):
        labels = [_NUMBERED.match(head.names[at])["number"] for at in group]
    return [
        ExportColumn(position=at, role="option", name=name, text=stem or texts[group[0]], option=label)
        for at, label in zip(group, labels, strict=True)
    ]


def _continues(head: Head, group: list[int], position: int) -> bool:
    before, here = (_NUMBERED.match(head.names[at]) for at in (group[-1], position))
    if not before or not here or before["stem"] != here["stem"]:
        return False
    return here["number"] not in {_NUMBERED.match(head.names[at])["number"] for at in group}


def _are_options(head: Head, texts: list[str], group: list[int], n_header_rows: int) -> bool:
    """Whether the cells say only that an option was chosen: 1, or the option's own text."""
    if len(group) < 2:
        return False
    cells = [head.column(position, first_row=n_header_rows - 1) for position in group]
    if not any(cells):
        return False
    said_by_one = all(cell in ("1", "0") for column in cells for cell in column)
    stem = common_stem([texts[position] for position in group], "-")
    said_by_text = bool(stem) and all(
        cell == texts[position].removeprefix(f"{stem}-")
        for position, column in zip(group, cells, strict=True)
        for cell in column
    )
    return said_by_one or said_by_text


READER = Reader(name="qualtrics", title="Qualtrics", evidence=_evidence, layout=_layout)
