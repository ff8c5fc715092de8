"""From the columns of an export to answers, respondents and questions: the same for every tool."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib import cells
from cxlib.exports.answered import answered_at
from cxlib.exports.choices import choices_in
from cxlib.exports.kinds import kind_of
from cxlib.exports.layout import ExportColumn, Layout
from cxlib.exports.personal import is_personal
from cxlib.readers import RawTable
from cxlib.rejections import Failures

_OUT_OF = r"^\s*(-?\d+(?:[.,]\d+)?)\s*/\s*\d+\s*$"
"""4 / 5, as some forms write a score."""

_FORMULA = "=+-@"

LEFT_OUT = {"form": "about the form, no answer", "personal": "tells who somebody is"}


@dataclass(frozen=True, kw_only=True)
class TidyExport:
    """An export in tidy frames; see `cxlib.exports.survey.Survey`, which has them too."""

    answers: pd.DataFrame
    respondents: pd.DataFrame
    questions: pd.DataFrame
    left_out: pd.DataFrame
    rejected: pd.DataFrame
    n_read: int
    n_rejected: int


def tidy(
    raw: RawTable, layout: Layout, *, timezone: ZoneInfo, date_order: str | None = None, with_personal: bool
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
    with_personal : bool
        Whether columns that tell who somebody is are questions too.

    Raises
    ------
    RefusedFileError
        Nothing tells whether the day or the month comes first in the moments.

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
    moment = answered_at(raw, layout, text, failures, timezone=timezone, date_order=date_order)
    ids = _respondents(raw, layout, text, rows, moment, failures)
    kept = ~failures.failed
    respondents = pd.DataFrame(
        {"respondent": ids[kept], "answered_at": moment[kept].array, "source_row": rows[kept]}
    ).astype({"respondent": "str"})
    parts, questions = [], []
    keep = pa.array(kept)
    for name, group in _questions(columns).items():
        found = _answers(group, [text.column(column.position).filter(keep) for column in group], layout)
        answer, numbers = found["answer"], _numbers(found["answer"])
        questions.append(
            {
                "question": name,
                "question_text": group[0].text,
                "kind": _kind(group[0], answer, numbers),
                "n_answered": found["at"].nunique(),
                "n_answers": len(found),
                "n_different": answer.nunique(),
                "lowest_seen": numbers.min(),
                "highest_seen": numbers.max(),
            }
        )
        parts.append(found.assign(question=name, question_text=group[0].text, number=numbers))
    return TidyExport(
        answers=_stacked(parts, respondents),
        respondents=respondents,
        questions=_typed_questions(questions),
        left_out=_left_out(raw, columns),
        rejected=failures.frame(),
        n_read=len(rows) + len(raw.malformed),
        n_rejected=int(failures.failed.sum()) + len(raw.malformed),
    )


def _with_personal(layout: Layout, text: pa.Table, *, with_personal: bool) -> tuple[ExportColumn, ...]:
    """The columns, those that tell who somebody is marked so, or, where they are asked for, taken for questions."""
    found = []
    for column in layout.columns:
        role = column.role
        if role == "question":
            sample = [cell for cell in text.column(column.position).slice(0, 200).to_pylist() if cell]
            role = "personal" if is_personal(column.text, sample) else role
        if role == "personal" and with_personal:
            role = "question"
        found.append(column if role == column.role else _in_role(column, role))
    return tuple(found)


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
    by_row = np.array([f"row {row}" for row in rows], dtype=object)
    if column is None:
        if moment.isna().any():
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


def _kind(column: ExportColumn, answer: pd.Series, numbers: pd.Series) -> str:
    if column.role == "option" or column.separator:
        return "several choices"
    kind = kind_of(answer, numbers)
    return "open text" if column.is_written and kind == "choice" else kind


def _questions(columns: tuple[ExportColumn, ...]) -> dict[str, list[ExportColumn]]:
    groups: dict[str, list[ExportColumn]] = {}
    for column in columns:
        if column.role in ("question", "option"):
            groups.setdefault(column.name, []).append(column)
    return groups


def _answers(group: list[ExportColumn], texts: list[pa.ChunkedArray], layout: Layout) -> pd.DataFrame:
    """at (position of the respondent), answer; one row per answer, by respondent, then as the columns stand."""
    parts = []
    for column, written in zip(group, texts, strict=True):
        answer = cells.to_text(cells.trimmed(written))
        if layout.escape:
            is_escaped = answer.str.startswith(layout.escape) & answer.str[1:2].isin(list(_FORMULA))
            answer = answer.mask(is_escaped.fillna(False).astype(bool), answer.str[1:])
        if column.role == "option":
            word = answer.str.lower()
            chosen = word.isin(layout.chosen) if layout.chosen else answer.notna() & ~word.isin(layout.not_chosen)
            answer = pd.Series(column.option, index=answer.index, dtype="str").where(chosen)
        answer = answer.dropna()
        if column.separator:
            choices = {cell: choices_in(cell, column.separator, column.whole) for cell in answer.unique()}
            answer = answer.map(choices).explode().dropna().astype("str")
        parts.append(pd.DataFrame({"at": answer.index.to_numpy(dtype="int64"), "answer": answer.to_numpy()}))
    if not parts:
        return pd.DataFrame({"at": pd.Series(dtype="int64"), "answer": pd.Series(dtype="str")})
    found = parts[0] if len(parts) == 1 else pd.concat(parts).sort_values("at", kind="stable")
    return found.astype({"answer": "str"}).reset_index(drop=True)


def _numbers(answer: pd.Series) -> pd.Series:
    text = answer.str.replace(_OUT_OF, r"\1", regex=True)
    column = pa.chunked_array([pa.array(text, type=pa.large_string(), from_pandas=True)])
    point, comma = (cells.numbers(column, decimal=sign)[0] for sign in (".", ","))
    best = comma if np.isnan(point).sum() > np.isnan(comma).sum() else point
    return pd.Series(best, index=answer.index)


def _stacked(parts: list[pd.DataFrame], respondents: pd.DataFrame) -> pd.DataFrame:
    names = ["respondent", "answered_at", "question", "answer", "number", "question_text"]
    if not parts:
        parts = [pd.DataFrame(columns=["at", *names]).astype({"at": "int64"})]
    stacked = pd.concat(parts, ignore_index=True).sort_values("at", kind="stable", ignore_index=True)
    at = stacked["at"].to_numpy()
    stacked["respondent"] = respondents["respondent"].array[at]
    stacked["answered_at"] = respondents["answered_at"].array[at]
    kinds = dict.fromkeys(("respondent", "question", "answer", "question_text"), "str")
    return stacked[names].astype(kinds | {"number": "float64"})


def _typed_questions(questions: list[dict]) -> pd.DataFrame:
    kinds = {
        "question": "str", "question_text": "str", "kind": "str", "n_answered": "int64", "n_answers": "int64",
        "n_different": "int64", "lowest_seen": "float64", "highest_seen": "float64",
    }  # fmt: skip
    return pd.DataFrame(questions, columns=list(kinds)).astype(kinds)


def _left_out(raw: RawTable, columns: tuple[ExportColumn, ...]) -> pd.DataFrame:
    out = [
        {"column": raw.header[column.position] or column.text, "reason": LEFT_OUT[column.role]}
        for column in columns
        if column.role in LEFT_OUT and (raw.header[column.position] or column.text)
    ]
    return pd.DataFrame(out, columns=["column", "reason"]).astype("str")
