"""Importance over performance: where each driver stands, under two crosshairs, each point with its name and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from cxlib.charts.drivers import called
from cxlib.charts.label_boxes import CHARACTER_PX, Box, free_box
from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    PAPER,
    SOFT_INK,
    haloed_text,
    heading,
    nothing_to_show_chart,
    one_row,
    spoken,
    themed,
)
from cxlib.language import ENGLISH, Language

COLUMNS = [
    "driver", "n_people", "performance", "low_performance", "high_performance",
    "importance", "low_importance", "high_importance",
    "mean_performance", "mean_importance", "midpoint", "equal_importance",
    "quadrant_at_means", "quadrant_at_midpoint", "agrees",
]  # fmt: skip

WIDTH, HEIGHT = 560, 400
MARGIN = 0.06
"""Of the figures' range, left free on every side."""
STEP_PX = 12
"""Along intervals and lines, where a name should not lie."""


@dataclass(frozen=True, kw_only=True)
class _Plot:
    """Pixels from figures, and back."""

    across: tuple[float, float]
    up: tuple[float, float]

    def px(self, performance: float, importance: float) -> tuple[float, float]:
        (left, right), (bottom, top) = self.across, self.up
        return (performance - left) / (right - left) * WIDTH, (top - importance) / (top - bottom) * HEIGHT

    def at(self, x: float, y: float) -> tuple[float, float]:
        (left, right), (bottom, top) = self.across, self.up
        return left + x / WIDTH * (right - left), top - y / HEIGHT * (top - bottom)


def importance_performance_chart(
    placed: pd.DataFrame, *, names: Mapping[str, str] | None = None, language: Language = ENGLISH
) -> alt.LayerChart:
    """A point for each driver: to the right the better it is rated, up the more it explains; two crosshairs.

    Hollow points fall into another quarter under the other crosshair. Names of quarters are those of the solid one.

    Parameters
    ----------
    placed : DataFrame, one row per driver
        As `importance_performance` gives it.
    names : mapping of str to str, optional
        How drivers are called; those not in it by their column.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where nothing can be placed

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one driver, or too many rows.
    """
    rows = chart_rows(placed, COLUMNS, name="placed")
    one_row_per(rows, ["driver"], name="placed")
    title = language.text("charts.importance_performance.title")
    rows = rows.loc[rows["quadrant_at_means"].notna()].reset_index(drop=True)
    if rows.empty:
        return nothing_to_show_chart(
            language.text("charts.importance_performance.nothing"), title=title, language=language
        )
    rows["name"] = called(rows["driver"], names)
    for crosshair in ("means", "midpoint"):
        rows[f"words_at_{crosshair}"] = [
            language.text(f"charts.importance_performance.{quadrant}") for quadrant in rows[f"quadrant_at_{crosshair}"]
        ]
    plot = _plot(rows)
    taken, corners = _corners(rows, plot, language)
    labels, is_whole = _names(rows, plot, taken)
    subtitles = [
        language.text("charts.importance_performance.subtitle"),
        "" if is_whole else language.text("charts.importance_performance.unnamed"),
    ]
    chart = alt.layer(
        *_lines(rows),
        *_points(rows, plot, language),
        corners,
        *labels,
        width=WIDTH,
        height=HEIGHT,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
    )
    return themed(chart, language)


def _plot(rows: pd.DataFrame) -> _Plot:
    """The range of all intervals and of both crosshairs."""
    across = rows[["low_performance", "high_performance", "performance", "mean_performance", "midpoint"]]
    up = rows[["low_importance", "high_importance", "importance", "mean_importance", "equal_importance"]]
    (left, right), (bottom, top) = (_range(across), _range(up))
    return _Plot(across=(left, right), up=(max(bottom, 0.0), top))


def _range(figures: pd.DataFrame) -> tuple[float, float]:
    low, high = figures.min(axis=None), figures.max(axis=None)
    margin = MARGIN * (high - low) if high > low else 0.5
    return low - margin, high + margin


def _lines(rows: pd.DataFrame) -> list[alt.Chart]:
    """The crosshairs: solid at the means, dashed at the scale's middle and an equal share."""
    first = rows.iloc[0]
    layers = []
    for across, up, dash in (
        (first["midpoint"], first["equal_importance"], [5, 4]),
        (first["mean_performance"], first["mean_importance"], [1, 0]),
    ):
        mark = {"color": LINE, "strokeWidth": 1.4, "strokeDash": dash}
        layers += [
            one_row().mark_rule(**mark).encode(x=alt.XDatum(float(across))),
            one_row().mark_rule(**mark).encode(y=alt.YDatum(float(up))),
        ]
    return layers


