"""Touchpoints and the departments behind them, as a matrix."""

from __future__ import annotations

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    GRID,
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
    spoken,
)
from cxlib.charts.touchpoints import axis_labels
from cxlib.language import ENGLISH, Language, rounded

MOST_TOUCHPOINTS = 20
MOST_DEPARTMENTS = 10
ROW_HEIGHT = 30
COLUMN_WIDTHS, COLUMNS_WIDTH = (38, 60), 320
"""The least and the widest column of a department, and what all take together where they can."""
FIGURE_WIDTH = 62

STATE_COLOURS = {
    "carries": BLUE, "drains": VERMILLION, "neither": LINE, "unmeasured": PAPER, "before": PAPER, "too_few": PAPER,
}  # fmt: skip
STATE_SHAPES = {
    "carries": "triangle-up", "drains": "triangle-down", "neither": "circle", "unmeasured": "circle",
    "before": "circle", "too_few": "circle",
}  # fmt: skip
STATES = tuple(STATE_COLOURS)
SHOWN_STATES = STATES[:3]
"""Those with figures beside them; the others have a word."""


def ownership_chart(owners: pd.DataFrame, departments: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """Which departments are behind which touchpoint, and what each touchpoint and department has carried net.

    The touchpoint with the lowest net stands first, and so does the department. Of more than `MOST_TOUCHPOINTS`
    touchpoints those with the lowest net are shown, of more than `MOST_DEPARTMENTS` departments likewise, and the
    subtitle says so.

    Parameters
    ----------
    owners : DataFrame, one row per touchpoint and department
        Needs touchpoint, department (both shown as they stand; a row without department is an owner nobody has
        stated), part, n_owners, n_customers, share_negative (0-1), net_capital (experiences), is_shown.
    departments : DataFrame, one row per department
        Needs department, n_touchpoints, n_shared, net_capital.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where no owner is stated

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one touchpoint and department, or too many rows.
    """
    columns = (
        "touchpoint", "department", "part", "n_owners", "n_experiences", "n_customers", "share_negative",
        "net_capital", "is_shown",
    )  # fmt: skip
    cells = chart_rows(owners, columns, name="owners")
    heads = chart_rows(departments, ("department", "n_touchpoints", "n_shared", "net_capital"), name="departments")
    one_row_per(cells, ["touchpoint", "department"], name="owners")
    one_row_per(heads, ["department"], name="departments")
    title = language.text("charts.ownership.title")
    if cells["department"].isna().all():
        return nothing_to_show_chart(language.text("charts.ownership.nothing"), title=title, language=language)

    heads = heads.dropna(subset="department").sort_values(["net_capital", "department"], ignore_index=True)
    touchpoints = cells.drop_duplicates("touchpoint").sort_values(["net_capital", "touchpoint"], ignore_index=True)
    cuts = [
        language.text(f"charts.ownership.most_{name}", shown=language.number(most), all=language.number(len(rows)))
        for name, rows, most in (
            ("touchpoints", touchpoints, MOST_TOUCHPOINTS),
            ("departments", heads, MOST_DEPARTMENTS),
        )
        if len(rows) > most
    ]
    heads, touchpoints = heads.iloc[:MOST_DEPARTMENTS].copy(), touchpoints.iloc[:MOST_TOUCHPOINTS].copy()
    touchpoints["label"] = axis_labels(list(touchpoints["touchpoint"]))
    touchpoints["state"] = [_state(row) for row in touchpoints.itertuples()]
    known = touchpoints["state"].isin(SHOWN_STATES)
    touchpoints["is_known"] = known
    touchpoints["net"] = [
        language.signed(row.net_capital) if is_known else language.text(f"charts.ownership.{row.state}")
        for row, is_known in zip(touchpoints.itertuples(), known, strict=True)
    ]
    touchpoints["negative"] = [
        language.percent(share) if is_known else ""
        for share, is_known in zip(touchpoints["share_negative"], known, strict=True)
    ]
    touchpoints["base"] = [
        language.number(n) if is_known else "" for n, is_known in zip(touchpoints["n_experiences"], known, strict=True)
    ]
    cells = cells[["touchpoint", "department"]].merge(
        touchpoints[["touchpoint", "label", "state", "net"]], on="touchpoint", validate="many_to_one"
    )
    cells = cells.loc[cells["department"].isin(heads["department"])]
    heads["net"] = [language.signed(value) for value in heads["net_capital"]]
    heads["counts"] = [
        f"{language.number(n)} ({language.number(shared)})"
        for n, shared in zip(heads["n_touchpoints"], heads["n_shared"], strict=True)
    ]
    touchpoints = touchpoints[["touchpoint", "label", "state", "is_known", "net", "negative", "base"]]
    heads = heads[["department", "net", "counts"]]
    subtitles = [language.text("charts.ownership.subtitle"), language.text("charts.ownership.in_full"), *cuts]
    return alt.layer(
        *_layers(cells, touchpoints, heads, language),
        width=_columns_width(heads),
        height=ROW_HEIGHT * (len(touchpoints) + 2),
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def _columns_width(heads: pd.DataFrame) -> float:
    least, widest = COLUMN_WIDTHS
    return len(heads) * min(max(COLUMNS_WIDTH / len(heads), least), widest)


def _state(row) -> str:
    if row.is_shown and not pd.isna(row.net_capital):
        shown = rounded(row.net_capital)
        return "carries" if shown > 0 else "drains" if shown < 0 else "neither"
    if row.n_customers > 0:
        return "too_few"
    return "before" if row.part == "before" else "unmeasured"


def _layers(cells: pd.DataFrame, touchpoints: pd.DataFrame, heads: pd.DataFrame, language: Language) -> list[alt.Chart]:
    total, counts = (language.text(f"charts.ownership.department_{name}") for name in ("net", "touchpoints"))
    rows_in_order = [*touchpoints["label"], total, counts]
    y_axis = alt.Axis(
        title=None,
        labelExpr="split(datum.value, '\\n')",
        labelLimit=0,
        labelLineHeight=13,
        labelOffset=alt.condition("indexof(datum.value, '\\n') >= 0", alt.value(-6.5), alt.value(0)),
        labelColor=INK,
        labelPadding=10,
        grid=True,
        gridColor=GRID,
    )
    y = alt.Y("label:N", sort=None, axis=y_axis, scale=alt.Scale(type="point", domain=rows_in_order, padding=0.5))
    x_axis = alt.Axis(
        title=None,
        orient="top",
        labelAngle=-40,
        labelAlign="left",
        labelLimit=150,
        labelColor=INK,
        labelPadding=6,
        domain=False,
        ticks=False,
        grid=True,
        gridColor=GRID,
    )
    x = alt.X(
        "department:N",
        sort=None,
        axis=x_axis,
        scale=alt.Scale(type="point", domain=list(heads["department"]), padding=0.5),
    )
    colour = alt.Color(
        "state:N", legend=None, scale=alt.Scale(domain=list(STATES), range=[STATE_COLOURS[name] for name in STATES])
    )
    shape = alt.Shape(
        "state:N", legend=None, scale=alt.Scale(domain=list(STATES), range=[STATE_SHAPES[name] for name in STATES])
    )
    tooltip = [
        alt.Tooltip("touchpoint:N", title=language.text("charts.touchpoints.touchpoint")),
        alt.Tooltip("department:N", title=language.text("charts.ownership.department")),
        alt.Tooltip("net:N", title=language.text("charts.touchpoints.net")),
    ]
    width = _columns_width(heads)
    places = {
        "net": width + FIGURE_WIDTH,
        "negative": width + 2 * FIGURE_WIDTH + 24,
        "base": width + 3 * FIGURE_WIDTH + 14,
    }
    figures = {"align": "right", "baseline": "middle", "fontSize": LABEL_SIZE}
    names = [
        *(language.text(f"charts.ownership.{name}") for name in ("net", "negative")),
        language.text("charts.touchpoints.base"),
    ]
    head = {"align": "right", "baseline": "bottom", "fontSize": LABEL_SIZE, "fontWeight": 600}
    base = alt.Chart(touchpoints)
    known = base.transform_filter("datum.is_known")
    silent = base.transform_filter("!datum.is_known")
    sums, parts = alt.Chart(heads.assign(label=total)), alt.Chart(heads.assign(label=counts))
    headings = [
        one_row().mark_text(**head).encode(x=alt.XValue(place), y=alt.YValue(-6), text=alt.TextValue(words))
        for words, place in zip(names, places.values(), strict=True)
    ]
    return [
        alt.Chart(cells)
        .mark_point(filled=True, stroke=LINE, strokeWidth=1.2, size=110, opacity=1)
        .encode(x=x, y=y, color=colour, shape=shape, tooltip=tooltip),
        known.mark_text(**figures, fontWeight=600).encode(x=alt.XValue(places["net"]), y=y, text=alt.Text("net:N")),
        known.mark_text(**figures).encode(x=alt.XValue(places["negative"]), y=y, text=alt.Text("negative:N")),
        known.mark_text(**figures).encode(x=alt.XValue(places["base"]), y=y, text=alt.Text("base:N")),
        silent.mark_text(
            align="left", baseline="middle", fontSize=LABEL_SIZE, fontStyle="italic", color=SOFT_INK
        ).encode(x=alt.XValue(width + 14), y=y, text=alt.Text("net:N")),
        *haloed_text(
            sums.encode(x=x, y=y, text=alt.Text("net:N")), baseline="middle", fontSize=LABEL_SIZE - 1, fontWeight=600
        ),
        *haloed_text(parts.encode(x=x, y=y, text=alt.Text("counts:N")), baseline="middle", fontSize=LABEL_SIZE - 1),
        *headings,
    ]
