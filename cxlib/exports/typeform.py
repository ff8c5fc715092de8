"""Exports of Typeform: an id called #, the questions, and at the end the moments in UTC."""

from __future__ import annotations

from cxlib.exports.found import Found, columns_of, single
from cxlib.exports.headings import plain_text
from cxlib.exports.layout import Head, Layout
from cxlib.exports.reader import CERTAIN, LIKELY, Evidence, LayoutError, Reader

_ID = "#"
_MOMENTS = ("submit date (utc)", "stage date (utc)", "start date (utc)")
_AT_THE_END = {
    "response type": "finished",
    "start date (utc)": "moment",
    "stage date (utc)": "moment",
    "submit date (utc)": "moment",
    "network id": "form",
    "tags": "form",
    "ending": "form",
}
_BEGIN_THE_END = ("response type", *_MOMENTS)
_OTHER = {"other", "annat", "övrigt", "andere", "autre", "otro", "outro", "altro"}
_LONGEST_NAME = 60


def _evidence(head: Head) -> Evidence | None:
    lower = [name.lower() for name in head.names]
    if "submit date (utc)" in lower and ("start date (utc)" in lower or lower[0] == _ID):
        return Evidence(strength=CERTAIN, why="its last columns are Start Date (UTC) and Submit Date (UTC)")
    if lower[0] == _ID and "network id" in lower:
        return Evidence(strength=LIKELY, why="its first column is # and one of its last Network ID")
    return None


def _layout(head: Head) -> Layout:
    lower = [name.lower() for name in head.names]
    ends = [at for at, name in enumerate(lower) if name in (*_BEGIN_THE_END, "network id")]
    if not ends:
        raise LayoutError("a column Submit Date (UTC)")
    first_end = _first_of_last_run(lower, ends[-1])
    found = []
    if lower[0] == _ID:
        found.append(Found(positions=(0,), name=_ID, text=_ID, role="respondent"))
    found += _questions(head, range(len(found), first_end))
    for at in range(first_end, len(lower)):
        if lower[at] in _AT_THE_END:
            found.append(Found(positions=(at,), name=lower[at], text=head.names[at], role=_AT_THE_END[lower[at]]))
        else:
            found.append(single(at, plain_text(head.names[at]), head.counts(at)))
    return Layout(
        n_header_rows=1,
        columns=columns_of(found),
        moments=tuple(at for moment in _MOMENTS for at, name in enumerate(lower) if name == moment and at >= first_end),
        timezone="UTC",
        escape="'",
    )


def _first_of_last_run(lower: list[str], last: int) -> int:
    """Where the columns begin that it adds itself: a question may be called Tags too, but stands before them."""
    first = at = last
    while at and lower[at - 1] in _AT_THE_END:
        at -= 1
        first = at if lower[at] in _BEGIN_THE_END else first
    return first


def _questions(head: Head, positions: range) -> list[Found]:
    """One question a column, but one for neighbours that each hold nothing but their own heading: its options.

    What the question was, the file does not say: it is called by its options.
    """
    found: list[Found] = []
    at = positions.start
    while at < positions.stop:
        run = _run_of_options(head, range(at, positions.stop))
        if len(run) > 1:
            found.append(_options(head, run))
            at = run[-1] + 1
            if at < positions.stop and head.names[at].lower() in _OTHER:
                text = f"{found[-1].name} [{plain_text(head.names[at])}]"
                found.append(single(at, text, head.counts(at), is_written=True))
                at += 1
        else:
            found.append(single(at, plain_text(head.names[at]), head.counts(at)))
            at += 1
    return found


def _run_of_options(head: Head, positions: range) -> list[int]:
    """The columns from here on that are options of one question: up to the last that says its heading.

    One that nobody chose may stand between them. Where a heading comes again, another question begins.
    """
    run: list[int] = []
    names: set[str] = set()
    n_sure = 0
    for at in positions:
        said = set(head.counts(at))
        is_option = said <= {head.names[at]} and head.names[at] not in names and head.names[at].lower() not in _OTHER
        if not is_option or not (said or run):
            break
        run.append(at)
        names.add(head.names[at])
        n_sure = len(run) if said else n_sure
    return run[:n_sure]


def _options(head: Head, run: list[int]) -> Found:
    options = tuple(plain_text(head.names[at]) for at in run)
    text = " / ".join(options)
    name = text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 2].rstrip(" /") + " …"
    return Found(positions=tuple(run), name=name, text=text, role="option", options=options)


READER = Reader(name="typeform", title="Typeform", evidence=_evidence, layout=_layout)
