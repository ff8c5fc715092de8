"""From questions of a survey export to metrics: what `[tables.responses.questions."NAME"]` of study.toml says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cxlib.errors import nearest_name
from cxlib.scales import Scale
from cxlib.toml_table import TomlTable, finite, shown

NOT_FILLED_IN = ""
"""What a starting map holds where the user has to decide."""

FACTS = ("customer_id", "answered_at", "response_id", "touchpoint", "event_id", "survey_weight")
"""The columns of `responses` that one column of an export may hold for all of a respondent's answers."""


@dataclass(frozen=True, kw_only=True)
class MappedQuestion:
    """What becomes of one question's answers.

    Parameters
    ----------
    metric : str
        A scale's name.
    touchpoint : str, optional
        What the question is about.
    labels : mapping of str to float
        The scores of answers that are words.
    no_answer : tuple of str
        Codes of a question that was put and not answered: an answer without a score. An empty cell is one.
    not_applicable : tuple of str
        Codes of a question that was not put, or is about what the respondent never met: no answer at all. "" is an
        empty cell.
    comment, expectation : str, optional
        The questions whose answers are the comment, and what was expected.
    separator : str, optional
        What stands between several choices in one cell; "" where each cell is one answer. None: as the cells show it.
    """

    metric: str
    touchpoint: str | None = None
    labels: Mapping[str, float] = field(default_factory=dict)
    no_answer: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    comment: str | None = None
    expectation: str | None = None
    separator: str | None = None


@dataclass(frozen=True, kw_only=True)
class SurveyMap:
    """How a survey export becomes answers.

    Parameters
    ----------
    reader : str
        As `read_survey` takes it.
    questions : mapping of a question's name to MappedQuestion
        Those that are read.
    answered_on : date, optional
        The day of answers of which the export does not say when they were given.
    """

    reader: str = "auto"
    questions: Mapping[str, MappedQuestion] = field(default_factory=dict)
    answered_on: dt.date | None = None


def folded(text: str) -> str:
    """How an answer is compared with labels and codes: in whatever case and with whatever space in it."""
    return " ".join(text.casefold().split())


def read_survey_map(toml: TomlTable, columns: TomlTable, scales: Mapping[str, Scale | None]) -> SurveyMap | None:
    """The map in `[tables.responses]`, or None where it says that the table has the contract's columns itself.

    Parameters
    ----------
    toml : TomlTable
        `[tables.responses]`.
    columns : TomlTable
        The table `columns` in it.
    scales : mapping of name to Scale, or None where the scale is faulty
    """
    own = {key: toml.codes(key) for key in ("no_answer", "not_applicable")}
    reader, answered_on = toml.text("reader"), _day(toml, "answered_on")
    if toml.value("questions") is None:
        given = [key for key in ("reader", "answered_on", *own) if key in toml.content]
        if given:
            reason = f"is missing, though {given[0]} says that the table is a survey export"
            allowed = '[tables.responses.questions."NAME"] with a metric; cx survey FILE writes such a map'
            toml.add("questions", reason, allowed=allowed)
        return None
    for name in columns.content:
        if name in ("metric", "score", "comment", "expectation"):
            allowed = ", ".join(FACTS)
            columns.add(name, "is said of each question of a survey export, not of a column", allowed=allowed)
    questions = {}
    for name, entry in toml.tables("questions"):
        question = _read_question(entry, own, scales)
        if question is not None:
            questions[name.strip()] = question
    if not questions and all(_is_open(entry) for entry in _tables(toml.content["questions"])):
        toml.add("questions", "no question has a metric", allowed=f'metric = "…" with {_names(scales)}')
    return SurveyMap(reader=reader or "auto", questions=questions, answered_on=answered_on)


