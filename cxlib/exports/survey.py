"""One survey export: what its tool wrote, as answers, respondents and questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from cxlib.errors import ParameterError, Problem, RefusedFileError, hint
from cxlib.exports import formbricks, google_forms, limesurvey, plain, qualtrics, surveymonkey, typeform
from cxlib.exports.answers import tidy
from cxlib.exports.layout import Head, head_of
from cxlib.exports.reader import LayoutError, Reader
from cxlib.readers import read_table
from cxlib.settings_checks import DATE_ORDERS

READERS: Mapping[str, Reader] = {
    module.READER.name: module.READER
    for module in (qualtrics, surveymonkey, typeform, formbricks, limesurvey, google_forms, plain)
}
"""In the order in which a tie is decided: a plain table is what no other reader knows."""

AUTO = "auto"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Survey:
    """One survey export. The frames are not to be changed in place.

    Attributes
    ----------
    file, sha256, encoding, delimiter : str
    reader : str
        One of `READERS`.
    why : str
        Why this reader, as a sentence.
    answers : DataFrame, one row per answer, by respondent
        respondent : str
        answered_at : datetime with zone; NaT where nothing tells
        question : str, as in `questions`
        answer : str, as it was written; of several choices, one row each
        number : float, the same as a number, such as 4 for "4 / 5"; NaN where it is none
        question_text : str, the question as it was put
    respondents : DataFrame, one row per respondent, those without any answer too
        respondent, answered_at
        source_row : int, the row of the file that a spreadsheet shows
    questions : DataFrame, one row per question, as they stand in the file
        question, question_text : str
        kind : str, one of `cxlib.exports.kinds.KINDS`
        n_answered : int, respondents; n_answers : int; n_different : int, different answers
        lowest_seen, highest_seen : float, of the answers that are numbers: no scale, only what was met
    left_out : DataFrame, one row per column that is in no other frame
        column, reason : str
    rejected : DataFrame
        As `Study.rejected`.
    rows_read, rows_kept, rows_rejected : int
        Rows of the file without its headings; read = kept + rejected.
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
    left_out: pd.DataFrame
    rejected: pd.DataFrame
    rows_read: int
    rows_kept: int
    rows_rejected: int

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
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    date_order: str | None = None,
) -> Survey:
    """Read what a survey tool or a spreadsheet wrote.

    Parameters
    ----------
    path : str or Path
        A CSV file (also gzipped) or a Parquet file.
    reader : str
        One of `READERS`, or "auto": by the content of the file, never by its name.
    timezone : str
        IANA name: of `answered_at`, and of moments that do not say theirs.
    personal : bool
        Whether columns of e-mail and network addresses, names and telephone numbers are taken for questions as well.
    encoding, delimiter, header_row : str, str, int, optional
        Override what the content says.
    date_order : "dmy", "mdy" or "ymd", optional
        Of moments whose date is in numbers, such as 3/10/2026; without it their own order counts, where they show it.

    Returns
    -------
    Survey

    Raises
    ------
    ParameterError
        An unknown reader, timezone or order.
    RefusedFileError
        The file cannot be read, or not by the reader that was named, or nothing tells whether the day or the month
        comes first in its moments.
    """
    if reader != AUTO and reader not in READERS:
        allowed = ", ".join([AUTO, *READERS])
        raise ParameterError(f"unknown reader {reader!r}; allowed: {allowed}{hint(reader, [AUTO, *READERS])}")
    if date_order is not None and date_order not in DATE_ORDERS:
        raise ParameterError(f"unknown date_order {date_order!r}; allowed: {', '.join(DATE_ORDERS)}")
    path = Path(path)
    raw = read_table(path, encoding=encoding, delimiter=delimiter, header_row=header_row)
    head = head_of(raw)
    chosen, why = _chosen(head) if reader == AUTO else (READERS[reader], "it was asked for")
    try:
        layout = chosen.layout(head)
    except LayoutError as error:
        others = ", ".join(name for name in READERS if name != chosen.name)
        reason = f"as an export of {chosen.title} it lacks {error}"
        raise RefusedFileError(Problem(file=raw.file, reason=reason, allowed=f"another reader: {others}")) from error
    found = tidy(raw, layout, timezone=_zone(timezone), date_order=date_order, with_personal=personal)
    return Survey(
        file=raw.file,
        sha256=raw.sha256,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        reader=chosen.name,
        why=why,
        answers=found.answers,
        respondents=found.respondents,
        questions=found.questions,
        left_out=found.left_out,
        rejected=found.rejected,
        rows_read=found.n_read,
        rows_kept=found.n_read - found.n_rejected,
        rows_rejected=found.n_rejected,
    )


def _chosen(head: Head) -> tuple[Reader, str]:
    """The reader whose evidence is strongest, and why; of equally strong ones the first."""
    found = [(reader, evidence) for reader in READERS.values() if (evidence := reader.evidence(head)) is not None]
    if not found:
        return READERS["plain"], "nothing in it is what a survey tool writes"
    chosen, evidence = max(found, key=lambda one: one[1].strength)
    return chosen, evidence.why


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterError(f"unknown timezone {name!r}; allowed: an IANA name such as Europe/Stockholm") from error
