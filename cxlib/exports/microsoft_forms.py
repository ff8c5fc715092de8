"""Answers of Microsoft Forms, as Excel saves them: an id, two moments, who it was, then one column a question."""

from __future__ import annotations

import re

from cxlib.exports.found import Found, columns_of
from cxlib.exports.layout import Head, Layout
from cxlib.exports.reader import CERTAIN, LIKELY, Evidence, LayoutError, Reader

_ID = "id"
_START = {"start time", "starttid", "startzeit", "hora de inicio"}
_END = {
    "completion time", "slutförandetid", "tid för slutförande", "tidpunkt för slutförande", "fertigstellungszeit",
    "hora de finalización",
}  # fmt: skip
_OWN = {
    **dict.fromkeys(("email", "e-post", "e-postadress", "e-mail", "correo electrónico"), "personal"),
    **dict.fromkeys(("name", "namn", "nombre"), "personal"),
    **dict.fromkeys(("last modified time", "senast ändrad", "senaste ändringstid"), "form"),
    **dict.fromkeys(("language", "språk", "quiz feedback"), "form"),
    "total points": "question",
}
"""What the columns behind the moments are, before the first question."""

_MOMENT = re.compile(
    r"^\d{1,4}([-/.])\d{1,2}\1\d{1,4}\s\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?(?:[ap]\.?\s?m|[fe]\.?m)\.?)?$", re.IGNORECASE
)
_SOMEBODY = re.compile(r"^(?:anonym\w*|[^@\s]+@[^@\s]+)$", re.IGNORECASE)
_N_OF_ANY_LANGUAGE = 5
"""Its own columns where their headings are of a language not listed above: id, start, end, address, name."""

_FEEDBACK = "Feedback - "
_AFTER_EACH_CHOICE = ";"


def _evidence(head: Head) -> Evidence | None:
    names = [name.lower() for name in head.names]
    if names[0] != _ID or len(names) < 3:
        return None
    if names[1] in _START and names[2] in _END:
        return Evidence(strength=CERTAIN, why=f"its first columns are {', '.join(head.names[:3])}")
    if _begins_as_written_by_it(head):
        return Evidence(strength=LIKELY, why="its first columns hold an id, two moments and an address or anonymous")
    return None


def _begins_as_written_by_it(head: Head) -> bool:
    """Whether the columns behind the id are what it writes, whatever they are called."""
    if len(head.names) < _N_OF_ANY_LANGUAGE or not head.rows:
        return False
    ids, starts, ends, addresses = (head.column(at) for at in range(4))
    return (
        len(ids) == len(starts) == len(ends) == len(addresses) == len(head.rows)
        and all(cell.isdecimal() for cell in ids)
        and all(_MOMENT.match(cell) for cell in (*starts, *ends))
        and all(_SOMEBODY.match(cell) for cell in addresses)
    )


def _layout(head: Head) -> Layout:
    names = [name.lower() for name in head.names]
    is_known = names[0] == _ID and len(names) > 2 and names[1] in _START and names[2] in _END
    if not is_known and not (names[0] == _ID and _begins_as_written_by_it(head)):
        raise LayoutError("the columns that it begins with: ID, Start time, Completion time")
    roles = ["respondent", "moment", "moment"]
    own = names[len(roles) :] if is_known else ["email", "name"]
    for name in own:
        if name not in _OWN:
            break
        roles.append(_OWN[name])
    found = []
    for at, name in enumerate(head.names):
        text = " ".join(name.split())
        role = roles[at] if at < len(roles) else ""
        if not role and text.startswith(_FEEDBACK) and text.removeprefix(_FEEDBACK) in head.names[len(roles) : at]:
            role = "form"  # what the teacher wrote to the respondent
        found.append(Found(positions=(at,), name=text, text=text, role=role) if role else _question(head, at, text))
    return Layout(n_header_rows=1, columns=columns_of(found), moments=(2, 1))


def _question(head: Head, position: int, text: str) -> Found:
    """A question; where several may be chosen, a semicolon stands behind each choice, the last one, too."""
    cells = head.counts(position)
    has_several = bool(cells) and all(cell.endswith(_AFTER_EACH_CHOICE) for cell in cells)
    return Found(
        positions=(position,),
        name=text or f"column {position + 1}",
        text=text or f"column {position + 1}",
        role="question" if text or cells else "form",
        separator=_AFTER_EACH_CHOICE if has_several else "",
    )


READER = Reader(name="microsoft_forms", title="Microsoft Forms", evidence=_evidence, layout=_layout)
