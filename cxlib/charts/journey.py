"""The stages of the journey: what was measured, expected and met in each, and the weakest link."""

from __future__ import annotations

import altair as alt
import pandas as pd

from cxlib.archetypes import STAGES
from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    PAPER,
    SOFT_INK,
    VERMILLION,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    panel_heading,
    spoken,
)
from cxlib.language import ENGLISH, Language

STAGE_HEIGHT = 58
BAR_SIZE = 18
HEIGHT = STAGE_HEIGHT * len(STAGES)
NAMES_WIDTH = 118
MEANS_WIDTH = 190
SCALE_WIDTH = 165
WORDS_WIDTH = 120

COLUMNS = (
    "stage", "part", "n_experiences", "mean_experience", "low_mean", "high_mean", "share_negative", "low_negative",
    "high_negative", "n_scaled", "mean_expected", "mean_met", "is_measured", "is_weakest", "is_surely_weakest",
)  # fmt: skip


def journey_chart(stages: pd.DataFrame, *, language: Language = ENGLISH) -> alt.HConcatChart | alt.LayerChart:
    """Every stage with its mean experience, what was expected and met, and the share below expectation.

    Parameters
    ----------
    stages : DataFrame, one row per stage
        Needs stage, part, n_experiences, mean_experience, low_mean, high_mean (−1 to 1), share_negative,
        low_negative, high_negative (0-1), n_scaled, mean_expected, mean_met (0-1), is_measured, is_weakest,
        is_surely_weakest; suppressed figures hold NA. A stage that nothing measures says so.
    language : Language

    Returns
    -------
    altair.HConcatChart, or a frame with a sentence where no stage may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one stage.
    """
    rows = chart_rows(stages, COLUMNS, name="stages")
    one_row_per(rows, ["stage"], name="stages")
    title = language.text("charts.journey.title")
    if rows["mean_experience"].isna().all():
        return nothing_to_show_chart(language.text("charts.journey.nothing"), title=title, language=language)

    rows = _worded(rows.set_index("stage").reindex(list(STAGES)).reset_index(), language)
    subtitles = [language.text("charts.journey.subtitle"), language.text("charts.journey.scale_subtitle")]
    panels = [
        alt.layer(
            *layers,
            width=width,
            height=HEIGHT,
            title=_over_plot(language.text(f"charts.journey.{name}_panel")),
        )
        for name, layers, width in (
            ("stage", _name_layers(rows), NAMES_WIDTH),
            ("mean", _mean_layers(rows, language), MEANS_WIDTH),
            ("scale", _scale_layers(rows, language), SCALE_WIDTH),
            ("negative", _negative_layers(rows, language), WORDS_WIDTH),
        )
    ]
    return alt.hconcat(
        *panels,
        spacing=14,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    ).resolve_scale(color="independent")


def _over_plot(text: str) -> alt.Title:
    """A panel's title where its plot begins, so that those of all panels stand on one line."""
    title = panel_heading(text)
    title.frame = "group"
    return title


def _worded(rows: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The rows with all that is written beside their marks."""
    rows["is_measured"] = rows["is_measured"].eq(True)
    weakest, surely = rows["is_weakest"].eq(True), rows["is_surely_weakest"].eq(True)
    names = [language.text(f"names.stage.{stage}") for stage in rows["stage"]]
    parts = ["" if pd.isna(part) else language.text(f"names.part.{part}") for part in rows["part"]]
    marks = [
        language.text("charts.journey.weakest" if sure else "charts.journey.weakest_perhaps") if weak else ""
        for weak, sure in zip(weakest, surely, strict=True)
    ]
    known = rows["mean_experience"].notna()
    missing = [
        "" if is_known else language.text("charts.journey.too_few" if is_measured else "charts.journey.unmeasured")
        for is_known, is_measured in zip(known, rows["is_measured"], strict=True)
    ]
    base = [
        language.text("charts.common.base_short", n=language.number(0 if pd.isna(n) else n))
        for n in rows["n_experiences"]
    ]
    negative = [
        f"{language.percent(row.share_negative)} ({language.percent(row.low_negative)}–"
        f"{language.percent(row.high_negative)})"
        if is_known
        else ""
        for is_known, row in zip(known, rows.itertuples(), strict=True)
    ]
    return rows.assign(
        stage=names,
        part=parts,
        mark=marks,
        place=[STAGE_HEIGHT * (number + 0.5) for number in range(len(rows))],
        kind=["weakest" if weak else "other" for weak in weakest],
        missing=missing,
        words=[
            "\n".join(filter(None, [share, n if is_measured else ""]))
            for share, n, is_measured in zip(negative, base, rows["is_measured"], strict=True)
        ],
    )


def _place() -> alt.Y:
    """Where a stage's row lies, in pixels from the top: the same in every panel."""
    return alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[HEIGHT, 0], nice=False))


def _colour() -> alt.Color:
    return alt.Color("kind:N", legend=None, scale=alt.Scale(domain=["other", "weakest"], range=[BLUE, VERMILLION]))


def _name_layers(rows: pd.DataFrame) -> list[alt.Chart]:
    base = alt.Chart(rows)
    text = {"align": "left", "baseline": "middle", "fontSize": LABEL_SIZE}
    left = alt.XValue(0)
    return [
        base.mark_text(**text, dy=-14, fontWeight=600).encode(x=left, y=_place(), text=alt.Text("stage:N")),
        base.mark_text(**text, color=SOFT_INK).encode(x=left, y=_place(), text=alt.Text("part:N")),
        base.mark_text(**text, dy=14, fontWeight=600).encode(
            x=left, y=_place(), text=alt.Text("mark:N"), color=_colour()
        ),
    ]


def _mean_layers(rows: pd.DataFrame, language: Language) -> list[alt.Chart]:
    base = alt.Chart(rows)
    y, colour = _place(), _colour()
    axis = alt.Axis(title=None, format=".2~f", grid=True, values=[-1, -0.5, 0, 0.5, 1], labelFlush=False)
    x = alt.X("low_mean:Q", axis=axis, scale=alt.Scale(domain=[-1, 1]))
    mean = alt.X("mean_experience:Q")
    tooltip = [
        alt.Tooltip("stage:N", title=language.text("charts.journey.stage_panel")),
        alt.Tooltip("mean_experience:Q", title=language.text("charts.phases.mean"), format="+.2f"),
        alt.Tooltip("low_mean:Q", title=language.text("charts.common.low"), format="+.2f"),
        alt.Tooltip("high_mean:Q", title=language.text("charts.common.high"), format="+.2f"),
        alt.Tooltip("n_experiences:Q", title=language.text("charts.common.base"), format=",d"),
    ]
    known = base.transform_filter("isValid(datum.mean_experience)")
    return [
        one_row().mark_rule(color=INK, strokeWidth=1.2).encode(x=alt.XDatum(0)),
        known.mark_rule(strokeWidth=BAR_SIZE, opacity=0.75).encode(
            x=x, x2=alt.X2("high_mean:Q"), y=y, color=colour, tooltip=tooltip
        ),
        known.mark_tick(color=INK, thickness=2, size=BAR_SIZE + 6, opacity=1).encode(x=mean, y=y, tooltip=tooltip),
        *haloed_text(
            known.encode(x=mean, y=y, text=alt.Text("mean_experience:Q", format="+.2f")),
            dy=-20,
            fontSize=LABEL_SIZE,
            fontWeight=600,
        ),
        *haloed_text(
            base.encode(x=alt.XValue(MEANS_WIDTH / 2), y=y, text=alt.Text("missing:N")),
            fontSize=LABEL_SIZE,
            fontStyle="italic",
            color=SOFT_INK,
        ),
    ]


def _scale_layers(rows: pd.DataFrame, language: Language) -> list[alt.Chart]:
    """What was expected, an open ring, and what was met, a filled one, with a line from one to the other."""
    base = alt.Chart(rows).transform_filter("isValid(datum.mean_met)")
    y, colour = _place(), _colour()
    axis = alt.Axis(title=None, format=".0%", grid=True, values=[0, 0.25, 0.5, 0.75, 1], labelFlush=False)
    x = alt.X("mean_expected:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    tooltip = [
        alt.Tooltip("stage:N", title=language.text("charts.journey.stage_panel")),
        alt.Tooltip("mean_expected:Q", title=language.text("charts.journey.expected"), format=".0%"),
        alt.Tooltip("mean_met:Q", title=language.text("charts.journey.met"), format=".0%"),
        alt.Tooltip("n_scaled:Q", title=language.text("charts.common.base"), format=",d"),
    ]
    met = alt.X("mean_met:Q")
    return [
        base.mark_rule(color=LINE, strokeWidth=2).encode(x=x, x2=alt.X2("mean_met:Q"), y=y),
        base.mark_point(filled=True, fill=PAPER, stroke=INK, strokeWidth=1.6, size=70, opacity=1).encode(
            x=x, y=y, tooltip=tooltip
        ),
        base.mark_point(filled=True, size=90, opacity=1).encode(x=met, y=y, color=colour, tooltip=tooltip),
        *haloed_text(
            base.encode(x=met, y=y, text=alt.Text("mean_met:Q", format=".0%")),
            dy=-15,
            fontSize=LABEL_SIZE,
            fontWeight=600,
        ),
        *haloed_text(base.encode(x=x, y=y, text=alt.Text("mean_expected:Q", format=".0%")), dy=16, fontSize=LABEL_SIZE),
    ]


def _negative_layers(rows: pd.DataFrame, language: Language) -> list[alt.Chart]:
    tooltip = [
        alt.Tooltip("stage:N", title=language.text("charts.journey.stage_panel")),
        alt.Tooltip("share_negative:Q", title=language.text("charts.journey.negative_panel"), format=".1%"),
        alt.Tooltip("low_negative:Q", title=language.text("charts.common.low"), format=".1%"),
        alt.Tooltip("high_negative:Q", title=language.text("charts.common.high"), format=".1%"),
        alt.Tooltip("n_experiences:Q", title=language.text("charts.common.base"), format=",d"),
    ]
    return [
        alt.Chart(rows)
        .mark_text(align="left", baseline="middle", dy=-7, fontSize=LABEL_SIZE, lineBreak="\n", lineHeight=14)
        .encode(x=alt.XValue(0), y=_place(), text=alt.Text("words:N"), tooltip=tooltip)
    ]
