"""Plain tables: one heading a column, one row a respondent."""

from __future__ import annotations

import re

from cxlib.exports.headings import plain_text
from cxlib.exports.layout import OF_RESPONDENTS, ExportColumn, Head, Layout
from cxlib.exports.reader import Evidence, Reader
from cxlib.exports.shortened_ids import are_shortened
from cxlib.repeated_names import kept_apart

_RESPONDENT = re.compile(
    r"^(?:respondent|response|responses?|respondents?|customer|kund|svar|answer)?[\s_\-]*(?:id|nr|nummer|number)$"
    r"|^(?:respnum|respid|resp_id|kundnr|löpnr|löpnummer)$",
    re.IGNORECASE,
)
_OF_RESPONDENTS = re.compile(r"^(?:respon|svar|answer)", re.IGNORECASE)
_MOMENT = re.compile(
    r"^(?:answered|submitted|completed|recorded|responded|svarade|besvarad|inskickad)[\s_]*(?:at|on|date|time|datum)?$"
    r"|^(?:time[\s_]*stamp|tidst[äa]mpel|date|datum|intdate|svarsdatum|submit[\s_]*date|end[\s_]*date)$",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,4}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,4}|\b\d{1,2}\.?\s+\w{3,}\.?,?\s+\d{4}|^(?:19|20)\d{6}$")


def _layout(head: Head) -> Layout:
    names = kept_apart(plain_text(name) or f"column {at}" for at, name in enumerate(head.names, start=1))
    roles = ["question"] * len(names)
    ids = [at for at, name in enumerate(head.names) if _RESPONDENT.match(name)]
    shortened = [at for at in ids if are_shortened(head.counts(at))]  # `without_shortened_ids` tells of it
    respondent = next((at for at in ids if at not in shortened and _tells_respondents_apart(head, at)), None)
    if respondent is None and shortened:
        respondent = shortened[0]
    if respondent is not None:
        roles[respondent] = "respondent"
    moment = next((at for at, name in enumerate(head.names) if _MOMENT.match(name) and _are_moments(head, at)), None)
    if moment is not None:
        roles[moment] = "moment"
    for at, name in enumerate(head.names):
        if not name and not head.counts(at):
            roles[at] = "form"
    doubts = [
        f"{names[at]!r} is not unique, so {OF_RESPONDENTS}; if it tells who answered, say so, and the first row of "
        "each counts"
        for at in ids[:1]
        if respondent is None and head.counts(at)
    ]
    columns = (
        ExportColumn(position=at, role=role, name=name, text=name)
        for at, (role, name) in enumerate(zip(roles, names, strict=True))
    )
    moments = tuple(at for at, role in enumerate(roles) if role == "moment")
    return Layout(n_header_rows=1, columns=tuple(columns), moments=moments, doubts=tuple(doubts))


def is_called_a_moment(heading: str) -> bool:
    """Whether a column is called so that it ought to tell when somebody answered.

    >>> is_called_a_moment("Datum"), is_called_a_moment("Was our date picker easy?")
    (True, False)
    """
    return bool(_MOMENT.match(heading))


def _tells_respondents_apart(head: Head, position: int) -> bool:
    """Whether each id comes once; one that is called the respondent's may come again, as a row that is rejected.

    A customer's number comes again where she answered again. The whole column counts, not where the first one stands.
    """
    counts, n_rows = head.counts(position), len(head.filled(position))
    if not counts:
        return False
    if len(counts) == n_rows == counts.total():
        return True
    return bool(_OF_RESPONDENTS.match(head.names[position])) and len(counts) > n_rows / 2


def _are_moments(head: Head, position: int) -> bool:
    """Whether most cells begin like a date: a column of bare days of a month is none."""
    cells = head.column(position)
    return sum(bool(_DATE.search(cell)) for cell in cells) > len(cells) / 2


def _evidence(_head: Head) -> Evidence | None:
    return None  # whatever no other reader knows is a plain table


READER = Reader(name="plain", title="a plain table", evidence=_evidence, layout=_layout)
