"""Exports of SurveyMonkey: a row of questions, and below it a row of what each column of a question stands for."""

from __future__ import annotations

import re
from collections import Counter

from cxlib.exports.found import Found, columns_of, single
from cxlib.exports.headings import plain_text
from cxlib.exports.layout import Head, Layout
from cxlib.exports.reader import CERTAIN, LIKELY, Evidence, LayoutError, Reader

_ROLES = {
    "respondentid": "respondent",
    "startdate": "moment",
    "enddate": "moment",
    "datecreated": "moment",
    "datemodified": "moment",
    "collectorid": "form",
    "collectornm": "form",
    "collectorname": "form",
    "responsestatus": "finished",
    "ipaddress": "personal",
    "emailaddress": "personal",
    "firstname": "personal",
    "lastname": "personal",
}
"""What the columns are that it adds itself, however it spells them: RespondentID, Respondent ID, respondent_id."""

_FIRST = re.compile(r"^Respondent ?ID$")
_ID = re.compile(r"^\d{8,}$")
_MOMENTS = ("enddate", "datemodified", "startdate", "datecreated")
_WRITTEN = {
    "open-ended response", "öppet svar", "réponse ouverte", "offene antwort", "respuesta abierta",
    "respuesta de composición abierta",
}  # fmt: skip
_ONE_ANSWER = {"", "response", "svar", "réponse", "antwort", "respuesta", *_WRITTEN}
"""In other languages the second row is translated. An answer of a language that stands not here keeps that word in its
name, but loses nothing."""

