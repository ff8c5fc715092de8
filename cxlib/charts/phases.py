"""The three phases: what we say matters against what carries the capital, as a triangle and as bars."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Mapping

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.ternary import PHASES, Triangle
from cxlib.charts.theme import (
    INK,
    LABEL_SIZE,
    PAPER,
    PHASE_COLOURS,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    panel_heading,
    spoken,
)
from cxlib.errors import ParameterError, hint
from cxlib.language import ENGLISH, Language

HIGHEST_RATING = 3.0
RATING_STEP = 0.5
PHASE_HEIGHT = 66
BAR_SIZE = 20
BARS_WIDTH = 170
MEANS_WIDTH = 180
EXPLORER_BARS_WIDTH = 104
LABEL_ROOM = 96
"""Pixels after the longest bar for its label; kept free, because a page does not grow when a slider moves."""


def trepunkt_chart(balance: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """A triangle of the three phases with the declared and the carried point in it.

    Parameters
    ----------
    balance : DataFrame, one row per phase
        Needs phase, n_experiences, importance_share, carried_share (shares 0-1 that sum to one); without
        carried shares (nobody has gained anything) only the declared point is drawn.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where the importance is missing too

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one phase.
    """
    title = language.text("charts.trepunkt.title")
    rows = phase_rows(balance, ["n_experiences", "importance_share", "carried_share"])
    if rows["importance_share"].isna().any():
        return nothing_to_show_chart(language.text("charts.trepunkt.nothing"), title=title, language=language)

    subtitle = language.text("charts.trepunkt.subtitle")
    details = {
        phase: language.text(
            "charts.trepunkt.corner",
            declared=language.percent(rows.loc[phase, "importance_share"]),
            carried=language.percent(rows.loc[phase, "carried_share"]),
            n=language.number(rows.loc[phase, "n_experiences"]),
        )
        for phase in PHASES
    }
    triangle = Triangle(side_px=360, margins_px=(150, 70, 70))
    carried = bool(rows["carried_share"].notna().all())
    point = {f"declared_{phase}": rows.loc[phase, "importance_share"] for phase in PHASES}
    if carried:
        point |= {f"carried_{phase}": rows.loc[phase, "carried_share"] for phase in PHASES}
    return alt.layer(
        *triangle.frame_layers(),
        *triangle.corner_layers(details, language),
        *triangle.point_layers(alt.Chart(pd.DataFrame([point])), carried=carried, language=language),
        width=triangle.width,
        height=triangle.height,
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def trepunkt_explorer_chart(
    balance: pd.DataFrame, *, ratings: Mapping[str, float], language: Language = ENGLISH
) -> alt.HConcatChart | alt.LayerChart:
    """The triangle and the bars with a slider for each phase's rating; the declared point follows them.

    Parameters
    ----------
    balance : DataFrame, one row per phase
        Needs phase, n_experiences, carried_share (0-1).
    ratings : mapping of phase to number, 0 to 3
        Where the sliders start: 3 high, 2 medium, 1 low. All three at zero count as equal.
    language : Language

    Returns
    -------
    altair.HConcatChart with the parameters trepunkt_purchase, trepunkt_consumption and trepunkt_payment,
    or a frame with a sentence where no phase may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        A rating is missing, outside 0 to 3 or of no phase; several rows of one phase.
    """
    _check_ratings(ratings)
    title = language.text("charts.trepunkt.explorer_title")
    rows = phase_rows(balance, ["n_experiences", "carried_share"])
    if rows["carried_share"].isna().any():
        return nothing_to_show_chart(language.text("charts.trepunkt.nothing"), title=title, language=language)

    subtitle = language.text("charts.trepunkt.explorer_subtitle")
    share_of = {phase: f"(trepunkt_sum > 0 ? trepunkt_{phase} / trepunkt_sum : 1 / 3)" for phase in PHASES}
    point = alt.Chart(
        pd.DataFrame([{f"carried_{phase}": rows.loc[phase, "carried_share"] for phase in PHASES}])
    ).transform_calculate(**{f"declared_{phase}": share_of[phase] for phase in PHASES})
    details = {
        phase: language.text("charts.common.base_short", n=language.number(rows.loc[phase, "n_experiences"]))
        for phase in PHASES
    }
    triangle = Triangle(side_px=224, margins_px=(82, 54, 48))
    ternary = alt.layer(
        *triangle.frame_layers(),
        *triangle.corner_layers(details, language),
        *triangle.point_layers(point, carried=True, language=language),
        width=triangle.width,
        height=triangle.height,
    )

    names = {language.text(f"names.phase.{phase}"): phase for phase in PHASES}
    long = _weights(rows.assign(importance_share=0.0), language)
    shares = ", ".join(f"{json.dumps(name)}: {share_of[phase]}" for name, phase in names.items())
    bars = alt.Chart(long).transform_calculate(
        weight=f"datum.kind == 'declared' ? {{{shares}}}[datum.phase] : datum.share"
    )
    weights = alt.layer(
        *weight_layers(bars, language, bars_px=EXPLORER_BARS_WIDTH, most=1.0),
        _all_zero_note(language),
        width=EXPLORER_BARS_WIDTH + LABEL_ROOM,
        height=PHASE_HEIGHT * len(PHASES),
        title=panel_heading(language.text("charts.trepunkt.bars_panel")),
    )
    sliders = [
        alt.param(
            name=f"trepunkt_{phase}",
            value=float(ratings[phase]),
            bind=alt.binding_range(
                min=0,
                max=HIGHEST_RATING,
                step=RATING_STEP,
                name=language.text("charts.trepunkt.rating", phase=language.text(f"names.phase.{phase}")),
            ),
        )
        for phase in PHASES
    ]
    total = alt.param(name="trepunkt_sum", expr=" + ".join(f"trepunkt_{phase}" for phase in PHASES))
    return alt.hconcat(
        ternary,
        weights,
        spacing=0,
        center=True,
        params=[param.param for param in (*sliders, total)],
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def phase_bars_chart(balance: pd.DataFrame, *, language: Language = ENGLISH) -> alt.HConcatChart | alt.LayerChart:
    """Declared and carried share of each phase, and beside them its mean experience.

    Parameters
    ----------
    balance : DataFrame, one row per phase
        Needs phase, n_experiences, mean_experience, low_mean, high_mean (−1 to 1), importance_share,
        carried_share (0-1), is_weakest; suppressed rows hold NA and show a dash.
    language : Language

    Returns
    -------
    altair.HConcatChart, or a frame with a sentence where no phase may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one phase.
    """
    columns = [
        "n_experiences", "mean_experience", "low_mean", "high_mean",
        "importance_share", "carried_share", "is_weakest",
    ]  # fmt: skip
    title = language.text("charts.phases.title")
    rows = phase_rows(balance, columns)
    if rows["mean_experience"].isna().all():
        return nothing_to_show_chart(language.text("charts.phases.nothing"), title=title, language=language)

    subtitle = language.text("charts.phases.subtitle")
    long = _weights(rows, language)
    bars = alt.Chart(long).transform_calculate(weight="datum.share")
    most = max(long["share"].max(), 0.2)
    height = PHASE_HEIGHT * len(PHASES)
    weights = alt.layer(
        *weight_layers(bars, language, bars_px=BARS_WIDTH, most=most),
        width=BARS_WIDTH + LABEL_ROOM,
        height=height,
        title=panel_heading(language.text("charts.phases.weight_panel")),
    )
    means = alt.layer(
        *_mean_layers(rows, language),
        width=MEANS_WIDTH,
        height=height,
        title=panel_heading(language.text("charts.phases.mean_panel")),
    )
    return alt.hconcat(
        weights,
        means,
        spacing=6,
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def phase_rows(balance: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """One row for each of the three phases, in order, indexed by phase; a phase without a row is NA."""
    rows = chart_rows(balance, ["phase", *columns], name="balance")
    one_row_per(rows, ["phase"], name="balance")
    return rows.set_index("phase").reindex(list(PHASES))


def _check_ratings(ratings: Mapping[str, float]) -> None:
    for phase in ratings:
        if phase not in PHASES:
            raise ParameterError(f"ratings has {phase!r}; allowed: {', '.join(PHASES)}{hint(phase, PHASES)}")
    for phase in PHASES:
        if phase not in ratings:
            raise ParameterError(f"ratings lacks {phase!r}; it needs {', '.join(PHASES)}")
        if not 0 <= ratings[phase] <= HIGHEST_RATING:
            raise ParameterError(f"the rating of {phase} is {ratings[phase]}; allowed: 0 to {HIGHEST_RATING:g}")


def _weights(rows: pd.DataFrame, language: Language) -> pd.DataFrame:
    """One row per phase and kind of weight: a phase's two bars."""
    names = [language.text(f"names.phase.{phase}") for phase in PHASES]
    parts = [
        pd.DataFrame({"phase": names, "kind": kind, "share": rows[column].to_numpy()})
        for kind, column in (("declared", "importance_share"), ("carried", "carried_share"))
    ]
    return pd.concat(parts, ignore_index=True)


