"""From the columns of an export to answers, respondents and questions: the same for every tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cxlib import cells
from cxlib.date_forms import looks_like_a_date
from cxlib.errors import Problem, RefusedFileError
from cxlib.exports.answered import answered_at
from cxlib.exports.headings import plain_text
from cxlib.exports.kinds import kind_of
from cxlib.exports.layout import SAMPLE_ROWS, ExportColumn, Layout
from cxlib.exports.personal import is_personal
from cxlib.exports.stacking import stacked
from cxlib.readers import RawTable
from cxlib.readers.table import TEXT
from cxlib.rejections import Failures
from cxlib.swallowed_rows import note_swallowed_rows

LEFT_OUT = {
    "form": "about the form, no answer",
    "finished": "about the form, no answer",
    "personal": "tells who somebody is",
}

_LEAST_TELLING_CELLS = 4
"""A line of text may well have two commas in it."""


@dataclass(frozen=True, kw_only=True)
class TidyExport:
    """An export in tidy frames; see `cxlib.exports.survey.Survey`, which has them too. `date_order` is that of its
    moments, as told or as found."""

    answers: pd.DataFrame
    respondents: pd.DataFrame
    questions: pd.DataFrame
    not_asked: pd.DataFrame
    left_out: pd.DataFrame
    rejected: pd.DataFrame
    date_order: str | None
    n_read: int
    n_rejected: int


def tidy(
    raw: RawTable,
    layout: Layout,
    *,
    timezone: ZoneInfo,
    date_order: str | None = None,
    decimal: str | None = None,
    with_personal: bool,
    alongside: Mapping[str, int] | None = None,
) -> TidyExport:
    """The answers, respondents and questions of an export.

    Parameters
    ----------
    raw : RawTable
    layout : Layout
    timezone : ZoneInfo
        Of `answered_at`, and of moments that do not say theirs.
    date_order : "dmy", "mdy", "ymd" or None
        Of moments whose date is in numbers; None: as they show it.
    decimal : ".", "," or None
        Of numbers; None: as each question's answers show it.
    with_personal : bool
        Whether columns that tell who somebody is are questions too.
    alongside : mapping of name to position of a column, optional
        Columns that stand in `respondents` too, under these names, whatever their role.

    Raises
    ------
    RefusedFileError
        Nothing tells whether the day or the month comes first in the moments, or whether the commas in the numbers
        separate thousands.

    Notes
    -----
    Linear in the cells.
    """
    headings = layout.n_header_rows - 1
    # rows of headings may hold line breaks or be blank, so they are counted, not known by their number
    text, rows = raw.cells.slice(headings), raw.rows[headings:]
    columns = _with_personal(layout, text, with_personal=with_personal)
    failures = Failures(raw.file, rows)
    failures.add_rows(
        [bad.row for bad in raw.malformed],
        [bad.text for bad in raw.malformed],
        [bad.reason for bad in raw.malformed],
        [bad.allowed for bad in raw.malformed],
    )
    _refuse_repeated_headings(raw, text, failures)
    moment, order = answered_at(raw, layout, text, failures, timezone=timezone, date_order=date_order)
    n_swallowed = _note_swallowed_rows(raw, layout, text, failures)
    ids = _respondents(raw, layout, text, rows, moment, failures)
    kept = ~failures.failed
    respondents = pd.DataFrame(
        {"respondent": ids[kept], "answered_at": moment[kept].array, "source_row": rows[kept]}
    ).astype({"respondent": "str"})
    keep = pa.array(kept)
    for name, position in (alongside or {}).items():
        respondents[name] = cells.to_text(cells.composed(cells.trimmed(text.column(position).filter(keep))))
    asked = _questions(columns)
    given = stacked(asked, text if kept.all() else text.filter(keep), layout, decimal=decimal)
    _refuse_doubtful_commas(raw, asked, given, rows[kept])
    questions = _described(asked, given)
    return TidyExport(
        answers=_told(questions, given, respondents),
        respondents=respondents,
        questions=questions,
        not_asked=_not_asked(asked, text.filter(keep), layout, respondents),
        left_out=_left_out(raw, columns),
        rejected=failures.frame(),
        date_order=order,
        n_read=len(rows) + len(raw.malformed) + n_swallowed,
        n_rejected=int(failures.failed.sum()) + len(raw.malformed) + n_swallowed,
    )


def _refuse_repeated_headings(raw: RawTable, text: pa.Table, failures: Failures) -> None:
    """Files that were put one behind the other have the headings once more."""
    places = [at for at, name in enumerate(raw.header) if name]
    repeats = np.ones(len(text), dtype=bool)
    for at in places:
        alike = pc.equal(cells.composed(cells.trimmed(text.column(at))), raw.header[at])
        repeats &= pc.fill_null(alike, False).to_numpy()
        if not repeats.any():
            return
    if places:
        first = places[0]
        reason = "the headings come once more here: files were put one behind the other"
        failures.add(repeats, raw.header[first], text.column(first), reason, allowed="answers")


def _note_swallowed_rows(raw: RawTable, layout: Layout, text: pa.Table, failures: Failures) -> int:
    """A line within a cell looks like a row by its date, or by its id and the number of its cells, or by that alone."""
    if layout.moments:
        return note_swallowed_rows(raw, text, failures, position=layout.moments[0], looks_right=looks_like_a_date)
    n_cells = len(layout.columns)
    column = next(iter(layout.of_role("respondent")), None)
    if column is not None:
        where = {"position": column.position, "looks_right": _looks_like_an_id}
        return note_swallowed_rows(raw, text, failures, n_cells=n_cells, **where)
    if n_cells < _LEAST_TELLING_CELLS:
        return 0
    return note_swallowed_rows(raw, text, failures, n_cells=n_cells, position=0, looks_right=lambda cell: True)


def _looks_like_an_id(cell: str) -> bool:
    return " " not in cell and any(sign.isdigit() for sign in cell)


def _with_personal(layout: Layout, text: pa.Table, *, with_personal: bool) -> tuple[ExportColumn, ...]:
    """The columns, those that tell who somebody is marked so, or, where they are asked for, taken for questions."""
    found = []
    for column in layout.columns:
        role = column.role
        if role == "question":
            role = "personal" if is_personal(column.text, _sample(text.column(column.position))) else role
        if role == "personal" and with_personal:
            role = "question"
        found.append(column if role == column.role else _in_role(column, role))
    return tuple(found)


def _sample(column: pa.ChunkedArray) -> list[str]:
    """Cells that are not empty, from the beginning of the column to its end."""
    filled = np.flatnonzero(pc.fill_null(pc.not_equal(column, ""), False).to_numpy())
    places = filled[np.linspace(0, len(filled) - 1, SAMPLE_ROWS).astype(int)] if len(filled) > SAMPLE_ROWS else filled
    return [cell for cell in map(str.strip, column.take(pa.array(places)).to_pylist()) if cell]


def _in_role(column: ExportColumn, role: str) -> ExportColumn:
    return ExportColumn(
        position=column.position,
        role=role,
        name=column.name,
        text=column.text,
        separator=column.separator,
        whole=column.whole,
        is_written=column.is_written,
    )


def _respondents(
    raw: RawTable, layout: Layout, text: pa.Table, rows: np.ndarray, moment: pd.Series, failures: Failures
) -> np.ndarray:
    """Who answered each row: by the tool's id, else by the moment, else by the row."""
    column = next(iter(layout.of_role("respondent")), None)
    numbers = pa.array(rows).cast(TEXT)
    by_row = pc.binary_join_element_wise(pa.scalar("row", TEXT), numbers, pa.scalar(" ", TEXT)).to_numpy(False)
    if column is None:
        if moment[~failures.failed].isna().any():
            return by_row
        ids = moment.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ").str.replace(".000000Z", "Z")
        times = ids.groupby(ids).cumcount() + 1
        return np.where(times == 1, ids, ids + " (" + times.astype("str") + ")")
    written = cells.composed(cells.trimmed(text.column(column.position)))
    ids = cells.to_text(written)
    candidates = ids.notna().to_numpy() & ~failures.failed
    twice = np.zeros(len(ids), dtype=bool)
    twice[candidates] = ids[candidates].duplicated().to_numpy()
    heading = raw.header[column.position] or column.name
    failures.add(twice, heading, written, "comes more than once; the first row stays", allowed="once")
    return np.where(ids.isna(), by_row, ids)


