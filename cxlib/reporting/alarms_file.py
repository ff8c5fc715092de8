"""The alarm list as a file for the people who call: the rules of a report, the words of a reader, safe in Excel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cxlib.confidentiality.pseudonym import pseudonyms
from cxlib.errors import ParameterError, hint
from cxlib.language import NO_VALUE, Language, rounded
from cxlib.reporting.definition import Definition
from cxlib.reporting.period import last_month_of
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
from cxlib.reporting.spreadsheet import csv_text, number_cell, owners_cell, price_cell

if TYPE_CHECKING:
    from cxlib.settings import Settings

ZONE_CHOICES = ("at_risk", "thin", "both")

COLUMNS = (
    "customer_id", "segment", "price_per_month", "zone", "buffer", "capital", "required",
    "drained_by", "drained_by_owners", "capital_drained", "drained_share",
    "last_loss_at", "last_loss_touchpoint", "last_loss_owners",
    "has_open_case", "open_case_days", "has_untold_case", "tenure_months", "as_of",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Alarms:
    """The alarms of a month, and how they are to be written.

    Attributes
    ----------
    frame : DataFrame, as `alarm_list` gives it
    period : Period
    language : Language
    zones : tuple of str
        Those that were asked for.
    settings : Settings
        Of the study: its currency, and the names of its touchpoints in other languages.
    without_effect : tuple of str
        Parameters that were given and that the list does not depend on.
    """

    frame: pd.DataFrame
    period: pd.Period
    language: Language
    zones: tuple[str, ...]
    settings: Settings
    without_effect: tuple[str, ...]

    def summary(self) -> str:
        """How many there are, and what the dearest pays, for a terminal."""
        counts = self.frame["zone"].value_counts()
        parts = ", ".join(f"{counts.get(zone, 0):,} {zone.replace('_', ' ')}" for zone in self.zones)
        noun = "customer" if len(self.frame) == 1 else "customers"
        text = f"{len(self.frame):,} {noun} at the end of {self.period}: {parts}"
        dearest = self.frame["price_per_month"].max()
        if pd.notna(dearest):
            text += f"; the dearest pays {dearest:,.10g} {self.settings.currency or ''}".rstrip() + " a month"
        return text

    def to_csv(self) -> str:
        """The list as CSV with a byte-order mark, without which Excel misreads å, ä and ö.

        Headings, zones, touchpoints, segments and owners are in the reader's language; in Swedish the cells are
        parted by semicolons and numbers have a decimal comma. A text that a spreadsheet would run as a formula gets an
        apostrophe in front.
        """
        words = self.language
        names = self.settings.labels.get(words.code, {})
        currency = self.settings.currency or NO_VALUE
        headings = [words.text(f"alarms.columns.{name}", currency=currency) for name in COLUMNS]
        rows = self.frame.assign(as_of=f"{self.period.end_time:%Y-%m-%d}").astype(object).to_dict("records")
        return csv_text(headings, ([_cell(name, row[name], words, names) for name in COLUMNS] for row in rows), words)


def find_alarms(
    definition: Definition,
    *,
    period: str | None = None,
    study_path: Path | str | None = None,
    data_dir: Path | str | None = None,
    segment: str | None = None,
    language: str | None = None,
    parameters: Mapping[str, object] | None = None,
    zone: str = "both",
    drained_months: int = 12,
    key: bytes | None = None,
    progress: Progress | None = None,
) -> Alarms:
    """Whom to call, by the rules of a report: as many customers as the report counts in its zones.

    Parameters
    ----------
    definition : Definition
        Its parameters that are named like the rules of `CapitalRules`, `requirement` and `price_elasticity` count;
        a rule that it does not declare is as in `CapitalRules()`.
    period, study_path, data_dir, segment, language, parameters
        As `run_report` takes them.
    zone : "at_risk", "thin" or "both"
    drained_months : int
        As `alarm_list` takes it.
    key : bytes, optional
        Where given, customers are named by their pseudonyms under this key.
    progress : Progress, optional

    Returns
    -------
    Alarms

    Raises
    ------
    ParameterError, StudyError
    """
    if zone not in ZONE_CHOICES:
        raise ParameterError(f"zone: found {zone!r}; allowed: {', '.join(ZONE_CHOICES)}{hint(zone, ZONE_CHOICES)}")
    if drained_months < 1:
        raise ParameterError(f"drained_months: found {drained_months}; allowed: a whole number of at least 1")
    progress = progress or Progress()
    request = check_request(definition, parameters or {}, language=language, period=period)
    study_path = asked_study(definition, study_path)
    progress.step(f"Reading the study {study_folder(study_path).resolve().name}")
    study = read_study(study_path, None if data_dir is None else Path(data_dir))
    chosen = last_month_of(asked_period(definition, study, request.period, segment))
    progress.step("Keeping the accounts")

    # Here and not above: a wrong parameter need not wait for numba.
    from cxlib.capital.alarm_list import alarm_list

    known = study.as_of((chosen + 1).to_timestamp())
    ledger, zones = accounts_asked(known, request.parameters, until=chosen)
    if segment is not None:
        zones = zones[zones["customer_id"].isin(known.segment(segment).customers["customer_id"])]
    wanted = ("at_risk", "thin") if zone == "both" else (zone,)
    zones = zones.assign(zone=zones["zone"].where(zones["zone"].isin(wanted)))
    alarms = alarm_list(
        zones,
        ledger,
        known.customers,
        month=chosen,
        cases=known.cases,
        touchpoints=known.touchpoints,
        drained_months=drained_months,
    )
    if key is not None:
        alarms = alarms.assign(customer_id=pseudonyms(alarms["customer_id"], key=key))
    return Alarms(
        frame=alarms,
        period=chosen,
        zones=wanted,
        language=request.language or usual_language(definition, study),
        settings=study.settings,
        without_effect=tuple(name for name in parameters or {} if name not in rule_parameters()),
    )


def _cell(name: str, value: object, words: Language, names: Mapping[str, str]) -> str:
    if pd.isna(value):
        return ""
    if name == "zone":
        return words.text(f"names.zone.{value}")
    if name.startswith("has_"):
        return words.text("alarms.yes" if value else "alarms.no")
    if name == "last_loss_at":
        return f"{value:%Y-%m-%d}"
    if name.endswith("_owners"):
        return owners_cell(str(value), names)
    if name == "drained_share":
        return f"{rounded(100 * float(value)):.0f}"
    if name == "price_per_month":
        return price_cell(float(value), words)
    if isinstance(value, float):
        return number_cell(value, words)
    return str(value) if name in ("customer_id", "as_of") else names.get(str(value), str(value))
