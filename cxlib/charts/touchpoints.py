"""Touchpoints by the capital that they carry and drain."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    INK,
    LABEL_SIZE,
    PHASE_COLOURS,
    PHASE_SHAPES,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    spoken,
)
from cxlib.language import ENGLISH, Language

MOST_TOUCHPOINTS = 20
"""Rows of the chart; more touchpoints than these stand in a table, not in a picture."""

ROW_HEIGHT = 30
BARS_WIDTH = 250
PHASE_WIDTH = 106
NAME_CHARACTERS = 27


def touchpoint_capital_chart(inventory: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """Capital carried (right) and drained (left) by each touchpoint, the best net first.

    Of more than `MOST_TOUCHPOINTS` touchpoints those are shown that carry and drain most, and the
    subtitle says so.

    Parameters
    ----------
    inventory : DataFrame, one row per touchpoint
        Needs touchpoint, phase, n_experiences, mean_experience, low_mean, high_mean (−1 to 1),
        capital_carried (>= 0), capital_drained (<= 0), net_capital (experiences); suppressed rows hold
        NA and are counted in the subtitle.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where no touchpoint may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one touchpoint, or too many rows.
    """
    columns = (
        "touchpoint", "phase", "n_experiences", "mean_experience", "low_mean", "high_mean",
        "capital_carried", "capital_drained", "net_capital",
    )  # fmt: skip
    rows = chart_rows(inventory, columns, name="inventory")
    one_row_per(rows, ["touchpoint"], name="inventory")
    title = language.text("charts.touchpoints.title")
    known = rows.dropna(subset=["touchpoint", "phase", "capital_carried", "capital_drained", "net_capital"])
    if known.empty:
        return nothing_to_show_chart(language.text("charts.touchpoints.nothing"), title=title, language=language)

    moved = known["capital_carried"] - known["capital_drained"]
    most = known.loc[moved.sort_values(ascending=False, kind="stable").index[:MOST_TOUCHPOINTS]]
    shown = most.sort_values(["net_capital", "touchpoint"], ascending=[False, True])
    names = {phase: language.text(f"names.phase.{phase}") for phase in PHASE_COLOURS}
    shown["phase"] = shown["phase"].map(names)
    shown["label"] = axis_labels(list(shown["touchpoint"]))
    subtitles = [
        language.text(
            "charts.touchpoints.subtitle_most", shown=language.number(len(shown)), all=language.number(len(known))
        )
        if len(shown) < len(known)
        else "",
        language.text("charts.touchpoints.subtitle"),
        language.text("charts.touchpoints.suppressed", n=language.number(len(rows) - len(known)))
        if len(known) < len(rows)
        else "",
    ]
    return alt.layer(
        *_layers(shown, names, language),
        width=BARS_WIDTH,
        height=ROW_HEIGHT * len(shown),
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def _layers(shown: pd.DataFrame, names: dict[str, str], language: Language) -> list[alt.Chart]:
    # A net that rounds to zero has no sign.
    base = alt.Chart(shown).transform_calculate(
        net="abs(datum.net_capital) < 0.5 ? '0' : format(datum.net_capital, '+,.0f')"
    )
    y = _name_encoding()
    ends = [min(shown["capital_drained"].min(), 0.0), max(shown["capital_carried"].max(), 0.0)]
    x = alt.X(
        "capital_drained:Q",
        axis=alt.Axis(title=None, grid=True, tickCount=4, format=",d", orient="bottom"),
        scale=alt.Scale(domain=ends, nice=True),
    )
    phases = list(names.values())
    colour = alt.Color("phase:N", legend=None, scale=alt.Scale(domain=phases, range=list(PHASE_COLOURS.values())))
    shape = alt.Shape("phase:N", legend=None, scale=alt.Scale(domain=phases, range=list(PHASE_SHAPES.values())))
    tooltip = _tooltip(language)
    at_zero = alt.XDatum(0)
    bar = base.mark_bar(size=15)
    figures = {"align": "right", "baseline": "middle", "fontSize": LABEL_SIZE}
    head = {"baseline": "bottom", "fontSize": LABEL_SIZE, "fontWeight": 600}
    net_at, base_at = BARS_WIDTH + 54, BARS_WIDTH + 108
    phase_at = -PHASE_WIDTH

    def heading_at(x: alt.XValue | alt.XDatum, key: str, **mark) -> alt.Chart:
        return one_row().mark_text(**head, **mark).encode(x=x, y=alt.YValue(-6), text=alt.TextValue(language.text(key)))

    return [
        bar.encode(x=x, x2=alt.X2Datum(0), y=y, color=colour, tooltip=tooltip),
        bar.encode(x=alt.X("capital_carried:Q"), x2=alt.X2Datum(0), y=y, color=colour, tooltip=tooltip),
        one_row().mark_rule(color=INK, strokeWidth=1.2).encode(x=at_zero),
        base.mark_tick(color=INK, thickness=2.5, size=23, opacity=1).encode(
            x=alt.X("net_capital:Q"), y=y, tooltip=tooltip
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=alt.XValue(phase_at + 5), y=y, color=colour, shape=shape
        ),
        base.mark_text(align="left", baseline="middle", fontSize=LABEL_SIZE).encode(
            x=alt.XValue(phase_at + 16), y=y, text=alt.Text("phase:N")
        ),
        base.mark_text(**figures, fontWeight=600).encode(x=alt.XValue(net_at), y=y, text=alt.Text("net:N")),
        base.mark_text(**figures).encode(x=alt.XValue(base_at), y=y, text=alt.Text("n_experiences:Q", format=",d")),
        heading_at(alt.XValue(phase_at), "charts.common.phase", align="left"),
        heading_at(at_zero, "charts.touchpoints.drained", align="right", dx=-5),
        heading_at(at_zero, "charts.touchpoints.carried", align="left", dx=5),
        heading_at(alt.XValue(net_at), "charts.touchpoints.net", align="right"),
        heading_at(alt.XValue(base_at), "charts.touchpoints.base", align="right"),
    ]


def _name_encoding() -> alt.Y:
    axis = alt.Axis(
        title=None,
        offset=PHASE_WIDTH,
        labelExpr="split(datum.value, '\\n')",
        labelLimit=0,
        labelLineHeight=13,
        labelOffset=alt.condition("indexof(datum.value, '\\n') >= 0", alt.value(-6.5), alt.value(0)),
        labelColor=INK,
        labelPadding=10,
        grid=False,
    )
    # In the rows' own order.
    return alt.Y("label:N", sort=None, axis=axis)


def axis_labels(names: list[str]) -> list[str]:
    """What is written beside the bars: at most two lines, and no two alike.

    What lies between a long name's beginning and its end is left out, for long names differ at either; those that
    are alike even so are numbered.

    >>> axis_labels(["Invoice", "Customer service about an invoice that was wrong after moving to Umeå"])
    ['Invoice', 'Customer service about an\\n… after moving to Umeå']
    """
    labels: list[str] = []
    for name in names:
        label, twins = _two_lines(name), 1
        while label in labels:
            twins += 1
            label = f"{_two_lines(name)} ({twins})"
        labels.append(label)
    return labels


def _two_lines(name: str) -> str:
    lines = textwrap.wrap(name, NAME_CHARACTERS)
    if len(lines) > 2:
        # Wrapped from behind, so that the second line is as full as it can be.
        backwards = textwrap.wrap(" ".join(name.split())[::-1], NAME_CHARACTERS - 2)
        lines = [lines[0], f"… {backwards[0][::-1]}"]
    return "\n".join(lines)


def _tooltip(language: Language) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("touchpoint:N", title=language.text("charts.touchpoints.touchpoint")),
        alt.Tooltip("phase:N", title=language.text("charts.common.phase")),
        alt.Tooltip("capital_carried:Q", title=language.text("charts.touchpoints.carried_plain"), format="+,.0f"),
        alt.Tooltip("capital_drained:Q", title=language.text("charts.touchpoints.drained_plain"), format="+,.0f"),
        alt.Tooltip("net_capital:Q", title=language.text("charts.touchpoints.net"), format="+,.0f"),
        alt.Tooltip("mean_experience:Q", title=language.text("charts.touchpoints.mean"), format="+.2f"),
        alt.Tooltip("low_mean:Q", title=language.text("charts.common.low"), format="+.2f"),
        alt.Tooltip("high_mean:Q", title=language.text("charts.common.high"), format="+.2f"),
        alt.Tooltip("n_experiences:Q", title=language.text("charts.common.base"), format=",d"),
    ]