def _points(rows: pd.DataFrame, plot: _Plot, language: Language) -> list[alt.Chart]:
    def text(name: str) -> str:
        return language.text(f"charts.importance_performance.{name}")

    columns = ["name", "n_people", "agrees", "words_at_means", "words_at_midpoint"]
    figures = [f"{end}{name}" for name in ("performance", "importance") for end in ("", "low_", "high_")]
    base = alt.Chart(rows[columns + figures])
    x = alt.X(
        "performance:Q",
        axis=alt.Axis(title=text("performance"), tickCount=6),
        scale=alt.Scale(domain=list(plot.across), nice=False, zero=False),
    )
    y = alt.Y(
        "importance:Q",
        axis=alt.Axis(title=text("importance"), format=".0%", tickCount=6, grid=False),
        scale=alt.Scale(domain=list(plot.up), nice=False, zero=False),
    )
    tooltip = [
        alt.Tooltip("name:N", title=language.text("charts.drivers.driver")),
        alt.Tooltip("performance:Q", title=text("performance"), format=",.2f"),
        alt.Tooltip("importance:Q", title=text("importance"), format=".0%"),
        alt.Tooltip("words_at_means:N", title=text("at_means")),
        alt.Tooltip("words_at_midpoint:N", title=text("at_midpoint")),
        alt.Tooltip("n_people:Q", title=language.text("charts.common.base"), format=",d"),
    ]
    fill = alt.Fill("agrees:N", legend=None, scale=alt.Scale(domain=[True, False], range=[BLUE, PAPER]))
    whisker = {"color": SOFT_INK, "strokeWidth": 1, "opacity": 0.55}
    return [
        base.mark_rule(**whisker).encode(x=alt.X("low_performance:Q"), x2=alt.X2("high_performance:Q"), y=y),
        base.mark_rule(**whisker).encode(x=x, y=alt.Y("low_importance:Q"), y2=alt.Y2("high_importance:Q")),
        base.mark_point(shape="circle", size=75, stroke=BLUE, strokeWidth=2, opacity=1, fillOpacity=1).encode(
            x=x, y=y, fill=fill, tooltip=tooltip
        ),
    ]


def _corners(rows: pd.DataFrame, plot: _Plot, language: Language) -> tuple[list[Box], alt.Chart]:
    """The names of the quarters of the solid crosshair, each in its outer corner."""
    taken, texts = [], []
    for quadrant, x, y, align in (
        ("concentrate", 4, 10, "left"),
        ("keep_up", WIDTH - 4, 10, "right"),
        ("low_priority", 4, HEIGHT - 10, "left"),
        ("overkill", WIDTH - 4, HEIGHT - 10, "right"),
    ):
        text = language.text(f"charts.importance_performance.{quadrant}").upper()
        width = len(text) * CHARACTER_PX * 1.15
        taken.append((x, y - 8, x + width, y + 8) if align == "left" else (x - width, y - 8, x, y + 8))
        texts.append(
            one_row()
            .mark_text(align=align, baseline="middle", fontSize=LABEL_SIZE, color=LINE, fontWeight=600)
            .encode(x=alt.XValue(x), y=alt.YValue(y), text=alt.TextValue(text))
        )
    return taken, alt.layer(*texts)


def _names(rows: pd.DataFrame, plot: _Plot, taken: list[Box]) -> tuple[list[alt.Chart], bool]:
    """A name beside each point where there is room, the most important first; whether all have one."""
    under = [point for row in rows.itertuples() for point in _covered(row, plot)]
    taken, labels = list(taken), []
    for row in rows.sort_values("importance", ascending=False).itertuples():
        mark = plot.px(row.performance, row.importance)
        box = free_box(row.name, mark, within=(WIDTH, HEIGHT), taken=taken, under=under)
        if box is not None:
            taken.append(box)
            labels.append((row.name, *plot.at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)))
    if not labels:
        return [], False
    base = alt.Chart(chart_rows(pd.DataFrame(labels, columns=["name", "x", "y"]), ["name", "x", "y"], name="names"))
    text = base.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), text=alt.Text("name:N"))
    return haloed_text(text, align="center", baseline="middle", fontSize=LABEL_SIZE, color=INK), len(labels) == len(rows)


def _covered(row, plot: _Plot) -> list[tuple[float, float]]:
    """Points along both intervals, which a name should leave free; the mark itself counts as many."""
    left, middle = plot.px(row.low_performance, row.importance)
    right, _ = plot.px(row.high_performance, row.importance)
    centre, low = plot.px(row.performance, row.low_importance)
    _, high = plot.px(row.performance, row.high_importance)
    points = [(centre, middle)] * 4
    if np.isfinite(left) and np.isfinite(right):
        points += [(x, middle) for x in np.arange(left, right, STEP_PX)]
    if np.isfinite(low) and np.isfinite(high):
        points += [(centre, y) for y in np.arange(high, low, STEP_PX)]
    return points
