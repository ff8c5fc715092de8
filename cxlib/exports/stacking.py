"""The cells of all questions of an export, one row per answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cxlib import cells
from cxlib.exports.choices import choices_in
from cxlib.exports.layout import ExportColumn, Layout

_OUT_OF = r"^(?P<number>-?\d+(?:[.,]\d+)?)\s*/\s*(?P<of>\d+)$"
"""4 / 5, as some forms write a score."""

_FORMULA = r"[=+\-@]"


def stacked(
    questions: Sequence[Sequence[ExportColumn]], text: pa.Table, layout: Layout, *, decimal: str | None = None
) -> pd.DataFrame:
    """What was answered.

    Parameters
    ----------
    questions : sequence of sequences of ExportColumn
        The columns of each question.
    text : Table
        The rows that are kept.
    layout : Layout
    decimal : "." or ",", optional
        Of numbers; without it, as the answers show it.

    Returns
    -------
    DataFrame, one row per answer, by row of the file, then as the questions and their columns stand
        at : int, row of `text`; question : int, place in `questions`
        answer : str, as it was written; of several choices, one row each
        number : float, the same as a number; NaN where it is none. Whether a comma is a decimal sign, each question's
        answers decide: it is where more of them are numbers then.
        is_doubtful : bool, the comma may be a decimal sign or separate thousands, which nothing tells
    """
    ats, places, answers = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [pa.array([], pa.large_string())]
    for place, columns in enumerate(questions):
        for column in columns:
            at, answer = _given(column, cells.trimmed(text.column(column.position)), layout)
            ats.append(at)
            places.append(np.full(len(at), place, dtype=np.int64))
            answers.append(answer)
    at, place = np.concatenate(ats), np.concatenate(places)
    order = np.argsort(at, kind="stable")
    answer = pa.concat_arrays(answers).take(pa.array(order))
    number, is_doubtful = numbers_in(answer, place[order], len(questions), decimal=decimal)
    return pd.DataFrame(
        {
            "at": at[order],
            "question": place[order],
            "answer": answer.to_pandas().astype("str"),
            "number": number,
            "is_doubtful": is_doubtful,
        }
    )


def _given(column: ExportColumn, written: pa.ChunkedArray, layout: Layout) -> tuple[np.ndarray, pa.Array]:
    """The rows in which one column holds answers, and these."""
    if column.role == "option":
        word = pc.utf8_lower(written)
        said = pa.array(sorted(layout.chosen or layout.not_chosen), word.type)
        is_said = pc.is_in(word, value_set=said)
        is_chosen = is_said if layout.chosen else pc.and_(pc.is_valid(word), pc.invert(is_said))
        at = np.flatnonzero(is_chosen.to_numpy())
        return at, pa.repeat(pa.scalar(column.option, pa.large_string()), len(at))
    if layout.not_asked:
        is_asked = pc.invert(pc.is_in(written, value_set=pa.array(sorted(layout.not_asked), written.type)))
        written = pc.if_else(is_asked, written, None)
    at = np.flatnonzero(pc.is_valid(written).to_numpy())
    answer = written.drop_null().combine_chunks()
    if layout.escape:
        is_escaped = pc.match_substring_regex(answer, f"^{re.escape(layout.escape)}{_FORMULA}")
        answer = pc.if_else(is_escaped, pc.utf8_slice_codeunits(answer, len(layout.escape)), answer)
    return _parted(column, at, answer) if column.separator else (at, answer)


def _parted(column: ExportColumn, at: np.ndarray, answer: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The same, with one row for each of several choices in a cell."""
    encoded = answer.dictionary_encode()
    choices = [choices_in(cell, column.separator, column.whole) for cell in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy()
    n_choices = np.array([len(one) for one in choices], dtype=np.int64)
    each = [choice for code in codes for choice in choices[code]]
    return np.repeat(at, n_choices[codes]), pa.array(each, pa.large_string())


def numbers_in(
    answer: pa.Array, place: np.ndarray, n_questions: int, *, decimal: str | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Answers as numbers, such as 4 for "4 / 5", NaN where one is none; and which of them are in doubt.

    Parameters
    ----------
    answer : Array of text
    place : ndarray of int
        Which question each answers, from 0.
    n_questions : int
    decimal : "." or ",", optional
        Without it, the decimal sign of a question is the one by which more of its answers are numbers.

    Notes
    -----
    1,200 may be a little more than one or a thousand and two hundred. Where every comma in the numbers of all questions
    may separate thousands, those are in doubt, and NaN: the rule of every table (`cxlib.cells.decimal_commas`).
    "4 / 5" and "9 / 10" of one question are no numbers: they lie on two scales.
    """
    encoded = answer.dictionary_encode()
    codes = encoded.indices.to_numpy()
    plain = pa.chunked_array([pc.replace_substring_regex(encoded.dictionary, _OUT_OF, r"\1")])
    is_of_several = _out_of_several(encoded.dictionary, codes, place, n_questions)
    if is_of_several.any():
        return numbers_in(pc.if_else(pa.array(is_of_several), "", answer), place, n_questions, decimal=decimal)
    if decimal is not None:
        return cells.numbers(plain, decimal=decimal)[0][codes], np.zeros(len(codes), dtype=bool)
    with_point, with_comma = (cells.numbers(plain, decimal=sign)[0] for sign in (".", ","))
    in_thousands = cells.in_thousands(plain)
    is_clear = (~np.isnan(with_comma) & np.isnan(with_point) & ~in_thousands)[codes]
    with_point, with_comma, in_thousands = with_point[codes], with_comma[codes], in_thousands[codes]
    missed = [np.bincount(place, weights=np.isnan(found), minlength=n_questions) for found in (with_point, with_comma)]
    has_comma = missed[0] > missed[1]
    number = np.where(has_comma[place], with_comma, with_point)
    if (is_clear & has_comma[place]).any():
        return number, np.zeros(len(codes), dtype=bool)
    return np.where(in_thousands, np.nan, number), in_thousands


def _out_of_several(written: pa.Array, codes: np.ndarray, place: np.ndarray, n_questions: int) -> np.ndarray:
    """Whether an answer is so many out of so many, and others to its question are out of another number."""
    out_of = pc.struct_field(pc.extract_regex(written, _OUT_OF), "of").cast(pa.float64())
    of = out_of.to_numpy(zero_copy_only=False)[codes]
    is_score = ~np.isnan(of)
    lowest, highest = np.full(n_questions, np.inf), np.full(n_questions, -np.inf)
    np.minimum.at(lowest, place[is_score], of[is_score])
    np.maximum.at(highest, place[is_score], of[is_score])
    return is_score & (lowest < highest)[place]
