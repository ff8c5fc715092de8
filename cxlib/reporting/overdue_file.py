"""The overdue cases as a file for those who work on them: the targets of a report, the words of a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cxlib.confidentiality.pseudonym import pseudonyms
from cxlib.contract import EARLIEST, LATEST
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

MOST_DAYS_AFTER = 31
"""A list of so many days after the end of the data is still given."""


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
    owner : str or None
        Whose cases alone were asked for, as it was written.
    notes : tuple of str
        What else is to be said of the list, for a terminal.
    """

    frame: pd.DataFrame
    last_day: pd.Timestamp
    n_cases: int
    targets: LoopTargets
    language: Language
    settings: Settings
    without_effect: tuple[str, ...]
    owner: str | None = None
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """How many there are and what they wait for, for a terminal."""
        when = f"at the end of {self.last_day:%Y-%m-%d}"
        if not self.n_cases:
            whose = "" if self.owner is None else f" of {self.owner}"
            return (
                f"No case{whose} had been opened {when}, so none is overdue (they stand in the study's table `cases`)"
            )
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
        morning = self.last_day + pd.Timedelta(days=1)  # from which the days overdue are counted
        rows = self.frame.assign(as_of=morning).astype(object).to_dict("records")
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
    key: bytes | None = None,
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
        Or as of the end of a day, such as 2026-11-15; at most `MOST_DAYS_AFTER` after the data's last, and with a note
        where it is later than the next.
    study_path, data_dir, segment, language, parameters
        As `run_report` takes them.
    owner : str, optional
        Only the cases of this owner, of the study's cases or touchpoints, or the name that it has in the language.
    key : bytes, optional
        Where given, customers and cases are named by their pseudonyms under this key, and what was done is left out,
        for whoever wrote it may have named the customer.
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
    notes = () if as_of is None else _notes(study, day)
    words = request.language or usual_language(definition, study)
    names = study.settings.labels.get(words.code, {})
    owners = None if owner is None else _owners(study, owner, names)
    known = study.as_of(day + pd.Timedelta(days=1))
    cases = known.cases if segment is None else known.segment(segment).cases
    if owners is not None:
        cases = cases.loc[cases["owner"].isin(owners)]
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
    if key is not None:
        listed = listed.assign(
            customer_id=pseudonyms(listed["customer_id"], key=key),
            case_id=pseudonyms(listed["case_id"], key=key, kind="case"),
            action=pd.NA,
        )
    reads = {*TARGETS, *rule_parameters()}
    return Overdue(
        frame=listed,
        last_day=day,
        n_cases=len(cases),
        targets=targets,
        language=words,
        settings=study.settings,
        without_effect=tuple(name for name in parameters or {} if name not in reads),
        owner=owner,
        notes=notes,
    )


def _targets_from(values: Mapping[str, object]) -> LoopTargets:
    from cxlib.feedback.targets import LoopTargets

    return LoopTargets(**{name: values[name] for name in TARGETS if name in values})


def _day(text: str) -> pd.Timestamp:
    try:
        day = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        day = None
    if day is None or not datetime.fromisoformat(EARLIEST) <= day <= datetime.fromisoformat(LATEST):
        raise ParameterError(
            f"--as-of: found {text!r}; allowed: a day written like '2026-11-15', from {EARLIEST} to {LATEST}"
        )
    return pd.Timestamp(day)


def _notes(study: Study, day: pd.Timestamp) -> tuple[str, ...]:
    """What to say of a day after the data's last.

    Raises
    ------
    ParameterError
        It is so long after that hardly anything would be known of it.
    """
    moments = (
        study.events["occurred_at"],
        study.responses["answered_at"],
        *(study.cases[name] for name in ("opened_at", "resolved_at", "customer_informed_at")),
    )
    last = max((times.max() for times in moments if times.notna().any()), default=None)
    if last is None:
        return ()
    end = last.tz_localize(None).normalize()
    if day <= end + pd.Timedelta(days=1):
        return ()
    ended = f"the data end on {end:%Y-%m-%d}"
    if day > end + pd.Timedelta(days=MOST_DAYS_AFTER):
        latest = end + pd.Timedelta(days=MOST_DAYS_AFTER)
        raise ParameterError(
            f"--as-of: found '{day:%Y-%m-%d}', and {ended}: every open case would seem overdue; allowed: days up to "
            f"{latest:%Y-%m-%d}, or read newer data"
        )
    return (f"{ended[0].upper()}{ended[1:]}; what was done since is not known",)


def _owners(study: Study, asked: str, names: Mapping[str, str]) -> list[str]:
    """The owners that are meant by a name or by how it reads in the language.

    Raises
    ------
    ParameterError
    """
    listed = study.touchpoints["owners"].dropna().astype("str").str.split(";").explode().str.strip()
    owners = sorted({*study.cases["owner"].dropna(), *listed} - {""})
    meant = [owner for owner in owners if asked in (owner, names.get(owner))]
    if not meant:
        there = ", ".join(map(repr, owners)) or "none: no case and no touchpoint has an owner"
        offered = [*owners, *(names[owner] for owner in owners if owner in names)]
        raise ParameterError(f"--owner: found {asked!r}; allowed: {there}{hint(asked, offered)}")
    return meant


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
