"""Capital over time, and the share of customers at risk below it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import altair as alt
import pandas as pd

from cxlib.charts.months import MonthAxis, hover_layer, month_keys, month_rows
from cxlib.charts.rows import chart_rows, spread_apart
from cxlib.charts.theme import (
    AXIS_WIDTH,
    BLUE,
    INK,
    LABEL_SIZE,
    PLOT_WIDTH,
    SKY,
    VERMILLION,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    panel_heading,
    spoken,
)
from cxlib.errors import ParameterError, require_columns
from cxlib.language import ENGLISH, Language

CAPITAL_COLUMNS = (
    "month", "n_customers", "at_risk_share", "low_share", "high_share",
    "capital_q25", "capital_median", "capital_q75",
)  # fmt: skip
CAPITAL_HEIGHT = 230
RISK_HEIGHT = 110
MOST_CHOSEN = 8
"""Customers drawn as lines of their own; more could not be told apart."""
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


def capital_over_time_chart(
    capital_by_month: pd.DataFrame, *, chosen: pd.DataFrame | None = None, language: Language = ENGLISH
) -> alt.VConcatChart | alt.LayerChart:
    """Median capital with its quartiles by month, and below it the share of customers at risk.

    Parameters
    ----------
    capital_by_month : DataFrame, one row per month
        Needs month, n_customers, at_risk_share, low_share, high_share (shares 0-1), capital_q25,
        capital_median, capital_q75; suppressed months hold NA and leave a gap.
    chosen : DataFrame, one row per customer and month, optional
        Needs customer_label (shown as it stands), month, capital; at most `MOST_CHOSEN` customers.
    language : Language

    Returns
    -------
    altair.VConcatChart, or a frame with a sentence where no month may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one month, too many rows or too many chosen customers.
    """
    rows = month_rows(capital_by_month, CAPITAL_COLUMNS, name="capital_by_month")
    title = language.text("charts.capital.title")
    shown = rows.dropna(subset=["capital_median"])
    if shown.empty:
        return nothing_to_show_chart(language.text("charts.capital.nothing"), title=title, language=language)

    lines = _chosen_rows(chosen)
    months = MonthAxis.of([*rows["month"], *lines["month"]], language)
    rows = months.every_month(rows)
    base = alt.Chart(rows).transform_calculate(month_name=months.names_expression())
    values = pd.concat([shown["capital_q25"], shown["capital_q75"], lines["capital"]])
    domain = capital_domain(values)
    last = shown.loc[shown["month"].idxmax()]
    subtitles = [
        language.text("charts.capital.subtitle"),
        language.text(
            "charts.common.base_customers",
            month=language.month(pd.Timestamp(last["month"])),
            n=language.number(last["n_customers"]),
        ),
        language.text("charts.common.gaps") if rows["capital_median"].isna().any() else "",
    ]

    labels = [(language.text("charts.capital.median"), last["month"], last["capital_median"])]
    labels += [(row.customer_label, row.month, row.capital) for row in _last_rows(lines).itertuples()]
    capital = alt.layer(
        *capital_layers(base, months, domain, language, joined=joined(rows), between=_chosen_layers(lines, months)),
        *_end_labels(labels, months, domain),
        hover_layer(base, months, capital_tooltip(language), shown="capital_median"),
        width=PLOT_WIDTH,
        height=CAPITAL_HEIGHT,
        title=panel_heading(language.text("charts.capital.panel")),
    )
    risk = alt.layer(
        *risk_layers(base, months, joined=joined(rows)),
        *share_label(base.transform_filter(alt.datum.month == last["month"]), months),
        hover_layer(base, months, capital_tooltip(language), shown="capital_median"),
        width=PLOT_WIDTH,
        height=RISK_HEIGHT,
        title=panel_heading(language.text("charts.capital.risk_panel")),
    )
    return alt.vconcat(
        capital, risk, title=heading(title, *subtitles), description=spoken(title, *subtitles), **house_look(language)
    )


def capital_domain(values: pd.Series) -> list[float]:
    """The ends of a capital axis: all values, zero, and room for the label of the zero line."""
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    room = 0.14 * ((high - low) or 1.0)
    if high >= -low:
        return [round(float(low - room), 3), round(float(high + room / 2), 3)]
    return [round(float(low - room / 2), 3), round(float(high + room), 3)]


def joined(rows: pd.DataFrame) -> bool:
    """Whether bands may be areas: between gaps, an area would lose the months that stand alone."""
    return len(rows) > 1 and bool(rows["capital_median"].notna().all())


def capital_layers(
    base: alt.Chart,
    months: MonthAxis,
    domain: list[float],
    language: Language,
    *,
    joined: bool,
    between: Sequence[alt.Chart] = (),
    zero_beside: bool = False,
) -> list[alt.Chart]:
    """The quartile band, then `between`, the median line, the zero line and its words.

    The words stand on the emptier side of the zero line, or beside the plot where the data will move.
    """
    x = months.encoding(labelled=False)
    y = alt.Y(
        "capital_q25:Q",
        axis=alt.Axis(title=None, tickCount=6, minExtent=AXIS_WIDTH),
        scale=alt.Scale(domain=domain, nice=False, zero=False),
    )
    band = base.mark_area(color=SKY, opacity=0.4) if joined else base.mark_bar(color=SKY, opacity=0.5, size=8)
    line = base.mark_line(color=BLUE, strokeWidth=2.5, point=alt.OverlayMarkDef(color=BLUE, size=22))
    # where the data will move, a dashed line is one of the rules at the start
    dashes = {} if zero_beside else {"strokeDash": [5, 3]}
    zero = one_row().mark_rule(color=INK, strokeWidth=1.2, **dashes).encode(y=alt.YDatum(0))
    words = language.text("charts.capital.zero")
    if zero_beside:
        lines, place, side = textwrap.wrap(words, 12), PLOT_WIDTH + 8, {"baseline": "middle"}
        side["dy"] = -(len(lines) - 1) * (LABEL_SIZE + 2) / 2
    else:
        below = domain[1] >= -domain[0]
        lines, place = [words], 4
        side = {"dy": 5, "baseline": "top"} if below else {"dy": -5, "baseline": "bottom"}
    text = one_row().encode(x=alt.XValue(place), y=alt.YDatum(0), text=alt.TextValue("\n".join(lines)))
    return [
        band.encode(x=x, y=y, y2=alt.Y2("capital_q75:Q")),
        *between,
        zero,
        line.encode(x=months.place(), y=alt.Y("capital_median:Q")),
        *haloed_text(text, align="left", fontSize=LABEL_SIZE, lineBreak="\n", **side),
    ]


def risk_layers(
    base: alt.Chart, months: MonthAxis, *, joined: bool, domain: list[float] | None = None
) -> list[alt.Chart]:
    """The share at risk with its interval; `domain` fixes the axis where the data will change."""
    x = months.encoding()
    scale = alt.Scale(domain=domain) if domain else alt.Scale(domainMin=0, nice=True)
    axis = alt.Axis(format="%", title=None, tickCount=4, minExtent=AXIS_WIDTH)
    band = (
        base.mark_area(color=VERMILLION, opacity=0.25)
        if joined
        else base.mark_bar(color=VERMILLION, opacity=0.35, size=8)
    )
    line = base.mark_line(
        color=VERMILLION, strokeWidth=2.5, point=alt.OverlayMarkDef(color=VERMILLION, shape="square", size=22)
    )
    return [
        band.encode(x=x, y=alt.Y("low_share:Q", axis=axis, scale=scale), y2=alt.Y2("high_share:Q")),
        line.encode(x=months.place(), y=alt.Y("at_risk_share:Q")),
    ]


def share_label(last_month: alt.Chart, months: MonthAxis) -> list[alt.Chart]:
    """The last month's share at risk, written beside its mark."""
    label = last_month.encode(
        x=months.place(), y=alt.Y("at_risk_share:Q"), text=alt.Text("at_risk_share:Q", format=".0%")
    )
    return haloed_text(label, align="left", dx=9, baseline="middle", fontSize=LABEL_SIZE, fontWeight=600)


