"""A survey export, or successive ones: what its tool wrote, as answers, respondents and questions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from cxlib.errors import ParameterError, Problem, RefusedFileError, hint, nearest_name
from cxlib.exports import (
    formbricks,
    google_forms,
    limesurvey,
    microsoft_forms,
    plain,
    qualtrics,
    surveymonkey,
    typeform,
)
from cxlib.exports.layout import Head, Layout, head_of
from cxlib.exports.reader import LayoutError, Reader
from cxlib.exports.shortened_ids import without_shortened_ids
from cxlib.exports.successive import Export, merge_exports
from cxlib.exports.told import ToldColumns, as_told, has_column, position_of, positions
from cxlib.readers import RawTable, files_in, folders_in, is_file, is_folder, read_table
from cxlib.rejected_rows import without_row_columns
from cxlib.written_as import written_as

READERS: Mapping[str, Reader] = {
    module.READER.name: module.READER
    for module in (qualtrics, surveymonkey, typeform, formbricks, limesurvey, google_forms, microsoft_forms, plain)
}
"""In the order in which a tie is decided: a plain table is what no other reader knows."""

AUTO = "auto"

ENDINGS = (".csv", ".csv.gz", ".tsv", ".parquet")
"""Of the files in a folder of exports."""

_OWN_COLUMNS = ("respondent", "answered_at", "source_row", "file")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Survey:
    """A survey export, or successive exports of one survey. The frames are not to be changed in place.

    Attributes
    ----------
    file, sha256, encoding, delimiter : str
        Of successive exports: their folder, the sha256 over theirs, and None where they differ.
    reader : str
        One of `READERS`.
    why : str
        Why this reader, as a sentence.
    answers : DataFrame, one row per answer, by respondent
        respondent : str
        answered_at : datetime with zone; NaT where nothing tells
        question : category, as in `questions`
        answer : str, as it was written; of several choices, one row each
        number : float, the same as a number, such as 4 for "4 / 5"; NaN where it is none
        question_text : category, the question as it was put
    respondents : DataFrame, one row per respondent, those without any answer too
        respondent, answered_at
        source_row : int, the row of the file that a spreadsheet shows
        the columns asked for by `alongside`, as str
        file : str, the export that the answers come from
    questions : DataFrame, one row per question, as they stand in the file
        question, question_text : str
        kind : str, one of `cxlib.exports.kinds.KINDS`
        n_answered : int, respondents; n_answers : int; n_different : int, different answers
        lowest_seen, highest_seen : float, of the answers that are numbers: no scale, only what was met
    not_asked : DataFrame, one row per respondent and question that was not put to her, where the tool says so
        respondent, question : str
    left_out : DataFrame, one row per column that is in no other frame
        column, reason : str
    rejected : DataFrame
        As `Study.rejected`.
    exports : DataFrame, one row per file, the earliest export first
        file, sha256, encoding, delimiter : str
        date_order : str, of the moments, as told or as found: "dmy", "mdy" or "ymd"; NA where they do not show it
        header_row : int, the row of the headings; NA for a Parquet file
        rows_read, rows_kept, rows_rejected : int, as below; rows_kept = n_new + n_changed + n_unchanged
        n_new : int, respondents that no earlier export has
        n_changed : int, respondents who say something else than in the earlier exports, or the same at a later time
        n_unchanged : int, respondents of whom the earlier exports have as much
    rows_read, rows_kept, rows_rejected : int
        Rows of the files without their headings; read = kept + rejected.
    doubts : tuple of str
        What the file does not tell for certain, and how it was read, a sentence each.
    """

    file: str
    sha256: str
    encoding: str | None
    delimiter: str | None
    reader: str
    why: str
    answers: pd.DataFrame
    respondents: pd.DataFrame
    questions: pd.DataFrame
    not_asked: pd.DataFrame
    left_out: pd.DataFrame
    rejected: pd.DataFrame
    exports: pd.DataFrame
    rows_read: int
    rows_kept: int
    rows_rejected: int
    doubts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Survey({self.file!r}, {self.reader}: {len(self.respondents):,} respondents, {len(self.questions):,} "
            f"questions, {len(self.answers):,} answers; {self.rows_rejected:,} rows rejected)"
        )


def read_survey(
    path: str | Path,
    *,
    reader: str = AUTO,
    timezone: str = "UTC",
    personal: bool = False,
    respondent: str | None = None,
    answered_at: str | None = None,
    alongside: Sequence[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    date_order: str | None = None,
    decimal: str | None = None,
    separators: Mapping[str, str] | None = None,
) -> Survey:
    """Read what a survey tool or a spreadsheet wrote.

    Parameters
    ----------
    path : str or Path
        A CSV file (also gzipped) or a Parquet file; or a folder with successive exports of one survey, and nothing
        else but folders and hidden files.
    reader : str
        One of `READERS`, or "auto": by the content of the file, never by its name.
    timezone : str
        IANA name: of `answered_at`, and of moments that do not say theirs.
    personal : bool
        Whether columns of e-mail and network addresses, names and telephone numbers are taken for questions as well.
    respondent, answered_at : str, optional
        The column that tells who answered, and the one that tells when, where the reader does not find them.
    alongside : sequence of str
        Columns that stand in `Survey.respondents` too, whatever they hold: a customer's number, a survey weight.
    encoding, delimiter, header_row : str, str, int, optional
        Override what the content says; a tab may be written as "tab", and rows count from 1 as in a spreadsheet.
    date_order : "dmy", "mdy" or "ymd", optional
        Of moments whose date is in numbers, such as 3/10/2026; without it their own order counts, where they show it.
    decimal : "." or ",", optional
        Of numbers; without it each question's own counts, where its answers show it.
    separators : mapping of question to str, optional
        What stands between several choices in one cell; "" where each cell is one answer, such as "Yes, often".

    Returns
    -------
    Survey

    Raises
    ------
    ParameterError
        An unknown reader, timezone, encoding or order, or what is no delimiter, no row or no decimal sign.
    RefusedFileError
        The file cannot be read, or not by the reader that was named, or nothing tells whether the day or the month
        comes first in its moments, or whether the commas in its numbers separate thousands; exports are not of the
        same survey.

    Notes
    -----
    Of successive exports each respondent counts once, as she answered last: the row with the later moment counts, and
    where two have the same moment, or one has none, the row of the later export. The later export is the one whose
    last answer is later; where nothing tells, the one whose name comes later. A respondent is known by the tool's id,
    or where the tool writes none by the moment of the answer: there, whoever changes an answer is counted twice.
    A later export may have more columns, but none fewer.
    """
    zone = zone_named(timezone)
    if reader != AUTO and reader not in READERS:
        allowed = ", ".join([AUTO, *READERS])
        raise ParameterError(f"unknown reader {reader!r}; allowed: {allowed}{hint(reader, [AUTO, *READERS])}")
    taken = [name for name in alongside if name in _OWN_COLUMNS]
    if taken:
        raise ParameterError(f"alongside: respondents have a column {taken[0]!r} already")
    path = Path(path)
    written = written_as(
        encoding=encoding, delimiter=delimiter, header_row=header_row, date_order=date_order, decimal=decimal
    )
    date_order, decimal = (written.pop(name, None) for name in ("date_order", "decimal"))
    raws = [read_table(file, **written) for file in export_files(path)]
    told = ToldColumns(
        respondent=respondent,
        answered_at=answered_at,
        alongside={name: name for name in alongside},
        separators=separators or {},
    )
    return survey_of(
        raws,
        file=path.name,
        reader=reader,
        zone=zone,
        date_order=date_order,
        decimal=decimal,
        personal=personal,
        told=told,
    )


def export_files(path: Path, *, shown: str | None = None) -> list[Path]:
    """The file itself, or the exports in a folder, by name; `shown` is how messages name it.

    Raises
    ------
    RefusedFileError
        There is no such file or folder, the folder is empty, or something in it is no export.
    """
    shown = shown or path.name or str(path)
    if is_file(path):
        return [path]
    if not is_folder(path):
        # without their endings: every two names that end with .csv are alike
        by_stem = {Path(name).stem: name for name in [*files_in(path.parent), *folders_in(path.parent)]}
        near = nearest_name(path.stem, by_stem)
        raise RefusedFileError(
            Problem(file=shown, reason="is not there", nearest=None if near is None else by_stem[near])
        )
    names = [name for name in files_in(path) if not name.startswith(".")]
    others = [name for name in names if not name.lower().endswith(ENDINGS)]
    allowed = f"a folder that holds only exports ({', '.join(ENDINGS)})"
    if others:
        reason = "lies among the exports, but is none: save it as CSV, or move it away"
        raise RefusedFileError(Problem(file=f"{shown.rstrip('/')}/{others[0]}", reason=reason, allowed=allowed))
    if not names:
        raise RefusedFileError(Problem(file=shown, reason="holds no export", allowed=allowed))
    return [path / name for name in names]


def survey_of(
    raws: Sequence[RawTable],
    *,
    file: str,
    reader: str,
    zone: ZoneInfo,
    date_order: str | None,
    decimal: str | None = None,
    personal: bool,
    told: ToldColumns,
) -> Survey:
    """The survey in one table, or in those of successive exports; as `read_survey`, which reads them first.

    Raises
    ------
    RefusedFileError
    """
    raws = [without_row_columns(raw) for raw in raws]
    laid_out = [_laid_out(raw, reader) for raw in raws]
    chosen, why, _ = laid_out[0]
    for raw, (other, other_why, _) in zip(raws, laid_out, strict=True):
        if other is not chosen:
            reason = f"is read as {other.title}, because {other_why}; {raws[0].file} as {chosen.title}, because {why}"
            raise RefusedFileError(Problem(file=raw.file, reason=reason, allowed="exports of one tool, or one reader"))

    def layout_of(raw: RawTable) -> Layout:
        return as_told(_laid_out(raw, chosen.name)[2], told, file=raw.file)

    exports = []
    for raw, (_, _, layout) in zip(raws, laid_out, strict=True):
        layout = as_told(layout, told, file=raw.file)
        exports.append(Export(raw=raw, layout=layout, alongside=positions(layout, told, file=raw.file)))
    for name in told.separators:
        if not any(has_column(one.layout, name) for one in exports):
            position_of(exports[-1].layout, name, file=file)  # which says that there is none
    merged = merge_exports(
        exports,
        layout_of=layout_of,
        timezone=zone,
        date_order=date_order,
        decimal=decimal,
        with_personal=personal,
    )
    found = merged.tidy
    return Survey(
        file=file,
        sha256=_one_sha256(merged.exports["sha256"].tolist()),
        encoding=_one_of([raw.encoding for raw in raws]),
        delimiter=_one_of([raw.delimiter for raw in raws]),
        reader=chosen.name,
        why=why,
        answers=found.answers,
        respondents=found.respondents,
        questions=found.questions,
        not_asked=found.not_asked,
        left_out=found.left_out,
        rejected=found.rejected,
        exports=merged.exports,
        rows_read=found.n_read,
        rows_kept=found.n_read - found.n_rejected,
        rows_rejected=found.n_rejected,
        doubts=merged.doubts,
    )


def _laid_out(raw: RawTable, reader: str) -> tuple[Reader, str, Layout]:
    head = head_of(raw)
    chosen, why = _chosen(head) if reader == AUTO else (READERS[reader], "it was asked for")
    try:
        return chosen, why, without_shortened_ids(chosen.layout(head), head)
    except LayoutError as error:
        others = ", ".join(name for name in READERS if name != chosen.name)
        reason = f"as an export of {chosen.title} it lacks {error}"
        raise RefusedFileError(Problem(file=raw.file, reason=reason, allowed=f"another reader: {others}")) from error


def _one_sha256(found: list[str]) -> str:
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def _one_of(found: list[str | None]) -> str | None:
    return found[0] if len(set(found)) == 1 else None


def _chosen(head: Head) -> tuple[Reader, str]:
    """The reader whose evidence is strongest, and why; of equally strong ones the first."""
    found = [(reader, evidence) for reader in READERS.values() if (evidence := reader.evidence(head)) is not None]
    if not found:
        return READERS["plain"], "nothing in it is what a survey tool writes"
    chosen, evidence = max(found, key=lambda one: one[1].strength)
    return chosen, evidence.why


def zone_named(name: str) -> ZoneInfo:
    """The timezone of that name.

    Raises
    ------
    ParameterError
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterError(f"unknown timezone {name!r}; allowed: an IANA name such as Europe/Stockholm") from error
