"""The alarm list as a file for the people who call: the rules of a report, the words of a reader, safe in Excel."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cxlib.errors import ParameterError, hint
from cxlib.language import Language, rounded
from cxlib.reporting.definition import Definition
from cxlib.reporting.failures import reason_of
from cxlib.reporting.progress import Progress
from cxlib.reporting.request import (
    asked_period,
    asked_study,
    check_request,
    read_study,
    study_folder,
    usual_language,
)

if TYPE_CHECKING:
    from cxlib.capital.rules import CapitalRules
    from cxlib.settings import Settings

ZONE_CHOICES = ("at_risk", "thin", "both")

DELIMITERS = {"en": ",", "sv": ";"}
DECIMAL_MARKS = {"en": ".", "sv": ","}
"""Excel reads a CSV by the country of its user: where the comma parts decimals, it cannot part cells."""

STARTS_A_FORMULA = tuple("=+-@＝＋－＠")
_BREAKS = re.compile(r"[\t\r\n\v\f]+")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")

COLUMNS = (
    "customer_id", "segment", "price_per_month", "zone", "buffer", "capital", "required",
    "drained_by", "drained_by_owners", "capital_drained", "drained_share",
    "last_loss_at", "last_loss_touchpoint", "last_loss_owners",
    "has_open_case", "open_case_days", "has_untold_case", "tenure_months", "as_of",
)  # fmt: skip

RULES_BESIDE = ("requirement", "price_elasticity")
"""Parameters of a report that the list reads, beside those that are named like the rules of `CapitalRules`."""


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
        currency = self.settings.currency or "–"
        writer = csv.writer(file := io.StringIO(), delimiter=DELIMITERS[words.code], lineterminator="\n")
        writer.writerow(_safe(words.text(f"alarms.columns.{name}", currency=currency)) for name in COLUMNS)
        as_of = f"{self.period.end_time:%Y-%m-%d}"
        for row in self.frame.assign(as_of=as_of).astype(object).to_dict("records"):
            writer.writerow(_cell(name, row[name], words, names) for name in COLUMNS)
        return "\N{ZERO WIDTH NO-BREAK SPACE}" + file.getvalue()


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
    chosen = asked_period(definition, study, request.period, segment)
    progress.step("Keeping the accounts")

    # Here and not above: a wrong parameter need not wait for numba.
    from cxlib.capital.alarm_list import alarm_list
    from cxlib.capital.ledger import capital_ledger
    from cxlib.capital.months import customer_months
    from cxlib.capital.risk import Requirement, median_price, risk_zones
    from cxlib.experience import experiences

    rules = rules_from(request.parameters)
    # As the report's notebook does it: all customers' accounts first, so that a segment is held to the same price and
    # the same average loss as the whole.
    known = study.as_of((chosen + 1).to_timestamp())
    required = Requirement(
        base=request.parameters.get("requirement") or 0.0,
        elasticity=request.parameters.get("price_elasticity") or 0.0,
        median_price=median_price(known.customers),
    )
    ledger = capital_ledger(experiences(known, rules), rules, cases=known.cases)
    zones = risk_zones(customer_months(ledger, rules, until=chosen), known.customers, required)
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
    reads = {*RULES_BESIDE, *_rule_names()}
    return Alarms(
        frame=alarms,
        period=chosen,
        zones=wanted,
        language=request.language or usual_language(definition, study),
        settings=study.settings,
        without_effect=tuple(name for name in parameters or {} if name not in reads),
    )


def rules_from(values: Mapping[str, object]) -> CapitalRules:
    """The rules that a report's parameters state; a half-life of 0 is none, as in the report.

    Raises
    ------
    ParameterError
    """
    from cxlib.capital.rules import CapitalRules

    given = {name: values[name] for name in _rule_names() if name in values}
    if "half_life_days" in given:
        given["half_life_days"] = given["half_life_days"] or None
    return CapitalRules(**given)


def _rule_names() -> list[str]:
    from cxlib.capital.rules import CapitalRules

    return [field.name for field in fields(CapitalRules)]


def check_place(path: Path, *, again: bool) -> None:
    """Refuse a place where the file may not be written, before anybody waits for it.

    Raises
    ------
    ParameterError
    """
    try:
        if not path.parent.is_dir():
            raise ParameterError(f"--output: the folder {path.parent} is not there")
        if path.is_dir():
            raise ParameterError(f"--output: {path} is a folder; name a file in it, such as {path / 'alarms.csv'}")
        if path.exists() and not again:
            raise ParameterError(f"--output: {path} is there already; to replace it, add --again")
    except OSError as error:
        raise ParameterError(f"--output: {path} cannot be used: {reason_of(error)}") from error


def write_file(path: Path, text: str, *, again: bool) -> None:
    """Write the file aside and put it in place in one step, so that nobody ever opens half a list.

    Raises
    ------
    ParameterError
        It is there already and `again` is False, or nothing can be written there.
    """
    check_place(path, again=again)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            aside.write_text(text, encoding="utf-8", newline="")
            check_place(path, again=again)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise ParameterError(f"--output: {path} cannot be written: {reason_of(error)}") from error


def _cell(name: str, value: object, words: Language, names: Mapping[str, str]) -> str:
    if pd.isna(value):
        return ""
    if name == "zone":
        return words.text(f"names.zone.{value}")
    if name.startswith("has_"):
        return words.text("alarms.yes" if value else "alarms.no")
    if name == "as_of":
        return str(value)
    if name == "last_loss_at":
        return f"{value:%Y-%m-%d}"
    if name.endswith("_owners"):
        owners = (owner.strip() for owner in str(value).split(";"))
        return _safe(", ".join(names.get(owner, owner) for owner in owners if owner))
    if name == "drained_share":
        return f"{rounded(100 * float(value)):.0f}"
    if name == "price_per_month":
        return _number(value, words).removesuffix(f"{DECIMAL_MARKS[words.code]}00")
    if isinstance(value, float):
        return _number(value, words)
    return _safe(names.get(str(value), str(value)) if name != "customer_id" else str(value))


def _number(value: object, words: Language) -> str:
    return f"{rounded(float(value), 2):.2f}".replace(".", DECIMAL_MARKS[words.code])


def _safe(text: str) -> str:
    """The text on one line, with an apostrophe in front where a spreadsheet would run it as a formula."""
    text = _BREAKS.sub(" ", text).strip()
    if text.startswith(STARTS_A_FORMULA) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text
