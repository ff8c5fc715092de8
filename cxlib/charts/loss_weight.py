"""What the loss weight does to capital and to the share at risk: a slider that works without a kernel."""

from __future__ import annotations

import json
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from cxlib.charts.capital import (
    CAPITAL_COLUMNS,
    CAPITAL_HEIGHT,
    RISK_HEIGHT,
    capital_domain,
    capital_layers,
    capital_tooltip,
    risk_layers,
    share_label,
)
from cxlib.charts.months import MonthAxis, hover_layer, month_rows
from cxlib.charts.theme import (
    AXIS_WIDTH,
    BLUE,
    LABEL_SIZE,
    PLOT_WIDTH,
    SOFT_INK,
    VERMILLION,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    panel_heading,
    spoken,
)
from cxlib.errors import ParameterError
from cxlib.language import ENGLISH, Language

READOUT_HEIGHT = 34
READOUT_SIZE = 30


def loss_weight_chart(
    capital_by_loss_weight: pd.DataFrame, *, start: float, language: Language = ENGLISH
) -> alt.VConcatChart | alt.LayerChart:
    """Capital and share at risk over time for the loss weight that a slider chooses.

    The slider shows the precomputed weight nearest to it, so nothing is compared as a decimal number.

    Parameters
    ----------
    capital_by_loss_weight : DataFrame, one row per loss weight and month
        Needs loss_weight, month, n_customers, at_risk_share, low_share, high_share (shares 0-1),
        capital_q25, capital_median, capital_q75; suppressed months hold NA and leave a gap.
    start : float
        The loss weight shown first, within the weights of the frame.
    language : Language

    Returns
    -------
    altair.VConcatChart with the parameter `loss_weight`, or a frame with a sentence where no month may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one weight and month, too many rows, or a start outside the weights.
    """
    columns = ("loss_weight", *CAPITAL_COLUMNS)
    rows = month_rows(capital_by_loss_weight, columns, name="capital_by_loss_weight", keys=["loss_weight", "month"])
    title = language.text("charts.loss_weight.title")
    shown = rows.dropna(subset=["capital_median"])
    if shown.empty:
        return nothing_to_show_chart(language.text("charts.loss_weight.nothing"), title=title, language=language)

    weights = sorted(rows["loss_weight"].unique())
    if not weights[0] <= start <= weights[-1]:
        raise ParameterError(
            f"start is {start:g}; allowed: {weights[0]:g} to {weights[-1]:g}, the weights of the frame"
        )
    months = MonthAxis.of(rows["month"], language)
    last_month = shown["month"].max()
    grids = month_grids(rows, months)
    base = _of_the_weight(alt.Chart(grids), months)
    is_last = alt.datum.month == last_month
    whole = bool(len(shown) == len(weights) * len(months.keys) and len(months.keys) > 1)
    domain = capital_domain(pd.concat([shown["capital_q25"], shown["capital_q75"]]))
    tooltip = capital_tooltip(language)
    capital = alt.layer(
        *capital_layers(base, months, domain, language, joined=whole, zero_beside=True),
        hover_layer(base, months, tooltip, shown="capital_median"),
        width=PLOT_WIDTH,
        height=CAPITAL_HEIGHT,
        title=panel_heading(language.text("charts.loss_weight.panel")),
    )
    # All layers show the same rows, so the panel holds them: from each layer altair would take them away and write out
    # every list of them, to name by it a layer that needs no name (altair 6.3, November 2026).
    below = _of_the_weight(alt.Chart(), months)
    risk = alt.layer(
        *risk_layers(below, months, joined=whole, domain=[0, 1]),
        *share_label(below.transform_filter(is_last), months),
        hover_layer(below, months, tooltip, shown="capital_median"),
        data=grids,
        width=PLOT_WIDTH,
        height=RISK_HEIGHT,
        title=panel_heading(language.text("charts.capital.risk_panel")),
    )
    subtitles = [
        language.text("charts.loss_weight.subtitle"),
        language.text("charts.common.gaps") if shown["month"].nunique() < len(months.keys) else "",
    ]
    slider = alt.param(
        name="loss_weight",
        value=float(start),
        bind=alt.binding_range(
            min=weights[0],
            max=weights[-1],
            step=slider_step(weights),
            name=language.text("charts.loss_weight.slider"),
        ),
    )
    nearest = alt.param(name="loss_weight_index", expr=nearest_index_expression(weights))
    return alt.vconcat(
        _readout(base.transform_filter(is_last), weights, shown, last_month, language),
        capital,
        risk,
        params=[slider.param, nearest.param],
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def _of_the_weight(chart: alt.Chart, months: MonthAxis) -> alt.Chart:
    """The chart with each month's values at the weight that the slider chooses, and the month's name."""
    return chart.transform_calculate(
        **{column: f"datum.{column}_grid[loss_weight_index]" for column in CAPITAL_COLUMNS[1:]}
    ).transform_calculate(month_name=months.names_expression())


def month_grids(rows: pd.DataFrame, months: MonthAxis) -> pd.DataFrame:
    """One row per month that holds, for each column, the list of its values by loss weight.

    A quarter of the page of one row per weight and month, and the slider's choice is a place in a list.
    """
    grids = pd.DataFrame({"month": months.keys})
    for column in CAPITAL_COLUMNS[1:]:
        by_weight = rows.pivot(index="month", columns="loss_weight", values=column).reindex(months.keys)
        lists = [[None if pd.isna(value) else value for value in row] for row in by_weight.to_numpy().tolist()]
        grids[f"{column}_grid"] = pd.Series(lists, dtype=object)
    return grids


def slider_step(weights: list[float]) -> float:
    """The smallest distance between two weights of the grid; 1 where there is only one weight."""
    return round(float(np.diff(weights).min()), 6) if len(weights) > 1 else 1.0


def nearest_index_expression(weights: list[float]) -> str:
    """A Vega expression for the place of the weight nearest to the slider: how many midpoints lie below it.

    >>> nearest_index_expression([1, 2, 2.5])
    '(loss_weight >= 1.5) + (loss_weight >= 2.25)'
    """
    middles = [round((low + high) / 2, 9) for low, high in pairwise(weights)]
    return " + ".join(f"(loss_weight >= {middle:g})" for middle in middles) or "0"


def _readout(
    last: alt.Chart, weights: list[float], shown: pd.DataFrame, last_month: str, language: Language
) -> alt.LayerChart:
    """Two large figures: the weight that is shown, and the last month's share at risk."""
    customers = shown.loc[shown["month"] == last_month, "n_customers"].iloc[0]
    caption = language.text(
        "charts.loss_weight.readout_risk",
        month=language.month(pd.Timestamp(last_month)),
        n=language.number(customers),
    )
    grid = json.dumps([round(float(weight), 6) for weight in weights])
    figures = last.transform_calculate(
        weight=f"format({grid}[loss_weight_index], '.2~f')", share="format(datum.at_risk_share, '.0%')"
    )
    left, right = -AXIS_WIDTH, PLOT_WIDTH * 0.38

    def text(chart: alt.Chart, x: float, content: alt.Text | alt.TextValue, **mark) -> alt.Chart:
        return chart.mark_text(align="left", baseline="alphabetic", **mark).encode(
            x=alt.XValue(x), y=alt.YValue(READOUT_HEIGHT - 6), text=content
        )

    large = {"fontSize": READOUT_SIZE, "fontWeight": 600}
    small = {"fontSize": LABEL_SIZE, "color": SOFT_INK}
    return alt.layer(
        text(one_row(), left, alt.TextValue(language.text("charts.loss_weight.readout")), **small),
        text(figures, left + 92, alt.Text("weight:N"), color=BLUE, **large),
        text(figures, right, alt.Text("share:N"), color=VERMILLION, **large),
        text(one_row(), right + 112, alt.TextValue(caption), **small),
        width=PLOT_WIDTH,
        height=READOUT_HEIGHT,
    )
