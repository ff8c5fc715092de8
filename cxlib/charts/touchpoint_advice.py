"""Touchpoints in order of what improving them would add: how they are met, the advice, and what it rests on."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    GREEN,
    INK,
    LABEL_SIZE,
    SKY,
    SOFT_INK,
    VERMILLION,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    spoken,
)
from cxlib.charts.touchpoints import axis_labels
from cxlib.language import ENGLISH, Language

MOST_TOUCHPOINTS = 20
ROW_HEIGHT = 30
ADVICE_WIDTH = 92
MEANS_WIDTH = 168
HEADROOM_WIDTH = 92
LABEL_ROOM = 48
"""Pixels after the longest bar for its number."""
CONTACTS_AT = HEADROOM_WIDTH + LABEL_ROOM + 54

ADVICE_COLOURS = {"protect": GREEN, "improve": VERMILLION, "question": BLUE}
ADVICE_SHAPES = {"protect": "circle", "improve": "triangle-up", "question": "diamond"}


def touchpoint_advice_chart(advice: pd.DataFrame, *, language: Language = ENGLISH) -> alt.HConcatChart | alt.LayerChart:
    """The advice for each touchpoint, the mean that it rests on, and what its potential would add if used up.

    Of more than `MOST_TOUCHPOINTS` touchpoints the first are shown, and the subtitle says so.

    Parameters
    ----------
    advice : DataFrame, one row per touchpoint, in the order shown
        Needs touchpoint, n_customers, mean_experience, low_mean, high_mean (−1 to 1), headroom (experiences; NA =
        unknown), contacts_per_customer_year, advice, reason; where the advice is NA the reason is written instead.
    language : Language

    Returns
    -------
    altair.HConcatChart, or a frame with a sentence where there is no touchpoint

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one touchpoint, or too many rows.
    """
    columns = (
        "touchpoint", "n_customers", "mean_experience", "low_mean", "high_mean", "headroom",
        "contacts_per_customer_year", "advice", "reason",
    )  # fmt: skip
    rows = chart_rows(advice, columns, name="advice")
    one_row_per(rows, ["touchpoint"], name="advice")
    title = language.text("charts.touchpoint_advice.title")
    if rows.empty:
        return nothing_to_show_chart(language.text("charts.touchpoint_advice.nothing"), title=title, language=language)

    shown = rows.iloc[:MOST_TOUCHPOINTS].reset_index(drop=True)
    shown["label"] = axis_labels(list(shown["touchpoint"]))
    shown["words"] = [
        language.text(f"names.advice.{row.advice}")
        if isinstance(row.advice, str)
        else language.text(f"names.no_advice.{row.reason}")
        for row in shown.itertuples()
    ]
    shown["why"] = [language.text(f"names.advice_reason.{reason}") for reason in shown["reason"]]
    knows_potential = bool(shown["headroom"].notna().any())
    subtitles = [
        language.text(f"charts.touchpoint_advice.{'subtitle' if knows_potential else 'no_potential'}"),
        language.text(
            "charts.touchpoint_advice.most", shown=language.number(len(shown)), all=language.number(len(rows))
        )
        if len(shown) < len(rows)
        else "",
    ]
    height = ROW_HEIGHT * len(shown)
    means = alt.layer(*_mean_layers(shown, language), width=MEANS_WIDTH, height=height)
    headroom = alt.layer(*_headroom_layers(shown, language), width=CONTACTS_AT, height=height)
    return alt.hconcat(
        means,
        headroom,
        spacing=16,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def name_axis(names: pd.Series, *, labelled: bool, offset: float = 0) -> alt.Y:
    """Rows in the order given, their labels of one or two lines at the left or nowhere."""
    axis = alt.Axis(
        title=None,
        labels=labelled,
        offset=offset,
        labelExpr="split(datum.value, '\\n')",
        labelLimit=0,
        labelLineHeight=13,
        labelOffset=alt.condition("indexof(datum.value, '\\n') >= 0", alt.value(-6.5), alt.value(0)),
        labelColor=INK,
        labelPadding=10,
        grid=False,
    )
    return alt.Y("label:N", sort=None, axis=axis, scale=alt.Scale(domain=list(names)))


def _mean_layers(shown: pd.DataFrame, language: Language) -> list[alt.Chart]:
    base = alt.Chart(shown)
    y = name_axis(shown["label"], labelled=True, offset=ADVICE_WIDTH)
    farthest = shown[["low_mean", "mean_experience", "high_mean"]].abs().max(axis=None)
    most = min(1.0, math.ceil(farthest * 4) / 4) if farthest > 0 else 0.25
    axis = alt.Axis(
        title=None,
        labelExpr="datum.value == 0 ? '0' : format(datum.value, '+.2~f')",
        grid=True,
        values=[-most, 0, most],
        labelFlush=False,
        orient="bottom",
    )
    x = alt.X("low_mean:Q", axis=axis, scale=alt.Scale(domain=[-most, most]))
    kinds = list(ADVICE_COLOURS)
    colour = alt.Color(
        "advice:N", legend=None, scale=alt.Scale(domain=kinds, range=[ADVICE_COLOURS[kind] for kind in kinds])
    )
    shape = alt.Shape(
        "advice:N", legend=None, scale=alt.Scale(domain=kinds, range=[ADVICE_SHAPES[kind] for kind in kinds])
    )
    advised = base.transform_filter("isValid(datum.advice)")
    tooltip = _tooltip(language)
    figures = {"baseline": "middle", "fontSize": LABEL_SIZE, "align": "left"}
    is_advised = alt.ColorValue(SOFT_INK, condition={"test": "isValid(datum.advice)", "value": INK})
    return [
        one_row().mark_rule(color=INK, strokeWidth=1.2).encode(x=alt.XDatum(0)),
        advised.mark_rule(strokeWidth=4, opacity=0.35).encode(x=x, x2=alt.X2("high_mean:Q"), y=y, color=colour),
        advised.mark_point(filled=True, size=80, opacity=1).encode(
            x=alt.X("mean_experience:Q"), y=y, color=colour, shape=shape, tooltip=tooltip
        ),
        advised.mark_point(filled=True, size=80, opacity=1).encode(
            x=alt.XValue(-ADVICE_WIDTH + 4), y=y, color=colour, shape=shape, tooltip=tooltip
        ),
        base.mark_text(**figures).encode(
            x=alt.XValue(-ADVICE_WIDTH + 15), y=y, text=alt.Text("words:N"), color=is_advised, tooltip=tooltip
        ),
        _heading_at(-ADVICE_WIDTH, "advice", language, align="left"),
        _heading_at(MEANS_WIDTH / 2, "mean_panel", language, align="center"),
    ]


def _headroom_layers(shown: pd.DataFrame, language: Language) -> list[alt.Chart]:
    base = alt.Chart(shown)
    y = name_axis(shown["label"], labelled=False)
    most = shown["headroom"].max()
    scale = alt.Scale(domain=[0, most if most > 0 else 1], range=[0, HEADROOM_WIDTH], nice=False)
    x = alt.X("headroom:Q", axis=None, scale=scale)
    known = base.transform_filter("isValid(datum.headroom)")
    unknown = base.transform_filter("!isValid(datum.headroom)")
    figures = {"baseline": "middle", "fontSize": LABEL_SIZE}
    dash = alt.TextValue(language.number(float("nan")))
    return [
        known.mark_bar(size=15, color=SKY).encode(x=x, x2=alt.X2Datum(0), y=y, tooltip=_tooltip(language)),
        known.mark_text(**figures, align="left", dx=5, fontWeight=600).encode(
            x=x, y=y, text=alt.Text("headroom:Q", format=",.0f")
        ),
        unknown.mark_text(**figures, align="left", dx=5).encode(x=alt.XValue(0), y=y, text=dash),
        base.mark_text(**figures, align="right").encode(
            x=alt.XValue(CONTACTS_AT), y=y, text=alt.Text("contacts_per_customer_year:Q", format=",.2f")
        ),
        _heading_at(0, "headroom_panel", language, align="left"),
        _heading_at(CONTACTS_AT, "contacts_panel", language, align="right"),
    ]


def _heading_at(x: float, name: str, language: Language, *, align: str) -> alt.Chart:
    """What a column is, over it."""
    return (
        one_row()
        .mark_text(fontSize=LABEL_SIZE, fontWeight=600, align=align, baseline="bottom")
        .encode(
            x=alt.XValue(x), y=alt.YValue(-8), text=alt.TextValue(language.text(f"charts.touchpoint_advice.{name}"))
        )
    )


def _tooltip(language: Language) -> list[alt.Tooltip]:
    def text(name: str) -> str:
        return language.text(f"charts.touchpoint_advice.{name}")

    return [
        alt.Tooltip("touchpoint:N", title=language.text("charts.touchpoints.touchpoint")),
        alt.Tooltip("words:N", title=text("advice")),
        alt.Tooltip("why:N", title=text("why")),
        alt.Tooltip("mean_experience:Q", title=language.text("charts.touchpoints.mean"), format="+.2f"),
        alt.Tooltip("low_mean:Q", title=language.text("charts.common.low"), format="+.2f"),
        alt.Tooltip("high_mean:Q", title=language.text("charts.common.high"), format="+.2f"),
        alt.Tooltip("n_customers:Q", title=language.text("charts.common.customers"), format=",d"),
        alt.Tooltip("headroom:Q", title=text("headroom"), format=",.0f"),
        alt.Tooltip("contacts_per_customer_year:Q", title=text("contacts"), format=",.2f"),
    ]
