"""The sections of the monthly report: the month's figures as sentences, tiles and tables in the reader's language.

Nothing is computed here but differences for display; `figures` holds the numbers. Every text of the study passes
through templates that escape it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from IPython.display import HTML
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cxlib.findings.changes import as_stated, changes_said
from cxlib.findings.changes_figures import Comparison
from cxlib.findings.tiles import headline_tiles
from cxlib.findings.words import ReportWords
from cxlib.language import ENGLISH, Language

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)

TELLING_DIFFERENCE = 0.02
"""A difference between two shares at risk that is worth a warning."""

MOST_ACTIONS = 3
MOST_ROWS = 12


def headline_section(
    figures: Mapping,
    *,
    changes: tuple[Comparison, ...] = (),
    report: str = "monthly",
    language: Language = ENGLISH,
) -> HTML:
    """What changed this month: the sentence to remember, the key figures, their changes, the largest moves.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    changes : tuple of Comparison, optional
        As `changes_since` gives them.
    report : str
        The report's name, for the command that makes an earlier one that is missing.
    language : Language
    """
    words = ReportWords(as_stated(figures, changes), language)
    return section_html(
        "headline.html.j2",
        heading=words.text("changed.heading"),
        lead=words.risk_change(),
        cautions=words.cautions(),
        sentences=words.moves(),
        tiles=headline_tiles(words),
        changes=changes_said(words, changes, report=report) if changes else None,
        note=words.text("changed.note" if figures["rules"]["requirement"] == 0 else "changed.note_required"),
    )


def risk_section(figures: Mapping, loss_weights: pd.DataFrame, *, language: Language = ENGLISH) -> HTML:
    """Who is at risk: zones, segments, and how far the answer hangs on the loss weight.

    Parameters
    ----------
    figures : mapping
    loss_weights : DataFrame
        As `capital_by_loss_weight` gives it.
    language : Language
    """
    words = ReportWords(figures, language)
    zones, n_customers = figures["zones"], figures["headline"]["customers"]["value"]
    sentences = []
    if zones["at_risk"] is not None:
        counts = {zone: language.number(count) for zone, count in zones.items()}
        sentences.append(words.text("risk.zones", n=language.number(n_customers), **counts))
    segments = [row for row in figures["segments"] if row["at_risk_share"] is not None]
    if len(segments) > 1:
        worst, best = segments[0], segments[-1]
        differ = worst["low_share"] > best["high_share"]
        sentences.append(
            words.text(
                "risk.segments" if differ else "risk.segments_alike",
                worst=words.name(worst["segment"]),
                worst_share=language.percent(worst["at_risk_share"], 1),
                best=words.name(best["segment"]),
                best_share=language.percent(best["at_risk_share"], 1),
            )
        )
    month = pd.Period(figures["period"]).to_timestamp()
    grid = loss_weights.loc[loss_weights["month"] == month].dropna(subset="at_risk_share")
    if len(grid) > 1:
        lightest, heaviest = grid.iloc[0], grid.iloc[-1]
        matters = heaviest["at_risk_share"] - lightest["at_risk_share"] >= TELLING_DIFFERENCE
        sentences.append(
            words.text(
                "risk.loss_weight" if matters else "risk.loss_weight_hardly",
                light=words.weight(lightest["loss_weight"]),
                light_share=language.percent(lightest["at_risk_share"], 1),
                heavy=words.weight(heaviest["loss_weight"]),
                heavy_share=language.percent(heaviest["at_risk_share"], 1),
                used=words.loss_weight,
            )
        )
    return section_html(
        "section.html.j2",
        heading=words.text("risk.heading"),
        sentences=sentences or [words.text("risk.nothing")],
        table=_segment_table(words, segments) if len(segments) > 1 else None,
        actions=None,
        note=None,
    )


def phase_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """Which phase carries and which drains."""
    words = ReportWords(figures, language)
    phases = [row for row in figures["phases"] if row["mean_experience"] is not None]
    carrying = [row for row in phases if row["carried_share"] is not None]
    sentences = []
    if carrying:
        most = max(carrying, key=lambda row: row["carried_share"])
        sentences.append(
            words.text(
                "phases.carries",
                phase=words.phase(most),
                carried=language.percent(most["carried_share"]),
                declared=language.percent(most["importance_share"]),
            )
        )
        short = min(carrying, key=lambda row: row["gap_points"])
        if short["gap_points"] < 0 and short is not most:
            sentences.append(
                words.text(
                    "phases.falls_short",
                    phase=words.phase(short),
                    carried=language.percent(short["carried_share"]),
                    declared=language.percent(short["importance_share"]),
                )
            )
    drain = max(phases, key=lambda row: row["drained_share"], default=None)
    if drain and drain["drained_share"] > 0:
        share = language.percent(drain["drained_share"])
        sentences.append(words.text("phases.drains", phase=words.phase(drain), share=share))
    weakest = next((row for row in phases if row["is_weakest"]), None)
    if weakest:
        sign = "" if weakest["high_mean"] < 0 else "_but_positive" if weakest["low_mean"] > 0 else "_about_zero"
        sentences.append(
            words.text(
                f"phases.weakest{sign}",
                phase=words.phase(weakest),
                negative=language.percent(weakest["share_negative"]),
                n=language.number(weakest["n_experiences"]),
                mean=language.signed(weakest["mean_experience"], 2),
                low=language.signed(weakest["low_mean"], 2),
                high=language.signed(weakest["high_mean"], 2),
            )
        )
    unmeasured = [words.phase(row) for row in figures["phases"] if row not in phases]
    if unmeasured:
        sentences.append(words.text("phases.unmeasured", phases=words.join(unmeasured)))
    note = words.text("phases.note", months=words.recent)
    if figures["data"]["n_experiences_assumed"]:
        note += " " + words.text("phases.assumed", phases=words.assumed_by_phase())
    return section_html(
        "section.html.j2",
        heading=words.text("phases.heading"),
        sentences=sentences,
        table=None,
        actions=None,
        note=note,
    )


def fix_first_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """What to fix first: the touchpoints that drain most capital."""
    words = ReportWords(figures, language)
    shown = [row for row in figures["touchpoints"] if row["capital_drained"] is not None]
    draining = [row for row in shown if row["capital_drained"] < 0][:MOST_ACTIONS]
    if draining:
        sentence = words.text(
            "fix.sentence",
            names=words.join([words.name(row["touchpoint"]) for row in draining]),
            share=language.percent(sum(row["drained_share"] for row in draining)),
            months=words.recent,
        )
    else:
        sentence = words.text("fix.hidden" if figures["anything_drained"] else "fix.nothing", months=words.recent)
    return section_html(
        "section.html.j2",
        heading=words.text("fix.heading"),
        sentences=[sentence],
        actions=[_action(words, row) for row in draining],
        table=_touchpoint_table(words, shown[:MOST_ROWS]) if shown else None,
        note=_fix_note(words),
    )


def _fix_note(words: ReportWords) -> str:
    """What the figures are, and which touchpoints are withheld though enough customers were asked about them."""
    note = words.text("fix.note", loss_weight=words.loss_weight)
    withheld = [
        words.name(row["touchpoint"])
        for row in words.figures["touchpoints"]
        if row["capital_drained"] is None and row["n_customers"] >= words.figures["smallest_base"]
    ]
    if not withheld:
        return note
    return f"{note} {words.text('fix.withheld', names=words.join(withheld))}"


def limits_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """What the data could not tell: bases, rows refused, and what the rules assume."""
    words = ReportWords(figures, language)
    data = figures["data"]
    counted = {key: language.number(value) for key, value in data.items() if isinstance(value, int)}
    n_refused = sum(source["rows_rejected"] for source in data["sources"])
    counted["n_refused"] = language.number(n_refused)
    conditions = {
        "limits.customers": data["n_customers_without_experience"] > 0,
        "limits.not_listed": data["n_customers_not_listed"] > 0,
        "limits.unanswered": data["n_responses_unanswered"] > 0,
        "limits.no_phase": data["n_experiences_without_phase"] > 0,
        "limits.cases": data["n_cases"] > 0,
        "limits.refused": n_refused > 0,
    }
    sentences = [words.assumed()] if data["n_experiences_assumed"] else []
    sentences += [words.text(key, **counted) for key, holds in conditions.items() if holds]
    sentences.append(words.text("limits.base", n=figures["smallest_base"]))
    sentences += words.rules()
    sentences.append(words.text("limits.hypothesis"))
    rows = [
        (
            source["file"],
            language.number(source["rows_read"]),
            language.number(source["rows_kept"]),
            language.number(source["rows_rejected"]),
        )
        for source in data["sources"]
    ]
    columns = [words.text(f"limits.{name}") for name in ("file", "rows_read", "rows_kept", "rows_rejected")]
    return section_html(
        "limits.html.j2",
        heading=words.text("limits.heading"),
        sentences=sentences,
        table={"caption": words.text("limits.caption"), "n_text_columns": 1, "columns": columns, "rows": rows},
    )


def section_html(template: str, **values: object) -> HTML:
    """A template of the report filled with values, each escaped."""
    return HTML(TEMPLATES.get_template(template).render(**values))


def _segment_table(words: ReportWords, segments: list[Mapping]) -> dict:
    language = words.language
    columns = ("segment", "customers", "at_risk", "interval", "median")
    return {
        "caption": words.text("risk.caption"),
        "n_text_columns": 1,
        "columns": [words.text(f"risk.column_{name}") for name in columns],
        "rows": [
            (
                words.name(row["segment"]),
                language.number(row["n_customers"]),
                language.percent(row["at_risk_share"], 1),
                words.text(
                    "common.range",
                    low=language.percent(row["low_share"], 1),
                    high=language.percent(row["high_share"], 1),
                ),
                language.signed(row["capital_median"], 1),
            )
            for row in segments
        ],
    }


def _touchpoint_table(words: ReportWords, touchpoints: list[Mapping]) -> dict:
    language = words.language
    columns = ("touchpoint", "n", "negative", "mean", "carried", "drained", "recovered", "net")
    return {
        "caption": words.text("fix.caption", months=words.recent),
        "n_text_columns": 1,
        "columns": [words.text(f"fix.column_{name}") for name in columns],
        "rows": [
            (
                words.name(row["touchpoint"]),
                language.number(row["n_experiences"]),
                language.percent(row["share_negative"]),
                words.text(
                    "fix.mean",
                    mean=language.signed(row["mean_experience"], 2),
                    low=language.signed(row["low_mean"], 2),
                    high=language.signed(row["high_mean"], 2),
                ),
                language.signed(row["capital_carried"]),
                language.signed(row["capital_drained"]),
                language.signed(row["capital_recovered"]),
                language.signed(row["net_capital"]),
            )
            for row in touchpoints
        ],
    }


def _action(words: ReportWords, row: Mapping) -> dict:
    language = words.language
    text = words.text(
        "fix.action",
        drained=language.number(-row["capital_drained"]),
        share=language.percent(row["drained_share"]),
        negative=language.percent(row["share_negative"]),
        n=language.number(row["n_experiences"]),
        customers=language.number(row["n_customers"]),
    )
    owners = [words.name(owner.strip()) for owner in (row["owners"] or "").split(";") if owner.strip()]
    if owners:
        text += " " + words.text("fix.owners", owners=words.join(owners))
    return {"name": words.name(row["touchpoint"]), "text": text}
