"""The month axis: one place per calendar month or quarter, named in the reader's language.

Months are ordinal text ("2026-10"; of a quarter its first one), not times: a browser in another timezone then shows
the same month.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import PLOT_WIDTH
from cxlib.language import Language

MOST_LABELS = 12
STEPS = (1, 2, 3, 6, 12)
"""Every so manieth month has a label: the first of these that gives at most `MOST_LABELS`."""


def month_keys(months: pd.Series) -> pd.Series:
    """Dates as the text of their month, "2026-10"; NA stays."""
    return pd.to_datetime(months).dt.strftime("%Y-%m")


def month_rows(
    frame: pd.DataFrame, columns: Sequence[str], *, name: str, keys: Sequence[str] = ("month",)
) -> pd.DataFrame:
    """The rows of a chart over time, with the months as text: one row per `keys`, or ParameterError.

    The parameters are those of `chart_rows`; `columns` hold the keys.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    rows = chart_rows(frame, columns, name=name)
    rows["month"] = month_keys(rows["month"])
    one_row_per(rows, list(keys), name=name)
    return rows


@dataclass(frozen=True)
class MonthAxis:
    """Every calendar month from the first to the last one of a chart, or every quarter.

    Parameters
    ----------
    keys : tuple of str, "2026-10", in order without gaps
    language : Language
    frequency : "M" or "Q"
    """

    keys: tuple[str, ...]
    language: Language
    frequency: str = "M"

    @classmethod
    def of(cls, keys: Sequence[str], language: Language, *, frequency: str = "M") -> MonthAxis:
        """The axis that holds all `keys`, with the months or quarters that lie between."""
        present = sorted(set(keys))
        periods = pd.period_range(pd.Period(present[0], frequency), pd.Period(present[-1], frequency), freq=frequency)
        return cls(tuple(periods.to_timestamp().strftime("%Y-%m")), language, frequency)

    @property
    def step_px(self) -> float:
        """Pixels from one month to the next."""
        return PLOT_WIDTH / len(self.keys)

    def encoding(self, *, labelled: bool = True) -> alt.X:
        """The x encoding, equal in every panel, so that panels line up without sharing a scale."""
        axis = alt.Axis(
            values=self._labelled_keys(),
            labelExpr=f"{json.dumps(self._labels(), ensure_ascii=False)}[datum.value]",
            labelAngle=0,
            labelLineHeight=14,
            labels=labelled,
            ticks=labelled,
            domain=labelled,
            title=None,
        )
        return self.place().axis(axis)

    def place(self) -> alt.X:
        """The same place on the axis, for layers that leave the axis itself to another."""
        return alt.X("month:O", scale=alt.Scale(type="point", padding=0.5, domain=list(self.keys)), sort=None)

    def names_expression(self) -> str:
        """A Vega expression for the full name of the month or quarter in a tooltip."""
        names = {key: self.name(key) for key in self.keys}
        return f"{json.dumps(names, ensure_ascii=False)}[datum.month]"

    def name(self, key: str) -> str:
        """The full name of the month or quarter."""
        return self.language.period(pd.Period(key, self.frequency))

    def every_month(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows with an empty one for each missing month, so that lines break there."""
        return rows.set_index("month").reindex(list(self.keys)).rename_axis("month").reset_index()

    def _labelled_keys(self) -> list[str]:
        step = next((step for step in STEPS if len(self.keys) / step <= MOST_LABELS), len(self.keys))
        # Counted from the last month: that is the one a monthly report is about.
        return list(self.keys[::-1][::step][::-1])

    def _labels(self) -> dict[str, list[str]]:
        labels: dict[str, list[str]] = {}
        year = None
        for key in self._labelled_keys():
            name = self.language.short_period(pd.Period(key, self.frequency))
            labels[key] = [name] if key[:4] == year else [name, key[:4]]
            year = key[:4]
        return labels


def hover_layer(base: alt.Chart, months: MonthAxis, tooltip: list[alt.Tooltip], *, shown: str) -> alt.Chart:
    """Invisible columns that answer the pointer in every month whose `shown` is not NA: a dot would be hard to hit."""
    return (
        base.transform_filter(f"isValid(datum.{shown})")
        .mark_rule(opacity=0, strokeWidth=months.step_px)
        .encode(x=months.place(), tooltip=tooltip)
    )