def _refuse_doubtful_commas(
    raw: RawTable, questions: list[list[ExportColumn]], given: pd.DataFrame, rows: np.ndarray
) -> None:
    """Of questions to which every answer is a number, if the comma separates thousands; 1,200 among words is text."""
    if not given["is_doubtful"].any():
        return
    may_count = np.array(
        [not (one[0].separator or one[0].is_written) and one[0].role != "option" for one in questions], dtype=bool
    )
    is_text = given["number"].isna() & ~given["is_doubtful"]
    may_count[given.loc[is_text, "question"].unique()] = False
    found = given.loc[given["is_doubtful"] & may_count[given["question"]]]
    if found.empty:
        return
    first = found.iloc[0]
    raise RefusedFileError(
        Problem(
            file=raw.file,
            row=int(rows[first["at"]]),
            column=questions[first["question"]][0].name,
            value=first["answer"],
            reason="nothing in this file tells whether the comma is a decimal sign or separates thousands",
            allowed='decimal "," where it is a decimal sign: an option of cx survey, of read_survey, and a key in '
            '[tables.responses] of study.toml; else write thousands without a sign or with a space; or decimal ".", '
            "which takes them for words",
        )
    )


def _kind(column: ExportColumn, given: pd.DataFrame) -> str:
    if column.role == "option" or column.separator:
        return "several choices"
    kind = kind_of(given["answer"], given["number"])
    return "open text" if column.is_written and kind == "choice" else kind


