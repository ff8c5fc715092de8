"""What was asked of a definition, typed and held against the study: the same for a report and for its lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlib.errors import ParameterError
from cxlib.language import Language
from cxlib.reporting.definition import Definition, listed
from cxlib.reporting.period import count_in, coverage, parse_period, period_text
from cxlib.settings import STUDY_FILE

if TYPE_CHECKING:
    from cxlib.study import Study


@dataclass(frozen=True, kw_only=True)
class Request:
    """The question, before any data was read.

    Attributes
    ----------
    parameters : dict
        Every parameter of the definition's own with its typed value.
    language : Language or None
        None where none was asked for.
    period : Period or None
        None where the last whole one in the data is meant.
    """

    parameters: dict[str, Any]
    language: Language | None
    period: pd.Period | None


def check_request(
    definition: Definition, parameters: Mapping[str, object], *, language: str | None, period: str | None
) -> Request:
    """What was asked, typed.

    Raises
    ------
    ParameterError
        All that is wrong with it, in one error.
    """
    mistakes: list[str] = []
    words, wanted = None, None
    try:
        words = None if language is None else Language(language)
    except ParameterError as error:
        mistakes.append(str(error))
    try:
        wanted = None if period is None else parse_period(period, definition.period)
    except ParameterError as error:
        mistakes.append(str(error))
    values, found = definition.read(parameters)
    mistakes += found
    if mistakes:
        raise listed(f"Report {definition.name!r}", mistakes)
    return Request(parameters=values, language=words, period=wanted)


def study_folder(study_path: Path) -> Path:
    """The folder of a study that is named by it or by the study.toml in it."""
    return study_path.parent if study_path.name == STUDY_FILE else study_path


def asked_study(definition: Definition, study_path: Path | str | None) -> Path:
    """The study that was named, else the definition's.

    Raises
    ------
    ParameterError
    """
    if study_path is None and definition.study is None:
        raise ParameterError(f"no study is named, and reports/{definition.name}.toml names none; use --study")
    return Path(study_path or definition.study)


def read_study(study_path: Path, data_dir: Path | None) -> Study:
    """The study, read.

    Raises
    ------
    StudyError
    """
    # Here and not above: reading brings the readers with it, which a wrong parameter need not wait for.
    from cxlib.study import load_study

    return load_study(study_path, data_dir=data_dir)


def usual_language(definition: Definition, study: Study) -> Language:
    """The language where none is asked for: the definition's, else the study's."""
    return Language(definition.language or study.settings.language)


def asked_period(definition: Definition, study: Study, asked: pd.Period | None, segment: str | None) -> pd.Period:
    """The period to report: the one asked for, if the study (or its segment) has data in it.

    Raises
    ------
    ParameterError
    """
    part = study if segment is None else study.segment(segment)
    where = "the study" if segment is None else f"segment {segment!r}"
    moments = pd.concat([part.events["occurred_at"], part.responses["answered_at"]])
    covered = coverage(moments, definition.period)
    if covered is None:
        raise ParameterError(f"{where} has no events and no answers, so there is nothing to report")
    period = asked if asked is not None else covered.last_whole
    if not count_in(moments, period):
        raise ParameterError(
            f"period: {where} has no events and no answers in {period_text(period)}; its data cover {covered}, "
            f"and the last whole {definition.period} is {period_text(covered.last_whole)}"
        )
    return period
