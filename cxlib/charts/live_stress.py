"""The stress test as a picture that can be changed while it is looked at; see `live_capital`."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from cxlib.charts.live_capital import LIVE
from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.stress import (
    LINE_HEIGHT,
    MOST_SEGMENTS,
    STATES,
    STRESS_WIDTH,
    group_height,
    largest_segments,
    stress_layers,
    stress_line_records,
)
from cxlib.charts.theme import LABEL_SIZE, haloed_text, heading, house_look, one_row, spoken
from cxlib.errors import require_columns
from cxlib.language import ENGLISH, Language

SHARES = tuple(f"{name}_{state}" for state in STATES for name in ("at_risk_share", "low_share", "high_share"))
COLUMNS = ("label", "name", "state", "words", "share", "low", "high", "n_customers", "place", "text")


def live_stress_chart(summary: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """Share at risk before an incident, after it and with gestures, drawn from the parameter `live`.

    Parameters
    ----------
    summary : DataFrame, one row for all and one per segment
        As `stress_chart` takes it. Its groups are those that there is room for, whatever is shown later.
    language : Language

    Returns
    -------
    altair.LayerChart with the parameter `live`; `live_stress` makes its other values

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one segment, or too many rows.
    """
    first = live_stress(summary, language=language)
    n_groups = len(largest_segments(_rows(summary))[1])
    bottom = n_groups * group_height(len(STATES)) - LINE_HEIGHT * 0.2
    lines = (
        alt.Chart(alt.sequence(0, n_groups * len(STATES), as_="line"))
        .transform_filter(f"datum.line < length({LIVE}.lines)")
        .transform_calculate(**{column: f"{LIVE}.lines[datum.line].{column}" for column in COLUMNS})
    )
    nothing = (
        one_row()
        .transform_calculate(words=f"{LIVE}.nothing")
        .encode(x=alt.XValue(STRESS_WIDTH / 2), y=alt.YValue(bottom / 2), text=alt.Text("words:N"))
    )
    # A drawing keeps the room that it had at first: room for the longest words, where they begin at the right end.
    words = (f"{language.percent(1)} {language.text(f'charts.stress.{state}')}" for state in STATES)
    room = (
        one_row()
        .mark_text(align="left", dx=9, fontSize=LABEL_SIZE, opacity=0)
        .encode(x=alt.XDatum(1), y=alt.YValue(0), text=alt.TextValue(max(words, key=len)))
    )
    title = language.text("charts.stress.title")
    subtitle = language.text("charts.stress.subtitle")
    return alt.layer(
        *stress_layers(lines, bottom, language),
        *haloed_text(nothing, fontSize=LABEL_SIZE),
        room,
        width=STRESS_WIDTH,
        height=bottom,
        params=[alt.param(name=LIVE, value=first).param],
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def live_stress(summary: pd.DataFrame, *, language: Language = ENGLISH) -> dict[str, object]:
    """A value of the parameter `live`: everything in the chart that may change.

    Parameters
    ----------
    summary : DataFrame
        As `live_stress_chart` takes it.
    language : Language

    Returns
    -------
    dict of lines (one dict per group and state that may be shown), and nothing (the sentence where there are none)

    Raises
    ------
    MissingColumnError, ParameterError
    """
    return live_stress_grid(summary.assign(test=0), by=["test"], language=language)[(0,)]


def live_stress_grid(
    grid: pd.DataFrame, *, by: Sequence[str], language: Language = ENGLISH
) -> dict[tuple, dict[str, object]]:
    """The values of `live_stress` of several tests of the same groups, as `stress_grid` gives them.

    Parameters
    ----------
    grid : DataFrame, one row per test and group
        The columns that `live_stress_chart` takes, and `by`.
    by : sequence of str
        The columns that tell the tests apart.
    language : Language

    Returns
    -------
    dict from the values of `by`, a tuple, to a value of the parameter

    Raises
    ------
    MissingColumnError, ParameterError
    """
    by = list(by)
    require_columns(grid, [*by, "group", "n_customers"], name="summary")
    is_all, size = (grid["group"] == "all").to_numpy(), grid["n_customers"].to_numpy(float)
    kept = []
    for places in grid.groupby(by, sort=False).indices.values():
        segments = places[~is_all[places]]
        kept += [*places[is_all[places]], *segments[np.argsort(-size[segments], kind="stable")][:MOST_SEGMENTS]]
    rows = _rows(grid.iloc[kept], by)
    tests: dict[tuple, list[dict]] = {}
    for row in rows.to_dict("records"):
        tests.setdefault(tuple(row[name] for name in by), []).append(row)
    return {test: _live(groups, language) for test, groups in tests.items()}


def _live(groups: list[dict], language: Language) -> dict[str, object]:
    """The value of the parameter for the groups of one test that there is room for."""
    if all(pd.isna(row["at_risk_share_after"]) for row in groups):
        return {"lines": [], "nothing": language.text("charts.stress.nothing")}
    # the groups keep their places while what they show changes
    return {"lines": stress_line_records(groups, STATES, language), "nothing": ""}


def _rows(summary: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    rows = chart_rows(summary, [*by, "group", "segment", "n_customers", *SHARES], name="summary")
    one_row_per(rows, [*by, "group", "segment"], name="summary")
    return rows
