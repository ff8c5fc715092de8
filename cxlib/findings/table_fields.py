"""The columns of a report's tables: what each holds, how it is written, how it is called in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cxlib.language import Language, catalogue

FORMATS = (
    "count", "percent", "signed", "signed-1", "signed-2", "decimal-1", "decimal-2", "currency", "month",
)  # fmt: skip
"""How numbers and dates may be written; a number at the end is that of its decimals."""


@dataclass(frozen=True)
class Kind:
    """What a column holds.

    Parameters
    ----------
    type : "string", "integer", "number", "boolean" or "date"
    format : one of `FORMATS`, or None
    words : str, optional
        Of a string: the key of the catalogue's texts with {} in place of the value; "label" for a name of the study's
        own, "labels" for several, in a list or parted by semicolons.
    """

    type: str
    format: str | None = None
    words: str | None = None


_BY_KIND = {
    Kind("integer", "count"): (
        "n_customers n_at_risk n_in_zone n_responses n_experiences n_assumed n_ordered n_answered n_without "
        "n_touchpoints n_touchpoints_measured n_owners n_shared n_shown n_contacts n_before n_kept n_cases n_resolved "
        "n_informed n_due n_due_in_time n_in_time n_late n_waiting n_overdue n_cases_ever n_overdue_ever n_current "
        "n_stayed n_left n_at_risk_before n_at_risk_after n_at_risk_with_gestures n_pushed n_saved_by_cushion "
        "n_brought_back n_hurt n_never_refilling n_hit n_refilled n_month_ends previous_n_customers rows_read "
        "rows_kept rows_rejected base previous_base place count"
    ),
    Kind("number", "percent"): (
        "share at_risk_share share_negative importance_share declared_share carried_share drained_share r2 "
        "stays_share capital_given_up resolved_share informed_share in_time_share left_share at_risk_share_before "
        "at_risk_share_after at_risk_share_with_gestures never_refilling_share hit_share usual_share refilled_share"
    ),
    Kind("number", "signed-2"): "mean_experience correlation emotion stage_emotion mean_gap phase_value",
    Kind("number", "signed-1"): (
        "nps_points capital_median capital_q25 capital_q75 capital_carried capital_drained capital_recovered "
        "net_capital previous_net_capital change capital_before capital_after mean_capital mean_capital_before "
        "mean_capital_unrecovered value low high low_quartile high_quartile previous change_low change_high "
        "difference headroom gap_points"
    ),
    Kind("number", "decimal-1"): (
        "days_to_second days_to_third days_between_payments median_close_days contacts_per_customer_year "
        "median_months_to_refill median_months_with_gestures median_months payment total"
    ),
    Kind("number", "decimal-2"): "loss_weight potential mean_expected mean_met",
    Kind("number", "currency"): "cost cost_before saved_cost",
    Kind("date", "month"): "month",
    Kind("boolean"): (
        "is_weakest is_surely_weakest is_opposite kept may_be_chance is_incident median_months_to_refill_is_never "
        "median_months_is_never"
    ),
    Kind("string", words="label"): "segment touchpoint step department owner",
    Kind("string", words="labels"): "owners only_for goes",
    Kind("string", words="names.phase.{}"): "phase",
    Kind("string", words="names.stage.{}"): "stage",
    Kind("string", words="names.part.{}"): "part",
    Kind("string", words="names.zone.{}"): "zone",
    Kind("string", words="names.advice.{}"): "advice",
    Kind("string", words="names.advice_reason.{}"): "advice_reason",
    Kind("string", words="names.set_reason.{}"): "set_reason",
    Kind("string", words="charts.phase_order.payments_{}"): "payments",
    Kind("string", words="charts.importance.{}"): "verdict",
    Kind("string", words="charts.payment_hub.{}"): "subject",
    Kind("string", words="tables.words.closed_{}"): "closed",
    Kind("string", words="tables.words.answered_{}"): "answered",
    Kind("string", words="tables.words.measure_{}"): "measure",
    Kind("string", words="tables.words.moment_{}"): "moment",
    Kind("string", words="tables.words.fate_{}"): "fate",
    Kind("string", words="tables.words.kind_{}"): "kind",
    Kind("string", words="tables.words.figure_{}"): "figure",
    Kind("string", words="tables.words.unit_{}"): "unit change_unit",
    Kind("string"): "figure_name judgement order cases file sha256 rule setting text",
}  # fmt: skip
KINDS: dict[str, Kind] = {name: kind for kind, names in _BY_KIND.items() for name in names.split()}
"""What every column of the tables holds, by its name: one name means one thing."""


@dataclass(frozen=True)
class Column:
    """A column of one table.

    Parameters
    ----------
    name : str
        As in the figures.
    kind : Kind
    of : str
        The column whose interval this is an end of, else its own name.
    end : "low", "high" or ""
    """

    name: str
    kind: Kind
    of: str
    end: str = ""


def columns_of(spec: str) -> list[Column]:
    """The columns that a table's line names.

    `name` is a column, `name:kind` one of another column's kind, and `name~ending` a column followed by its interval in
    `low_ending` and `high_ending`.

    >>> [column.name for column in columns_of("phase mean_experience~mean reason:set_reason")]
    ['phase', 'mean_experience', 'low_mean', 'high_mean', 'reason']
    """
    columns = []
    for word in spec.split():
        word, _, ending = word.partition("~")
        name, _, kind = word.partition(":")
        found = KINDS[kind or name]
        columns.append(Column(name, found, name))
        if ending:
            columns += [Column(f"{end}_{ending}", found, name, end) for end in ("low", "high")]
    return columns


def heading(table: str, column: Column, language: Language, *, currency: str | None = None) -> str:
    """How a column of a table is called: as in that table alone, where the catalogue says so, else as everywhere."""
    own = f"tables.own.{table}.{column.of}"
    key = own if own in catalogue(language.code) else f"tables.columns.{column.of}"
    called = language.text(key, currency=currency or "").replace(" ()", "")
    return language.text(f"tables.{column.end}", what=called) if column.end else called


def schema(table: str, columns: Sequence[Column], rows: Sequence[Mapping], language: Language, **study) -> dict:
    """The fields of a table, as a Frictionless table schema has them, with the way to write their numbers."""
    fields = []
    for column in columns:
        field = {
            "name": column.name,
            "title": heading(table, column, language, **study),
            "type": column.kind.type,
        }
        if column.kind.format:
            field["format"] = column.kind.format
        own = [row.get("formats", {}).get(column.name, column.kind.format) for row in rows]
        if any(written != column.kind.format for written in own):
            field["formats"] = own  # a format for each row: the column's unit is that of the row
        fields.append(field)
    return {"fields": fields}


def cell(value, column: Column, language: Language, labels: Mapping[str, str]):
    """A figure as it stands in a table: names and words in the language, months as dates, nothing else touched."""
    if value is None:
        return None
    words = column.kind.words
    if words == "label":
        return labels.get(value, value)
    if words == "labels":
        listed = [part.strip() for part in value.split(";")] if isinstance(value, str) else value
        return ", ".join(labels.get(part, part) for part in listed if part) or None
    if words:
        return language.text(words.format(value))
    if column.kind.type == "date":
        return f"{value[:7]}-01"
    if column.kind.type == "integer":
        return int(value)  # a count that stood in one column with missing ones is a float
    return value
