"""One customer's account as a picture that can be changed while it is looked at; see `live_capital`."""

from __future__ import annotations

import json
from collections.abc import Iterable

import altair as alt
import numpy as np
import pandas as pd

from cxlib.charts.capital import capital_domain
from cxlib.charts.live_capital import LIVE, month_axis
from cxlib.charts.months import MonthAxis
from cxlib.charts.rows import chart_rows
from cxlib.charts.statement import KIND_COLOURS, KIND_SHAPES
from cxlib.charts.theme import (
    AXIS_WIDTH,
    INK,
    LABEL_SIZE,
    PLOT_WIDTH,
    SOFT_INK,
    haloed_text,
    heading,
    house_look,
    one_row,
    spoken,
)
from cxlib.language import ENGLISH, Language

STATEMENT_COLUMNS = ("occurred_at", "touchpoint", "kind", "amount", "balance")
ACCOUNT_HEIGHT = 150
MOST_ENTRIES = 300
"""Of a longer account the latest entries are drawn: more marks than pixels between them tell nothing."""


def live_account_chart(statement: pd.DataFrame, *, months: Iterable, language: Language = ENGLISH) -> alt.LayerChart:
    """The balance of one account over time, each entry marked, drawn from the parameter `live`.

    Its months stand exactly below those of `live_capital_chart`.

    Parameters
    ----------
    statement : DataFrame, one row per entry of one customer, in order of time
        Needs occurred_at, touchpoint, kind (gain, loss, neutral, recovery, closing), amount, balance, as
        `cx.statement` gives them. Without rows the chart is an empty frame until `live_account` fills it.
    months : iterable of dates or Periods
        Every month of the axis; entries outside are left out.
    language : Language

    Returns
    -------
    altair.LayerChart with the parameter `live`; `live_account` makes its other values

    Raises
    ------
    MissingColumnError
    """
    axis = month_axis(months, language)
    first = live_account(statement, months=axis, language=language)
    domain = [alt.ExprRef(f"{LIVE}.domain[0]"), alt.ExprRef(f"{LIVE}.domain[1]")]
    y_axis = alt.Axis(title=None, tickCount=5, minExtent=AXIS_WIDTH)
    y_scale = alt.Scale(domain=domain, nice=False, zero=False)
    x, y = _months_encoding(axis), alt.Y("y:Q", axis=y_axis, scale=y_scale)

    zero = one_row().mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2).encode(y=alt.YDatum(0))
    line = (
        _places(2 * MOST_ENTRIES, "path")
        .transform_calculate(x=f"{LIVE}.path[datum.place].x", y=f"{LIVE}.path[datum.place].y")
        .mark_line(color=SOFT_INK, strokeWidth=1.5)
        .encode(x=x, y=y, order=alt.Order("place:Q"))
    )
    shown = ("x", "y", "kind", "kind_name", "touchpoint", "date", "amount", "balance")
    entries = _places(MOST_ENTRIES, "entries").transform_calculate(
        **{name: f"{LIVE}.entries[datum.place].{name}" for name in shown}
    )
    kinds = list(KIND_COLOURS)
    colours = alt.Scale(domain=kinds, range=list(KIND_COLOURS.values()))
    shapes = alt.Scale(domain=kinds, range=[KIND_SHAPES[kind] for kind in kinds])
    marks = entries.mark_point(filled=True, opacity=1).encode(
        x=alt.X("x:Q"),
        y=alt.Y("y:Q"),
        # A neutral entry moves nothing and must not hide one of the same day that does.
        size=alt.SizeValue(70, condition=[{"test": "datum.kind == 'neutral'", "value": 18}]),
        color=alt.Color("kind:N", legend=None, scale=colours),
        shape=alt.Shape("kind:N", legend=None, scale=shapes),
        tooltip=[
            alt.Tooltip(f"{name}:N", title=language.text(f"charts.live_account.{name}"))
            for name in ("date", "touchpoint", "kind_name", "amount", "balance")
        ],
    )
    end = (
        one_row()
        .transform_calculate(x=f"{LIVE}.end.x", y=f"{LIVE}.end.y", text=f"{LIVE}.end.text")
        .transform_filter("isValid(datum.y)")
        .encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), text=alt.Text("text:N"))
    )
    title = language.text("charts.live_account.title")
    subtitle = language.text("charts.live_account.subtitle")
    return alt.layer(
        line,
        zero,
        marks,
        *haloed_text(end, align="left", dx=9, baseline="middle", fontSize=LABEL_SIZE, fontWeight=600),
        params=[alt.param(name=LIVE, value=first).param],
        width=PLOT_WIDTH,
        height=ACCOUNT_HEIGHT,
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def live_account(
    statement: pd.DataFrame, *, months: Iterable | MonthAxis, language: Language = ENGLISH
) -> dict[str, object]:
    """A value of the parameter `live`: one account, laid out.

    Parameters
    ----------
    statement : DataFrame
        As `live_account_chart` takes it.
    months : iterable of dates, Periods or text, or their MonthAxis
        Those of the chart.
    language : Language

    Returns
    -------
    dict of lists, texts and numbers
        entries : one per entry, with its place and the texts of its tooltip
        path : the balance before and after each entry, as a line
        end : the last balance; domain : the ends of the balance axis

    Raises
    ------
    MissingColumnError
    """
    axis = month_axis(months, language)
    rows = chart_rows(statement.tail(MOST_ENTRIES), STATEMENT_COLUMNS, name="statement")
    rows["x"] = _place_in_months(rows["occurred_at"], axis)
    rows = rows[rows["x"].between(0, len(axis.keys))]
    rows = rows.assign(x=rows["x"].round(4), before=rows["balance"] - rows["amount"])
    entries = [
        {
            "x": float(row.x),
            "y": float(row.balance),
            "kind": row.kind,
            "kind_name": language.text(f"names.kind.{row.kind}"),
            "touchpoint": "" if pd.isna(row.touchpoint) else row.touchpoint,
            "date": language.date(row.occurred_at),
            "amount": language.signed(row.amount, 2),
            "balance": language.number(row.balance, 2),
        }
        for row in rows[rows["kind"] != "closing"].itertuples()
    ]
    path = [{"x": float(row.x), "y": float(y)} for row in rows.itertuples() for y in (row.before, row.balance)]
    values = pd.concat([rows["before"], rows["balance"]])
    last = path[-1] if path else {"x": None, "y": None}
    return {
        "entries": entries,
        "path": path,
        "end": last | {"text": language.number(last["y"], 1) if path else ""},
        "domain": capital_domain(values) if path else [-1.0, 1.0],
    }


def _places(most: int, listed: str) -> alt.Chart:
    return alt.Chart(alt.sequence(0, most, as_="place")).transform_filter(f"datum.place < length({LIVE}.{listed})")


def _months_encoding(axis: MonthAxis) -> alt.X:
    """Time as months since the start of the axis, labelled in the middle of each month as the point scale is."""
    labelled = axis.encoding().to_dict()["axis"]
    places = [axis.keys.index(key) + 0.5 for key in labelled["values"]]
    keys = f"{json.dumps(axis.keys)}[floor(datum.value)]"
    return alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, len(axis.keys)], nice=False, zero=False),
        axis=alt.Axis(
            values=places,
            labelExpr=labelled["labelExpr"].replace("datum.value", keys),
            labelAngle=0,
            labelLineHeight=14,
            grid=False,
            title=None,
        ),
    )


def _place_in_months(moments: pd.Series, axis: MonthAxis) -> np.ndarray:
    """Months, with their fraction, from the start of the axis to each moment on its own clock."""
    if moments.empty:
        return np.zeros(0)
    local = pd.to_datetime(moments).dt.tz_localize(None)
    month = local.dt.to_period("M")
    start = month.dt.to_timestamp()
    length = (month + 1).dt.to_timestamp() - start
    number = (month.dt.year - int(axis.keys[0][:4])) * 12 + month.dt.month - int(axis.keys[0][5:])
    return (number + (local - start) / length).to_numpy()
