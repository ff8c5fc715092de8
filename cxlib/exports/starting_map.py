"""A study.toml to begin with for a survey export: every question with its text and what was seen, no scale guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pandas as pd

from cxlib.exports.survey import Survey

LONGEST_TEXT = 100
_LARGE = 1000
MOST_SEEN = 12
"""So many different numbers are listed, of more the lowest and the highest."""

_HEAD = """\
# A starting map of {file}, made by `cx survey`: {respondents}, {questions}.
#
# Give each question that lies on a scale the scale's name as its metric; a question whose metric is empty is not read.
# Labels need their number on that scale. Codes for "no answer" go into a list: no_answer = [11, "Vet ej"] keeps the
# answer, without a score; not_applicable = [6] takes it for a question that was not put. More: data/README.md.

name = {name}
timezone = {timezone}  # of times that do not say theirs

# The scales csat (1 to 5), nps (0 to 10) and ces (1 to 7) are there; another one is declared, never guessed from what
# was answered:
# [scales.betyg]
# min = 1
# max = 10
# expected = 6
# better = "higher"

[tables.responses]
file = {path}{outside}
reader = {reader}
{written}{answered_on}
# Columns that say something of all answers of a respondent; without customer_id, who answered is the customer.
{columns}# customer_id = "…"
# survey_weight = "…"
"""


def starting_map(
    survey: Survey,
    *,
    path: str,
    is_outside: bool = False,
    timezone: str = "UTC",
    written: Mapping[str, str | int] | None = None,
    columns: Mapping[str, str] | None = None,
    separators: Mapping[str, str] | None = None,
) -> str:
    """A study.toml that reads a survey export once its metrics, and the numbers of labels, are filled in.

    Parameters
    ----------
    survey : Survey
    path : str
        The export, or the folder of exports, from the study's folder.
    is_outside : bool
        Whether it does not lie in that folder yet.
    timezone : str
    written : mapping, optional
        What the user said of how the file was written, as `cxlib.written_as.written_as` gives it.
    columns : mapping of column of the contract to column of the export, optional
        What the user said of them: `response_id` tells who answered, `answered_at` when.
    separators : mapping of question to str, optional
        What the user said of them, as `read_survey` takes it.

    Returns
    -------
    str, TOML
        A table for each question with one answer that repeats; the others in comments.
    """
    has_moments = survey.respondents["answered_at"].notna().any()
    head = _HEAD.format(
        file=_comment(survey.file),
        respondents=_counted(len(survey.respondents), "respondent"),
        questions=_counted(len(survey.questions), "question"),
        name=_quoted(survey.file.partition(".")[0]),
        timezone=_quoted(timezone),
        path=_quoted(path),
        outside="  # put it there, or use --data-dir" if is_outside else "",
        reader=_quoted(survey.reader),
        written="".join(f"{key} = {_value(value)}\n" for key, value in (written or {}).items()),
        answered_on="" if has_moments else _NO_MOMENTS,
        columns="".join([f"{'' if columns else '# '}[tables.responses.columns]\n", *_told(columns or {})]),
    )
    lines = []
    answers = dict(tuple(survey.answers.groupby("question")))
    for question in survey.questions.itertuples():
        found = list(_lines(question, answers.get(question.question), len(survey.respondents), separators or {}))
        if len(found) > 1 or not lines or not lines[-1].startswith("#"):
            lines.append("")
        lines += found
    return head + "\n".join([*lines, ""])


_NO_MOMENTS = 'answered_on = ""  # nothing tells when anybody answered: the day, such as 2026-10-03\n'


def seen(question, answers: pd.DataFrame | None = None) -> str:
    """What was answered, in short: the numbers or their range, or how many choices.

    Parameters
    ----------
    question : a row of `Survey.questions`
    answers : DataFrame, optional
        Those to the question; with them, few different numbers are listed.
    """
    if not question.n_answers:
        return ""
    if question.kind == "scale":
        if answers is not None and question.n_different <= MOST_SEEN:
            return ", ".join(f"{number:g}" for number in sorted(answers["number"].unique()))
        ends = dict.fromkeys(_number(end) for end in (question.lowest_seen, question.highest_seen))
        return " to ".join(ends)
    return "" if question.kind == "open text" else _counted(question.n_different, "choice")


def _lines(question, answers: pd.DataFrame | None, n_respondents: int, separators: Mapping[str, str]) -> Iterator[str]:
    name, text = _comment(question.question), _comment(question.question_text)
    named = "" if text == name else f"{text} "
    known = f"({question.kind}, {question.n_answered:,} of {n_respondents:,} answered"
    if question.kind in ("scale", "choice"):
        found = seen(question, answers)
        yield f"# {named}{known}{': ' if found else ''}{found})"
        yield f"[tables.responses.questions.{_quoted(question.question)}]"
        yield 'metric = ""'
        sign = separators.get(question.question, separators.get(question.question_text))
        if sign is not None:
            yield f"separator = {_quoted(sign)}"
        labels = sorted(answers.loc[answers["number"].isna(), "answer"].unique(), key=str.casefold)
        if labels:
            yield f"[tables.responses.questions.{_quoted(question.question)}.labels]"
            yield from (f'{_quoted(label)} = ""' for label in labels)
        return
    use = "may be another question's comment"
    if not question.n_answered:
        use = "nobody answered"
    elif question.kind == "several choices":
        use = "lies on no scale"
    yield f"# {_quoted(name)} {named}{known}): {use}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.4g}"


def _told(columns: Mapping[str, str]) -> Iterator[str]:
    return (f"{name} = {_quoted(column)}\n" for name, column in columns.items())


def _value(value: str | int) -> str:
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """A text of TOML: what JSON writes is one, but for the last of the signs that TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
