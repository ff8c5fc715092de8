"""Customers whose loop was closed beside those whose was not: capital before and now, with and without recoveries."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    VERMILLION,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    spoken,
)
from cxlib.language import ENGLISH, Language

GROUP_COLOURS = {"closed": BLUE, "mixed": "#6a6a6a", "open": VERMILLION}
GROUP_SHAPES = {"closed": "circle", "mixed": "square", "open": "diamond"}
MEASURES = {"before": "_before", "unrecovered": "_unrecovered", "now": ""}
"""What is drawn, from the top, with the ending of its interval's columns."""

SIGNED = "datum.value == 0 ? '0' : format(datum.value, '+~g')"
LINE_HEIGHT = 20
ROW_GAP = 18
PLOT_WIDTH = 330
NAME_CHARACTERS = 24


def closing_effect_chart(groups: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """Mean capital of the customers with closed, with both and with open cases, before and now.

    Parameters
    ----------
    groups : DataFrame, one row per group
        As `closing_effect` gives it: needs group (closed, mixed, open), n_current, and mean, low and high of
        mean_capital_before, mean_capital_unrecovered and mean_capital; suppressed groups hold NA and are left out.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where not both closed and open may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one group.
    """
    means = {"before": "mean_capital_before", "unrecovered": "mean_capital_unrecovered", "now": "mean_capital"}
    ends = [f"{end}_mean{ending}" for ending in MEASURES.values() for end in ("low", "high")]
    rows = chart_rows(groups, ["group", "n_current", *means.values(), *ends], name="groups")
    one_row_per(rows, ["group"], name="groups")
    title = language.text("charts.closing.title")
    known = rows.dropna(subset=["mean_capital", "low_mean"])
    if not {"closed", "open"} <= set(known["group"]):
        return nothing_to_show_chart(language.text("charts.closing.nothing"), title=title, language=language)

    lines, top = [], 0.0
    for measure, ending in MEASURES.items():
        label = "\n".join(textwrap.wrap(language.text(f"charts.closing.{measure}"), NAME_CHARACTERS))
        for number, row in enumerate(known.to_dict("records")):
            group = language.text(f"charts.closing.{row['group']}", n=language.number(row["n_current"]))
            lines.append(
                {
                    "label": label if number == 0 else "",
                    "measure": language.text(f"charts.closing.{measure}"),
                    "group": row["group"],
                    "words": group,
                    "n": row["n_current"],
                    "mean": row[means[measure]],
                    "low": row[f"low_mean{ending}"],
                    "high": row[f"high_mean{ending}"],
                    "place": top + LINE_HEIGHT * (number + 0.5),
                    "text": f"{language.signed(row[means[measure]], 1)} {group}",
                }
            )
        top += LINE_HEIGHT * len(known) + ROW_GAP
    subtitle = language.text("charts.closing.subtitle")
    return alt.layer(
        *_layers(pd.DataFrame(lines), top - ROW_GAP, language),
        width=PLOT_WIDTH,
        height=top - ROW_GAP,
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def _layers(lines: pd.DataFrame, height: float, language: Language) -> list[alt.Chart]:
    names = list(GROUP_COLOURS)
    base = alt.Chart(lines)
    axis = alt.Axis(title=None, tickCount=5, grid=True, orient="bottom", labelExpr=SIGNED)
    farthest = [min(lines["low"].min(), 0.0), max(lines["high"].max(), 0.0)]
    x = alt.X("low:Q", axis=axis, scale=alt.Scale(domain=farthest, nice=True))
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False))
    colour = alt.Color("group:N", legend=None, scale=alt.Scale(domain=names, range=list(GROUP_COLOURS.values())))
    shape = alt.Shape("group:N", legend=None, scale=alt.Scale(domain=names, range=list(GROUP_SHAPES.values())))
    tooltip = [
        alt.Tooltip("measure:N", title=language.text("charts.closing.measure")),
        alt.Tooltip("words:N", title=language.text("charts.closing.group")),
        alt.Tooltip("mean:Q", title=language.text("charts.closing.mean"), format="+.2f"),
        alt.Tooltip("low:Q", title=language.text("charts.common.low"), format="+.2f"),
        alt.Tooltip("high:Q", title=language.text("charts.common.high"), format="+.2f"),
        alt.Tooltip("n:Q", title=language.text("charts.common.customers"), format=",d"),
    ]
    return [
        one_row().mark_rule(color=LINE, strokeWidth=1.2).encode(x=alt.XDatum(0)),
        one_row()
        .mark_text(align="center", baseline="bottom", fontSize=LABEL_SIZE, color=INK)
        .encode(x=alt.XDatum(0), y=alt.YValue(-4), text=alt.TextValue(language.text("charts.closing.zero"))),
        base.mark_rule(strokeWidth=4, opacity=0.35, strokeCap="round").encode(
            x=x, x2=alt.X2("high:Q"), y=y, color=colour
        ),
        base.mark_point(filled=True, size=85, opacity=1).encode(
            x=alt.X("mean:Q"), y=y, color=colour, shape=shape, tooltip=tooltip
        ),
        *haloed_text(
            base.encode(x=alt.X("high:Q"), y=y, text=alt.Text("text:N")),
            align="left",
            dx=9,
            baseline="middle",
            fontSize=LABEL_SIZE,
        ),
        base.transform_filter("datum.label != ''")
        .mark_text(align="right", baseline="top", dy=-7, fontSize=LABEL_SIZE, lineBreak="\n", lineHeight=14)
        .encode(x=alt.XValue(-14), y=y, text=alt.Text("label:N")),
    ]
