"""The stress test as a picture that can be changed while it is looked at; see `live_capital`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from cxlib.charts.live_capital import LIVE
from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.stress import (
    LINE_HEIGHT,
    MOST_SEGMENTS,
    SHARES,
    STATES,
    STRESS_WIDTH,
    group_height,
    largest_segments,
    stress_layers,
    stress_line_places,
    stress_subtitles,
)
from cxlib.charts.theme import LABEL_SIZE, haloed_text, heading, house_look, one_row, spoken
from cxlib.errors import require_columns
from cxlib.language import ENGLISH, Language

VALUES = ("share", "low", "high")
Group = tuple[str, str | None]
"""The kind of a group, all or segment, and the segment's own name; None: all, or no segment known."""


def live_stress_chart(
    summary: pd.DataFrame,
    *,
    most_segments: int = MOST_SEGMENTS,
    labels: Mapping[str, str] | None = None,
    language: Language = ENGLISH,
) -> alt.LayerChart:
    """Share at risk before an incident, after it and with gestures, drawn from the parameter `live`.

    Parameters
    ----------
    summary : DataFrame, one row for all and one per segment
        As `stress_chart` takes it. Its groups, `live_stress_groups`, are those that are drawn, whatever is shown later.
    most_segments : int
        Of more segments the largest are shown, and the subtitle says so.
    labels : mapping of segment to what is written, optional
        Two segments may be written alike.
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
    rows = _rows(summary)
    groups = live_stress_groups(summary, most_segments=most_segments)
    places = stress_line_places(_records(rows, groups), STATES, language, labels=labels or {})
    bottom = len(groups) * group_height(len(STATES)) - LINE_HEIGHT * 0.2
    # what stands still is in the rows, so that `live` holds figures alone
    line = f"{LIVE}.lines[datum.line]"
    lines = (
        alt.Chart(pd.DataFrame([{"line": number, **place} for number, place in enumerate(places)]))
        .transform_filter(f"isValid({line})")
        .transform_calculate(**{name: f"{line}[{place}]" for place, name in enumerate(VALUES)})
        .transform_calculate(text=f"{line}[{len(VALUES)}] + ' ' + datum.words")
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
    subtitles = stress_subtitles(rows, most_segments=most_segments, language=language)
    return alt.layer(
        *stress_layers(lines, bottom, language),
        *haloed_text(nothing, fontSize=LABEL_SIZE),
        room,
        width=STRESS_WIDTH,
        height=bottom,
        params=[alt.param(name=LIVE, value=live_stress(summary, groups=groups, language=language)).param],
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def live_stress_groups(summary: pd.DataFrame, *, most_segments: int = MOST_SEGMENTS) -> list[Group]:
    """The groups that `live_stress_chart` draws: all customers and the largest segments, of those that may be shown.

    Parameters
    ----------
    summary : DataFrame
        As `live_stress_chart` takes it.
    most_segments : int

    Returns
    -------
    list of (group, segment), the largest segment first; where nothing may be shown, of every group there is room for

    Raises
    ------
    MissingColumnError, ParameterError
    """
    rows = _rows(summary)
    known = rows.dropna(subset=["at_risk_share_after"])
    _, shown = largest_segments(rows if known.empty else known, most_segments)
    return [_group(row) for row in shown.to_dict("records")]


def live_stress(summary: pd.DataFrame, *, groups: Sequence[Group], language: Language = ENGLISH) -> dict[str, object]:
    """A value of the parameter `live`: everything in the chart that may change.

    Parameters
    ----------
    summary : DataFrame
        As `live_stress_chart` takes it, of the same customers.
    groups : sequence of (group, segment)
        Those of the chart, `live_stress_groups`.
    language : Language

    Returns
    -------
    dict of
        lines : list, one for each group and state: share, low, high, and the share as it is written; None where it
            may not be shown
        nothing : str, the sentence where there are no lines

    Raises
    ------
    MissingColumnError, ParameterError
    """
    return live_stress_grid(summary.assign(test=0), by=["test"], groups=groups, language=language)[(0,)]


def live_stress_grid(
    grid: pd.DataFrame, *, by: Sequence[str], groups: Sequence[Group], language: Language = ENGLISH
) -> dict[tuple, dict[str, object]]:
    """The values of `live_stress` of several tests of the same groups, as `stress_grid` gives them.

    Parameters
    ----------
    grid : DataFrame, one row per test and group
        The columns that `live_stress_chart` takes, and `by`.
    by : sequence of str
        The columns that tell the tests apart.
    groups : sequence of (group, segment)
        As `live_stress` takes them.
    language : Language

    Returns
    -------
    dict from the values of `by`, a tuple, to a value of the parameter

    Raises
    ------
    MissingColumnError, ParameterError
    """
    by = list(by)
    require_columns(grid, [*by, "group", "segment", "n_customers"], name="summary")
    wanted = set(groups)
    # before the rows are counted: a grid of many tests and segments is larger than what is drawn of it
    keys = zip(grid["group"], grid["segment"].astype(object).where(grid["segment"].notna(), None), strict=True)
    rows = _rows(grid.loc[[key in wanted for key in keys]], by)
    tests: dict[tuple, list[dict]] = {values: [] for values in grid[by].drop_duplicates().itertuples(False, None)}
    for row in rows.to_dict("records"):
        tests[tuple(row[name] for name in by)].append(row)
    return {test: _live(records, groups, language) for test, records in tests.items()}


def _live(records: Sequence[Mapping[str, object]], groups: Sequence[Group], language: Language) -> dict[str, object]:
    """The value of the parameter for the groups of one test, in the places that the chart has for them."""
    of_group = {_group(row): row for row in records}
    lines = [_line(of_group.get(group), state, language) for group in groups for state in STATES]
    if not any(lines):
        return {"lines": [], "nothing": language.text("charts.stress.nothing")}
    return {"lines": lines, "nothing": ""}


def _line(row: Mapping[str, object] | None, state: str, language: Language) -> list[object] | None:
    if row is None or pd.isna(row[f"at_risk_share_{state}"]):
        return None
    share, low, high = (row[f"{name}_{state}"] for name in ("at_risk_share", "low_share", "high_share"))
    return [share, low, high, language.percent(share)]


def _group(row: Mapping[str, object]) -> Group:
    return row["group"], None if pd.isna(row["segment"]) else row["segment"]


def _records(rows: pd.DataFrame, groups: Sequence[Group]) -> list[dict[str, object]]:
    """The rows of the groups, in their order."""
    of_group = {_group(row): row for row in rows.to_dict("records")}
    return [of_group[group] for group in groups]


def _rows(summary: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    rows = chart_rows(summary, [*by, "group", "segment", "n_customers", *SHARES], name="summary")
    one_row_per(rows, [*by, "group", "segment"], name="summary")
    return rows
