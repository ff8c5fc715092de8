"""Exports of Qualtrics: codes, then texts, and in newer ones a third row of ImportId marks."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from cxlib.exports.choices import are_several, whole_choices
from cxlib.exports.headings import plain_text, stems_of
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
_ASKED = re.compile(r"^(?:\d+_)?QID\d")
_TYPED_IN = re.compile(r"_TEXT(?:_\d+)?$", re.IGNORECASE)
_CODE = r"-?(?:0|[1-9]\d*)"
_CODES = re.compile(rf"^{_CODE}(?:,{_CODE})*$")
_THOUSANDS = re.compile(r"^-?[1-9]\d{0,2}(?:,\d{3})+$")
_BETWEEN_CHOICES = ","
_CHOSEN = " - Selected Choice"
"""Stands behind a question that has an option with a field to write in."""

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
    columns, doubts = _with_options(head, roles, [plain_text(text) for text in texts], n_header_rows, marks)
    return Layout(
        n_header_rows=n_header_rows,
        columns=columns,
        moments=tuple(_moments(marks, head.names, texts, roles)),
        not_chosen=frozenset({"0"}),
        doubts=doubts,
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


def _with_options(
    head: Head, roles: list[str], texts: list[str], n_header_rows: int, marks: list[str]
) -> tuple[tuple[ExportColumn, ...], tuple[str, ...]]:
    """Every column, and what is in doubt; neighbours such as Q2_1, Q2_2 whose cells say no more than chosen are options
    of one question."""
    first_row = n_header_rows - 1
    for at, role in enumerate(roles):
        is_bare = not head.names[at] and not texts[at] and not head.filled(at, first_row=first_row).any()
        roles[at] = "form" if is_bare else role
    columns = [
        ExportColumn(position=at, role=role, name=head.names[at], text=texts[at]) for at, role in enumerate(roles)
    ]
    questions, doubts = _questions(head, roles, texts, first_row)
    names = kept_apart(_name_of(head, group) for group, _ in questions)
    for (group, stem), name in zip(questions, names, strict=True):
        if len(group) > 1:
            made = _options_of(head, texts, group, stem, name)
        else:
            made = [_single(head, group[0], texts[group[0]], name, mark=marks[group[0]], first_row=first_row)]
        for column in made:
            columns[column.position] = column
    return tuple(columns), doubts


def _questions(
    head: Head, roles: list[str], texts: list[str], first_row: int
) -> tuple[list[tuple[list[int], str]], tuple[str, ...]]:
    """The positions of each question: one, or those of its options with what their texts begin with."""
    groups: list[list[int]] = []
    stem, numbers = None, set()  # of the last group
    for at, role in enumerate(roles):
        if role == "question":
            numbered = _NUMBERED.match(head.names[at])
            stem_here, number = (numbered["stem"], numbered["number"]) if numbered else (None, None)
            is_next = bool(groups) and groups[-1][-1] == at - 1
            if is_next and stem_here is not None and stem_here == stem and number not in numbers:
                groups[-1].append(at)
            else:
                groups.append([at])
                stem, numbers = stem_here, set()
            numbers.add(number)
    questions: list[tuple[list[int], str]] = []
    doubts = []
    for group in groups:
        stem = _stem_of_options(head, texts, group, first_row) if len(group) > 1 else None
        if stem is not None and _are_all_ones(head, group, first_row):
            columns = f"{head.names[group[0]]} to {head.names[group[-1]]}"
            doubts.append(
                f"{columns} hold nothing but 1, in the same rows: whether options that were chosen or points on a "
                "scale, nothing tells; each is read as a question of its own"
            )
            stem = None
        questions += [([at], "") for at in group] if stem is None else [(group, stem)]
    return questions, tuple(doubts)


def _name_of(head: Head, group: list[int]) -> str:
    return _NUMBERED.match(head.names[group[0]])["stem"] if len(group) > 1 else head.names[group[0]]


def _single(head: Head, position: int, text: str, name: str, *, mark: str, first_row: int) -> ExportColumn:
    """A question of one column; not split by options, the export has several choices in one cell: 1,2 or Phone,Chat."""
    separator, whole = "", frozenset()
    is_typed_in = bool(_TYPED_IN.search(mark) or _TYPED_IN.search(head.names[position]))
    if not is_typed_in and (not mark or _ASKED.match(mark)):
        counts = head.counts(position, first_row=first_row)
        if _hold_codes(counts):
            separator = _BETWEEN_CHOICES
        elif not all(_CODES.match(cell) for cell in counts) and are_several(counts, _BETWEEN_CHOICES):
            separator, whole = _BETWEEN_CHOICES, whole_choices(counts, _BETWEEN_CHOICES)
    return ExportColumn(position=position, role="question", name=name, text=text, separator=separator, whole=whole)


def _hold_codes(counts: Counter[str]) -> bool:
    """Whether cells hold several whole numbers: 1,2 is no decimal here, but 5,5 is, and 1,200 may be a thousand."""
    joined = [cell.split(",") for cell in counts if "," in cell]
    return (
        bool(joined)
        and all(_CODES.match(cell) for cell in counts)
        and all(len(set(codes)) == len(codes) for codes in joined)
        and not all(_THOUSANDS.match(cell) for cell in counts if "," in cell)
    )


def _options_of(head: Head, texts: list[str], group: list[int], stem: str, name: str) -> list[ExportColumn]:
    labels = [_label_of(texts[at], stem) for at in group]
    if len(set(labels)) < len(labels) or not all(labels):
        labels = [_NUMBERED.match(head.names[at])["number"] for at in group]
    text = stem.removesuffix(_CHOSEN).strip() or texts[group[0]]
    return [
        ExportColumn(position=at, role="option", name=name, text=text, option=label)
        for at, label in zip(group, labels, strict=True)
    ]


def _label_of(text: str, stem: str) -> str:
    return text.removeprefix(stem).strip().removeprefix("-").strip() if stem else ""


def _stem_of_options(head: Head, texts: list[str], group: list[int], first_row: int) -> str | None:
    """What the options' texts begin with, "" where they have nothing in common; None where the columns are no options.

    They are where the cells of the whole file say only that an option was chosen: 1, or the option's own text.
    """
    said = [set(head.counts(position, first_row=first_row)) for position in group]
    if not any(said):
        return None
    stems = [stem for stem, _ in stems_of([texts[position] for position in group])]
    if all(cells <= {"1", "0"} for cells in said):
        return stems[0] if stems else ""
    for stem in stems:
        labels = [_label_of(texts[position], stem) for position in group]
        if all({plain_text(cell) for cell in cells} <= {label} for label, cells in zip(labels, said, strict=True)):
            return stem
    return None


def _are_all_ones(head: Head, group: list[int], first_row: int) -> bool:
    """Whether every row that has a 1 in one of the columns has it in all."""
    filled = [head.filled(position, first_row=first_row) for position in group]
    return all(np.array_equal(filled[0], other) for other in filled[1:]) and all(
        set(head.counts(position, first_row=first_row)) == {"1"} for position in group
    )


READER = Reader(name="qualtrics", title="Qualtrics", evidence=_evidence, layout=_layout)
