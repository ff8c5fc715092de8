"""Survey metrics over time."""

from __future__ import annotations

import altair as alt
import pandas as pd

from cxlib.charts.months import MonthAxis, hover_layer, month_rows
from cxlib.charts.theme import (
    AXIS_WIDTH,
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    PLOT_WIDTH,
    SKY,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    panel_heading,
    spoken,
)
from cxlib.language import ENGLISH, Language

SCORE_HEIGHT = 190
BASE_HEIGHT = 50


def score_over_time_chart(
    nps_by_month: pd.DataFrame, *, language: Language = ENGLISH
) -> alt.VConcatChart | alt.LayerChart:
    """Net Promoter Score by month with its interval, and the number of responses below it.

    Parameters
    ----------
    nps_by_month : DataFrame, one row per month
        Needs month, n_responses, nps_points, low_points, high_points (−100 to 100); suppressed months
        hold NA and leave a gap.
    language : Language

    Returns
    -------
    altair.VConcatChart, or a frame with a sentence where no month may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one month, or too many rows.
    """
    columns = ("month", "n_responses", "nps_points", "low_points", "high_points")
    rows = month_rows(nps_by_month, columns, name="nps_by_month")
    title = language.text("charts.score.title")
    shown = rows.dropna(subset=["nps_points"])
    if shown.empty:
        return nothing_to_show_chart(language.text("charts.score.nothing"), title=title, language=language)

    months = MonthAxis.of(rows["month"], language)
    rows = months.every_month(rows)
    last = shown.loc[shown["month"].idxmax()]
    subtitles = [
        language.text("charts.score.subtitle"),
        language.text(
            "charts.common.base_responses",
            month=language.month(pd.Timestamp(last["month"])),
            n=language.number(last["n_responses"]),
        ),
        language.text("charts.score.gaps") if rows["nps_points"].isna().any() else "",
    ]
    base = alt.Chart(rows).transform_calculate(month_name=months.names_expression())
    hover = hover_layer(base, months, _tooltip(language), shown="nps_points")
    score = alt.layer(
        *_score_layers(base, months, shown),
        hover,
        width=PLOT_WIDTH,
        height=SCORE_HEIGHT,
        title=panel_heading(language.text("charts.score.panel")),
    )
    bars = (
        base.transform_filter("isValid(datum.nps_points)")
        .mark_bar(color=LINE, size=min(40, months.step_px * 0.7))
        .encode(
            x=months.encoding(),
            y=alt.Y("n_responses:Q", axis=alt.Axis(title=None, tickCount=3, minExtent=AXIS_WIDTH, format=",d")),
            tooltip=_tooltip(language),
        )
        .properties(width=PLOT_WIDTH, height=BASE_HEIGHT, title=panel_heading(language.text("charts.score.base_panel")))
    )
    return alt.vconcat(
        score, bars, title=heading(title, *subtitles), description=spoken(title, *subtitles), **house_look(language)
    )


def _score_layers(base: alt.Chart, months: MonthAxis, shown: pd.DataFrame) -> list[alt.Chart]:
    x = months.encoding(labelled=False)
    points = shown[["low_points", "nps_points", "high_points"]]
    low, high = min(points.min(axis=None), 0), max(points.max(axis=None), 0)
    # Zero stays in sight; the whole scale of 200 points would flatten every change.
    scale = alt.Scale(domain=[max(low - 4, -100), min(high + 4, 100)], nice=True)
    axis = alt.Axis(title=None, minExtent=AXIS_WIDTH, tickCount=5)
    interval = base.mark_bar(color=SKY, opacity=0.55, size=min(10, months.step_px * 0.5))
    line = base.mark_line(color=BLUE, strokeWidth=2, point=alt.OverlayMarkDef(color=BLUE, size=36))
    label = alt.Chart(shown[shown["month"] == shown["month"].max()][["month", "nps_points"]]).encode(
        x=months.place(), y=alt.Y("nps_points:Q"), text=alt.Text("nps_points:Q", format="+.0f")
    )
    return [
        interval.encode(x=x, y=alt.Y("low_points:Q", axis=axis, scale=scale), y2=alt.Y2("high_points:Q")),
        one_row().mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2).encode(y=alt.YDatum(0)),
        line.encode(x=months.place(), y=alt.Y("nps_points:Q")),
        *haloed_text(label, align="left", dx=9, baseline="middle", fontSize=LABEL_SIZE, fontWeight=600),
    ]


def _tooltip(language: Language) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("month_name:N", title=language.text("charts.common.month")),
        alt.Tooltip("nps_points:Q", title=language.text("charts.score.score"), format="+.1f"),
        alt.Tooltip("low_points:Q", title=language.text("charts.common.low"), format="+.1f"),
        alt.Tooltip("high_points:Q", title=language.text("charts.common.high"), format="+.1f"),
        alt.Tooltip("n_responses:Q", title=language.text("charts.common.base"), format=",d"),
    ]