def capital_tooltip(language: Language) -> list[alt.Tooltip]:
    """Month, quartiles, share at risk with its interval, and the base."""
    shares = (("at_risk_share", "capital.at_risk"), ("low_share", "common.low"), ("high_share", "common.high"))
    capitals = (
        ("capital_q75", "capital.upper_quartile"),
        ("capital_median", "capital.median"),
        ("capital_q25", "capital.lower_quartile"),
    )
    return [
        alt.Tooltip("month_name:N", title=language.text("charts.common.month")),
        *(alt.Tooltip(f"{name}:Q", title=language.text(f"charts.{key}"), format=".1f") for name, key in capitals),
        *(alt.Tooltip(f"{name}:Q", title=language.text(f"charts.{key}"), format=".1%") for name, key in shares),
        alt.Tooltip("n_customers:Q", title=language.text("charts.common.customers"), format=",d"),
    ]


def _chosen_rows(chosen: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["customer_label", "month", "capital"]
    if chosen is None:
        return pd.DataFrame({column: [] for column in columns}).astype({"capital": float})
    require_columns(chosen, columns, name="chosen")
    count = chosen["customer_label"].nunique()
    if count > MOST_CHOSEN:
        raise ParameterError(
            f"chosen has {count} customers and the chart draws at most {MOST_CHOSEN} lines; choose fewer"
        )
    rows = chart_rows(chosen, columns, name="chosen").dropna()
    rows["month"] = month_keys(rows["month"])
    return rows.sort_values(["customer_label", "month"])


def _last_rows(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.drop_duplicates("customer_label", keep="last")


def _chosen_layers(lines: pd.DataFrame, months: MonthAxis) -> list[alt.Chart]:
    if lines.empty:
        return []
    dash = alt.StrokeDash("customer_label:N", legend=None, scale=alt.Scale(range=[*DASHES, *DASHES]))
    # `between` the band and the median: the customers are examples, the median is the message.
    return [
        alt.Chart(lines)
        .mark_line(color=INK, strokeWidth=1.1)
        .encode(
            x=months.place(),
            y=alt.Y("capital:Q"),
            strokeDash=dash,
            detail=alt.Detail("customer_label:N"),
        )
    ]


def _end_labels(labels: list[tuple[str, str, float]], months: MonthAxis, domain: list[float]) -> list[alt.Chart]:
    gap = 14 / CAPITAL_HEIGHT * (domain[1] - domain[0])
    rows = pd.DataFrame(labels, columns=["label", "month", "capital"])
    at_the_end = rows["month"] == months.keys[-1]
    rows.loc[at_the_end, "capital"] = spread_apart(list(rows.loc[at_the_end, "capital"]), gap=gap)
    text = alt.Chart(rows).encode(x=months.place(), y=alt.Y("capital:Q"), text=alt.Text("label:N"))
    return haloed_text(text, align="left", dx=9, baseline="middle", fontSize=LABEL_SIZE)
