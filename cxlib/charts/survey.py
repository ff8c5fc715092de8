"""A survey as it came in: who answered which question, and how the answers to it are spread."""

from __future__ import annotations

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    INK,
    LABEL_SIZE,
    LINE,
    PAPER,
    SKY,
    heading,
    nothing_to_show_chart,
    one_row,
    spoken,
    themed,
)
from cxlib.charts.touchpoint_advice import name_axis
from cxlib.charts.touchpoints import axis_labels
from cxlib.language import ENGLISH, Language

MOST_QUESTIONS = 40
"""Rows of one chart: more would not fit a page."""

ROW_HEIGHT = 24
BAR_SIZE = 15
ANSWERED_WIDTH = 200
COLUMNS_AT = (330, 400, 470)
"""Where the columns of figures beside the bars end."""

SPREAD_WIDTH = 400
WIDE_BAND = 2
"""Points of a scale: the ends of a band so wide are written without decimals."""

COLOURS = "blueorange"
"""From the high end of a scale to its low end, light between: told apart with every common form of colour blindness."""


def survey_questions_chart(
    questions: pd.DataFrame, *, language: Language = ENGLISH
) -> alt.HConcatChart | alt.LayerChart:
    """The share of those asked who answered each question, with its base, and the mean on the question's own scale.

    Parameters
    ----------
    questions : DataFrame, one row per question
        As `survey_questions` gives it; the first `MOST_QUESTIONS` are drawn.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where there is no question

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one question, or too many rows.
    """
    columns = (
        "metric", "touchpoint", "n_asked", "n_responses", "n_customers", "response_share", "low_share", "high_share",
        "mean_score", "scale_minimum", "scale_maximum",
    )  # fmt: skip
    rows = chart_rows(questions, columns, name="questions")
    one_row_per(rows, ["metric", "touchpoint"], name="questions")
    title = language.text("charts.survey.questions_title")
    if rows.empty:
        return nothing_to_show_chart(language.text("charts.survey.nothing"), title=title, language=language)

    shown = rows.iloc[:MOST_QUESTIONS].reset_index(drop=True)
    shown["question"] = [_question(row, language) for row in shown.itertuples()]
    shown["label"] = axis_labels(list(shown["question"]))
    shown["mean_text"] = [language.number(mean, 2) for mean in shown["mean_score"]]
    shown["scale_text"] = [
        f"{language.number(row.scale_minimum)}–{language.number(row.scale_maximum)}" for row in shown.itertuples()
    ]
    subtitles = [
        language.text("charts.survey.questions_subtitle"),
        _cut(rows, shown, language),
    ]
    chart = alt.layer(
        *_answered_layers(shown, language),
        width=ANSWERED_WIDTH,
        height=ROW_HEIGHT * len(shown),
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
    )
    return themed(chart, language)


def score_distribution_chart(
    distribution: pd.DataFrame, *, subject: str = "", language: Language = ENGLISH
) -> alt.LayerChart:
    """One bar of 100 % for each question of a metric, cut into the steps of its scale.

    Parameters
    ----------
    distribution : DataFrame, one row per question and step
        As `score_distribution` gives it; suppressed questions are left out, and of the others the first
        `MOST_QUESTIONS` are drawn.
    subject : str
        What the scale is called, such as CSAT.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where no question may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one question and step, or too many rows.
    """
    columns = (
        "touchpoint", "step", "low_score", "high_score", "n_responses", "n_at_step", "share", "low_share", "high_share",
    )  # fmt: skip
    known = distribution.dropna(subset=["share"]) if "share" in distribution.columns else distribution
    rows = chart_rows(known, columns, name="distribution")
    one_row_per(rows, ["touchpoint", "step"], name="distribution")
    title = (
        language.text("charts.survey.spread_title", subject=subject)
        if subject
        else language.text("charts.survey.spread")
    )
    if rows.empty:
        return nothing_to_show_chart(language.text("charts.survey.nothing_shown"), title=title, language=language)

    rows["question"] = [_question(row, language) for row in rows.itertuples()]
    questions = list(dict.fromkeys(rows["question"]))[:MOST_QUESTIONS]
    shown = rows.loc[rows["question"].isin(questions)].reset_index(drop=True)
    shown["label"] = shown["question"].map(dict(zip(questions, axis_labels(questions), strict=True)))
    shown["score"] = [_step_name(row, language) for row in shown.itertuples()]
    subtitles = [
        language.text("charts.survey.spread_subtitle"),
        _cut(rows.drop_duplicates("question"), questions, language),
    ]
    chart = alt.layer(
        *_spread_layers(shown, language),
        width=SPREAD_WIDTH,
        height=max(ROW_HEIGHT * len(questions), 34),
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
    )
    return themed(chart, language)


def _question(row, language: Language) -> str:
    """What a question is called: its touchpoint, or the whole; with its metric where the frame has several."""
    whole = language.text("charts.survey.whole")
    name = row.touchpoint if isinstance(row.touchpoint, str) else whole
    return f"{name} ({row.metric})" if hasattr(row, "metric") else name


def _step_name(row, language: Language) -> str:
    if row.low_score == row.high_score:
        return language.number(row.low_score)
    decimals = 0 if row.high_score - row.low_score >= WIDE_BAND else 1
    return f"{language.number(row.low_score, decimals)}–{language.number(row.high_score, decimals)}"