def _read_question(
    toml: TomlTable, own: Mapping[str, tuple[str, ...] | None], scales: Mapping[str, Scale | None]
) -> MappedQuestion | None:
    """One question, or None where it is not to be read, or not known on which scale."""
    metric = _metric(toml, scales)
    touchpoint, comment, expectation = (_optional(toml, key) for key in ("touchpoint", "comment", "expectation"))
    labels = _labels(toml.table("labels"), None if metric is None else scales[metric], is_read=metric is not None)
    separator = "" if toml.value("separator") == "" else toml.text("separator")
    codes = {}
    for key, of_export in own.items():
        of_question = toml.codes(key)
        codes[key] = (of_export or ()) if of_question is None else of_question
    _refuse_double(toml, "not_applicable", codes["not_applicable"], codes["no_answer"], "no_answer")
    for key, found in codes.items():
        _refuse_double(toml, key, found, labels, "labels")
    toml.refuse_unknown_keys()
    if metric is None or scales[metric] is None:
        return None
    return MappedQuestion(
        metric=metric,
        touchpoint=touchpoint,
        labels=labels,
        comment=comment,
        expectation=expectation,
        separator=separator,
        **codes,
    )


def _metric(toml: TomlTable, scales: Mapping[str, Scale | None]) -> str | None:
    if toml.value("metric") == NOT_FILLED_IN:
        return None
    metric, allowed = toml.text("metric"), _names(scales)
    if "metric" not in toml.content:
        toml.add("metric", "is missing", allowed=f"{allowed}; or nothing between the quotes: the question is not read")
    elif metric is not None and metric not in scales:
        toml.add("metric", "unknown scale", value=metric, allowed=allowed, nearest=nearest_name(metric, scales))
        return None
    elif metric is not None and scales[metric] is not None and scales[metric].is_date:
        toml.add("metric", "is a scale of dates, on which no answer lies", value=metric, allowed=_names(scales))
        return None
    return metric


def _names(scales: Mapping[str, Scale | None]) -> str:
    return ", ".join(sorted(name for name, scale in scales.items() if scale is None or not scale.is_date))


def _optional(toml: TomlTable, key: str) -> str | None:
    """A text; one that is not filled in is none."""
    if toml.value(key) == NOT_FILLED_IN:
        return None
    text = toml.text(key)
    return None if text is None else text.strip()


def _labels(toml: TomlTable, scale: Scale | None, *, is_read: bool) -> dict[str, float]:
    labels: dict[str, float] = {}
    alike: dict[str, str] = {}
    allowed = "a number" if scale is None else scale.allowed
    for label, value in toml.content.items():
        number = finite(value)
        if number is not None and (scale is None or scale.minimum <= number <= scale.maximum):
            other = alike.setdefault(folded(label), label)
            if labels.get(other.strip(), number) != number:
                reason = f"is the same answer as {other!r} (case and spaces do not count), with another number"
                toml.add(label, reason, value=f"{number:g}", allowed="one number for both")
            labels[label.strip()] = number
        elif number is not None:
            toml.add(label, "outside its scale", value=f"{number:g}", allowed=allowed)
        elif value != NOT_FILLED_IN:
            toml.add(label, "must be a number", value=shown(value), allowed=allowed)
        elif is_read:
            toml.add(label, "is not filled in", allowed=f"{allowed}; or in the list no_answer or not_applicable")
    return labels


def _refuse_double(toml: TomlTable, key: str, codes: Collection[str], others: Collection[str], where: str) -> None:
    taken = {folded(code) for code in others}
    for code in codes:
        if folded(code) in taken:
            toml.add(key, f"stands in {where} too", value=code, allowed="in one of them")


def _day(toml: TomlTable, key: str) -> dt.date | None:
    value = toml.value(key)
    if value is None or value == NOT_FILLED_IN:
        return None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else _no_day(toml, key, value)
    except ValueError:
        return _no_day(toml, key, value)


def _no_day(toml: TomlTable, key: str, value: object) -> None:
    toml.add(key, "is not a day", value=shown(value), allowed="2026-10-03")


def _tables(value: object) -> list[dict]:
    return [entry for entry in value.values() if isinstance(entry, dict)] if isinstance(value, dict) else []


def _is_open(entry: dict) -> bool:
    return entry.get("metric") == NOT_FILLED_IN
