"""Exports of Formbricks: fixed columns, what the browser told, numbered questions, and what was known before."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from cxlib.exports.choices import whole_choices
from cxlib.exports.found import Found, columns_of, doubts_of, single
from cxlib.exports.headings import plain_text
from cxlib.exports.layout import Head, Layout
from cxlib.exports.reader import CERTAIN, Evidence, LayoutError, Reader

_ROLES = {
    "No.": "form",
    "Response ID": "respondent",
    "Timestamp": "moment",
    "Finished": "finished",
    "Survey ID": "form",
    "Formbricks ID (internal)": "form",
    "User ID": "question",
    "Notes": "form",
    "Tags": "form",
    "Quotas": "form",
}
"""User ID is what a study knows the customer by: with it answers find their customers."""

_FIXED = ("Response ID", "Timestamp", "Finished", "Survey ID")
_NUMBERED = re.compile(r"^\d+\. ")
_OPTION_IDS = " - Option ID"
_SEPARATORS = ("; ", ", ")
"""By version: those that write the ids of options write the first."""


def _evidence(head: Head) -> Evidence | None:
    if set(_FIXED) <= set(head.names):
        return Evidence(strength=CERTAIN, why=f"it has the columns {', '.join(_FIXED)}")
    return None


def _layout(head: Head) -> Layout:
    missing = [name for name in _FIXED[:2] if name not in head.names]
    if missing:
        raise LayoutError(f"a column {' and '.join(missing)}")
    last_fixed = max(head.names.index(name) for name in _ROLES if name in head.names)
    first_asked = next((at for at, name in enumerate(head.names) if _NUMBERED.match(name)), last_fixed + 1)
    has_ids = any(name.endswith(_OPTION_IDS) for name in head.names)
    separators = _SEPARATORS[:1] if has_ids else _SEPARATORS
    found = []
    for at, (name, after) in enumerate(pairwise([*head.names, ""])):
        cells = head.counts(at)
        if at <= last_fixed and name in _ROLES:
            found.append(Found(positions=(at,), name=name, text=name, role=_ROLES[name]))
        elif at < first_asked or name.endswith(_OPTION_IDS):
            found.append(Found(positions=(at,), name=name, text=name, role="form"))
        elif name == "Verified Email":
            found.append(Found(positions=(at,), name=name, text=name, role="personal"))
        elif name and after == f"{name}{_OPTION_IDS}":
            found.append(_of_choices(at, name, cells, ids=head.counts(at + 1)))
        else:
            found.append(single(at, plain_text(name), cells, separators))
    return Layout(
        n_header_rows=1,
        columns=columns_of(found),
        moments=(head.names.index("Timestamp"),),
        escape="'",
        doubts=doubts_of(found),
    )


def _of_choices(position: int, name: str, cells: Counter[str], *, ids: Counter[str]) -> Found:
    """A question of choices, the ids of which stand in the next column: they tell whether several were chosen."""
    text = plain_text(name)
    separator = ""
    if any(", " in cell for cell in ids):
        separator = next((sign for sign in _SEPARATORS if any(sign in cell for cell in cells)), "")
    whole = whole_choices(cells, separator) if separator else frozenset()
    return Found(positions=(position,), name=text, text=text, separator=separator, whole=whole)


READER = Reader(name="formbricks", title="Formbricks", evidence=_evidence, layout=_layout)