def _cut(rows, shown, language: Language) -> str:
    if len(shown) == len(rows):
        return ""
    return language.text("charts.survey.most", shown=language.number(len(shown)), all=language.number(len(rows)))


def _answered_layers(shown: pd.DataFrame, language: Language) -> list[alt.Chart]:
    base = alt.Chart(shown)
    y = name_axis(shown["label"], labelled=True)
    axis = alt.Axis(title=None, format=".0%", grid=True, values=[0, 0.5, 1], orient="bottom")
    x = alt.X("response_share:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    tooltip = _question_tooltip(language)
    figures = {"baseline": "middle", "fontSize": LABEL_SIZE, "align": "right"}
    first, second, third = COLUMNS_AT
    return [
        base.mark_bar(size=BAR_SIZE, color=SKY).encode(x=x, y=y, tooltip=tooltip),
        base.mark_rule(color=INK, strokeWidth=1.4).encode(
            x=alt.X("low_share:Q"), x2=alt.X2("high_share:Q"), y=y, tooltip=tooltip
        ),
        base.mark_text(**figures, fontWeight=600).encode(
            x=alt.XValue(ANSWERED_WIDTH + 52), y=y, text=alt.Text("response_share:Q", format=".0%")
        ),
        base.mark_text(**figures).encode(x=alt.XValue(first), y=y, text=alt.Text("n_responses:Q", format=",d")),
        base.mark_text(**figures, fontWeight=600).encode(x=alt.XValue(second), y=y, text=alt.Text("mean_text:N")),
        base.mark_text(**figures).encode(x=alt.XValue(third), y=y, text=alt.Text("scale_text:N")),
        _over(0, "answered", language, align="left"),
        _over(first, "base", language),
        _over(second, "mean", language),
        _over(third, "scale", language),
    ]


def _spread_layers(shown: pd.DataFrame, language: Language) -> list[alt.Chart]:
    y = name_axis(shown["label"].drop_duplicates(), labelled=True)
    steps = shown.drop_duplicates("step").sort_values("step")
    names = list(steps["score"])
    colour = alt.Color(
        "score:N",
        scale=alt.Scale(domain=names, scheme=alt.SchemeParams(name=COLOURS), reverse=True),
        legend=alt.Legend(
            title=None,
            orient="top",
            direction="horizontal",
            columns=len(names),
            symbolType="square",
            labelFontSize=LABEL_SIZE,
            columnPadding=10,
            symbolStrokeColor=LINE,
            symbolStrokeWidth=0.5,
        ),
    )
    axis = alt.Axis(title=None, format=".0%", grid=False, values=[0, 0.25, 0.5, 0.75, 1], orient="bottom")
    # Rounded shares may add up to a hair more than one.
    x = alt.X("share:Q", stack="zero", axis=axis, scale=alt.Scale(domain=[0, 1], clamp=True))
    bases = shown.drop_duplicates("label")[["label", "n_responses"]].reset_index(drop=True)
    bases["base"] = [language.text("charts.common.base_short", n=language.number(n)) for n in bases["n_responses"]]
    return [
        alt.Chart(shown)
        .mark_bar(size=BAR_SIZE + 2, stroke=PAPER, strokeWidth=0.6)
        .encode(x=x, y=y, color=colour, order=alt.Order("step:Q"), tooltip=_spread_tooltip(language)),
        alt.Chart(bases)
        .mark_text(baseline="middle", align="left", fontSize=LABEL_SIZE)
        .encode(x=alt.XValue(SPREAD_WIDTH + 10), y=y, text=alt.Text("base:N")),
    ]


def _over(x: float, name: str, language: Language, *, align: str = "right") -> alt.Chart:
    """What a column is, over it."""
    return (
        one_row()
        .mark_text(fontSize=LABEL_SIZE, fontWeight=600, align=align, baseline="bottom")
        .encode(x=alt.XValue(x), y=alt.YValue(-8), text=alt.TextValue(language.text(f"charts.survey.{name}")))
    )


def _question_tooltip(language: Language) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("question:N", title=language.text("charts.survey.question")),
        alt.Tooltip("response_share:Q", title=language.text("charts.survey.answered"), format=".1%"),
        alt.Tooltip("low_share:Q", title=language.text("charts.common.low"), format=".1%"),
        alt.Tooltip("high_share:Q", title=language.text("charts.common.high"), format=".1%"),
        alt.Tooltip("n_asked:Q", title=language.text("charts.survey.asked"), format=",d"),
        alt.Tooltip("n_customers:Q", title=language.text("charts.survey.people"), format=",d"),
        alt.Tooltip("mean_text:N", title=language.text("charts.survey.mean")),
    ]


def _spread_tooltip(language: Language) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("question:N", title=language.text("charts.survey.question")),
        alt.Tooltip("score:N", title=language.text("charts.survey.score")),
        alt.Tooltip("share:Q", title=language.text("charts.survey.share"), format=".1%"),
        alt.Tooltip("low_share:Q", title=language.text("charts.common.low"), format=".1%"),
        alt.Tooltip("high_share:Q", title=language.text("charts.common.high"), format=".1%"),
        alt.Tooltip("n_at_step:Q", title=language.text("charts.survey.responses"), format=",d"),
    ]
