"""From the questions of a survey export to answers of the contract, by the map in study.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib.contract import TABLES
from cxlib.errors import Problem, nearest_name
from cxlib.exports.map_checks import PLACE, missing_moments, unknown_names
from cxlib.exports.stacking import numbers_in
from cxlib.exports.survey import AUTO, READERS, Survey, survey_of
from cxlib.exports.told import ToldColumns, shortened
from cxlib.question_maps import FACTS, MappedQuestion, SurveyMap, folded
from cxlib.readers import RawTable
from cxlib.readers.table import TEXT
from cxlib.rejected_rows import joined_rows, rejected_rows
from cxlib.rejections import rejected_frame
from cxlib.scales import Scale
from cxlib.settings import STUDY_FILE, Settings, TableSource
from cxlib.typed_rows import TypedTable, type_rows

_RESPONSES = TABLES["responses"]
_FIRST_ROW = 2
_NEITHER = "is neither a number nor a label nor a code for no answer"
_LONGEST_ALLOWED = 8


@dataclass(frozen=True, kw_only=True)
class MappedExport:
    """The answers of a survey export as rows of the contract.

    `typed` as of any table, but an index that counts the answers, from 2, and rejected rows that name the row of the
    export. `sources` are the rows of `Study.sources`, one per file.
    """

    typed: TypedTable
    sources: list[dict]


def read_mapped(
    raws: Sequence[RawTable], source: TableSource, settings: Settings, known: Mapping[str, tuple[str, ...]]
) -> tuple[MappedExport | None, list[Problem]]:
    """The answers in a survey export, or in successive ones, and what is wrong with the map.

    Parameters
    ----------
    raws : sequence of RawTable
    source : TableSource
        With a `survey`.
    settings : Settings
    known : mapping of table name to its keys
        As `type_rows` takes it.

    Raises
    ------
    RefusedFileError

    Notes
    -----
    Every row of an export is one answer to each question of the map, an empty cell one without a score, but for cells
    that say that the question was not put to her. Rows that the reader rejects are counted so too.
    """
    mapped = source.survey
    if not mapped.questions:
        return None, []  # what is wrong with each of them is told already
    if mapped.reader != AUTO and mapped.reader not in READERS:
        near = nearest_name(mapped.reader, [AUTO, *READERS])
        facts = {"value": mapped.reader, "allowed": ", ".join([AUTO, *READERS]), "nearest": near}
        return None, [Problem(file=STUDY_FILE, column=f"{PLACE}.reader", reason="unknown name", **facts)]
    survey = survey_of(
        raws,
        file=raws[0].file,
        reader=mapped.reader,
        zone=settings.zone,
        date_order=source.date_order,
        decimal=source.decimal,
        personal=True,  # what the map does not name is not read, and it may name any question
        told=_told(source),
    )
    problems = [*unknown_names(survey, mapped, known), *missing_moments(survey, mapped, source)]
    return (None, problems) if problems else (_typed(survey, raws, source, settings, known), [])


def _told(source: TableSource) -> ToldColumns:
    names = source.columns
    alongside = {name: names[name] for name in FACTS if name in names and name not in ("answered_at", "response_id")}
    asked = source.survey.questions.items()
    return ToldColumns(
        respondent=names.get("response_id"),
        answered_at=names.get("answered_at"),
        alongside=alongside,
        separators={name: question.separator for name, question in asked if question.separator is not None},
    )


def _typed(
    survey: Survey,
    raws: Sequence[RawTable],
    source: TableSource,
    settings: Settings,
    known: Mapping[str, tuple[str, ...]],
) -> MappedExport:
    questions = {name: source.survey.questions[name] for name in _in_file_order(survey, source.survey)}
    every, bad = _answers(survey, questions, source, settings)
    long = every.loc[~every["is_bad"]]
    columns = ["customer_id", "answered_at", "metric", "score", "response_id", "touchpoint", "event_id", "expectation"]
    columns += ["comment", "survey_weight"]
    cells = [pa.chunked_array([pa.array(long[name], type=TEXT, from_pandas=True)]) for name in columns]
    raw = RawTable(
        file=survey.file,
        sha256=survey.sha256,
        header=tuple(columns),
        cells=pa.table(cells, names=[str(at) for at in range(len(columns))]),
        rows=long.index.astype("int64"),
    )
    places = {name: at for at, name in enumerate(columns)}
    point = replace(source, decimal=".")
    typed = type_rows(raw, _RESPONSES, places, source=point, settings=settings, known=known)
    rejected = pd.concat([survey.rejected, bad, _as_in_export(typed.rejected, long, source)], ignore_index=True)
    rejected = rejected.sort_values(["file", "row"], kind="stable", ignore_index=True)
    sources = list(_sources(survey, every, typed, source))
    typed = replace(
        typed,
        rejected=rejected,
        rejected_rows=joined_rows(_whole(raw, rejected) for raw in raws),
        date_order=source.date_order,
        n_read=sum(one["rows_read"] for one in sources),
        n_rejected=sum(one["rows_rejected"] for one in sources),
    )
    return MappedExport(typed=typed, sources=sources)


def _in_file_order(survey: Survey, mapped: SurveyMap) -> list[str]:
    return [name for name in survey.questions["question"] if name in mapped.questions]


def _answers(
    survey: Survey, questions: Mapping[str, MappedQuestion], source: TableSource, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per answer, as text for `type_rows`, and the cells that are no answer and no code.

    The rows have beside the contract's columns the file and the row of the export (`file`, `export_row`), the question
    and what was written (`question`, `written_score`, `written_expectation`), and whether that is no answer (`is_bad`).
    """
    respondents, answers = survey.respondents, survey.answers
    by_question = dict(tuple(answers.groupby("question")))
    facts = _facts(respondents, source, settings)
    not_asked = {
        name: set(survey.not_asked.loc[survey.not_asked["question"] == name, "respondent"]) for name in questions
    }
    parts, bad = [], []
    for position, (name, question) in enumerate(questions.items()):
        scale = settings.scales[question.metric]
        part = facts.assign(
            metric=question.metric,
            touchpoint=facts["touchpoint"] if question.touchpoint is None else question.touchpoint,
            question=name,
            comment=_of(by_question, question.comment, respondents)["answer"],
            position=position,
            is_bad=False,
        )
        found = {"score": name, "expectation": question.expectation}
        is_put = np.ones(len(part), dtype=bool)
        for column, asked in found.items():
            given = _of(by_question, asked, respondents)
            texts, is_bad, is_out = _scored(given, question)
            part[column], part[f"written_{column}"] = texts, given["answer"]
            if column == "score":
                is_put = ~(is_out | part["response_id"].isin(not_asked[name]).to_numpy())
            if is_bad.any():
                bad.append(_neither(part.loc[is_bad], asked, given.loc[is_bad, "answer"], question, scale))
                part["is_bad"] |= is_bad
        parts.append(part.loc[is_put])
    long = pd.concat(parts).rename_axis("at").reset_index().sort_values(["at", "position"], kind="stable")
    long.index = pd.RangeIndex(_FIRST_ROW, _FIRST_ROW + len(long))
    return long, pd.concat(bad, ignore_index=True) if bad else rejected_frame()