_OTHER = re.compile(
    r"""
    \( (?:please|var \s (?:god|vänlig) (?:\s och)?|vänligen|veuillez|bitte|por \s favor)? ,? \s*
      (?:specify|explain|specificera|ange|förklara|préciser|expliquer|angeben|erläutern|especifique|explique) \)$
    | ^(?:comments?|kommentar(?:er)?)$
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BETWEEN = " - "
"""Stands between row and column in the second heading of a grid in which several may be chosen."""


def _key(name: str) -> str:
    return re.sub(r"[\s_]", "", name).lower()


def _evidence(head: Head) -> Evidence | None:
    keys = [_key(name) for name in head.names]
    if "respondentid" not in keys:
        return None
    if "collectorid" in keys:
        return Evidence(strength=CERTAIN, why="it has the columns RespondentID and CollectorID")
    at = keys.index("respondentid")
    if _has_second_row(head, at) and _says_what_columns_hold(head.rows[0]):
        return Evidence(strength=CERTAIN, why="it has a column RespondentID and a second row of headings, Response …")
    ids = head.column(0)
    if at == 0 and _FIRST.match(head.names[0]) and ids and all(_ID.match(cell) for cell in ids):
        return Evidence(
            strength=LIKELY, why="its first column is RespondentID and holds numbers as SurveyMonkey has them"
        )
    return None


def _has_second_row(head: Head, id_at: int) -> bool:
    """Whether the row under the headings is one of headings: it alone has no id, or it says what a column holds."""
    if not head.rows or head.rows[0][id_at]:
        return False
    return _says_what_columns_hold(head.rows[0]) or (len(head.rows) > 1 and all(row[id_at] for row in head.rows[1:]))


def _says_what_columns_hold(row: tuple[str, ...]) -> bool:
    return any(cell.lower() in _ONE_ANSWER for cell in row if cell)


def _layout(head: Head) -> Layout:
    keys = [_key(name) for name in head.names]
    if "respondentid" not in keys:
        raise LayoutError("a column RespondentID")
    has_two = _has_second_row(head, keys.index("respondentid"))
    below = [plain_text(cell) for cell in head.rows[0]] if has_two else [""] * len(head.names)
    roles = _roles(keys)
    found = [
        Found(positions=(at,), name=head.names[at], text=head.names[at], role=role)
        for at, role in enumerate(roles)
        if role != "question"
    ]
    for group in _groups(head, roles, below):
        found += _questions(head, group, below, first_row=int(has_two))
    return Layout(
        n_header_rows=1 + has_two,
        columns=columns_of(found),
        moments=tuple(keys.index(key) for key in _MOMENTS if key in keys),
    )


def _roles(keys: list[str]) -> list[str]:
    """Its own columns come first; behind them a question may be called Start Date too."""
    first_asked = next((at for at, key in enumerate(keys) if key not in _ROLES), len(keys))
    return [_ROLES[key] if at < first_asked or key == "respondentid" else "question" for at, key in enumerate(keys)]


def _groups(head: Head, roles: list[str], below: list[str]) -> list[list[int]]:
    """The positions of each question: a column without a name, or with the same one, belongs to what stands before."""
    groups: list[list[int]] = []
    labels: set[str] = set()  # of the last group
    for at, role in enumerate(roles):
        if role != "question":
            continue
        goes_on = bool(groups) and groups[-1][-1] == at - 1 and below[at].lower() not in _ONE_ANSWER
        if goes_on and head.names[at]:
            goes_on = head.names[at] == head.names[groups[-1][0]] and below[at] not in labels
        if goes_on:
            groups[-1].append(at)
        else:
            groups.append([at])
            labels = set()
        labels.add(below[at])
    return groups


def _questions(head: Head, group: list[int], below: list[str], *, first_row: int) -> list[Found]:
    question = plain_text(head.names[group[0]])
    cells = {at: head.counts(at, first_row=first_row) for at in group}
    if len(group) == 1 and below[group[0]].lower() in _ONE_ANSWER:
        is_written = below[group[0]].lower() in _WRITTEN
        return [single(group[0], question, cells[group[0]], is_written=is_written)]
    offered = [at for at in group if not _OTHER.search(below[at])]
    has_other = len(offered) < len(group)
    if not has_other and _are_options(group[:-1], below, cells, fewest=2) and not _are_options(group, below, cells):
        # in a language whose word for "Other" is not known: all but the last column say only that they were chosen
        offered, has_other = group[:-1], True
    rows = [_row_of(below[at], cells[at]) for at in offered]
    if len(offered) > 1 and _are_options(offered, below, cells):
        options = [(question, offered, [below[at] for at in offered])]
    elif len(offered) > 1 and any(rows) and all(row or not cells[at] for at, row in zip(offered, rows, strict=True)):
        options = _options_by_row(question, offered, below)
    else:
        options = []
        offered = []
    found = [
        Found(positions=tuple(positions), name=name, text=name, role="option", options=tuple(labels))
        for name, positions, labels in options
    ]
    for at in group:
        if at not in offered:
            is_written = bool(_OTHER.search(below[at])) or (bool(offered) and has_other and at == group[-1])
            found.append(single(at, f"{question} [{below[at]}]", cells[at], is_written=is_written))
    return found


def _are_options(offered: list[int], below: list[str], cells: dict[int, Counter[str]], *, fewest: int = 1) -> bool:
    """Whether the cells say no more than that an option was chosen: by its own text, or by its number; and at least
    some of the options were."""
    filled = [at for at in offered if cells[at]]
    by_text = all(plain_text(cell) == below[at] for at in filled for cell in set(cells[at]))
    by_number = len(filled) == len(offered) and all(
        set(cells[at]) == {str(number)} for number, at in enumerate(offered, start=1)
    )
    return len(filled) >= fewest and (by_text or by_number)


def _row_of(label: str, cells: Counter[str]) -> str:
    """The row of a grid in which several columns may be chosen; "" where the cells say something else."""
    said = {plain_text(cell) for cell in cells}
    row, between, column = label.rpartition(_BETWEEN)
    while between and said != {column}:
        row, between, rest = row.rpartition(_BETWEEN)
        column = f"{rest}{_BETWEEN}{column}"
    return row if between else ""


def _options_by_row(question: str, offered: list[int], below: list[str]) -> list[tuple[str, list[int], list[str]]]:
    rows: dict[str, list[int]] = {}
    for at in offered:
        rows.setdefault(below[at].partition(_BETWEEN)[0], []).append(at)
    return [
        (f"{question} [{row}]", positions, [below[at].removeprefix(f"{row}{_BETWEEN}") for at in positions])
        for row, positions in rows.items()
    ]


READER = Reader(name="surveymonkey", title="SurveyMonkey", evidence=_evidence, layout=_layout)
