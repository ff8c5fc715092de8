"""Ten touchpoints and an eleventh that fails, as a picture that can be changed while it is looked at.

There are 3^10 ways to click ten touchpoints, too many to list: so this chart alone adds up its rows itself, in its own
transforms. They do what `cx.capital_by_preset` does without forgetting, and a test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import altair as alt

from cxlib.capital.presets import PRESETS
from cxlib.charts.live_capital import LIVE
from cxlib.charts.presets import KIND_COLOURS, SIGNS
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    PANEL_TITLE_SIZE,
    PAPER,
    SOFT_INK,
    VERMILLION,
    heading,
    house_look,
    one_row,
    spoken,
)
from cxlib.language import ENGLISH, Language

PANEL_WIDTH = 186
PANEL_HEIGHT = 310
HEAD_HEIGHT = 78
"""Pixels kept above the bars for the two balances written large."""
NUMBER_SIZE = 23
SPANS = (-2.5, 3.5)
"""What the axis of capital always spans, so that one click on an empty account does not fill the picture."""


def live_ten_touchpoints_chart(
    signs: Sequence[int], *, crash_weight: float = 1, language: Language = ENGLISH
) -> alt.ConcatChart:
    """How ten touchpoints fill and drain one account and what an eleventh that fails leaves, for the three presets.

    Parameters
    ----------
    signs : sequence of 1, 0, −1
        As `live_ten_touchpoints` takes them.
    crash_weight : float
    language : Language

    Returns
    -------
    altair.ConcatChart with the parameter `live`, a panel for each preset; `live_ten_touchpoints` makes its other values
    """
    title = language.text("charts.live_ten_touchpoints.title")
    subtitle = language.text("charts.live_ten_touchpoints.subtitle")
    first = live_ten_touchpoints(signs, crash_weight=crash_weight)
    return alt.concat(
        *(_panel(preset, loss_weight, len(signs), language) for preset, loss_weight in PRESETS.items()),
        columns=len(PRESETS),
        spacing=16,
        params=[alt.param(name=LIVE, value=first).param],
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def live_ten_touchpoints(signs: Sequence[int], *, crash_weight: float = 1) -> dict[str, object]:
    """A value of the parameter `live`: everything in the chart that may change.

    Parameters
    ----------
    signs : sequence of 1 (good), 0 (as expected), −1 (bad), of the chart's own length
    crash_weight : float
        What the touchpoint after them weighs, which fails.

    Returns
    -------
    dict of signs (list of int) and crash_weight (float)
    """
    return {"signs": [int(sign) for sign in signs], "crash_weight": float(crash_weight)}


def _steps(loss_weight: float, n_touchpoints: int) -> alt.Chart:
    """One row per touchpoint: what it moves, and the capital before and after it."""
    return (
        alt.Chart(alt.sequence(0, n_touchpoints + 1, as_="place"))
        .transform_calculate(
            position="datum.place + 1",
            is_crash=f"datum.place == {n_touchpoints}",
            sign=f"datum.place < {n_touchpoints} ? {LIVE}.signs[datum.place] : -1",
            weight=f"datum.place < {n_touchpoints} ? 1 : {LIVE}.crash_weight",
        )
        .transform_calculate(
            amount=f"datum.sign > 0 ? datum.weight : datum.sign < 0 ? {-loss_weight} * datum.weight : 0",
            kind="datum.sign > 0 ? 'gain' : datum.sign < 0 ? 'loss' : 'neutral'",
        )
        .transform_window(capital="sum(amount)", sort=[alt.SortField("place")], frame=[None, 0])
        .transform_calculate(before="datum.capital - datum.amount")
    )


def _panel(preset: str, loss_weight: float, n_touchpoints: int, language: Language) -> alt.LayerChart:
    base = _steps(loss_weight, n_touchpoints)
    signs = json.dumps(SIGNS, ensure_ascii=False)
    kinds = json.dumps({kind: language.text(f"names.kind.{kind}") for kind in SIGNS}, ensure_ascii=False)
    base = base.transform_calculate(mark=f"{signs}[datum.kind]", kind_name=f"{kinds}[datum.kind]")
    axis = alt.Axis(
        title=None,
        ticks=False,
        domain=False,
        labelAngle=0,
        labelPadding=24,
        labelOverlap=False,
        labelFontSize=LABEL_SIZE,
    )
    x = alt.X("position:O", axis=axis, scale=alt.Scale(paddingInner=0.15, paddingOuter=0.08))
    y = alt.Y(
        "before:Q",
        axis=alt.Axis(title=None, tickCount=5, minExtent=28),
        scale=alt.Scale(range=[PANEL_HEIGHT, HEAD_HEIGHT], nice=False, zero=True),
    )
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(domain=list(SIGNS), range=list(KIND_COLOURS.values())))
    tooltip = [
        alt.Tooltip("position:Q", title=language.text("charts.presets.position"), format="d"),
        alt.Tooltip("kind_name:N", title=language.text("charts.presets.kind")),
        alt.Tooltip("amount:Q", title=language.text("charts.presets.amount"), format="+,.2~f"),
        alt.Tooltip("capital:Q", title=language.text("charts.presets.capital"), format="+,.2~f"),
    ]
    moved = base.transform_filter("datum.amount != 0")
    # Those of the ten that move nothing are bars without a height: a layer without rows has no extent, and Vega warns.
    ten, crash = base.transform_filter("!datum.is_crash"), moved.transform_filter("datum.is_crash")
    bars = {"x": x, "y": y, "y2": alt.Y2("capital:Q"), "tooltip": tooltip}
    layers = [
        ten.mark_bar().encode(**bars, color=colour),
        # outlined and not filled: it has not happened
        crash.mark_bar(fill=PAPER, stroke=VERMILLION, strokeWidth=2, strokeDash=[4, 2]).encode(**bars),
        base.mark_tick(thickness=2, size=PANEL_WIDTH / (n_touchpoints + 1) * 0.85, color=LINE, opacity=1).encode(
            x=x, y=alt.Y("capital:Q"), tooltip=tooltip
        ),
        one_row().mark_rule(color=INK, strokeWidth=1.4).encode(y=alt.YDatum(0)),
        *(one_row().mark_rule(opacity=0).encode(y=alt.YDatum(end)) for end in SPANS),
        base.mark_text(fontSize=15, fontWeight=700, baseline="middle").encode(
            x=x, y=alt.YValue(PANEL_HEIGHT + 14), text=alt.Text("mark:N"), color=colour
        ),
        *_balance(base, n_touchpoints, "after_ten", "left", language),
        *_balance(base, n_touchpoints + 1, "after_crash", "right", language),
    ]
    return alt.layer(
        *layers,
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
        title=alt.Title(
            text=language.text(f"names.preset.{preset}"),
            subtitle=language.text("charts.presets.weighs", weight=_weight(loss_weight, language)),
            fontSize=PANEL_TITLE_SIZE + 2,
            subtitleFontSize=LABEL_SIZE + 1,
            subtitlePadding=3,
            offset=8,
            frame="bounds",
        ),
    )


def _balance(base: alt.Chart, position: int, name: str, side: str, language: Language) -> list[alt.Chart]:
    """The balance after a touchpoint, written large, with what it means in words."""
    words = {key: language.text(f"charts.live_ten_touchpoints.{key}") for key in ("plus", "alarm")}
    row = base.transform_filter(f"datum.position == {position}").transform_calculate(
        number="datum.capital == 0 ? '0' : format(datum.capital, '+,.2~f')",
        words=f"datum.capital > 0 ? {_quoted(words['plus'])} : {_quoted(words['alarm'])}",
    )
    x = alt.XValue(0 if side == "left" else PANEL_WIDTH)
    colour = alt.ColorValue(VERMILLION, condition=[{"test": "datum.capital > 0", "value": BLUE}])
    caption = language.text(f"charts.live_ten_touchpoints.{name}")
    small = {"align": side, "baseline": "top", "fontSize": LABEL_SIZE}
    return [
        row.mark_text(**small, color=SOFT_INK).encode(x=x, y=alt.YValue(0), text=alt.TextValue(caption)),
        row.mark_text(align=side, baseline="top", fontSize=NUMBER_SIZE, fontWeight=600).encode(
            x=x, y=alt.YValue(14), text=alt.Text("number:N"), color=colour
        ),
        row.mark_text(**small, fontWeight=600).encode(x=x, y=alt.YValue(45), text=alt.Text("words:N"), color=colour),
    ]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _weight(loss_weight: float, language: Language) -> str:
    return language.number(loss_weight, 0 if float(loss_weight).is_integer() else 2)
