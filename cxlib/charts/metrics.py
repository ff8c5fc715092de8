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
from cxlib.errors import ParameterError
from cxlib.language import ENGLISH, Language

SCORE_HEIGHT = 190
BASE_HEIGHT = 50


def score_over_time_chart(
    nps_by_month: pd.DataFrame, *, language: Language = ENGLISH
) -> alt.VConcatChart | alt.LayerChart:
    """Net Promoter Score by month or quarter with its interval, and the number of responses below it.

    Parameters
    ----------
    nps_by_month : DataFrame, one row per month or quarter
        Needs n_responses, nps_points, low_points, high_points (−100 to 100), and month (dates) or period (months or
        quarters, as `score_changes` gives them); suppressed ones hold NA and leave a gap, as those do that have no row.
        Where there is is_whole, it is said of the last one if it may go on.
    language : Language

    Returns
    -------
    altair.VConcatChart, or a frame with a sentence where no month may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one month, too many rows, or a period that is neither month nor quarter.
    """
    columns = ("month", "n_responses", "nps_points", "low_points", "high_points")
    by_start, frequency = _by_start(nps_by_month)
    rows = month_rows(by_start, columns, name="nps_by_month")
    title = language.text("charts.score.title")
    shown = rows.dropna(subset=["nps_points"])
    if shown.empty:
        return nothing_to_show_chart(language.text("charts.score.nothing"), title=title, language=language)

    months = MonthAxis.of(rows["month"], language, frequency=frequency)
    rows = months.every_month(rows)
    last = shown.loc[shown["month"].idxmax()]
    subtitles = [
        language.text("charts.score.subtitle"),
        language.text(
            "charts.common.base_responses",
            month=months.name(last["month"]),
            n=language.number(last["n_responses"]),
        ),
        _gaps(rows, language),
        _unfinished(by_start, months, language),
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


def _by_start(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The frame with the first day of its months or quarters as `month`, and which of the two they are."""
    if "month" in frame.columns or "period" not in frame.columns:
        return frame, "M"
    frequency = getattr(frame["period"].dtype, "freq", None)
    letter = "" if frequency is None else frequency.freqstr[0]
    if letter not in ("M", "Q"):
        raise ParameterError(
            f"nps_by_month has a period of {frame['period'].dtype}; allowed: months or quarters, as score_changes gives"
        )
    return frame.assign(month=frame["period"].dt.to_timestamp()), letter


def _gaps(rows: pd.DataFrame, language: Language) -> str:
    """Where the line breaks: nobody answered there, or too few to show."""
    is_empty = ~(rows["n_responses"] > 0)
    counts = {"gaps_few": (rows["nps_points"].isna() & ~is_empty).sum(), "gaps_nobody": is_empty.sum()}
    return " ".join(language.text(f"charts.score.{name}", n=language.number(n)) for name, n in counts.items() if n)


def _unfinished(by_start: pd.DataFrame, months: MonthAxis, language: Language) -> str:
    if "is_whole" not in by_start.columns or by_start["is_whole"].all():
        return ""
    return language.text("charts.score.unfinished", period=months.name(months.keys[-1]))


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
