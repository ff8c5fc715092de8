"""What a score hangs on: each driver's part of what is explained, its interval, and the relative weight beside it."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    INK,
    LABEL_SIZE,
    PAPER,
    SKY,
    SOFT_INK,
    heading,
    house_look,
    nothing_to_show_chart,
    spoken,
)
from cxlib.charts.touchpoint_advice import name_axis
from cxlib.charts.touchpoints import axis_labels
from cxlib.drivers.cautions import outcome_called
from cxlib.language import ENGLISH, Language

COLUMNS = [
    "driver", "lmg_share", "low_share", "high_share", "weight_share", "correlation", "goes_with", "rank", "n_answered",
    "r2", "n_customers",
]  # fmt: skip

MOST_DRIVERS = 30
ROW_HEIGHT = 30
BARS_WIDTH = 330


def driver_importance_chart(
    drivers: pd.DataFrame,
    *,
    outcome: str,
    names: Mapping[str, str] | None = None,
    n_orders: int | None = None,
    language: Language = ENGLISH,
) -> alt.LayerChart:
    """A bar for each driver's part of what is explained, the most important first; a diamond by relative weights.

    Of more than `MOST_DRIVERS` drivers the first are shown, and the subtitle says so.

    Parameters
    ----------
    drivers : DataFrame, one row per driver
        As `driver_importance` gives it in `.drivers`.
    outcome : str
        What was explained, as the title says it.
    names : mapping of str to str, optional
        How drivers and the outcome are called; those not in it by their column.
    n_orders : int, optional
        Orders of entry that were drawn, where not all were taken; the subtitle says so.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where no share may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one driver, or too many rows.
    """
    rows = chart_rows(drivers, COLUMNS, name="drivers")
    one_row_per(rows, ["driver"], name="drivers")
    outcome = outcome_called(outcome, names)
    title = language.text("charts.drivers.title", outcome=outcome)
    rows = rows.loc[rows["lmg_share"].notna()].sort_values("rank", kind="stable").reset_index(drop=True)
    if rows.empty:
        return nothing_to_show_chart(language.text("charts.drivers.nothing"), title=title, language=language)

    shown = rows.iloc[:MOST_DRIVERS].copy()
    shown["name"] = called(shown["driver"], names)
    shown["label"] = axis_labels(list(shown["name"]))
    shown["words"] = [_share(row, language) for row in shown.itertuples()]
    shown["direction"] = [_direction(row, outcome, language) for row in shown.itertuples()]
    subtitles = [
        language.text(
            "charts.drivers.subtitle",
            n=language.number(rows["n_customers"].iloc[0]),
            r2=language.percent(rows["r2"].iloc[0]),
        ),
        language.text("charts.drivers.sampled", orders=language.number(n_orders)) if n_orders else "",
        language.text("charts.drivers.most", shown=language.number(len(shown)), all=language.number(len(rows)))
        if len(shown) < len(rows)
        else "",
    ]
    return alt.layer(
        *_layers(shown.drop(columns=["driver", "correlation", "goes_with", "n_customers", "r2"]), language),
        width=BARS_WIDTH,
        height=ROW_HEIGHT * len(shown),
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def called(drivers: pd.Series, names: Mapping[str, str] | None) -> list[str]:
    """How drivers are called in words."""
    return [(names or {}).get(driver, driver) for driver in drivers]


def _share(row, language: Language) -> str:
    """The part of what is explained, with its interval; and that better answers go with a worse outcome, if so."""
    share = language.text(
        "charts.drivers.share",
        share=language.percent(row.lmg_share),
        low=language.percent(row.low_share),
        high=language.percent(row.high_share),
    )
    return language.text("charts.drivers.against", share=share) if row.goes_with == "worse" else share


def _direction(row, outcome: str, language: Language) -> str:
    """The correlation, and in words what it says of better answers."""
    r = language.signed(row.correlation, 2)
    if not isinstance(row.goes_with, str):
        return language.text("charts.drivers.by_chance", r=r)
    return language.text(f"charts.drivers.{row.goes_with}", r=r, outcome=outcome)


def _layers(shown: pd.DataFrame, language: Language) -> list[alt.Chart]:
    base = alt.Chart(shown)
    y = name_axis(shown["label"], labelled=True)
    most = min(shown[["high_share", "weight_share"]].max(axis=None) * 1.05, 1.0)
    axis = alt.Axis(title=None, format=".0%", grid=True, tickCount=5, orient="bottom")
    x = alt.X("lmg_share:Q", axis=axis, scale=alt.Scale(domain=[0, most], nice=False))
    tooltip = [
        alt.Tooltip("name:N", title=language.text("charts.drivers.driver")),
        alt.Tooltip("words:N", title=language.text("charts.drivers.lmg_share")),
        alt.Tooltip("weight_share:Q", title=language.text("charts.drivers.weight_share"), format=".0%"),
        alt.Tooltip("direction:N", title=language.text("charts.drivers.correlation")),
        alt.Tooltip("rank:Q", title=language.text("charts.drivers.rank"), format="d"),
        alt.Tooltip("n_answered:Q", title=language.text("charts.common.base"), format=",d"),
    ]
    return [
        base.mark_bar(size=13, color=SKY, yOffset=-4).encode(x=x, x2=alt.X2Datum(0), y=y, tooltip=tooltip),
        base.mark_rule(color=INK, strokeWidth=1.6, yOffset=-4).encode(
            x=alt.X("low_share:Q"), x2=alt.X2("high_share:Q"), y=y
        ),
        base.mark_point(
            shape="diamond", size=50, fill=PAPER, stroke=INK, strokeWidth=1.4, opacity=1, fillOpacity=1, yOffset=8
        ).encode(x=alt.X("weight_share:Q"), y=y, tooltip=tooltip),
        base.mark_text(align="left", baseline="middle", fontSize=LABEL_SIZE, color=SOFT_INK).encode(
            x=alt.XValue(BARS_WIDTH + 12), y=y, text=alt.Text("words:N"), tooltip=tooltip
        ),
    ]
