"""What the report says of the journey canvas, and the canvas as a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from IPython.display import HTML

from cxlib.errors import require_columns
from cxlib.findings.sections import section_html
from cxlib.findings.words import ReportWords
from cxlib.journeys.stages import check_steps
from cxlib.language import ENGLISH, Language

TEXTS = ("actions", "activities", "questions", "barriers", "owners")


def canvas_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """Which step feels worst, and where the canvas and the measurements point in opposite directions.

    Parameters
    ----------
    figures : mapping
        As `month_figures` or `journey_month_figures` gives it.
    language : Language
    """
    words = ReportWords(figures, language)
    steps = figures["journey"]["steps"]
    felt = [row for row in steps if row["emotion"] is not None]
    if not steps:
        sentences = [language.text("charts.canvas.nothing")]
    elif not felt:
        sentences = [words.text("canvas.no_emotions", n=language.number(len(steps)))]
    else:
        sentences = [_worst(words, felt, n_steps=len(steps)), *_opposites(words, steps)]
    return section_html(
        "replay.html.j2",
        heading=words.text("canvas.heading"),
        sentences=sentences,
        note=words.text("canvas.note", months=words.recent) if felt else None,
    )


def canvas_table(
    canvas: pd.DataFrame, *, labels: Mapping[str, Mapping[str, str]] | None = None, language: Language = ENGLISH
) -> HTML:
    """The canvas as a table: what customer and organisation do at each step, what is asked, what stands in the way.

    Parameters
    ----------
    canvas : DataFrame, one row per step
        As `journey_canvas` gives it.
    labels : mapping of language to mapping of name to label, optional
        The study's own names and texts as they read in another language: `study.settings.labels`.
    language : Language

    Returns
    -------
    HTML
        A table; where there is no step, a sentence that says how to begin.

    Raises
    ------
    MissingColumnError
    ParameterError
        A step without a stage, or of an unknown one.
    """
    require_columns(canvas, ["step", "stage", "emotion", *TEXTS], name="canvas")
    check_steps(canvas, name="canvas")
    own = (labels or {}).get(language.code, {})
    rows = [
        {
            "stage": language.text(f"names.stage.{row.stage}"),
            "step": own.get(row.step, row.step),
            "emotion": language.signed(row.emotion, 1),
            "cells": [[own.get(entry, entry) for entry in getattr(row, name)] for name in TEXTS],
        }
        for row in canvas.itertuples()
    ]
    return section_html(
        "canvas.html.j2",
        nothing=language.text("charts.canvas.nothing"),
        caption=language.text("report.canvas.caption"),
        columns=[language.text(f"report.canvas.column_{name}") for name in ("step", "stage", "emotion", *TEXTS)],
        rows=rows,
    )


def _worst(words: ReportWords, felt: list[Mapping], *, n_steps: int) -> str:
    language = words.language
    worst = min(felt, key=lambda row: row["emotion"])
    values = {
        "n": language.number(n_steps),
        "step": words.name(worst["step"]),
        "emotion": language.signed(worst["emotion"], 1),
    }
    if not worst["owners"]:
        return words.text("canvas.worst", **values)
    owners = words.join([words.name(name) for name in worst["owners"]])
    return words.text("canvas.worst_owned", owners=owners, **values)


def _opposites(words: ReportWords, steps: list[Mapping]) -> list[str]:
    language = words.language
    opposite = list({row["stage"]: row for row in steps if row["is_opposite"]}.values())
    if not opposite:
        compared = any(row["mean_experience"] is not None and row["stage_emotion"] is not None for row in steps)
        return [words.text("canvas.agree" if compared else "canvas.not_compared")]
    return [
        words.text(
            "canvas.opposite_good" if row["stage_emotion"] > 0 else "canvas.opposite_bad",
            stage=language.text(f"names.stage.{row['stage']}"),
            declared=language.signed(row["stage_emotion"], 1),
            mean=language.signed(row["mean_experience"], 2),
            low=language.signed(row["low_mean"], 2),
            high=language.signed(row["high_mean"], 2),
            n=language.number(row["n_experiences"]),
        )
        for row in opposite
    ]
