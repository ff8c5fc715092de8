"""The orders in which customers meet the phases, most frequent first."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows
from cxlib.charts.theme import (
    INK,
    LABEL_SIZE,
    LINE,
    PHASE_COLOURS,
    SKY,
    SOFT_INK,
    heading,
    house_look,
    nothing_to_show_chart,
    panel_heading,
    spoken,
)
from cxlib.language import ENGLISH, Language

COLUMNS = [
    "group", "order", "payments", "n_customers", "n_ordered", "share", "low_share", "high_share",
    "days_to_second", "days_to_third", "days_between_payments", "n_days_between_payments",
]  # fmt: skip

MOST_PLACES = 3
ROW_HEIGHT = 40
ORDER_WIDTH = 252
BARS_PX = 70
BARS_WIDTH = 212
DAYS_WIDTH = 150
CHIP_WIDTH = 72
ONE_DAY = 1.0


def phase_order_chart(order: pd.DataFrame, *, language: Language = ENGLISH) -> alt.HConcatChart | alt.LayerChart:
    """One row per order and kind of payment: the phases, the share of customers with its interval, the median days.

    Parameters
    ----------
    order : DataFrame, one row per order
        As `phase_order` gives it; rows of the group began_earlier are left to the words beside the chart.
    language : Language

    Returns
    -------
    altair.HConcatChart, or a frame with a sentence that says why where there is no order

    Raises
    ------
    MissingColumnError
    """
    title = language.text("charts.phase_order.title")
    rows = chart_rows(order, COLUMNS, name="order")
    if missing := missing_order(rows["group"]):
        return nothing_to_show_chart(language.text(f"charts.phase_order.{missing}"), title=title, language=language)
    rows = rows.loc[rows["group"].isin(["order", "other"])].reset_index(drop=True)

    subtitle = language.text("charts.phase_order.subtitle", n=language.number(rows["n_ordered"].iloc[0]))
    rows = rows.assign(place=range(len(rows)))
    height = ROW_HEIGHT * len(rows)
    orders = alt.layer(
        *_order_layers(rows, language),
        width=ORDER_WIDTH,
        height=height,
        title=panel_heading(language.text("charts.phase_order.order_panel")),
    )
    shares = alt.layer(
        *_share_layers(rows, language),
        width=BARS_WIDTH,
        height=height,
        title=panel_heading(language.text("charts.phase_order.share_panel")),
    )
    days = alt.layer(
        *_days_layers(rows, language),
        width=DAYS_WIDTH,
        height=height,
        title=panel_heading(language.text("charts.phase_order.days_panel")),
    )
    return alt.hconcat(
        orders,
        shares,
        days,
        spacing=8,
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def missing_order(groups: Iterable[str]) -> str | None:
    """Why there is no order to show, as the key of a text; None where there is one."""
    found = set(groups)
    if "order" in found:
        return None
    return "too_few" if "other" in found else "all_began_earlier" if "began_earlier" in found else "nothing"


def order_name(order: str, language: Language) -> str:
    """An order as it reads: Purchase, payment, consumption."""
    names = [language.text(f"names.phase.{phase}") for phase in order.split("-")]
    return ", ".join([names[0], *(name.lower() for name in names[1:])])


def days_text(days: float, language: Language) -> str:
    """A number of days as it reads in a narrow place: under a day, else with one decimal up to ten."""
    if pd.isna(days):
        return language.number(days)
    if days < ONE_DAY:
        return language.text("charts.phase_order.under_a_day")
    return language.number(days, 0 if days >= 10 or float(days).is_integer() else 1)


def _y() -> alt.Y:
    return alt.Y("place:O", axis=None, scale=alt.Scale(padding=0.1))


def _order_layers(rows: pd.DataFrame, language: Language) -> list[alt.Chart]:
    chips = [
        {"place": row.place, "step": step, "phase": phase, "name": language.text(f"names.phase.{phase}")}
        for row in rows.itertuples()
        if row.group == "order"
        for step, phase in enumerate(row.order.split("-"))
    ]
    notes = [
        {"place": row.place, "note": _note(row, language), "is_other": row.group == "other"}
        for row in rows.itertuples()
    ]
    x = alt.X("step:O", axis=None, scale=alt.Scale(domain=list(range(MOST_PLACES)), range=[0, ORDER_WIDTH], padding=0))
    base = alt.Chart(pd.DataFrame(chips, columns=["place", "step", "phase", "name"])).encode(x=x, y=_y())
    colour = alt.Color(
        "phase:N", legend=None, scale=alt.Scale(domain=list(PHASE_COLOURS), range=list(PHASE_COLOURS.values()))
    )
    noted = alt.Chart(pd.DataFrame(notes))
    # at the height of the lines: the names need the room between them
    arrows = base.transform_filter("datum.step > 0").mark_text(
        text="\N{RIGHTWARDS ARROW}", dx=-ORDER_WIDTH / MOST_PLACES / 2, dy=3, fontSize=LABEL_SIZE, baseline="middle"
    )
    return [
        base.mark_rule(strokeWidth=4, xOffset=-CHIP_WIDTH / 2 + 3, x2Offset=CHIP_WIDTH / 2 - 3, yOffset=3).encode(
            x2=alt.X2("step:O"), color=colour
        ),
        base.mark_text(fontSize=LABEL_SIZE, fontWeight=600, dy=-7, baseline="middle").encode(text=alt.Text("name:N")),
        arrows,
        noted.transform_filter("!datum.is_other")
        .mark_text(align="left", fontSize=LABEL_SIZE, color=SOFT_INK, dy=14, baseline="middle")
        .encode(x=alt.XValue(5), y=_y(), text=alt.Text("note:N")),
        noted.transform_filter("datum.is_other")
        .mark_text(align="left", fontSize=LABEL_SIZE, fontWeight=600, baseline="middle")
        .encode(x=alt.XValue(5), y=_y(), text=alt.Text("note:N")),
    ]


def _note(row, language: Language) -> str:
    if row.group == "other":
        return language.text("charts.phase_order.other")
    return language.text(f"charts.phase_order.payments_{row.payments}")


def _share_layers(rows: pd.DataFrame, language: Language) -> list[alt.Chart]:
    shown = rows[["place", "share", "low_share", "high_share", "n_customers"]].assign(
        label=[
            language.text(
                "charts.phase_order.share",
                share=language.percent(row.share, 1),
                low=language.percent(row.low_share, 1),
                high=language.percent(row.high_share, 1),
            )
            for row in rows.itertuples()
        ],
        base=[language.text("charts.common.base_short", n=language.number(n)) for n in rows["n_customers"]],
    )
    base = alt.Chart(shown)
    most = max(shown["high_share"].max(), 0.1)
    scale = alt.Scale(domain=[0, most], range=[0, BARS_PX], nice=False)
    x = alt.X("share:Q", axis=None, scale=scale)
    tooltip = [
        alt.Tooltip("label:N", title=language.text("charts.phase_order.share_panel")),
        alt.Tooltip("n_customers:Q", title=language.text("charts.common.base"), format=",d"),
    ]
    end = alt.X("high_share:Q", axis=None, scale=scale)
    return [
        base.mark_bar(color=SKY, size=16).encode(x=x, y=_y(), tooltip=tooltip),
        base.mark_rule(color=INK, strokeWidth=1.6).encode(
            x=alt.X("low_share:Q", axis=None, scale=scale), x2=alt.X2("high_share:Q"), y=_y()
        ),
        base.mark_text(align="left", dx=6, dy=-6, fontSize=LABEL_SIZE, fontWeight=600).encode(
            x=end, y=_y(), text=alt.Text("label:N")
        ),
        base.mark_text(align="left", dx=6, dy=7, fontSize=LABEL_SIZE, color=SOFT_INK).encode(
            x=end, y=_y(), text=alt.Text("base:N")
        ),
    ]


def _days_layers(rows: pd.DataFrame, language: Language) -> list[alt.Chart]:
    lines = [
        {"place": row.place, "line": number, "text": text}
        for row in rows.itertuples()
        for number, text in enumerate(_days_lines(row, language))
    ]
    base = alt.Chart(pd.DataFrame(lines, columns=["place", "line", "text"]))
    frame = alt.Chart(rows[["place"]]).mark_rule(color=LINE, opacity=0).encode(y=_y())
    return [
        frame,
        *(
            base.transform_filter(f"datum.line == {number}")
            .mark_text(align="left", fontSize=LABEL_SIZE, dy=dy, baseline="middle")
            .encode(x=alt.XValue(0), y=_y(), text=alt.Text("text:N"))
            for number, dy in ((0, -7), (1, 7))
        ),
    ]


def _days_lines(row, language: Language) -> list[str]:
    """Two lines: the steps from phase to phase, and the days between payments."""
    steps = [days_text(days, language) for days in (row.days_to_second, row.days_to_third) if not pd.isna(days)]
    lines = [language.text("charts.phase_order.steps", steps=" + ".join(steps))] if steps else []
    if not pd.isna(row.days_between_payments):
        days = days_text(row.days_between_payments, language)
        n = row.n_days_between_payments
        base = "" if n == row.n_customers else f" ({language.text('charts.common.base_short', n=language.number(n))})"
        lines.append(language.text("charts.phase_order.between", days=days) + base)
    return lines
