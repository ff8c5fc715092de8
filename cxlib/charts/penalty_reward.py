"""Penalty–reward contrasts: what a bad answer takes and a good one gives, and the type of the driver."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from cxlib.charts.drivers import called
from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    SOFT_INK,
    VERMILLION,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    spoken,
)
from cxlib.charts.touchpoint_advice import name_axis
from cxlib.charts.touchpoints import axis_labels
from cxlib.drivers.cautions import outcome_called
from cxlib.language import ENGLISH, Language

COLUMNS = [
    "driver", "better", "outcome_better", "n_bad", "n_good",
    "penalty", "low_penalty", "high_penalty", "reward", "low_reward", "high_reward",
    "impact", "asymmetry", "type", "type_share", "reason", "n_customers",
]  # fmt: skip

ROW_HEIGHT = 32
BARS_WIDTH = 300
BAR_SIZE = 10
APART = 6
"""Pixels from the middle of a row to each of its two bars: where signs are against expectation they would cover each
other."""


def penalty_reward_chart(
    drivers: pd.DataFrame,
    *,
    outcome: str,
    names: Mapping[str, str] | None = None,
    language: Language = ENGLISH,
) -> alt.LayerChart:
    """A red bar for a bad answer about each driver, a blue one for a good one, and the driver's type.

    What is better of the outcome stands to the right, and a driver of which a low answer is the good one says so.

    Parameters
    ----------
    drivers : DataFrame, one row per driver
        As `penalty_reward` gives it in `.drivers`; drawn in order of impact.
    outcome : str
        What was explained, as the subtitle says it.
    names : mapping of str to str, optional
        How drivers and the outcome are called; those not in it by their column.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where no contrast may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one driver, or too many rows.
    """
    rows = chart_rows(drivers, COLUMNS, name="drivers")
    one_row_per(rows, ["driver"], name="drivers")
    outcome = outcome_called(outcome, names)
    title = language.text("charts.penalty_reward.title")
    if rows["impact"].isna().all():
        return nothing_to_show_chart(_why_nothing(rows, outcome, language), title=title, language=language)
    rows = rows.sort_values("impact", ascending=False, kind="stable", na_position="last").reset_index(drop=True)
    rows["name"] = [
        name if better == "higher" else language.text("charts.penalty_reward.low_is_good", driver=name)
        for name, better in zip(called(rows["driver"], names), rows["better"], strict=True)
    ]
    rows["label"] = axis_labels(list(rows["name"]))
    rows["words"] = [_words(row, language) for row in rows.itertuples()]
    subtitle = language.text(
        "charts.penalty_reward.subtitle", outcome=outcome, n=language.number(rows["n_customers"].iloc[0])
    )
    return alt.layer(
        *_layers(rows, outcome, language),
        width=BARS_WIDTH,
        height=ROW_HEIGHT * len(rows),
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def _why_nothing(rows: pd.DataFrame, outcome: str, language: Language) -> str:
    reasons = set(rows["reason"])
    if reasons == {"outcome_alike"}:
        return language.text("charts.penalty_reward.outcome_alike", outcome=outcome)
    return language.text(f"charts.penalty_reward.{'too_few' if reasons == {'too_few'} else 'nothing'}")


def _words(row, language: Language) -> str:
    if isinstance(row.reason, str):
        return language.text(f"charts.penalty_reward.{row.reason}")
    kind = language.text(f"charts.penalty_reward.{row.type}")
    return language.text("charts.penalty_reward.in_draws", type=kind, share=language.percent(row.type_share))


def _layers(rows: pd.DataFrame, outcome: str, language: Language) -> list[alt.Chart]:
    undrawn = ["driver", "better", "outcome_better", "n_customers", "reason", "type", "type_share"]
    base = alt.Chart(rows.drop(columns=undrawn))
    known = base.transform_filter("isValid(datum.impact)")
    y = name_axis(rows["label"], labelled=True)
    ends = rows[["low_penalty", "high_penalty", "low_reward", "high_reward"]]
    farthest = ends.abs().max(axis=None)
    better = rows["outcome_better"].iloc[0]
    axis = alt.Axis(
        title=language.text(f"charts.penalty_reward.panel_{better}", outcome=outcome),
        labelExpr="datum.value == 0 ? '0' : format(datum.value, '+.2~f')",
        grid=True,
        tickCount=5,
        orient="bottom",
    )
    scale = alt.Scale(domain=[-farthest, farthest], nice=True, reverse=better == "lower")
    tooltip = _tooltip(language)
    layers = []
    for name, colour, offset in (("penalty", VERMILLION, -APART), ("reward", BLUE, APART)):
        layers += [
            known.mark_bar(size=BAR_SIZE, color=colour, yOffset=offset).encode(
                x=alt.X(f"{name}:Q", axis=axis, scale=scale), x2=alt.X2Datum(0), y=y, tooltip=tooltip
            ),
            known.mark_rule(color=INK, strokeWidth=1.4, yOffset=offset).encode(
                x=alt.X(f"low_{name}:Q"), x2=alt.X2(f"high_{name}:Q"), y=y
            ),
        ]
    return [
        *layers,
        one_row().mark_rule(color=INK, strokeWidth=1.2).encode(x=alt.XDatum(0)),
        base.mark_text(align="left", baseline="middle", fontSize=LABEL_SIZE, color=SOFT_INK).encode(
            x=alt.XValue(BARS_WIDTH + 12), y=y, text=alt.Text("words:N"), tooltip=tooltip
        ),
    ]


def _tooltip(language: Language) -> list[alt.Tooltip]:
    def text(name: str) -> str:
        return language.text(f"charts.penalty_reward.{name}")

    return [
        alt.Tooltip("name:N", title=language.text("charts.drivers.driver")),
        alt.Tooltip("words:N", title=text("type")),
        alt.Tooltip("penalty:Q", title=text("penalty"), format="+.2f"),
        alt.Tooltip("reward:Q", title=text("reward"), format="+.2f"),
        alt.Tooltip("asymmetry:Q", title=text("asymmetry"), format="+.2f"),
        alt.Tooltip("n_bad:Q", title=text("n_bad"), format=",d"),
        alt.Tooltip("n_good:Q", title=text("n_good"), format=",d"),
    ]
