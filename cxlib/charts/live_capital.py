"""Capital over time as a picture that can be changed while it is looked at.

A chart that is replaced flickers and loses the pointer's place. So this one takes its rows from a parameter: a new
value moves the marks, and the drawing itself stays. Without anything that sends values it shows its first one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import altair as alt
import pandas as pd

from cxlib.capital.risk import Requirement
from cxlib.charts.capital import (
    CAPITAL_COLUMNS,
    CAPITAL_HEIGHT,
    RISK_HEIGHT,
    capital_domain,
    capital_layers,
    capital_tooltip,
    joined,
    risk_layers,
    share_label,
)
from cxlib.charts.months import MonthAxis, hover_layer, month_keys, month_rows
from cxlib.charts.rows import spread_apart
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    PLOT_WIDTH,
    SOFT_INK,
    VERMILLION,
    haloed_text,
    heading,
    house_look,
    one_row,
    panel_heading,
    spoken,
)
from cxlib.language import ENGLISH, Language

LIVE = "live"
"""The parameter that holds everything that may change."""

LABEL_GAP = 14
"""Pixels between two labels at the end of a line."""

MOST_LABELS = 4


def live_capital_chart(
    by_month: pd.DataFrame,
    *,
    start: pd.DataFrame | None = None,
    months: Iterable | None = None,
    language: Language = ENGLISH,
) -> alt.VConcatChart:
    """Capital and share at risk over time, drawn from the parameter `live`.

    Parameters
    ----------
    by_month : DataFrame, one row per month
        Needs month, n_customers, at_risk_share, low_share, high_share (shares 0-1), capital_q25,
        capital_median, capital_q75; suppressed months hold NA and leave a gap.
    start : DataFrame, one row per month, optional
        The same columns under the rules to compare with: dashed lines. Default by_month itself.
    months : iterable of dates or Periods, optional
        Every month that may be shown later; default those of by_month and start.
    language : Language

    Returns
    -------
    altair.VConcatChart with the parameter `live`; `live_capital` makes its other values

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one month, or too many rows.
    """
    start = by_month if start is None else start
    axis = month_axis([*by_month["month"], *start["month"]] if months is None else months, language)
    first = live_capital(by_month, start=start, months=axis, language=language)
    base = _rows(axis)
    last = base.transform_filter(f"datum.month == {LIVE}.last_month")
    domain = [alt.ExprRef(f"{LIVE}.domain[0]"), alt.ExprRef(f"{LIVE}.domain[1]")]
    tooltip = capital_tooltip(language)

    # The second of each pair of bands is for months that stand alone between gaps; one of them is always empty.
    whole, broken = (base.transform_filter(f"{not_}{LIVE}.joined") for not_ in ("", "!"))
    _, zero, line, *_ = capital_layers(base, axis, domain, language, joined=True, zero_beside=True)
    bands = [
        capital_layers(rows, axis, domain, language, joined=is_joined, zero_beside=True)[0]
        for rows, is_joined in ((whole, True), (broken, False))
    ]
    capital = alt.layer(
        *bands,
        zero,
        _required_line(),
        _start_line(base, axis, "start_median"),
        line,
        *_end_labels(axis),
        *_nothing_to_show(language),
        hover_layer(base, axis, tooltip, shown="capital_median"),
        width=PLOT_WIDTH,
        height=CAPITAL_HEIGHT,
        title=panel_heading(language.text("charts.capital.panel")),
    )
    # Of all texts in a chart only the titles may be expressions, and the base changes with the segment.
    risk_title = language.text("charts.capital.risk_panel") + ". "
    _, *lines = risk_layers(base, axis, joined=True, domain=[0, 1])
    bands = [
        risk_layers(rows, axis, joined=is_joined, domain=[0, 1])[0]
        for rows, is_joined in ((whole, True), (broken, False))
    ]
    risk = alt.layer(
        *bands,
        _start_line(base, axis, "start_share"),
        *lines,
        *share_label(last, axis),
        hover_layer(base, axis, tooltip, shown="capital_median"),
        width=PLOT_WIDTH,
        height=RISK_HEIGHT,
        title=panel_heading(alt.ExprRef(f"{json.dumps(risk_title, ensure_ascii=False)} + {LIVE}.base")),
    )
    title = language.text("charts.capital.title")
    subtitles = [language.text("charts.capital.subtitle"), language.text("charts.live_capital.subtitle")]
    return alt.vconcat(
        capital,
        risk,
        params=[alt.param(name=LIVE, value=first).param],
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def month_axis(months: Iterable | MonthAxis, language: Language) -> MonthAxis:
    """The axis of months given as dates, Periods or text; one that is made already stays as it is."""
    if isinstance(months, MonthAxis):
        return months
    keys = [str(month) if isinstance(month, pd.Period) else month for month in months]
    return MonthAxis.of(list(month_keys(pd.Series(pd.to_datetime(keys)))), language)


def live_capital(
    by_month: pd.DataFrame,
    *,
    start: pd.DataFrame,
    months: Iterable | MonthAxis,
    requirement: Requirement | None = None,
    language: Language = ENGLISH,
) -> dict[str, object]:
    """A value of the parameter `live`: everything in the chart that may change.

    Parameters
    ----------
    by_month, start : DataFrame, one row per month
        As `live_capital_chart` takes them.
    months : iterable of dates, Periods or text, or their MonthAxis
        Those of the chart.
    requirement : Requirement, optional
        What it is at the median price is a line of its own, if not zero. Default Requirement(): 0 for everyone.
    language : Language

    Returns
    -------
    dict of lists, texts and numbers
        One list of the length of `months` per column (None = nothing to show), start_median, start_share;
        domain : the ends of the capital axis, never narrower than the start's, so that the picture does not
        jump while a slider moves; joined; last_month; base; required (None = no line); labels

    Raises
    ------
    MissingColumnError, ParameterError
    """
    axis = month_axis(months, language)
    rows = axis.every_month(month_rows(by_month, CAPITAL_COLUMNS, name="by_month"))
    begun = axis.every_month(month_rows(start, CAPITAL_COLUMNS, name="start"))
    shown = rows.dropna(subset=["capital_median"])
    values = pd.concat([frame[name] for frame in (rows, begun) for name in ("capital_q25", "capital_q75")]).dropna()
    required = float((requirement or Requirement()).base)
    if required and len(values):
        values = pd.concat([values, pd.Series([required])])
    domain = capital_domain(values) if len(values) else [-1.0, 1.0]
    last = None if shown.empty else shown.iloc[-1]
    value = {column: _plain(rows[column]) for column in CAPITAL_COLUMNS[1:]}
    return value | {
        "start_median": _plain(begun["capital_median"]),
        "start_share": _plain(begun["at_risk_share"]),
        "domain": domain,
        "joined": joined(rows),
        "last_month": "" if last is None else last["month"],
        "base": ""
        if last is None
        else language.text(
            "charts.common.base_customers",
            month=language.month(pd.Timestamp(last["month"])),
            n=language.number(last["n_customers"]),
        ),
        "required": required or None,
        "labels": _labels(last, begun, domain, required, language),
    }


def _labels(
    last: pd.Series | None, begun: pd.DataFrame, domain: list[float], required: float, language: Language
) -> list[dict]:
    """The names of the lines, beside their ends and apart; the start's only where it is not the same line."""
    if last is None:
        return []
    labels = [("zero", 0.0), ("median", last["capital_median"])]
    if required:
        labels.append(("required", required))
    before = begun.set_index("month")["capital_median"].get(last["month"])
    if not pd.isna(before) and before != last["capital_median"]:
        labels.append(("start", before))
    gap = LABEL_GAP / CAPITAL_HEIGHT * (domain[1] - domain[0])
    places = spread_apart([place for _, place in labels], gap=gap)
    texts = {
        "zero": language.text("charts.live_capital.zero"),
        "median": language.text("charts.capital.median"),
        "required": language.text("charts.live_capital.required"),
        "start": language.text("charts.live_capital.start"),
    }
    return [{"line": line, "text": texts[line], "y": float(y)} for (line, _), y in zip(labels, places, strict=True)]


