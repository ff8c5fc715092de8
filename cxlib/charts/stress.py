"""A stress test, and the replay of an incident: shares at risk before, after, and with gestures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

import altair as alt
import pandas as pd

from cxlib.charts.months import MonthAxis, hover_layer, month_rows
from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    AXIS_WIDTH,
    BLUE,
    GREEN,
    LABEL_SIZE,
    PAPER,
    PLOT_WIDTH,
    VERMILLION,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    spoken,
)
from cxlib.errors import ParameterError
from cxlib.language import ENGLISH, Language

STATES = ("before", "after", "with_gestures")
SHARES = tuple(f"{name}_{state}" for state in STATES for name in ("at_risk_share", "low_share", "high_share"))
STATE_COLOURS = {"before": BLUE, "after": VERMILLION, "with_gestures": GREEN}
STATE_SHAPES = {"before": "circle", "after": "square", "with_gestures": "diamond"}

MOST_SEGMENTS = 10
LINE_HEIGHT = 19
ROW_GAP = 16
STRESS_WIDTH = 390
"""Leaves room for the names at the left, and for the words at the right of an interval that ends at 100 %."""
NAME_WIDTH = 22
REPLAY_HEIGHT = 230


def stress_chart(summary: pd.DataFrame, *, subject: str | None = None, language: Language = ENGLISH) -> alt.LayerChart:
    """Share of customers at risk before an incident, after it, and with recovery gestures; for all and each segment.

    Of more than `MOST_SEGMENTS` segments the largest are shown, and the subtitle says so.

    Parameters
    ----------
    summary : DataFrame, one row for all and one per segment
        Needs group (all, segment), segment (shown as it stands), n_customers, and for each X of before, after and
        with_gestures at_risk_share_X, low_share_X, high_share_X (0-1); suppressed figures hold NA, and so do those
        with gestures where none are given.
    subject : str, optional
        A sentence that says which incident it is, shown under the title.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where nothing may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one segment, or too many rows.
    """
    rows = chart_rows(summary, ["group", "segment", "n_customers", *SHARES], name="summary")
    one_row_per(rows, ["group", "segment"], name="summary")
    title = language.text("charts.stress.title")
    known = rows.dropna(subset=["at_risk_share_after"])
    if known.empty:
        return nothing_to_show_chart(language.text("charts.stress.nothing"), title=title, language=language)

    _, shown = largest_segments(known)
    states = [state for state in STATES if shown[f"at_risk_share_{state}"].notna().any()]
    lines = stress_lines(shown, states, language)
    bottom = float(lines["place"].max() + LINE_HEIGHT * 0.8)
    subtitles = [subject or "", *stress_subtitles(rows, most_segments=MOST_SEGMENTS, language=language)]
    return alt.layer(
        *stress_layers(alt.Chart(lines), bottom, language),
        width=STRESS_WIDTH,
        height=bottom,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def stress_subtitles(rows: pd.DataFrame, *, most_segments: int, language: Language) -> list[str]:
    """What is shown, of how many segments, and how many are not because they are small.

    Parameters
    ----------
    rows : DataFrame
        All that `stress_chart` takes, those that may not be shown too.
    most_segments : int
    language : Language
    """
    known = rows.dropna(subset=["at_risk_share_after"])
    said = [language.text("charts.stress.subtitle")]
    if known.empty:
        return said
    segments, _ = largest_segments(known, most_segments)
    if len(segments) > most_segments:
        shown, of_all = language.number(most_segments), language.number(len(segments))
        said.append(language.text("charts.stress.most", shown=shown, all=of_all))
    if len(known) < len(rows):
        said.append(language.text("charts.stress.suppressed", n=language.number(len(rows) - len(known))))
    return said


def largest_segments(known: pd.DataFrame, most_segments: int = MOST_SEGMENTS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The segments by size, and the rows to be drawn: all customers and the largest segments."""
    segments = known.loc[known["group"] == "segment"].sort_values("n_customers", ascending=False, kind="stable")
    shown = pd.concat([known.loc[known["group"] == "all"], segments.iloc[:most_segments]], ignore_index=True)
    return segments, shown


def group_height(n_states: int) -> float:
    """Pixels from one group's first line to the next group's."""
    return max(LINE_HEIGHT * n_states, 3 * (LABEL_SIZE + 3)) + ROW_GAP


def stress_lines(shown: pd.DataFrame, states: Sequence[str], language: Language) -> pd.DataFrame:
    """One row per group and state that is known, with its place from the top in pixels."""
    records = shown.to_dict("records")
    figures = [
        {"share": row[f"at_risk_share_{state}"], "low": row[f"low_share_{state}"], "high": row[f"high_share_{state}"]}
        for row in records
        for state in states
    ]
    return pd.DataFrame(
        [
            {**place, **values, "text": f"{language.percent(values['share'])} {place['words']}"}
            for place, values in zip(stress_line_places(records, states, language), figures, strict=True)
            if not pd.isna(values["share"])
        ]
    )


