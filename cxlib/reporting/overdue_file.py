"""The overdue cases as a file for those who work on them: the targets of a report, the words of a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cxlib.errors import ParameterError, hint
from cxlib.language import NO_VALUE, Language
from cxlib.reporting.definition import Definition
from cxlib.reporting.progress import Progress
from cxlib.reporting.request import (
    asked_period,
    asked_study,
    check_request,
    read_study,
    study_folder,
    usual_language,
)
from cxlib.reporting.rules_asked import accounts_asked, rule_parameters
from cxlib.reporting.spreadsheet import csv_text, owners_cell, price_cell

if TYPE_CHECKING:
    from cxlib.feedback.targets import LoopTargets
    from cxlib.settings import Settings
    from cxlib.study import Study

COLUMNS = (
    "case_id", "missing", "overdue_days", "due_on", "owner", "touchpoint", "customer_id", "has_left", "segment",
    "price_per_month", "zone", "opened_at", "waited_days", "action", "resolved_at", "target_days",
    "touchpoint_owners", "as_of",
)  # fmt: skip
"""What to do first, then for whom, then what is known of it."""

TARGETS = ("resolve_days", "inform_days")


@dataclass(frozen=True, kw_only=True, eq=False)
class Overdue:
    """The overdue cases at a day's end, and how they are to be written.

    Attributes
    ----------
    frame : DataFrame, as `overdue_cases` gives it
    last_day : Timestamp
        The last day that counts.
    n_cases : int
        Cases opened up to then, overdue or not, of the customers and the owner asked for.
    targets : LoopTargets
    language : Language
    settings : Settings
        Of the study: its currency, and its names in other languages.
    without_effect : tuple of str
        Parameters that were given and that the list does not depend on.
    """

    frame: pd.DataFrame
    last_day: pd.Timestamp
    n_cases: int
    targets: LoopTargets
    language: Language
    settings: Settings
    without_effect: tuple[str, ...]

    def summary(self) -> str:
        """How many there are and what they wait for, for a terminal."""
        when = f"at the end of {self.last_day:%Y-%m-%d}"
        if not self.n_cases:
            return f"No case had been opened {when}, so none is overdue (cases stand in the study's table `cases`)"
        counts = self.frame["missing"].value_counts()
        text = (
            f"{len(self.frame):,} of {self.n_cases:,} cases overdue {when}: "
            f"{counts.get('resolve', 0):,} to resolve (target {self.targets.resolve_days:g} days), "
            f"{counts.get('inform', 0):,} resolved, the customer to be told (target {self.targets.inform_days:g} days)"
        )
        if len(self.frame):
            text += f"; the longest for {self.frame['overdue_days'].max():,} days"
        return text

    def to_csv(self) -> str:
        """The list as CSV, headings and names in the reader's language; see `spreadsheet.csv_text`."""
        words = self.language
        names = self.settings.labels.get(words.code, {})
        currency = self.settings.currency or NO_VALUE
        headings = [words.text(f"overdue.columns.{name}", currency=currency) for name in COLUMNS]
        rows = self.frame.assign(as_of=self.last_day).astype(object).to_dict("records")
        return csv_text(headings, ([_cell(name, row[name], words, names) for name in COLUMNS] for row in rows), words)


def find_overdue(
    definition: Definition,
    *,
    period: str | None = None,
    as_of: str | None = None,
    study_path: Path | str | None = None,
    data_dir: Path | str | None = None,
    segment: str | None = None,
    owner: str | None = None,
    language: str | None = None,
    parameters: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> Overdue:
    """The overdue cases, by the targets of a report.

    Parameters
    ----------
    definition : Definition
        Its parameters resolve_days and inform_days are the targets, those named like rules decide the zones; what it
        does not declare is as in `LoopTargets()` and `CapitalRules()`.
    period : str, optional
        The list is as of the end of it; default the last whole one in the data.
    as_of : str, optional
        Or as of the end of a day, such as 2026-11-15.
    study_path, data_dir, segment, language, parameters
        As `run_report` takes them.
    owner : str, optional
        Only the cases of this owner.
    progress : Progress, optional

    Returns
    -------
    Overdue

    Raises
    ------
    ParameterError, StudyError
    """
    if period is not None and as_of is not None:
        raise ParameterError("--period and --as-of both say when: give one of them")
    day = None if as_of is None else _day(as_of)
    progress = progress or Progress()
    request = check_request(definition, parameters or {}, language=language, period=period)
    targets = _targets_from(request.parameters)
    study_path = asked_study(definition, study_path)
    progress.step(f"Reading the study {study_folder(study_path).resolve().name}")
    study = read_study(study_path, None if data_dir is None else Path(data_dir))
    if day is None:
        day = asked_period(definition, study, request.period, segment).end_time.normalize()
    known = study.as_of(day + pd.Timedelta(days=1))
    cases = _cases(known, segment, owner)
    progress.step("Keeping the accounts")

    from cxlib.feedback.overdue import overdue_cases

    zones = None
    if len(cases):
        _, zones = accounts_asked(known, request.parameters, until=(day + pd.Timedelta(days=1)).to_period("M") - 1)
    listed = overdue_cases(
        cases,
        day + pd.Timedelta(days=1),
        targets=targets,
        customers=known.customers,
        touchpoints=known.touchpoints,
        zones=zones,
    )
    reads = {*TARGETS, *rule_parameters()}
    return Overdue(
        frame=listed,
        last_day=day,
        n_cases=len(cases),
        targets=targets,
        language=request.language or usual_language(definition, study),
        settings=study.settings,
        without_effect=tuple(name for name in parameters or {} if name not in reads),
    )


def _targets_from(values: Mapping[str, object]) -> LoopTargets:
    from cxlib.feedback.targets import LoopTargets

    return LoopTargets(**{name: values[name] for name in TARGETS if name in values})


def _day(text: str) -> pd.Timestamp:
    try:
        day = pd.to_datetime(text, format="%Y-%m-%d")
    except ValueError as error:
        raise ParameterError(f"--as-of: found {text!r}; allowed: a day written like '2026-11-15'") from error
    return day


def _cases(known: Study, segment: str | None, owner: str | None) -> pd.DataFrame:
    """The cases of a segment and an owner.

    Raises
    ------
    ParameterError
    """
    cases = known.cases if segment is None else known.segment(segment).cases
    if owner is None:
        return cases
    owners = sorted(cases["owner"].dropna().unique())
    if owner not in owners:
        there = ", ".join(map(repr, owners)) or "none: no case has an owner"
        raise ParameterError(f"--owner: found {owner!r}; allowed: {there}{hint(owner, owners)}")
    return cases.loc[cases["owner"] == owner]


def _cell(name: str, value: object, words: Language, names: Mapping[str, str]) -> str:
    if pd.isna(value):
        return ""
    if name in ("case_id", "customer_id"):
        return str(value)
    if name in ("opened_at", "resolved_at", "due_on", "as_of"):
        return f"{value:%Y-%m-%d}"
    if name == "missing":
        return words.text(f"overdue.missing.{value}")
    if name == "zone":
        return words.text(f"names.zone.{value}")
    if name == "has_left":
        return words.text("alarms.yes" if value else "alarms.no")
    if name in ("price_per_month", "target_days"):
        return price_cell(float(value), words)
    if name == "touchpoint_owners":
        return owners_cell(str(value), names)
    return names.get(str(value), str(value))
