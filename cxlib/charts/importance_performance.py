"""Importance over performance: where each driver stands under two crosshairs, with its name and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from cxlib.charts.drivers import called
from cxlib.charts.label_boxes import CHARACTER_PX, MOST_COVERED, Box, free_box
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
    house_look,
    nothing_to_show_chart,
    one_row,
    spoken,
)
from cxlib.drivers.cautions import listed
from cxlib.language import ENGLISH, Language

COLUMNS = [
    "driver", "n_customers", "performance", "low_performance", "high_performance",
    "importance", "low_importance", "high_importance",
    "mean_performance", "mean_importance", "midpoint", "equal_importance",
    "quadrant_at_means", "quadrant_at_midpoint", "agrees", "better", "is_mirrored",
]  # fmt: skip

WIDTH, HEIGHT = 560, 400
MARGIN = 0.07
"""Of the figures' range, left free on every side; above and below for the names of the quarters."""

LEADERS_PX = (28, 48, 72, 100, 130)
"""How far from its mark a name may stand, with a line between, where there is no room beside it."""


@dataclass(frozen=True, kw_only=True)
class _Plot:
    """Pixels from figures, and back; where lower is better, `across` falls."""

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
    lines, labels, is_whole = _names(rows, plot, taken)
    mirrored = list(rows.loc[rows["is_mirrored"], "name"])
    subtitles = [
        language.text("charts.importance_performance.subtitle"),
        language.text("charts.importance_performance.mirrored", drivers=listed(mirrored, language)) if mirrored else "",
        "" if is_whole else language.text("charts.importance_performance.unnamed"),
    ]
    return alt.layer(
        *_lines(rows),
        *lines,
        *_points(rows, plot, language),
        corners,
        *labels,
        width=WIDTH,
        height=HEIGHT,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def _plot(rows: pd.DataFrame) -> _Plot:
    """The range of all intervals and of both crosshairs, the good end to the right."""
    across = rows[["low_performance", "high_performance", "performance", "mean_performance", "midpoint"]]
    up = rows[["low_importance", "high_importance", "importance", "mean_importance", "equal_importance"]]
    left, right = _range(across)
    return _Plot(across=(left, right) if rows["better"].iloc[0] == "higher" else (right, left), up=_range(up))


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

    columns = ["name", "n_customers", "agrees", "words_at_means", "words_at_midpoint"]
    figures = [f"{end}{name}" for name in ("performance", "importance") for end in ("", "low_", "high_")]
    base = alt.Chart(rows[columns + figures])
    x = alt.X(
        "performance:Q",
        axis=alt.Axis(title=text("higher" if rows["better"].iloc[0] == "higher" else "lower"), tickCount=6),
        scale=alt.Scale(domain=list(plot.across), nice=False, zero=False),
    )
    y = alt.Y(
        "importance:Q",
        axis=alt.Axis(
            title=text("importance"),
            format=".0%",
            tickCount=6,
            grid=False,
            labelExpr="datum.value < 0 ? '' : datum.label",
        ),
        scale=alt.Scale(domain=list(plot.up), nice=False, zero=False),
    )
    tooltip = [
        alt.Tooltip("name:N", title=language.text("charts.drivers.driver")),
        alt.Tooltip("performance:Q", title=text("performance"), format=",.2f"),
        alt.Tooltip("importance:Q", title=text("importance"), format=".0%"),
        alt.Tooltip("words_at_means:N", title=text("at_means")),
        alt.Tooltip("words_at_midpoint:N", title=text("at_midpoint")),
        alt.Tooltip("n_customers:Q", title=language.text("charts.common.base"), format=",d"),
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
        base = one_row().encode(x=alt.XValue(x), y=alt.YValue(y), text=alt.TextValue(text))
        look = {"align": align, "baseline": "middle", "fontSize": LABEL_SIZE, "color": LINE, "fontWeight": 600}
        texts += haloed_text(base, **look)
    return taken, alt.layer(*texts)


def _names(rows: pd.DataFrame, plot: _Plot, taken: list[Box]) -> tuple[list[alt.Chart], list[alt.Chart], bool]:
    """Lines to names that stand apart, and a name for each point, the most important first; whether all have one."""
    marks = [plot.px(row.performance, row.importance) for row in rows.itertuples()]
    # on no other mark, whose own name would then be looked for there
    under = [mark for mark in marks for _ in range(MOST_COVERED + 1)]
    taken, labels, lines = list(taken), [], []
    for row in rows.sort_values("importance", ascending=False).itertuples():
        mark = plot.px(row.performance, row.importance)
        box = free_box(row.name, mark, within=(WIDTH, HEIGHT), taken=taken, under=under)
        if box is None:
            box = _apart(row.name, mark, taken, under)
            if box is None:
                continue
            end = (min(max(mark[0], box[0]), box[2]), min(max(mark[1], box[1]), box[3]))
            lines.append((*plot.at(*mark), *plot.at(*end)))
        taken.append(box)
        labels.append((row.name, *plot.at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)))
    if not labels:
        return [], [], False
    base = alt.Chart(chart_rows(pd.DataFrame(labels, columns=["name", "x", "y"]), ["name", "x", "y"], name="names"))
    text = base.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), text=alt.Text("name:N"))
    names = haloed_text(text, align="center", baseline="middle", fontSize=LABEL_SIZE, color=INK)
    ends = ["x", "y", "end_x", "end_y"]
    leaders = alt.Chart(chart_rows(pd.DataFrame(lines, columns=ends), ends, name="lines")).mark_rule(
        color=LINE, strokeWidth=0.8
    )
    leaders = leaders.encode(x=alt.X("x:Q"), x2=alt.X2("end_x"), y=alt.Y("y:Q"), y2=alt.Y2("end_y"))
    return [leaders] if lines else [], names, len(labels) == len(rows)


def _apart(text: str, mark: tuple[float, float], taken: list[Box], under: list[tuple[float, float]]) -> Box | None:
    """The nearest place away from its mark where a name covers nothing."""
    for distance in LEADERS_PX:
        for angle in np.arange(0, 2 * np.pi, np.pi / 6) - np.pi / 2:
            anchor = (mark[0] + distance * np.cos(angle), mark[1] + distance * np.sin(angle))
            if 0 <= anchor[0] <= WIDTH and 0 <= anchor[1] <= HEIGHT:
                box = free_box(text, anchor, within=(WIDTH, HEIGHT), taken=taken, under=under)
                if box is not None:
                    return box
    return None