def stress_line_places(
    groups: Iterable[Mapping[str, object]],
    states: Sequence[str],
    language: Language,
    *,
    labels: Mapping[str, str] | None = None,
) -> list[dict[str, object]]:
    """What stands beside the marks of each group and state, and where: without their figures."""
    lines, top, labels = [], 0.0, labels or {}
    for row in groups:
        segment = row["segment"]
        known = isinstance(segment, str)
        name = labels.get(segment, segment) if known else language.text("charts.stress.no_segment")
        name = language.text("charts.stress.all") if row["group"] == "all" else name
        base = language.text("charts.common.base_short", n=language.number(row["n_customers"]))
        label = "\n".join([*textwrap.wrap(name, NAME_WIDTH)[:2], base])
        for number, state in enumerate(states):
            lines.append(
                {
                    "label": label if number == 0 else "",
                    "name": name,
                    "state": state,
                    "words": language.text(f"charts.stress.{state}"),
                    "n_customers": row["n_customers"],
                    "place": top + LINE_HEIGHT * (number + 0.5),
                }
            )
        top += group_height(len(states))
    return lines


def stress_layers(base: alt.Chart, bottom: float, language: Language) -> list[alt.Chart]:
    """Intervals, dots and words of rows as `stress_lines` gives them, in a plot of `bottom` pixels' height."""
    states = list(STATES)
    axis = alt.Axis(format="%", title=None, tickCount=5, grid=True, orient="bottom")
    x = alt.X("share:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[bottom, 0], nice=False))
    colour = alt.Color(
        "state:N", legend=None, scale=alt.Scale(domain=states, range=[STATE_COLOURS[state] for state in states])
    )
    shape = alt.Shape(
        "state:N", legend=None, scale=alt.Scale(domain=states, range=[STATE_SHAPES[state] for state in states])
    )
    tooltip = [
        alt.Tooltip("name:N", title=language.text("charts.stress.segment")),
        alt.Tooltip("words:N", title=language.text("charts.stress.state")),
        alt.Tooltip("share:Q", title=language.text("charts.capital.at_risk"), format=".1%"),
        alt.Tooltip("low:Q", title=language.text("charts.common.low"), format=".1%"),
        alt.Tooltip("high:Q", title=language.text("charts.common.high"), format=".1%"),
        alt.Tooltip("n_customers:Q", title=language.text("charts.common.customers"), format=",d"),
    ]
    words = base.encode(x=alt.X("high:Q"), y=y, text=alt.Text("text:N"))
    return [
        base.mark_rule(strokeWidth=4, opacity=0.35, strokeCap="round").encode(
            x=alt.X("low:Q", axis=axis, scale=alt.Scale(domain=[0, 1])), x2=alt.X2("high:Q"), y=y, color=colour
        ),
        base.mark_point(filled=True, size=85, opacity=1).encode(x=x, y=y, color=colour, shape=shape, tooltip=tooltip),
        *haloed_text(words, align="left", dx=9, baseline="middle", fontSize=LABEL_SIZE),
        base.transform_filter("datum.label != ''")
        .mark_text(align="right", baseline="top", dy=-7, fontSize=LABEL_SIZE, lineBreak="\n", lineHeight=14)
        .encode(x=alt.XValue(-14), y=y, text=alt.Text("label:N")),
    ]


def replay_chart(
    by_month: pd.DataFrame,
    shares: pd.DataFrame,
    *,
    subject: str | None = None,
    language: Language = ENGLISH,
) -> alt.LayerChart:
    """Share at risk of the customers whom an incident hit, month by month, and what was predicted for its month.

    Parameters
    ----------
    by_month : DataFrame, one row per month
        Needs month, is_incident (true for the incident's month), n_customers, at_risk_share, low_share, high_share
        (0-1); suppressed months hold NA and leave a gap.
    shares : DataFrame, one row per moment
        Needs moment (of which `predicted` is drawn), n_customers, at_risk_share, low_share, high_share.
    subject : str, optional
        A sentence that says which incident it was, shown under the title.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where nothing may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one month or moment, too many rows, or not one month of the incident.
    """
    figures = ("n_customers", "at_risk_share", "low_share", "high_share")
    rows = month_rows(by_month, ("month", "is_incident", *figures), name="by_month")
    moments = chart_rows(shares, ("moment", *figures), name="shares")
    one_row_per(moments, ["moment"], name="shares")
    title = language.text("charts.replay.title")
    shown = rows.dropna(subset=["at_risk_share"])
    if shown.empty:
        return nothing_to_show_chart(language.text("charts.replay.nothing"), title=title, language=language)
    its_month = rows.loc[rows["is_incident"].astype(bool), "month"]
    if len(its_month) != 1:
        raise ParameterError(f"by_month has {len(its_month)} months with is_incident; the chart wants one")
    key = its_month.iloc[0]
    rows = rows.drop(columns="is_incident")

    months = MonthAxis.of(rows["month"], language)
    predicted = moments.loc[moments["moment"] == "predicted", list(figures)].dropna().assign(month=key)
    subtitles = [
        subject or "",
        language.text("charts.replay.subtitle"),
        language.text("charts.common.gaps") if rows["at_risk_share"].isna().any() else "",
    ]
    return alt.layer(
        *_replay_layers(months.every_month(rows), predicted, months, key, language),
        width=PLOT_WIDTH,
        height=REPLAY_HEIGHT,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def _replay_layers(
    rows: pd.DataFrame, predicted: pd.DataFrame, months: MonthAxis, key: str, language: Language
) -> list[alt.Chart]:
    base = alt.Chart(rows).transform_calculate(month_name=months.names_expression())
    y_axis = alt.Axis(format="%", title=None, tickCount=5, minExtent=AXIS_WIDTH)
    # room above for the words at the top
    top = max(0.1, *(float(frame["high_share"].max()) for frame in (rows, predicted) if len(frame)))
    y = alt.Y("low_share:Q", axis=y_axis, scale=alt.Scale(domain=[0, min(1.0, top + 0.08)]))
    line = base.mark_line(
        color=VERMILLION, strokeWidth=2.5, point=alt.OverlayMarkDef(color=VERMILLION, shape="square", size=40)
    )
    labels = rows.dropna(subset=["at_risk_share"])[["month", "at_risk_share"]]
    before = labels.loc[labels["month"] < key].tail(1)
    there = labels.loc[labels["month"] == key]
    last = labels.loc[labels["month"] > key].tail(1)
    latest = alt.Chart(last).encode(
        x=months.place(), y=alt.Y("at_risk_share:Q"), text=alt.Text("at_risk_share:Q", format=".0%")
    )

    def words(frame: pd.DataFrame, name: str, **mark) -> list[alt.Chart]:
        if frame.empty:
            return []
        texts = [language.text(f"charts.replay.{name}", share=language.percent(x)) for x in frame["at_risk_share"]]
        said = frame[["month", "at_risk_share"]].assign(text=texts)
        encoded = alt.Chart(said).encode(x=months.place(), y=alt.Y("at_risk_share:Q"), text=alt.Text("text:N"))
        return haloed_text(encoded, fontSize=LABEL_SIZE, fontWeight=600, **mark)

    forecast = alt.Chart(predicted).transform_calculate(month_name=months.names_expression())
    layers = [
        base.mark_bar(color=VERMILLION, opacity=0.3, size=8).encode(
            x=months.encoding(), y=y, y2=alt.Y2("high_share:Q")
        ),
        line.encode(x=months.place(), y=alt.Y("at_risk_share:Q")),
        *words(before, "before", align="right", baseline="bottom", dx=6, dy=-14),
        *words(there, "actual", align="left", baseline="middle", dx=10, dy=-6),
        *haloed_text(latest, align="left", baseline="middle", dx=9, fontSize=LABEL_SIZE, fontWeight=600),
        hover_layer(base, months, _replay_tooltip(language), shown="at_risk_share"),
    ]
    if len(predicted):
        layers += [
            forecast.mark_rule(color=BLUE, strokeWidth=4, opacity=0.35).encode(
                x=months.place(), y=alt.Y("low_share:Q"), y2=alt.Y2("high_share:Q")
            ),
            forecast.mark_point(filled=True, color=BLUE, shape="diamond", size=130, opacity=1, stroke=PAPER).encode(
                x=months.place(), y=alt.Y("at_risk_share:Q")
            ),
            *words(predicted, "predicted", align="right", baseline="middle", dx=-22),
        ]
    return layers


def _replay_tooltip(language: Language) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("month_name:N", title=language.text("charts.common.month")),
        alt.Tooltip("at_risk_share:Q", title=language.text("charts.capital.at_risk"), format=".1%"),
        alt.Tooltip("low_share:Q", title=language.text("charts.common.low"), format=".1%"),
        alt.Tooltip("high_share:Q", title=language.text("charts.common.high"), format=".1%"),
        alt.Tooltip("n_customers:Q", title=language.text("charts.common.customers"), format=",d"),
    ]
