"""Plain tables: one heading a column, one row a respondent."""

from __future__ import annotations

import re

from cxlib.exports.headings import plain_text
from cxlib.exports.layout import ExportColumn, Head, Layout
from cxlib.exports.reader import Evidence, Reader
from cxlib.repeated_names import kept_apart

_RESPONDENT = re.compile(
    r"^(?:respondent|response|responses?|respondents?|customer|kund|svar|answer)?[\s_\-]*(?:id|nr|nummer|number)$"
    r"|^(?:respnum|respid|resp_id|kundnr|löpnr|löpnummer)$",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"^(?:answered|submitted|completed|recorded|responded|svarade|besvarad|inskickad)[\s_]*(?:at|on|date|time|datum)?$"
    r"|^(?:time[\s_]*stamp|tidst[äa]mpel|date|datum|intdate|svarsdatum|submit[\s_]*date|end[\s_]*date)$",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,4}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,4}|\b\d{1,2}\.?\s+\w{3,}\.?,?\s+\d{4}|^(?:19|20)\d{6}$")


def _layout(head: Head) -> Layout:
    names = kept_apart(plain_text(name) or f"column {at}" for at, name in enumerate(head.names, start=1))
    roles = ["question"] * len(names)
    for role, pattern in (("respondent", _RESPONDENT), ("moment", _MOMENT)):
        fitting = [at for at, name in enumerate(head.names) if roles[at] == "question" and pattern.match(name)]
        fits = _is_one_each if role == "respondent" else _are_moments
        fitting = [at for at in fitting if fits(head, at)]
        if fitting:
            roles[fitting[0]] = role
    for at, name in enumerate(head.names):
        if not name and not head.counts(at):
            roles[at] = "form"
    columns = (
        ExportColumn(position=at, role=role, name=name, text=name)
        for at, (role, name) in enumerate(zip(roles, names, strict=True))
    )
    moments = tuple(at for at, role in enumerate(roles) if role == "moment")
    return Layout(n_header_rows=1, columns=tuple(columns), moments=moments)


def is_called_a_moment(heading: str) -> bool:
    """Whether a column is called so that it ought to tell when somebody answered.

    >>> is_called_a_moment("Datum"), is_called_a_moment("Was our date picker easy?")
    (True, False)
    """
    return bool(_MOMENT.match(heading))


def _is_one_each(head: Head, position: int) -> bool:
    cells = head.column(position)
    return len(cells) == len(head.rows) and len(set(cells)) == len(cells)


def _are_moments(head: Head, position: int) -> bool:
    """Whether most cells begin like a date: a column of bare days of a month is none."""
    cells = head.column(position)
    return sum(bool(_DATE.search(cell)) for cell in cells) > len(cells) / 2


def _evidence(_head: Head) -> Evidence | None:
    return None  # whatever no other reader knows is a plain table


READER = Reader(name="plain", title="a plain table", evidence=_evidence, layout=_layout)
