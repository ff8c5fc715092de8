"""Words that detractors and promoters use more, with their intervals, from the detractors' down to the promoters'."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    VERMILLION,
    heading,
    nothing_to_show_chart,
    one_row,
    spoken,
    themed,
)
from cxlib.language import ENGLISH, Language

COLUMNS = [
    "word", "n_detractors", "n_promoters", "n_detractors_wrote", "n_promoters_wrote", "log_odds", "low_log_odds",
    "high_log_odds", "may_be_chance",
]  # fmt: skip
ROW_HEIGHT = 22
WIDTH = 330
MOST_WORDS = 12
"""On either side; more is a list, not a picture."""
TIMES, TIMES_NEAR = (2, 10, 50, 200), (2, 5, 10)
"""The labels of the axis: the near ones would crowd out the 1 where the axis reaches far."""


def keyness_chart(words: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """A dot with its interval for each word, the most telling ones of either side.

    Parameters
    ----------
    words : DataFrame, one row per word
        As `comment_keyness` gives it. Of either side the first `MOST_WORDS` are drawn; a count that is NA is "few".
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where no word may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one word.
    """
    title = language.text("charts.keyness.title")
    rows = chart_rows(words, COLUMNS, name="words")
    one_row_per(rows, ["word"], name="words")
    # the frame begins with the detractors' most telling word and ends with the promoters'
    shown = pd.concat([rows[rows["log_odds"] > 0].head(MOST_WORDS), rows[rows["log_odds"] <= 0].tail(MOST_WORDS)])
    if shown.empty:
        return nothing_to_show_chart(language.text("charts.keyness.nothing"), title=title, language=language)
    first = shown.iloc[0]
    subtitle = language.text(
        "charts.keyness.subtitle",
        detractors=language.number(first["n_detractors_wrote"]),
        promoters=language.number(first["n_promoters_wrote"]),
    )
    chart = alt.layer(
        *_layers(_labelled(shown, language), language),
        width=WIDTH,
        height=ROW_HEIGHT * len(shown),
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
    )
    return themed(chart, language)


def _labelled(shown: pd.DataFrame, language: Language) -> pd.DataFrame:
    is_detractors = shown["log_odds"] > 0
    side = np.where(shown["may_be_chance"], "chance", np.where(is_detractors, "detractors", "promoters"))
    labelled = shown[["word", "log_odds", "low_log_odds", "high_log_odds"]].reset_index(drop=True)
    return labelled.assign(
        place=range(len(shown)),
        side=[language.text(f"charts.keyness.{name}") for name in side],
        used=[
            language.text("charts.keyness.used", detractors=_count(d, language), promoters=_count(p, language))
            for d, p in zip(shown["n_detractors"], shown["n_promoters"], strict=True)
        ],
    )


def _count(n: float, language: Language) -> str:
    """A count, and a word for one that is too small to show."""
    return language.text("charts.keyness.few") if pd.isna(n) else language.number(n)


def _layers(shown: pd.DataFrame, language: Language) -> list[alt.Chart]:
    base = alt.Chart(shown)
    y = alt.Y("word:N", sort=alt.EncodingSortField("place"), axis=alt.Axis(title=None, grid=False, labelLimit=150))
    ends = shown[["low_log_odds", "high_log_odds"]]
    reach = float(max(ends.abs().max(axis=None), np.log(TIMES[0]))) * 1.05
    times = TIMES if reach > np.log(TIMES_NEAR[-1]) * 2 else TIMES_NEAR
    ticks = [sign * float(np.log(each)) for each in times if np.log(each) <= reach for sign in (-1, 1)]
    axis = alt.Axis(
        title=language.text("charts.keyness.axis"),
        values=sorted([0.0, *ticks]),
        labelExpr="datum.value === 0 ? '1' : format(exp(abs(datum.value)), '.0f') + ' ×'",
        grid=True,
    )
    x = alt.X("low_log_odds:Q", axis=axis, scale=alt.Scale(domain=[-reach, reach], nice=False))
    names = [language.text(f"charts.keyness.{side}") for side in ("detractors", "promoters", "chance")]
    colour = alt.Color(
        "side:N",
        scale=alt.Scale(domain=names, range=[VERMILLION, BLUE, LINE]),
        legend=alt.Legend(title=None, orient="top", direction="vertical", labelLimit=500),
    )
    tooltip = [
        alt.Tooltip("word:N", title=language.text("charts.keyness.word")),
        alt.Tooltip("side:N", title=language.text("charts.keyness.side")),
        alt.Tooltip("used:N", title=language.text("charts.keyness.used_by")),
    ]
    dot = base.encode(x=alt.X("log_odds:Q"), y=y, tooltip=tooltip)
    return [
        one_row().mark_rule(color=INK).encode(x=alt.XDatum(0)),
        base.mark_rule(strokeWidth=3, opacity=0.55).encode(
            x=x, x2=alt.X2("high_log_odds:Q"), y=y, color=colour, tooltip=tooltip
        ),
        dot.mark_circle(size=75, opacity=1).encode(color=colour),
        base.mark_text(align="left", fontSize=LABEL_SIZE).encode(
            x=alt.XValue(WIDTH + 12), y=y, text=alt.Text("used:N"), tooltip=tooltip
        ),
    ]
