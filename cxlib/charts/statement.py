"""One customer's statement: the balance as it was filled, drained and forgotten."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from cxlib.charts.label_boxes import CHARACTER_PX, LINE_PX, Box, free_box
from cxlib.charts.months import MOST_LABELS, STEPS
from cxlib.charts.rows import chart_rows, spread_apart
from cxlib.charts.theme import (
    AXIS_WIDTH,
    BLUE,
    GREEN,
    INK,
    LABEL_SIZE,
    LINE,
    PAPER,
    PLOT_WIDTH,
    VERMILLION,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    panel_heading,
    spoken,
)
from cxlib.errors import ParameterError
from cxlib.language import ENGLISH, NO_VALUE, Language

COLUMNS = ("occurred_at", "touchpoint", "kind", "balance_before", "forgotten", "amount", "balance")
STATEMENT_HEIGHT = 300
MOST_ENTRIES = 500
"""Entries that are drawn, the latest; more would lie on each other, and weigh more than a page may."""
MOST_NAMED = 5
"""Losses that are named beside their marks."""
CURVE_PX = 6
"""Pixels from one point of a fading balance to the next."""
SHORTEST_MONTHS = 3
"""Under so many first days of a month the axis shows days."""

KIND_COLOURS = {"neutral": LINE, "gain": BLUE, "recovery": GREEN, "loss": VERMILLION}
"""In the order of drawing: losses on top."""
KIND_SHAPES = {"neutral": "circle", "gain": "triangle-up", "recovery": "diamond", "loss": "triangle-down"}
MARK_SIZE, NEUTRAL_SIZE = 80, 18

MINUTE, DAY = pd.Timedelta(minutes=1), pd.Timedelta(days=1)


def statement_chart(
    statement: pd.DataFrame,
    *,
    required: float | None = None,
    name: str | None = None,
    language: Language = ENGLISH,
) -> alt.VConcatChart | alt.LayerChart:
    """The balance of one account over time, with every entry as a mark and the largest losses named.

    Between two entries the line is the fading of the balance itself: forgetting takes the same part in every equal
    time, so the two ends of a gap fix the curve. Where nothing is forgotten it is steps.

    Parameters
    ----------
    statement : DataFrame, one row per entry of ONE customer, in order of time
        As `statement` gives it; needs occurred_at, touchpoint, kind, balance_before, forgotten, amount, balance. Of
        more than `MOST_ENTRIES` entries the latest are drawn, and the chart says so.
    required : float, optional
        The capital that the customer's price requires: its line is drawn instead of the one at zero.
    name : str, optional
        Stands in the title as it is. Without one the chart does not say whose account it is.
    language : Language

    Returns
    -------
    altair.VConcatChart, or a frame with a sentence where there is no entry

    Raises
    ------
    MissingColumnError
    ParameterError
        The rows are not in order of time.
    """
    title = language.text("charts.statement.title" if name is None else "charts.statement.title_named", name=name)
    rows = chart_rows(statement.tail(MOST_ENTRIES + 1), COLUMNS, name="statement")
    rows = rows.dropna(subset=["occurred_at", "kind", "balance_before", "forgotten", "amount", "balance"])
    n_entries = int((statement["kind"].astype("str") != "closing").sum())
    entries = rows.loc[rows["kind"] != "closing"].tail(MOST_ENTRIES)
    if entries.empty:
        return nothing_to_show_chart(language.text("charts.statement.nothing"), title=title, language=language)
    rows = rows.loc[entries.index[0] :].reset_index(drop=True)
    if not rows["occurred_at"].is_monotonic_increasing:
        raise ParameterError("statement is not in order of time: pass that of one customer, as cx.statement gives it")

    plot = _Plot.of(rows, required, language)
    rows["minute"] = plot.minutes(rows["occurred_at"])
    subtitles = _subtitles(rows, n_entries, language)
    balance = alt.layer(
        *plot.limit_layers(required),
        _line(rows, plot),
        *_marks(rows.loc[rows["kind"] != "closing"], plot),
        *_names(rows, plot),
        *_end_labels(rows, plot, required),
        width=PLOT_WIDTH,
        height=STATEMENT_HEIGHT,
        title=panel_heading(language.text("charts.statement.panel")),
    )
    return alt.vconcat(
        _key(entries["kind"], language),
        balance,
        spacing=10,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


@dataclass(frozen=True)
class _Plot:
    """The plot's axes: minutes on the statement's own clock, so that every browser shows the same day, and balances.

    Whole minutes, for the labels of the ticks are looked up by their number.
    """

    start: pd.Timestamp
    n_minutes: int
    low: float
    high: float
    language: Language

    @classmethod
    def of(cls, rows: pd.DataFrame, required: float | None, language: Language) -> _Plot:
        local = _local(rows["occurred_at"])
        room = max((local.max() - local.min()) * 0.02, DAY / 2)
        start, end = local.min() - room, local.max() + room
        # a short account begins with a whole day, so that its first day has a tick
        start, end = start.floor("min" if end - start > 60 * DAY else "D"), end.ceil("min")
        levels = [*rows["balance"], *rows["balance_before"], 0.0, *([] if required is None else [float(required)])]
        low, high = min(levels), max(levels)
        room = 0.12 * ((high - low) or 1.0)
        return cls(start, int((end - start) / MINUTE), round(low - room, 3), round(high + room, 3), language)

    def minutes(self, moments: pd.Series) -> pd.Series:
        return ((_local(moments) - self.start) / MINUTE).round().astype("int64")

    def px(self, minute: float, balance: float) -> tuple[float, float]:
        """Where a point lies, from the upper left."""
        x = minute / self.n_minutes * PLOT_WIDTH
        return x, (self.high - balance) / (self.high - self.low) * STATEMENT_HEIGHT

    def at(self, x: float, y: float) -> tuple[int, float]:
        """The point that lies there."""
        balance = self.high - y / STATEMENT_HEIGHT * (self.high - self.low)
        return round(x / PLOT_WIDTH * self.n_minutes), round(balance, 4)

    def x(self) -> alt.X:
        return alt.X("minute:Q", scale=alt.Scale(domain=[0, self.n_minutes], nice=False, zero=False))

    def y(self) -> alt.Y:
        return alt.Y("balance:Q", scale=alt.Scale(domain=[self.low, self.high], nice=False, zero=False))

    def x_axis(self) -> alt.X:
        ticks = self._ticks()
        labels = {
            int((tick - self.start) / MINUTE): label for tick, label in zip(ticks, self._labels(ticks), strict=True)
        }
        expression = f"{json.dumps(labels, ensure_ascii=False)}[datum.value]"
        axis = alt.Axis(values=list(labels), labelExpr=expression, labelAngle=0, labelLineHeight=14, title=None)
        return self.x().axis(axis)

    def limit_layers(self, required: float | None) -> list[alt.Chart]:
        """The line that the balance should stay above."""
        at = alt.YDatum(0.0 if required is None else float(required))
        limit = one_row().mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2).encode(y=at)
        return [limit] if not required else [one_row().mark_rule(color=LINE).encode(y=alt.YDatum(0)), limit]

    def _ticks(self) -> list[pd.Timestamp]:
        end = self.start + self.n_minutes * MINUTE
        months = [m for m in pd.date_range(self.start.normalize(), end, freq="MS") if m >= self.start]
        if len(months) >= SHORTEST_MONTHS:
            step = next((step for step in STEPS if len(months) / step <= MOST_LABELS), -(-len(months) // MOST_LABELS))
            return months[::-1][::step][::-1]
        days = [day for day in pd.date_range(self.start.normalize(), end, freq="D") if day >= self.start]
        return days[:: -(-len(days) // 8)]

    def _labels(self, ticks: Sequence[pd.Timestamp]) -> list[list[str]]:
        labels, year = [], None
        are_months = len(ticks) >= SHORTEST_MONTHS and all(tick.day == 1 for tick in ticks)
        for tick in ticks:
            month = self.language.short_month(tick)
            lines = [month if are_months else f"{tick.day} {month}"]
            labels.append(lines if tick.year == year else [*lines, str(tick.year)])
            year = tick.year
        return labels


def _local(moments: pd.Series) -> pd.Series:
    moments = pd.to_datetime(moments)
    return moments if moments.dt.tz is None else moments.dt.tz_localize(None)


def _subtitles(rows: pd.DataFrame, n_entries: int, language: Language) -> list[str]:
    entries = rows.loc[rows["kind"] != "closing", "occurred_at"]
    forgets = bool((rows["forgotten"] != 0).any())
    first, last = language.date(entries.iloc[0]), language.date(entries.iloc[-1])
    key = "latest" if len(entries) < n_entries else "entries" if first != last else "one_day"
    key = key if n_entries > 1 else "one_entry"
    return [
        language.text(f"charts.statement.{'forgets' if forgets else 'keeps'}"),
        language.text(
            f"charts.statement.{key}",
            n=language.number(n_entries),
            shown=language.number(len(entries)),
            first=first,
            last=last,
        ),
    ]


def curve(rows: pd.DataFrame, *, px_per_minute: float) -> pd.DataFrame:
    """The points of the balance's line: a step at each entry, and the fading between two.

    Parameters
    ----------
    rows : DataFrame, in order of time
        Needs minute, balance_before, forgotten, balance.
    px_per_minute : float
        A gap has a point for every `CURVE_PX` of its width.

    Returns
    -------
    DataFrame with minute, balance
    """
    points: list[tuple[float, float]] = []
    for row in rows.itertuples():
        faded = row.balance_before + row.forgotten
        if points and row.forgotten and row.balance_before:
            last = points[-1][0]
            gap = row.minute - last
            parts = np.linspace(0, 1, int(gap * px_per_minute // CURVE_PX) + 2)[1:-1]
            left = max(faded / row.balance_before, 0.0)  # rounding may leave less than nothing of a tiny balance
            points += [(last + part * gap, row.balance_before * left**part) for part in parts]
        for balance in (faded if points else row.balance_before, faded, row.balance):
            if not points or points[-1] != (row.minute, balance):
                points.append((row.minute, balance))
    drawn = pd.DataFrame(points, columns=["minute", "balance"])
    return drawn.assign(minute=drawn["minute"].round().astype("int64"), balance=drawn["balance"].round(4))


def _line(rows: pd.DataFrame, plot: _Plot) -> alt.Chart:
    points = curve(rows, px_per_minute=PLOT_WIDTH / plot.n_minutes).rename_axis("place").reset_index()
    axis = alt.Axis(title=None, tickCount=6, minExtent=AXIS_WIDTH)
    # In the rows' own order: at one moment the line goes up and down.
    return (
        alt.Chart(points)
        .mark_line(color=INK, strokeWidth=1.5, opacity=0.75)
        .encode(x=plot.x_axis(), y=plot.y().axis(axis), order=alt.Order("place:Q"))
    )


def _kind_names(language: Language) -> dict[str, str]:
    return {kind: language.text(f"names.kind.{kind}") for kind in KIND_COLOURS}


def _kind_encodings(language: Language) -> dict[str, object]:
    names = list(_kind_names(language).values())

    def by_kind(channel: type, values: dict) -> object:
        return channel("kind:N", legend=None, scale=alt.Scale(domain=names, range=list(values.values())))

    return {
        "color": by_kind(alt.Color, KIND_COLOURS),
        "shape": by_kind(alt.Shape, KIND_SHAPES),
        # not by a scale: Vega-Lite places the values of a size between the ends of its range
        "size": alt.SizeValue(
            MARK_SIZE,
            condition={"test": alt.datum.kind == _kind_names(language)["neutral"], "value": NEUTRAL_SIZE},
        ),
    }


def _marks(entries: pd.DataFrame, plot: _Plot) -> list[alt.Chart]:
    language = plot.language
    order = list(KIND_COLOURS)
    entries = entries.sort_values("kind", key=lambda kinds: kinds.map(order.index), kind="stable")
    local = _local(entries["occurred_at"])
    # Each name travels once: of hundreds of entries, their touchpoints would be half the page.
    codes, names = pd.factorize(entries["touchpoint"].fillna(NO_VALUE))
    touchpoints = json.dumps(list(names), ensure_ascii=False)
    shown = pd.DataFrame(
        {
            "minute": entries["minute"],
            "balance": entries["balance"].round(4),
            "kind": entries["kind"].map(_kind_names(language)),
            "place": codes,
            "amount": entries["amount"].round(4),
            "when": [f"{language.date(moment)} {moment:%H:%M}" for moment in local],
        }
    )
    tooltip = [
        alt.Tooltip("when:N", title=language.text("charts.statement.when")),
        alt.Tooltip("touchpoint:N", title=language.text("charts.statement.touchpoint")),
        alt.Tooltip("kind:N", title=language.text("charts.statement.kind")),
        alt.Tooltip("amount:Q", title=language.text("charts.statement.amount"), format="+.2f"),
        alt.Tooltip("balance:Q", title=language.text("charts.statement.balance"), format=".2f"),
    ]
    return [
        alt.Chart(shown)
        .transform_calculate(touchpoint=f"{touchpoints}[datum.place]")
        .mark_point(filled=True, opacity=1, stroke=PAPER, strokeWidth=0.6)
        .encode(x=plot.x(), y=plot.y(), tooltip=tooltip, **_kind_encodings(language))
    ]


def _names(rows: pd.DataFrame, plot: _Plot) -> list[alt.Chart]:
    """The largest losses by name, each where it covers no other name and as little else as can be."""
    losses = rows.loc[rows["kind"] == "loss"].sort_values(["amount", "minute"], ascending=[True, False])
    under = [plot.px(row.minute, row.balance) for row in rows.loc[rows["kind"] != "neutral"].itertuples()]
    line = curve(rows, px_per_minute=PLOT_WIDTH / plot.n_minutes)
    corners = [plot.px(row.minute, row.balance) for row in line.itertuples()]
    for (x, y), (next_x, next_y) in pairwise(corners):
        n_points = int(max(abs(next_x - x), abs(next_y - y)) // CURVE_PX) + 1
        under += [*zip(np.linspace(x, next_x, n_points), np.linspace(y, next_y, n_points), strict=True)]
    taken: list[Box] = []
    plot_size = (PLOT_WIDTH, STATEMENT_HEIGHT)
    labels = []
    for row in losses.head(MOST_NAMED).itertuples():
        amount = plot.language.signed(row.amount, 0 if float(row.amount).is_integer() else 2)
        text = amount if pd.isna(row.touchpoint) else f"{row.touchpoint} {amount}"
        box = free_box(text, plot.px(row.minute, row.balance), within=plot_size, taken=taken, under=under)
        if box is None:
            continue
        taken.append(box)
        labels.append((text, *plot.at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)))
    if not labels:
        return []
    base = alt.Chart(pd.DataFrame(labels, columns=["label", "minute", "balance"]))
    text = base.encode(x=plot.x(), y=plot.y(), text=alt.Text("label:N"))
    return haloed_text(text, align="center", baseline="middle", fontSize=LABEL_SIZE)


def _end_labels(rows: pd.DataFrame, plot: _Plot, required: float | None) -> list[alt.Chart]:
    """Beside the plot: the last balance with its day, and what the dashed line is."""
    language = plot.language
    last = rows.iloc[-1]
    # an account is closed at the first moment after its last day
    day = last["occurred_at"] - pd.Timedelta(seconds=int(last["kind"] == "closing"))
    balance = language.number(last["balance"], 1)
    closing = language.text("charts.statement.closing", balance=balance, date=language.date(day))
    limit = 0.0 if required is None else float(required)
    words = (
        language.text("charts.capital.zero")
        if required is None
        else language.text("charts.statement.required", required=language.number(limit, 1))
    )
    texts = ["\n".join(textwrap.wrap(text, 15, break_on_hyphens=False)) for text in (closing, words)]
    n_lines = max(text.count("\n") for text in texts) + 1
    wished = [plot.px(0, level)[1] for level in (last["balance"], limit)]
    places = spread_apart(wished, gap=n_lines * LINE_PX + 4)
    layers = []
    for text, place, weight in zip(texts, places, (600, "normal"), strict=True):
        label = one_row().encode(x=alt.XValue(PLOT_WIDTH + 8), y=alt.YValue(place), text=alt.TextValue(text))
        middle = -(text.count("\n") * LINE_PX) / 2
        layers += haloed_text(
            label, align="left", baseline="middle", dy=middle, fontSize=LABEL_SIZE, fontWeight=weight, lineBreak="\n"
        )
    return layers


def _key(kinds: pd.Series, language: Language) -> alt.LayerChart:
    """What the marks mean, in a row above the plot: those that the account has."""
    names = _kind_names(language)
    shown = [names[kind] for kind in ("gain", "loss", "recovery", "neutral") if (kinds == kind).any()]
    widths = [len(name) * CHARACTER_PX + 34 for name in shown]
    key = pd.DataFrame({"kind": shown, "x": [round(8 + sum(widths[:i])) for i in range(len(shown))]})
    place = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, PLOT_WIDTH], nice=False, zero=False))
    base = alt.Chart(key)
    return alt.layer(
        base.mark_point(filled=True, opacity=1).encode(x=place, y=alt.YValue(8), **_kind_encodings(language)),
        base.mark_text(align="left", baseline="middle", dx=9, fontSize=LABEL_SIZE).encode(
            x=place, y=alt.YValue(8), text=alt.Text("kind:N")
        ),
        width=PLOT_WIDTH,
        height=16,
    )
