"""The three phases as a picture that can be changed while it is looked at: triangle, bars, means, value.

As in `live_capital` everything that may change comes from one parameter, and the drawing itself stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import altair as alt
import pandas as pd

from cxlib.charts.live_capital import LIVE
from cxlib.charts.phases import PHASE_HEIGHT, phase_axis, phase_rows, weight_layers
from cxlib.charts.ternary import PHASES, Triangle
from cxlib.charts.theme import (
    INK,
    LABEL_SIZE,
    PHASE_COLOURS,
    haloed_text,
    heading,
    house_look,
    one_row,
    panel_heading,
    spoken,
)
from cxlib.language import ENGLISH, Language
from cxlib.phases.importance import importance_shares

COLUMNS = [
    "n_experiences", "mean_experience", "low_mean", "high_mean",
    "importance_share", "carried_share", "value", "is_weakest",
]  # fmt: skip

LARGE_SIDE_PX = 270
BARS_PX = 110
BARS_WIDTH = 206
MEANS_WIDTH = 190
BASE_WIDTH = 130
VALUE_WIDTH = 150
ROW_HEIGHT = 46
BAR_SIZE = 18


def live_phases_chart(balance: pd.DataFrame, *, language: Language = ENGLISH) -> alt.VConcatChart:
    """The balance of the phases, drawn from the parameter `live`.

    Parameters
    ----------
    balance : DataFrame, one row per phase
        Needs phase, n_experiences, mean_experience, low_mean, high_mean, importance_share, carried_share, value,
        is_weakest; suppressed rows hold NA.
    language : Language

    Returns
    -------
    altair.VConcatChart with the parameter `live`; `live_phases` makes its other values

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one phase.
    """
    first = live_phases(balance, language=language)
    title = language.text("charts.live_phases.title")
    subtitle = language.text("charts.live_phases.subtitle")
    return alt.vconcat(
        alt.hconcat(_ternary(language), _weights(language), spacing=0, center=True),
        alt.hconcat(_means(language), _values(language), spacing=BASE_WIDTH),
        spacing=14,
        params=[alt.param(name=LIVE, value=first).param],
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def live_trepunkt_chart(
    importance: str | Mapping[str, float | str], *, language: Language = ENGLISH
) -> alt.HConcatChart:
    """The triangle and the bars alone, large enough for a room, drawn from the parameter `live`.

    Parameters
    ----------
    importance : str or mapping
        What is declared at the start, as `importance_shares` takes it.
    language : Language

    Returns
    -------
    altair.HConcatChart with the parameter `live`; `live_trepunkt` makes its other values without data, and those of
    `live_phases` show what the phases carried too
    """
    title = language.text("charts.live_trepunkt.title")
    subtitle = language.text("charts.live_trepunkt.subtitle")
    return alt.hconcat(
        _ternary(language, side_px=LARGE_SIDE_PX),
        _weights(language),
        spacing=0,
        center=True,
        params=[alt.param(name=LIVE, value=live_trepunkt(importance, language=language)).param],
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def live_trepunkt(importance: str | Mapping[str, float | str], *, language: Language = ENGLISH) -> dict[str, object]:
    """A value of the parameter `live` of `live_trepunkt_chart` that holds nobody's data.

    Parameters
    ----------
    importance : str or mapping
        As `importance_shares` takes it.
    language : Language

    Returns
    -------
    dict of lists, one entry per phase: importance_share, base (its percentage, beside the corner), carried_share
    (None); has_carried (false) and nothing ("")

    Raises
    ------
    ParameterError
    """
    shares = importance_shares(importance)
    return {
        "importance_share": [shares[phase] for phase in PHASES],
        "carried_share": [None] * len(PHASES),
        "base": [language.percent(shares[phase]) for phase in PHASES],
        "has_carried": False,
        "nothing": "",
    }


def live_phases(balance: pd.DataFrame, *, language: Language = ENGLISH) -> dict[str, object]:
    """A value of the parameter `live`: everything in the chart that may change.

    Parameters
    ----------
    balance : DataFrame, one row per phase
        As `live_phases_chart` takes it.
    language : Language

    Returns
    -------
    dict of lists, one entry per phase (None = nothing to show), and has_carried, value_domain, nothing

    Raises
    ------
    MissingColumnError, ParameterError
    """
    rows = phase_rows(balance, COLUMNS)
    value = {
        name: [None if pd.isna(number) else float(number) for number in rows[name]]
        for name in COLUMNS
        if name not in ("n_experiences", "is_weakest")
    }
    has_carried = bool(rows["carried_share"].notna().all() and rows["importance_share"].notna().all())
    farthest = max(rows["value"].abs().max(), 0.1) if rows["value"].notna().any() else 1.0
    return value | {
        "base": [language.text("charts.common.base_short", n=language.number(n)) for n in rows["n_experiences"]],
        "interval": [_interval(row, language) for row in rows.itertuples()],
        "mean_label": [language.signed(mean, 2) for mean in rows["mean_experience"]],
        "value_label": [language.signed(amount, 2) for amount in rows["value"]],
        "weakest": rows["is_weakest"].eq(True).tolist(),
        "has_carried": has_carried,
        # the room for the words beside the longest bar is kept within the domain
        "value_domain": [-1.6 * farthest, 1.6 * farthest],
        "nothing": "" if has_carried else language.text("charts.live_phases.nothing"),
    }


def _interval(row, language: Language) -> str:
    if pd.isna(row.low_mean):
        is_measured = not pd.isna(row.n_experiences) and row.n_experiences > 0
        return language.text(f"charts.live_phases.{'too_few' if is_measured else 'unmeasured'}")
    low, high = language.signed(row.low_mean, 2), language.signed(row.high_mean, 2)
    return language.text("charts.live_phases.interval", low=low, high=high)


def _rows(language: Language, *columns: str) -> alt.Chart:
    """One row per phase whose values are looked up in the parameter."""
    names = json.dumps([language.text(f"names.phase.{phase}") for phase in PHASES], ensure_ascii=False)
    return alt.Chart(alt.sequence(0, len(PHASES), as_="place")).transform_calculate(
        phase=f"{names}[datum.place]", **{column: f"{LIVE}.{column}[datum.place]" for column in columns}
    )


def _ternary(language: Language, *, side_px: float = 210) -> alt.LayerChart:
    triangle = Triangle(side_px=side_px, margins_px=(78, 48, 42))
    shares = {
        f"{kind}_{phase}": f"{LIVE}.{column}[{place}]"
        for kind, column in (("declared", "importance_share"), ("carried", "carried_share"))
        for place, phase in enumerate(PHASES)
    }
    point = one_row().transform_calculate(**shares)
    details = {phase: alt.ExprRef(f"{LIVE}.base[{place}]") for place, phase in enumerate(PHASES)}
    nothing = (
        one_row()
        .transform_calculate(words=f"{LIVE}.nothing")
        .encode(x=alt.XValue(triangle.width / 2), y=alt.YValue(triangle.height * 0.64), text=alt.Text("words:N"))
    )
    return alt.layer(
        *triangle.frame_layers(),
        *triangle.corner_layers(details, language),
        *triangle.point_layers(point.transform_filter(f"{LIVE}.has_carried"), carried=True, language=language),
        *triangle.point_layers(point.transform_filter(f"!{LIVE}.has_carried"), carried=False, language=language),
        *haloed_text(nothing, fontSize=LABEL_SIZE),
        width=triangle.width,
        height=triangle.height,
    )


def _weights(language: Language) -> alt.LayerChart:
    bars = _rows(language, "importance_share", "carried_share").transform_fold(
        ["importance_share", "carried_share"], as_=["column", "weight"]
    )
    bars = bars.transform_calculate(kind="datum.column == 'carried_share' ? 'carried' : 'declared'")
    return alt.layer(
        *weight_layers(bars, language, bars_px=BARS_PX, most=1.0),
        width=BARS_WIDTH,
        height=PHASE_HEIGHT * len(PHASES),
        title=panel_heading(language.text("charts.trepunkt.bars_panel")),
    )


def _colour(language: Language) -> alt.Color:
    names = [language.text(f"names.phase.{phase}") for phase in PHASES]
    scale = alt.Scale(domain=names, range=[PHASE_COLOURS[phase] for phase in PHASES])
    return alt.Color("phase:N", legend=None, scale=scale)


def _means(language: Language) -> alt.LayerChart:
    base = _rows(language, "mean_experience", "low_mean", "high_mean", "mean_label", "base", "interval", "weakest")
    y = phase_axis(language, labelled=True)
    axis = alt.Axis(title=None, format=".2~f", grid=True, values=[-1, -0.5, 0, 0.5, 1], labelFlush=False)
    x = alt.X("low_mean:Q", axis=axis, scale=alt.Scale(domain=[-1, 1]))
    mean = alt.X("mean_experience:Q")
    shown = base.transform_filter("isValid(datum.mean_experience)")
    tooltip = [
        alt.Tooltip("phase:N", title=language.text("charts.common.phase")),
        alt.Tooltip("mean_label:N", title=language.text("charts.phases.mean")),
        alt.Tooltip("interval:N", title=language.text("charts.live_phases.interval_name")),
        alt.Tooltip("base:N", title=language.text("charts.common.base")),
    ]
    beside = alt.XValue(MEANS_WIDTH + 10)
    return alt.layer(
        shown.mark_bar(size=BAR_SIZE, opacity=0.75).encode(
            x=x, x2=alt.X2("high_mean:Q"), y=y, color=_colour(language), tooltip=tooltip
        ),
        one_row().mark_rule(color=INK, strokeWidth=1.2).encode(x=alt.XDatum(0)),
        shown.mark_tick(color=INK, thickness=2, size=BAR_SIZE + 6, opacity=1).encode(x=mean, y=y, tooltip=tooltip),
        *haloed_text(
            shown.encode(x=mean, y=y, text=alt.Text("mean_label:N")), dy=-18, fontSize=LABEL_SIZE, fontWeight=600
        ),
        base.mark_text(align="left", dy=-7, fontSize=LABEL_SIZE).encode(x=beside, y=y, text=alt.Text("base:N")),
        base.mark_text(align="left", dy=6, fontSize=LABEL_SIZE).encode(x=beside, y=y, text=alt.Text("interval:N")),
        base.transform_filter("datum.weakest")
        .mark_text(align="left", dy=19, fontSize=LABEL_SIZE, fontWeight=600)
        .encode(x=beside, y=y, text=alt.TextValue(language.text("charts.phases.weakest"))),
        width=MEANS_WIDTH,
        height=ROW_HEIGHT * len(PHASES),
        title=panel_heading(language.text("charts.phases.mean_panel")),
    )


def _values(language: Language) -> alt.LayerChart:
    rows = _rows(language, "value", "value_label").transform_calculate(zero="0")
    base = rows.transform_filter("isValid(datum.value)")
    y = phase_axis(language, labelled=False)
    domain = [alt.ExprRef(f"{LIVE}.value_domain[0]"), alt.ExprRef(f"{LIVE}.value_domain[1]")]
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=domain, nice=False))
    layers = [
        base.mark_bar(size=BAR_SIZE).encode(x=x, x2=alt.X2("zero:Q"), y=y, color=_colour(language)),
        rows.mark_tick(color=INK, thickness=1.2, size=ROW_HEIGHT, opacity=1).encode(x=alt.X("zero:Q", axis=None), y=y),
    ]
    for condition, align, dx in (("datum.value >= 0", "left", 5), ("datum.value < 0", "right", -5)):
        text = base.transform_filter(condition).encode(x=x, y=y, text=alt.Text("value_label:N"))
        layers += [text.mark_text(align=align, dx=dx, baseline="middle", fontSize=LABEL_SIZE, fontWeight=600)]
    return alt.layer(
        *layers,
        width=VALUE_WIDTH,
        height=ROW_HEIGHT * len(PHASES),
        title=panel_heading(language.text("charts.live_phases.value_panel")),
    )