def _facts(respondents: pd.DataFrame, source: TableSource, settings: Settings) -> pd.DataFrame:
    """What is the same for all answers of a respondent, as text."""
    moments = respondents["answered_at"].dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ").astype("str")
    if source.survey.answered_on is not None:
        moments = moments.fillna(source.survey.answered_on.isoformat())
    nothing = pd.Series(np.nan, index=respondents.index, dtype="str")
    told = {
        name: respondents[name] if name in source.columns else nothing
        for name in ("touchpoint", "event_id", "survey_weight")
    }
    told["survey_weight"] = _with_point(told["survey_weight"], source.decimal)
    return pd.DataFrame(
        {
            "customer_id": respondents["customer_id" if "customer_id" in source.columns else "respondent"],
            "answered_at": moments,
            "response_id": respondents["respondent"],
            **told,
            "file": respondents["file"],
            "export_row": respondents["source_row"],
        }
    )


def _with_point(text: pd.Series, decimal: str | None) -> pd.Series:
    """Numbers with a decimal point, whatever sign the column has; what is none stays as it is."""
    written = pa.array(text.fillna(""), type=TEXT)
    number, _ = numbers_in(written, np.zeros(len(text), dtype=np.int64), 1, decimal=decimal)
    number = pd.Series(number, index=text.index)
    return number.map(repr, na_action="ignore").astype("str").fillna(text)


def _of(by_question: Mapping[str, pd.DataFrame], name: str | None, respondents: pd.DataFrame) -> pd.DataFrame:
    """answer and number of each respondent to one question; NA where she has none."""
    found = by_question.get(name)
    if found is None:
        return pd.DataFrame(
            {"answer": pd.Series(np.nan, respondents.index, dtype="str"), "number": np.nan}, index=respondents.index
        )
    theirs = found.set_index("respondent")[["answer", "number"]].reindex(respondents["respondent"])
    return theirs.set_axis(respondents.index)


def _scored(given: pd.DataFrame, question: MappedQuestion) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    """The scores as text, where an answer is neither a number nor a label nor a code, and where the question was not
    put."""
    answer, number = given["answer"], given["number"]
    word = answer.map({text: folded(text) for text in answer.dropna().unique()})
    of_label = word.map({folded(label): score for label, score in question.labels.items()}).astype("float64")
    of_label = of_label.fillna(number.map(_by_number(question.labels)).astype("float64"))
    is_open = answer.isna().to_numpy()
    is_out = _is_code(word, number, question.not_applicable) | (is_open & ("" in question.not_applicable))
    is_open = is_open | _is_code(word, number, question.no_answer)
    score = of_label.fillna(number).where(~is_open & ~is_out)
    is_bad = score.isna().to_numpy() & ~is_open & ~is_out
    return (
        score.map({number: repr(number) for number in score.dropna().unique().tolist()}).astype("str"),
        is_bad,
        is_out,
    )


