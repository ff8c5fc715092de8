"""The risk zones by month."""

from __future__ import annotations

import altair as alt
import pandas as pd

from cxlib.charts.months import MonthAxis, month_rows
from cxlib.charts.rows import spread_apart
from cxlib.charts.theme import (
    AXIS_WIDTH,
    LABEL_SIZE,
    PAPER,
    PLOT_WIDTH,
    ZONE_COLOURS,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    spoken,
)
from cxlib.language import ENGLISH, Language

ZONES_HEIGHT = 240


def risk_zones_chart(zones_by_month: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """How the customers divide between the risk zones, month by month, those at risk at the bottom.

    Parameters
    ----------
    zones_by_month : DataFrame, one row per month and zone
        Needs month, zone (at_risk, thin, cushioned), n_customers, n_in_zone, share (0-1); suppressed
        rows hold NA and leave a gap.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where no month may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one month and zone, or too many rows.
    """
    columns = ("month", "zone", "n_customers", "n_in_zone", "share")
    rows = month_rows(zones_by_month, columns, name="zones_by_month", keys=["month", "zone"])
    title = language.text("charts.zones.title")
    shown = rows.dropna(subset=["share", "zone"]).copy()
    if shown.empty:
        return nothing_to_show_chart(language.text("charts.zones.nothing"), title=title, language=language)

    months = MonthAxis.of(rows["month"], language)
    names = {zone: language.text(f"names.zone.{zone}") for zone in ZONE_COLOURS}
    shown["order"] = shown["zone"].map({zone: place for place, zone in enumerate(ZONE_COLOURS)})
    shown["zone"] = shown["zone"].map(names)
    last = shown[shown["month"] == shown["month"].max()].sort_values("order")
    subtitles = [
        language.text("charts.zones.subtitle"),
        language.text(
            "charts.common.base_customers",
            month=language.month(pd.Timestamp(last["month"].iloc[0])),
            n=language.number(last["n_customers"].iloc[0]),
        ),
        language.text("charts.common.gaps") if shown["month"].nunique() < len(months.keys) else "",
    ]

    colour = alt.Color(
        "zone:N", legend=None, scale=alt.Scale(domain=list(names.values()), range=list(ZONE_COLOURS.values()))
    )
    share_axis = alt.Axis(format="%", title=None, tickCount=5, minExtent=AXIS_WIDTH)
    bars = (
        alt.Chart(shown)
        .transform_calculate(month_name=months.names_expression())
        .mark_bar(size=min(48, months.step_px * 0.86), stroke=PAPER, strokeWidth=1)
        .encode(
            x=months.encoding(),
            y=alt.Y("share:Q", stack="zero", axis=share_axis, scale=alt.Scale(domain=[0, 1])),
            color=colour,
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("month_name:N", title=language.text("charts.common.month")),
                alt.Tooltip("zone:N", title=language.text("charts.zones.zone")),
                alt.Tooltip("share:Q", title=language.text("charts.zones.share"), format=".1%"),
                alt.Tooltip("n_in_zone:Q", title=language.text("charts.zones.in_zone"), format=",d"),
                alt.Tooltip("n_customers:Q", title=language.text("charts.common.customers"), format=",d"),
            ],
        )
    )
    tops = last["share"].cumsum()
    labels = pd.DataFrame(
        {
            "month": last["month"],
            "label": [f"{row.zone} {language.percent(row.share)}" for row in last.itertuples()],
            "place": spread_apart(list(tops - last["share"] / 2), gap=16 / ZONES_HEIGHT),
        }
    )
    text = haloed_text(
        alt.Chart(labels).encode(x=months.place(), y=alt.Y("place:Q"), text=alt.Text("label:N")),
        align="left",
        dx=min(24, months.step_px * 0.43) + 6,
        baseline="middle",
        fontSize=LABEL_SIZE,
    )
    return alt.layer(
        bars,
        *text,
        width=PLOT_WIDTH,
        height=ZONES_HEIGHT,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )
