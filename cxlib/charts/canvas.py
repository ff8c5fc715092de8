"""The journey canvas: the emotion curve over the steps, beside what was measured in their stages."""

from __future__ import annotations

import json
import textwrap

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    GRID,
    INK,
    LABEL_SIZE,
    PAPER,
    SOFT_INK,
    VERMILLION,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    spoken,
)
from cxlib.language import ENGLISH, Language

MOST_STEPS = 30
"""Rows of the chart; the steps after them stand in the table."""

STEP_HEIGHT = 44
NAME_WIDTH = 22
STAGE_PLACE, NAME_PLACE = -240, -152
CURVE_WIDTH = 190
MEASURED_PLACE, OWNERS_PLACE, RIGHT_END = CURVE_WIDTH + 14, CURVE_WIDTH + 116, CURVE_WIDTH + 246
OWNERS_WIDTH = 21
STRONGEST = 2.0
"""The ends of the declared emotion; a measured mean of 1 stands where an emotion of 2 does."""

COLUMNS = (
    "step", "stage", "part", "place", "emotion", "mean_experience", "low_mean", "high_mean", "n_experiences",
    "is_measured", "is_opposite",
)  # fmt: skip


def canvas_chart(canvas: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """The steps from first to last with their declared emotion, owners, and the measured mean of their stage.

    Parameters
    ----------
    canvas : DataFrame, one row per step, in their order
        Needs step (shown as it stands), stage, part, place, emotion (−2 to 2), owners (a tuple of names, shown as
        they stand), mean_experience, low_mean, high_mean (−1 to 1), n_experiences, is_measured, is_opposite.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence that says how to begin where there is no step

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one place, or too many rows.
    """
    rows = chart_rows(canvas, COLUMNS, name="canvas").assign(owners="")
    one_row_per(rows, ["place"], name="canvas")
    title = language.text("charts.canvas.title")
    if rows.empty:
        return nothing_to_show_chart(language.text("charts.canvas.nothing"), title=title, language=language)

    rows["owners"] = [_wrapped(", ".join(names), OWNERS_WIDTH, lines=3) for names in canvas["owners"]]
    shown = rows.sort_values("place").iloc[:MOST_STEPS].reset_index(drop=True)
    shown["name"] = [_wrapped(step, NAME_WIDTH, lines=2) for step in shown["step"]]
    shown["middle"] = [STEP_HEIGHT * (number + 0.5) for number in range(len(shown))]
    shown["felt"] = ["" if pd.isna(value) else language.signed(value, 1) for value in shown["emotion"]]
    shown["beyond"] = [1 if pd.notna(value) and value >= 0 else -1 for value in shown["emotion"]]
    subtitles = [
        language.text("charts.canvas.subtitle"),
        language.text("charts.canvas.measured_subtitle"),
        language.text("charts.canvas.most", shown=language.number(len(shown)), all=language.number(len(rows)))
        if len(shown) < len(rows)
        else "",
    ]
    bands = _bands(shown, language)
    return alt.layer(
        *_band_layers(bands, language),
        *_step_layers(shown, language),
        width=CURVE_WIDTH,
        height=STEP_HEIGHT * len(shown),
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    ).resolve_scale(x="shared")


def _wrapped(text: str, width: int, *, lines: int) -> str:
    wrapped = textwrap.wrap(text, width)
    if len(wrapped) > lines:
        wrapped = [*wrapped[: lines - 1], textwrap.shorten(" ".join(wrapped[lines - 1 :]), width, placeholder=" …")]
    return "\n".join(wrapped)


def _bands(shown: pd.DataFrame, language: Language) -> pd.DataFrame:
    """One row per run of steps in the same stage: where it lies, and what was measured there."""
    run = shown["stage"].ne(shown["stage"].shift()).cumsum()
    bands = []
    for number, steps in shown.groupby(run, sort=False):
        first, last = steps.iloc[0], steps.iloc[-1]
        is_known = pd.notna(first["mean_experience"])
        if is_known:
            words = [
                language.signed(first["mean_experience"], 2),
                language.text("charts.common.base_short", n=language.number(first["n_experiences"])),
            ]
            words += [language.text("charts.canvas.opposite")] if first["is_opposite"] else []
        else:
            words = [language.text("charts.journey.too_few" if first["is_measured"] else "charts.journey.unmeasured")]
        bands.append(
            {
                "top": first["middle"] - STEP_HEIGHT / 2,
                "bottom": last["middle"] + STEP_HEIGHT / 2,
                "middle": (first["middle"] + last["middle"]) / 2,
                "stage": language.text(f"names.stage.{first['stage']}"),
                "part": language.text(f"names.part_short.{first['part']}"),
                "is_shaded": bool(number % 2),
                "mean": STRONGEST * first["mean_experience"],
                "low": STRONGEST * first["low_mean"],
                "high": STRONGEST * first["high_mean"],
                "measured": "\n".join(words),
                "kind": "opposite" if first["is_opposite"] else "same",
                "inset_top": first["middle"] - STEP_HEIGHT / 2 + 4,
                "inset_bottom": last["middle"] + STEP_HEIGHT / 2 - 4,
            }
        )
    return pd.DataFrame(bands)


def _place(column: str, height: float) -> alt.Y:
    return alt.Y(f"{column}:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False))


def _emotion(column: str, language: Language) -> alt.X:
    bad, good = (json.dumps(language.text(f"charts.canvas.{end}"), ensure_ascii=False) for end in ("bad", "good"))
    number = "datum.value ? format(datum.value, '+d') : '0'"
    axis = alt.Axis(
        title=None,
        orient="top",
        values=[-2, -1, 0, 1, 2],
        labelExpr=f"datum.value == -2 ? {bad} : datum.value == 2 ? {good} : {number}",
        grid=True,
        gridColor=GRID,
        domain=False,
        ticks=False,
        labelFlush=True,
    )
    return alt.X(f"{column}:Q", axis=axis, scale=alt.Scale(domain=[-STRONGEST, STRONGEST], nice=False))


def _band_layers(bands: pd.DataFrame, language: Language) -> list[alt.Chart]:
    height = float(bands["bottom"].max())
    base = alt.Chart(bands)
    known = base.transform_filter("isValid(datum.mean)")
    top, bottom = _place("inset_top", height), alt.Y2("inset_bottom:Q")
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(domain=["same", "opposite"], range=[BLUE, VERMILLION]))
    words = {"align": "left", "fontSize": LABEL_SIZE, "lineBreak": "\n", "lineHeight": 13}
    head = {"align": "left", "baseline": "bottom", "fontSize": LABEL_SIZE, "fontWeight": 600}

    def heading_at(place: float, key: str) -> alt.Chart:
        text = alt.TextValue(language.text(f"charts.canvas.{key}"))
        return one_row().mark_text(**head).encode(x=alt.XValue(place), y=alt.YValue(-8), text=text)

    return [
        base.transform_filter("datum.is_shaded")
        .mark_rect(color="#f1f3f5")
        .encode(
            x=alt.XValue(STAGE_PLACE - 6), x2=alt.X2Value(RIGHT_END), y=_place("top", height), y2=alt.Y2("bottom:Q")
        ),
        known.mark_rect(opacity=0.3).encode(
            x=_emotion("low", language), x2=alt.X2("high:Q"), y=top, y2=bottom, color=colour
        ),
        known.mark_rule(strokeWidth=2.5).encode(x=_emotion("mean", language), y=top, y2=bottom, color=colour),
        base.mark_text(**words, baseline="middle", dy=-7, fontWeight=600).encode(
            x=alt.XValue(STAGE_PLACE), y=_place("middle", height), text=alt.Text("stage:N")
        ),
        base.mark_text(**words, baseline="middle", dy=7, color=SOFT_INK).encode(
            x=alt.XValue(STAGE_PLACE), y=_place("middle", height), text=alt.Text("part:N")
        ),
        base.mark_text(
            **words, baseline="middle", dy={"expr": "-6.5 * (length(split(datum.measured, '\\n')) - 1)"}
        ).encode(x=alt.XValue(MEASURED_PLACE), y=_place("middle", height), text=alt.Text("measured:N")),
        heading_at(STAGE_PLACE, "stage"),
        heading_at(NAME_PLACE, "step"),
        heading_at(MEASURED_PLACE, "measured"),
        heading_at(OWNERS_PLACE, "owners"),
    ]


def _step_layers(shown: pd.DataFrame, language: Language) -> list[alt.Chart]:
    height = STEP_HEIGHT * len(shown)
    base = alt.Chart(shown)
    felt = base.transform_filter("isValid(datum.emotion)")
    x, y = _emotion("emotion", language), _place("middle", height)
    words = {"align": "left", "baseline": "middle", "fontSize": LABEL_SIZE, "lineBreak": "\n", "lineHeight": 13}
    tooltip = [
        alt.Tooltip("step:N", title=language.text("charts.canvas.step")),
        alt.Tooltip("emotion:Q", title=language.text("charts.canvas.emotion"), format="+.1f"),
        alt.Tooltip("owners:N", title=language.text("charts.canvas.owners")),
        alt.Tooltip("mean_experience:Q", title=language.text("charts.canvas.measured"), format="+.2f"),
        alt.Tooltip("n_experiences:Q", title=language.text("charts.common.base"), format=",d"),
    ]
    centred = {"expr": "-6.5 * (length(split(datum.name, '\\n')) - 1)"}
    by_owner = {"expr": "-6.5 * (length(split(datum.owners, '\\n')) - 1)"}
    number = {"align": {"expr": "datum.beyond > 0 ? 'left' : 'right'"}, "dx": {"expr": "8 * datum.beyond"}}
    return [
        felt.mark_line(color=INK, strokeWidth=2, interpolate="linear").encode(x=x, y=y, order=alt.Order("place:Q")),
        felt.mark_point(filled=True, fill=PAPER, stroke=INK, strokeWidth=2, size=80, opacity=1).encode(
            x=x, y=y, tooltip=tooltip
        ),
        *haloed_text(felt.encode(x=x, y=y, text=alt.Text("felt:N")), fontSize=LABEL_SIZE, fontWeight=600, **number),
        base.mark_text(**words, dy=centred).encode(
            x=alt.XValue(NAME_PLACE), y=y, text=alt.Text("name:N"), tooltip=tooltip
        ),
        base.mark_text(**words, dy=by_owner).encode(x=alt.XValue(OWNERS_PLACE), y=y, text=alt.Text("owners:N")),
    ]