def _by_number(labels: Mapping[str, float]) -> dict[float, float]:
    """Labels that are numbers themselves, as 1 to 11 for 0 to 10, however the export writes them."""
    numbers = pd.to_numeric(pd.Series(list(labels), dtype="str"), errors="coerce")
    return {number: score for number, score in zip(numbers, labels.values(), strict=True) if not np.isnan(number)}


def _is_code(word: pd.Series, number: pd.Series, codes: Sequence[str]) -> np.ndarray:
    """Whether an answer is one of the codes, as text in whatever case or, such as -99 and -99.0, as a number."""
    numbers = pd.to_numeric(pd.Series(codes, dtype="str"), errors="coerce").dropna()
    return (word.isin([folded(code) for code in codes if code]) | number.isin(numbers)).to_numpy()


def _neither(rows: pd.DataFrame, asked: str, answer: pd.Series, question: MappedQuestion, scale: Scale) -> pd.DataFrame:
    codes = [code for code in (*question.no_answer, *question.not_applicable) if code]
    allowed = "; ".join(
        [
            scale.allowed,
            f"labels: {shortened(question.labels, most=_LONGEST_ALLOWED)}" if question.labels else "no labels",
            f"codes: {shortened(codes, most=_LONGEST_ALLOWED)}" if codes else "no codes",
        ]
    )
    names = [*question.labels, *codes]
    nearest = {value: nearest_name(value, names) for value in answer.unique()} if names else {}
    return rejected_frame(
        file=rows["file"].to_numpy(),
        row=rows["export_row"].to_numpy(),
        column=asked,
        value=answer.to_numpy(),
        reason=_NEITHER,
        allowed=allowed,
        nearest=answer.map(nearest).to_numpy() if nearest else None,
    )


def _as_in_export(rejected: pd.DataFrame, long: pd.DataFrame, source: TableSource) -> pd.DataFrame:
    """Rejected cells with the file, the row, the column and the value of the export."""
    if rejected.empty:
        return rejected
    answers = long.loc[rejected["row"]]
    questions = source.survey.questions
    columns, values = [], []
    for column, value, name, *written in zip(
        rejected["column"], rejected["value"], answers["question"], answers["written_score"],
        answers["written_expectation"], strict=True,
    ):  # fmt: skip
        own = {"score": name, "expectation": questions[name].expectation, "comment": questions[name].comment}
        columns.append(own.get(column) or source.columns.get(column, column))
        values.append({"score": written[0], "expectation": written[1]}.get(column, value))
    return (
        rejected.assign(
            file=answers["file"].to_numpy(), row=answers["export_row"].to_numpy(), column=columns, value=values
        )
        .astype({"column": "str", "value": "str"})
        .drop_duplicates()
    )  # one column may hold something for all questions


def _whole(raw: RawTable, rejected: pd.DataFrame) -> pd.DataFrame:
    """The rows of one export of which some cell was refused, whole."""
    here = rejected.loc[rejected["file"] == raw.file]
    return rejected_rows(raw, np.isin(raw.rows, here["row"]), here, table="responses", places={})


def _sources(survey: Survey, every: pd.DataFrame, typed: TypedTable, source: TableSource) -> Iterator[dict]:
    """A row of `Study.sources` for each file: its answers to the questions of the map."""
    n_questions = len(source.survey.questions)
    respondents = survey.respondents["file"].value_counts()
    put = every["file"].value_counts()
    kept = every.loc[typed.frame.index, "file"].value_counts()
    used = _used(source)
    ignored = [name for name in [*survey.questions["question"], *survey.left_out["column"]] if name not in used]
    for export in survey.exports.itertuples():
        n_put, n_kept = int(put.get(export.file, 0)), int(kept.get(export.file, 0))
        n_read = n_put + export.rows_rejected * n_questions
        yield {
            "table": "responses",
            "file": export.file,
            "sha256": export.sha256,
            "encoding": export.encoding,
            "delimiter": export.delimiter,
            "decimal": source.decimal,
            "date_order": None if pd.isna(export.date_order) else export.date_order,
            "header_row": None if pd.isna(export.header_row) else export.header_row,
            "rows_read": n_read,
            "rows_kept": n_kept,
            "rows_rejected": n_read - n_kept,
            "rows_blank": int(respondents.get(export.file, 0)) * n_questions - n_put,
            "columns_ignored": "; ".join(ignored) or None,
        }


def _used(source: TableSource) -> set[str]:
    """The names that the map speaks of."""
    used = set(source.columns.values()) | set(source.survey.questions)
    for question in source.survey.questions.values():
        used |= {name for name in (question.comment, question.expectation) if name is not None}
    return used