def phase_axis(language: Language, *, labelled: bool) -> alt.Y:
    names = [language.text(f"names.phase.{phase}") for phase in PHASES]
    axis = alt.Axis(title=None, labels=labelled, labelColor=INK, labelFontWeight=600, grid=False)
    return alt.Y("phase:N", sort=names, axis=axis, scale=alt.Scale(domain=names, padding=0.15))


def weight_layers(bars: alt.Chart, language: Language, *, bars_px: float, most: float) -> list[alt.Chart]:
    """Outlined declared bars and filled carried ones, each with its share and its kind written after it."""
    written = ", ".join(
        f"{kind}: {json.dumps(language.text(f'charts.phases.{kind}', share='%'), ensure_ascii=False)}"
        for kind in ("declared", "carried")
    )
    rows = bars.transform_calculate(
        label=f"isValid(datum.weight) ? replace({{{written}}}[datum.kind], '%', format(datum.weight, '.0%')) : ''"
    )
    y = phase_axis(language, labelled=True)
    x = alt.X("weight:Q", axis=None, scale=alt.Scale(domain=[0, most], range=[0, bars_px], nice=False))
    offset = alt.YOffset("kind:N", sort=["declared", "carried"], scale=alt.Scale(padding=0.1))
    names = [language.text(f"names.phase.{phase}") for phase in PHASES]
    colour = alt.Color(
        "phase:N", legend=None, scale=alt.Scale(domain=names, range=[PHASE_COLOURS[phase] for phase in PHASES])
    )
    declared = rows.transform_filter("datum.kind == 'declared'").mark_bar(
        size=BAR_SIZE, fill=PAPER, stroke=INK, strokeWidth=1.6
    )
    carried = rows.transform_filter("datum.kind == 'carried'").mark_bar(size=BAR_SIZE)

    def tooltip(kind: str) -> list[alt.Tooltip]:
        return [
            alt.Tooltip("phase:N", title=language.text("charts.common.phase")),
            alt.Tooltip("weight:Q", title=language.text(f"charts.phases.{kind}_share"), format=".1%"),
        ]

    return [
        declared.encode(x=x, y=y, yOffset=offset, tooltip=tooltip("declared")),
        carried.encode(x=x, y=y, yOffset=offset, color=colour, tooltip=tooltip("carried")),
        rows.mark_text(align="left", dx=6, baseline="middle", fontSize=LABEL_SIZE).encode(
            x=x, y=y, yOffset=offset, text=alt.Text("label:N")
        ),
    ]


