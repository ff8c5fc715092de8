"""The report's tables as data: every table and chart of the page as typed rows, for a workbook or a program.

The shape is that of a Frictionless data package. Nothing is computed here but differences and names: what the figures
do not show, no table shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from cxlib.findings.change_words import change_table_rows
from cxlib.findings.changes import as_stated
from cxlib.findings.changes_figures import Comparison
from cxlib.findings.plain import plain
from cxlib.findings.stress_figures import records
from cxlib.findings.table_fields import cell, columns_of, schema
from cxlib.findings.table_rows import (
    case_rows,
    closing_part,
    in_points,
    key_figure_rows,
    order_rows,
    owner_case_rows,
    payment_share_rows,
    read_rows,
    replay_part,
    rule_rows,
    smallest_set_rows,
    stressed_rows,
    touchpoint_case_rows,
)
from cxlib.language import ENGLISH, Language, catalogue


@dataclass(frozen=True)
class _Table:
    """One table: its name in the catalogue, its columns (see `columns_of`), and where its rows come from."""

    name: str
    columns: str
    rows: Callable[[Mapping, Mapping, Language], list]


_CAPITAL = "n_customers capital_median capital_q25 capital_q75 n_at_risk at_risk_share~share"
_CASES = (
    "n_cases n_customers n_resolved resolved_share~resolved_share n_informed informed_share~informed_share n_due "
    "n_due_in_time in_time_share~in_time_share n_in_time n_late n_waiting n_overdue median_close_days~close_days"
)
_SHARES = "n_customers n_at_risk at_risk_share~share"

# f: the figures, m: the frames by month, w: the language
_TABLES = (
    _Table(
        "key_figures",
        "figure value unit low high low_quartile high_quartile base previous previous_base change change_unit "
        "change_low change_high may_be_chance",
        lambda f, m, w: key_figure_rows(f),
    ),
    _Table(
        "changes",
        "figure_name month value low high base previous previous_base change change_low change_high judgement",
        lambda f, m, w: m["changes"],
    ),
    _Table("capital_by_month", f"month {_CAPITAL}", lambda f, m, w: m["capital"]),
    _Table("nps_by_month", "month n_responses nps_points~points", lambda f, m, w: m["scores"]),
    _Table("zones_by_month", "month zone n_customers n_in_zone share", lambda f, m, w: m["zones"]),
    _Table("loss_weights", f"month loss_weight {_CAPITAL}", lambda f, m, w: m["loss_weights"]),
    _Table("segments", f"segment {_CAPITAL}", lambda f, m, w: f["segments"]),
    _Table(
        "phases",
        "phase n_experiences n_customers n_assumed mean_experience~mean share_negative importance_share carried_share "
        "gap_points drained_share value:phase_value is_weakest",
        lambda f, m, w: [in_points(row, ["gap_points"]) for row in f["phases"]],
    ),
    _Table(
        "phase_order",
        "order payments n_customers n_ordered share~share days_to_second~days_to_second "
        "days_to_third~days_to_third days_between_payments~days_between_payments",
        lambda f, m, w: order_rows(f, w),
    ),
    _Table(
        "importance",
        "phase declared_share importance_share~share verdict correlation r2~r2 n_customers n_answered n_without",
        lambda f, m, w: f["found_importance"]["phases"],
    ),
    _Table(
        "stages",
        "stage part n_touchpoints n_touchpoints_measured n_experiences n_customers n_assumed mean_experience~mean "
        "share_negative~negative mean_expected mean_met mean_gap~gap is_weakest is_surely_weakest",
        lambda f, m, w: f["journey"]["stages"],
    ),
    _Table(
        "canvas",
        "step place stage part owners emotion stage_emotion mean_experience~mean n_experiences is_opposite",
        lambda f, m, w: f["journey"]["steps"],
    ),
    _Table(
        "owners",
        "touchpoint part department n_owners n_experiences n_customers share_negative net_capital",
        lambda f, m, w: f["journey"]["owners"],
    ),
    _Table(
        "departments",
        "department n_touchpoints n_shared n_shown n_experiences share_negative~negative capital_carried "
        "capital_drained net_capital",
        lambda f, m, w: f["journey"]["departments"],
    ),
    _Table(
        "touchpoints",
        "touchpoint phase owners n_experiences n_customers n_assumed mean_experience~mean share_negative "
        "capital_carried capital_drained drained_share capital_recovered net_capital",
        lambda f, m, w: f["touchpoints"],
    ),
    _Table(
        "movers",
        "touchpoint net_capital previous_net_capital change n_customers previous_n_customers",
        lambda f, m, w: f["movers"],
    ),
    _Table(
        "advice",
        "touchpoint phase advice reason:advice_reason potential headroom n_experiences n_customers "
        "mean_experience~mean capital_drained net_capital n_contacts contacts_per_customer_year",
        lambda f, m, w: f["choice"]["advice"],
    ),
    _Table(
        "smallest_set",
        "touchpoint phase kept reason:set_reason only_for n_contacts cost net_capital stays_share",
        lambda f, m, w: f["choice"]["set"],
    ),
    _Table(
        "sets_by_capital",
        "capital_given_up n_before n_kept goes cost_before saved_cost capital_before capital_after",
        lambda f, m, w: smallest_set_rows(f),
    ),
    _Table("payment", "subject payment total share~share n_customers", lambda f, m, w: payment_share_rows(f)),
    _Table("cases", f"cases {_CASES}", lambda f, m, w: case_rows(f, w)),
    _Table(
        "cases_by_owner",
        f"owner {_CASES} n_cases_ever n_overdue_ever",
        lambda f, m, w: owner_case_rows(f, w),
    ),
    _Table("cases_by_touchpoint", f"touchpoint {_CASES}", lambda f, m, w: touchpoint_case_rows(f, w)),
    _Table(
        "closing",
        "group:closed n_customers n_current n_cases mean_capital_before~mean_before "
        "mean_capital_unrecovered~mean_unrecovered mean_capital~mean n_at_risk at_risk_share~share",
        lambda f, m, w: closing_part(f, "groups"),
    ),
    _Table(
        "closing_departures",
        "group:answered n_stayed n_left left_share~left",
        lambda f, m, w: closing_part(f, "departures"),
    ),
    _Table("closing_differences", "measure difference~difference", lambda f, m, w: closing_part(f, "differences")),
    _Table(
        "stress",
        "segment n_customers n_at_risk_before at_risk_share_before~share_before n_at_risk_after "
        "at_risk_share_after~share_after n_at_risk_with_gestures at_risk_share_with_gestures~share_with_gestures "
        "n_pushed n_saved_by_cushion n_brought_back n_hurt n_never_refilling never_refilling_share~never_refilling "
        "median_months_to_refill~months_to_refill median_months_to_refill_is_never "
        "median_months_with_gestures~months_with_gestures",
        lambda f, m, w: stressed_rows(f, w),
    ),
    _Table(
        "incidents",
        "month touchpoint n_customers n_hit hit_share usual_share",
        lambda f, m, w: replay_part(f, "incidents"),
    ),
    _Table("replay_by_month", f"month is_incident {_SHARES}", lambda f, m, w: replay_part(f, "by_month")),
    _Table("replay", f"moment {_SHARES} capital_median", lambda f, m, w: replay_part(f, "shares")),
    _Table(
        "replay_refill",
        "kind n_customers n_month_ends n_refilled refilled_share~refilled median_months~months median_months_is_never",
        lambda f, m, w: replay_part(f, "refill"),
    ),
    _Table(
        "replay_departures",
        "fate n_customers n_left left_share~share difference~difference",
        lambda f, m, w: replay_part(f, "departures"),
    ),
    _Table("sources", "file rows_read rows_kept rows_rejected sha256", lambda f, m, w: f["data"]["sources"]),
    _Table("data", "text count", lambda f, m, w: read_rows(f, w)),
    _Table("rules", "rule setting", lambda f, m, w: rule_rows(f, w)),
)


def report_tables(
    figures: Mapping,
    *,
    capital: pd.DataFrame,
    zones: pd.DataFrame,
    scores: pd.DataFrame,
    loss_weights: pd.DataFrame,
    changes: tuple[Comparison, ...] = (),
    language: Language = ENGLISH,
) -> dict:
    """Everything that the monthly report shows as a table or a chart, as a data package of typed tables.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    capital, zones, scores, loss_weights : DataFrame
        The development by month, as `capital_by_month`, `zones_by_month`, `net_promoter_score(by="month")` and
        `capital_by_loss_weight` give it.
    changes : tuple of Comparison, optional
        As `changes_since` gives them.
    language : Language

    Returns
    -------
    dict
        resources : a list of dicts, one for each table that has a row, with
            name : str, the same in every language
            title, note : str, in the language
            schema : {"fields": [{"name", "title", "type", "format"?, "formats"?}]}; type is string, integer, number,
                boolean or date, format one of `FORMATS`; formats, where a column's unit is that of the row, one each
            data : a list of dicts, field name -> value; dates are "2026-10-01", a month is its first day, None is
                what is missing, does not exist, or rests on too few
    """
    months = {"capital": capital, "zones": zones, "scores": scores, "loss_weights": loss_weights}
    by_month = {name: plain(records(frame)) for name, frame in months.items()}
    by_month["changes"] = change_table_rows(changes, language, figures["labels"].get(language.code, {}))
    figures = as_stated(figures, changes)
    tables = ((table, table.rows(figures, by_month, language)) for table in _TABLES)
    return {"resources": [_resource(table, rows, figures, language) for table, rows in tables if rows]}


def _resource(table: _Table, rows: list, figures: Mapping, language: Language) -> dict:
    columns = columns_of(table.columns)
    labels = figures["labels"].get(language.code, {})
    note = f"tables.notes.{table.name}"
    month = language.month(pd.Period(figures["period"]).to_timestamp())
    said = {"month": month, "n": figures["recent_months"], "choice": figures["choice"]["months"]}
    return {
        "name": table.name,
        "title": language.text(f"tables.titles.{table.name}"),
        **({"note": language.text(note, **said)} if note in catalogue(language.code) else {}),
        "schema": schema(table.name, columns, rows, language, currency=figures["choice"]["currency"]),
        "data": [{column.name: cell(row[column.name], column, language, labels) for column in columns} for row in rows],
    }