def _plain(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in values]


def _rows(axis: MonthAxis) -> alt.Chart:
    """One row per month whose values are looked up in the parameter."""
    keys = json.dumps(axis.keys)
    columns = [*CAPITAL_COLUMNS[1:], "start_median", "start_share"]
    return (
        alt.Chart(alt.sequence(0, len(axis.keys), as_="place"))
        .transform_calculate(
            month=f"{keys}[datum.place]", **{column: f"{LIVE}.{column}[datum.place]" for column in columns}
        )
        .transform_calculate(month_name=axis.names_expression())
    )


def _start_line(base: alt.Chart, axis: MonthAxis, column: str) -> alt.Chart:
    return base.mark_line(color=SOFT_INK, strokeDash=[3, 3], strokeWidth=1.4).encode(
        x=axis.place(), y=alt.Y(f"{column}:Q")
    )


def _required_line() -> alt.Chart:
    return (
        alt.Chart(alt.sequence(0, 1, as_="place"))
        .transform_filter(f"isValid({LIVE}.required)")
        .transform_calculate(required=f"{LIVE}.required")
        .mark_rule(color=VERMILLION, strokeWidth=1.4, strokeDash=[7, 4])
        .encode(y=alt.Y("required:Q"))
    )


def _end_labels(axis: MonthAxis) -> list[alt.Chart]:
    text = (
        alt.Chart(alt.sequence(0, MOST_LABELS, as_="place"))
        .transform_filter(f"datum.place < length({LIVE}.labels)")
        .transform_calculate(
            month=f"{LIVE}.last_month",
            y=f"{LIVE}.labels[datum.place].y",
            label=f"{LIVE}.labels[datum.place].text",
            line=f"{LIVE}.labels[datum.place].line",
        )
        .encode(
            x=axis.place(),
            y=alt.Y("y:Q"),
            text=alt.Text("label:N"),
            color=alt.ColorValue(INK, condition=[{"test": "datum.line == 'median'", "value": BLUE}]),
        )
    )
    return haloed_text(text, align="left", dx=9, baseline="middle", fontSize=LABEL_SIZE)


def _nothing_to_show(language: Language) -> list[alt.Chart]:
    """The sentence that stands in the picture while no month may be shown."""
    words = (
        one_row()
        .transform_filter(f"length({LIVE}.labels) == 0")
        .encode(
            x=alt.XValue(PLOT_WIDTH / 2),
            y=alt.YValue(CAPITAL_HEIGHT / 2),
            text=alt.TextValue(language.text("charts.capital.nothing")),
        )
    )
    return haloed_text(words, fontSize=LABEL_SIZE)