def _mean_layers(rows: pd.DataFrame, language: Language) -> list[alt.Chart]:
    shown = rows.reset_index().drop(columns=["importance_share", "carried_share"])
    shown["phase"] = [language.text(f"names.phase.{phase}") for phase in PHASES]
    shown["base"] = [
        language.text(
            "charts.common.base_short" if math.isnan(row.low_mean) else "charts.phases.base",
            n=language.number(row.n_experiences),
            low=language.signed(row.low_mean, 2),
            high=language.signed(row.high_mean, 2),
        )
        for row in shown.itertuples()
    ]
    # A phase without a row has no answer here, and is not the weakest.
    shown["is_weakest"] = shown["is_weakest"].eq(True)
    base = alt.Chart(shown)
    y = phase_axis(language, labelled=False)
    # Zero in the middle, and quarters outwards as far as an interval reaches.
    farthest = shown[["low_mean", "mean_experience", "high_mean"]].abs().max(axis=None)
    most = min(1.0, math.ceil(farthest * 4) / 4) or 0.25
    ticks = [-most, 0, most] if most == 0.75 else [-most, -most / 2, 0, most / 2, most]  # no 0.375
    axis = alt.Axis(title=None, format=".2~f", grid=True, values=ticks, labelFlush=False)
    x = alt.X("low_mean:Q", axis=axis, scale=alt.Scale(domain=[-most, most]))
    names = list(shown["phase"])
    colour = alt.Color(
        "phase:N", legend=None, scale=alt.Scale(domain=names, range=[PHASE_COLOURS[phase] for phase in PHASES])
    )
    tooltip = [
        alt.Tooltip("phase:N", title=language.text("charts.common.phase")),
        alt.Tooltip("mean_experience:Q", title=language.text("charts.phases.mean"), format="+.2f"),
        alt.Tooltip("low_mean:Q", title=language.text("charts.common.low"), format="+.2f"),
        alt.Tooltip("high_mean:Q", title=language.text("charts.common.high"), format="+.2f"),
        alt.Tooltip("n_experiences:Q", title=language.text("charts.common.base"), format=",d"),
    ]
    mean = alt.X("mean_experience:Q")
    beside = alt.XValue(MEANS_WIDTH + 12)
    return [
        base.mark_bar(size=BAR_SIZE, opacity=0.75).encode(
            x=x, x2=alt.X2("high_mean:Q"), y=y, color=colour, tooltip=tooltip
        ),
        one_row().mark_rule(color=INK, strokeWidth=1.2).encode(x=alt.XDatum(0)),
        base.mark_tick(color=INK, thickness=2, size=BAR_SIZE + 6, opacity=1).encode(x=mean, y=y, tooltip=tooltip),
        *haloed_text(
            base.encode(x=mean, y=y, text=alt.Text("mean_experience:Q", format="+.2f")),
            dy=-20,
            fontSize=LABEL_SIZE,
            fontWeight=600,
        ),
        base.mark_text(align="left", dy=-4, fontSize=LABEL_SIZE, lineBreak="\n").encode(
            x=beside, y=y, text=alt.Text("base:N")
        ),
        base.transform_filter("datum.is_weakest")
        .mark_text(align="left", dy=24, fontSize=LABEL_SIZE, fontWeight=600)
        .encode(x=beside, y=y, text=alt.TextValue(language.text("charts.phases.weakest"))),
    ]


def _all_zero_note(language: Language) -> alt.Chart:
    lines = textwrap.wrap(language.text("charts.trepunkt.all_zero"), 32)
    return (
        one_row()
        .transform_filter("trepunkt_sum == 0")
        .mark_text(align="left", baseline="top", fontSize=LABEL_SIZE, fontWeight=600, lineBreak="\n")
        .encode(x=alt.XValue(0), y=alt.YValue(PHASE_HEIGHT * len(PHASES) + 6), text=alt.TextValue("\n".join(lines)))
    )