def _questions(columns: tuple[ExportColumn, ...]) -> list[list[ExportColumn]]:
    """The columns of each question."""
    groups: dict[str, list[ExportColumn]] = {}
    for column in columns:
        if column.role in ("question", "option"):
            groups.setdefault(column.name, []).append(column)
    return list(groups.values())


def _described(questions: list[list[ExportColumn]], given: pd.DataFrame) -> pd.DataFrame:
    """One row per question: of which kind it is, how many answered, what numbers were met."""
    n_questions = len(questions)
    place = given["question"]
    numbers = given.groupby("question")["number"].agg(["min", "max"]).reindex(range(n_questions))
    by_question = dict(iter(given.groupby("question")))
    nobody = given.iloc[:0]
    return pd.DataFrame(
        {
            "question": [columns[0].name for columns in questions],
            "question_text": [columns[0].text for columns in questions],
            "kind": [_kind(columns[0], by_question.get(at, nobody)) for at, columns in enumerate(questions)],
            "n_answered": _times(given.drop_duplicates(["question", "at"])["question"], n_questions),
            "n_answers": _times(place, n_questions),
            "n_different": _times(given.drop_duplicates(["question", "answer"])["question"], n_questions),
            "lowest_seen": numbers["min"].to_numpy(),
            "highest_seen": numbers["max"].to_numpy(),
        }
    ).astype({"question": "str", "question_text": "str", "kind": "str"})


def _times(place: pd.Series, n_questions: int) -> np.ndarray:
    return np.bincount(place, minlength=n_questions)


def _told(questions: pd.DataFrame, given: pd.DataFrame, respondents: pd.DataFrame) -> pd.DataFrame:
    """The answers, with who gave them, when, and to what."""
    at, place = given["at"].to_numpy(), given["question"].to_numpy()
    texts, of_text = np.unique(questions["question_text"].to_numpy(dtype=object), return_inverse=True)
    return pd.DataFrame(
        {
            "respondent": respondents["respondent"].array[at],
            "answered_at": respondents["answered_at"].array[at],
            # A text for each of millions of answers would take gigabytes.
            "question": pd.Categorical.from_codes(place, questions["question"]),
            "answer": given["answer"].array,
            "number": given["number"].array,
            "question_text": pd.Categorical.from_codes(of_text[place], pd.Index(texts, dtype="str")),
        }
    )


def _not_asked(
    questions: list[list[ExportColumn]], text: pa.Table, layout: Layout, respondents: pd.DataFrame
) -> pd.DataFrame:
    """Who was not asked what, where the tool says so."""
    found = [pd.DataFrame({"respondent": [], "question": []}, dtype="str")]
    codes = pa.array(sorted(layout.not_asked), TEXT)
    for columns in questions if layout.not_asked else []:
        is_open = np.ones(len(text), dtype=bool)
        for column in columns:
            is_open &= pc.is_in(cells.trimmed(text.column(column.position)), value_set=codes).to_numpy()
        found.append(respondents.loc[is_open, ["respondent"]].assign(question=columns[0].name))
    return pd.concat(found, ignore_index=True).astype("str")


def _left_out(raw: RawTable, columns: tuple[ExportColumn, ...]) -> pd.DataFrame:
    out = [
        {"column": plain_text(raw.header[column.position]) or column.text, "reason": LEFT_OUT[column.role]}
        for column in columns
        if column.role in LEFT_OUT and (raw.header[column.position] or column.text)
    ]
    return pd.DataFrame(out, columns=["column", "reason"]).astype("str")
