"""The payment's share of what customers meet, answer, gain and lose."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    GRID,
    INK,
    LABEL_SIZE,
    PHASE_COLOURS,
    heading,
    house_look,
    nothing_to_show_chart,
    spoken,
)
from cxlib.charts.touchpoint_advice import name_axis
from cxlib.language import ENGLISH, Language

ROW_HEIGHT = 46
BARS_WIDTH = 330
BAR_SIZE = 20
NAME_CHARACTERS = 24


def payment_hub_chart(shares: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """The payment's share of contacts, of answers, and of the capital carried and drained.

    Parameters
    ----------
    shares : DataFrame, one row per subject
        As `payment_hub` gives it in `.shares`: subject (contacts, answers, capital_carried, capital_drained), total,
        share, low_share, high_share (0-1; NA for what is counted in full), n_customers; suppressed rows hold NA.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where no share may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one subject.
    """
    columns = ("subject", "total", "share", "low_share", "high_share", "n_customers")
    rows = chart_rows(shares, columns, name="shares")
    one_row_per(rows, ["subject"], name="shares")
    title = language.text("charts.payment_hub.title")
    if rows["share"].isna().all():
        return nothing_to_show_chart(language.text("charts.payment_hub.nothing"), title=title, language=language)
    rows["name"] = [language.text(f"charts.payment_hub.{subject}") for subject in rows["subject"]]
    rows["label"] = ["\n".join(textwrap.wrap(name, NAME_CHARACTERS)[:2]) for name in rows["name"]]
    rows["words"] = [_words(row, language) for row in rows.itertuples()]
    subtitle = language.text("charts.payment_hub.subtitle")
    base = alt.Chart(rows).transform_calculate(whole="1")
    known = base.transform_filter("isValid(datum.share)")
    y = name_axis(rows["label"], labelled=True)
    x = alt.X(
        "share:Q",
        axis=alt.Axis(format="%", title=None, tickCount=5, grid=False, orient="bottom"),
        scale=alt.Scale(domain=[0, 1]),
    )
    tooltip = [
        alt.Tooltip("name:N", title=language.text("charts.payment_hub.subject")),
        alt.Tooltip("share:Q", title=language.text("charts.payment_hub.share"), format=".1%"),
        alt.Tooltip("low_share:Q", title=language.text("charts.common.low"), format=".1%"),
        alt.Tooltip("high_share:Q", title=language.text("charts.common.high"), format=".1%"),
        alt.Tooltip("n_customers:Q", title=language.text("charts.common.customers"), format=",d"),
    ]
    return alt.layer(
        base.mark_bar(size=BAR_SIZE, color=GRID).encode(x=alt.X("whole:Q"), x2=alt.X2Datum(0), y=y),
        known.mark_bar(size=BAR_SIZE, color=PHASE_COLOURS["payment"]).encode(
            x=x, x2=alt.X2Datum(0), y=y, tooltip=tooltip
        ),
        known.mark_rule(color=INK, strokeWidth=2).encode(x=alt.X("low_share:Q"), x2=alt.X2("high_share:Q"), y=y),
        base.mark_text(align="left", baseline="middle", fontSize=LABEL_SIZE, lineBreak="\n").encode(
            x=alt.XValue(BARS_WIDTH + 12), y=y, text=alt.Text("words:N")
        ),
        width=BARS_WIDTH,
        height=ROW_HEIGHT * len(rows),
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def _words(row, language: Language) -> str:
    if pd.isna(row.share):
        return language.text("charts.payment_hub.too_few")
    key = "of_counted" if pd.isna(row.low_share) else "of_estimated"
    return language.text(
        f"charts.payment_hub.{key}",
        share=language.percent(row.share),
        total=language.number(row.total),
        low=language.percent(row.low_share),
        high=language.percent(row.high_share),
        n=language.number(row.n_customers),
    )
