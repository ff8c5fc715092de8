"""Closing the loop: what became of the cases of each owner or touchpoint, and how long customers waited."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per, spread_apart
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    PAPER,
    SKY,
    SOFT_INK,
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
from cxlib.language import ENGLISH, Language

GROUPED_BY = ("owner", "touchpoint")
STATE_COLOURS = {"in_time": BLUE, "late": SKY, "waiting": "#d0d0d0", "overdue": VERMILLION}
STATE_INK = {"in_time": PAPER, "late": INK, "waiting": INK, "overdue": INK}

MOST_GROUPS = 10
ROW_HEIGHT = 40
BAR_HEIGHT = 22
BARS_WIDTH = 320
DAYS_WIDTH = 150
NAME_CHARACTERS = 20
DIGIT_PX = 7
STATE_GAP_PX = 104
"""What the name of a state takes above its part of the first bar."""

DAYS = ("median_close_days", "low_close_days", "high_close_days")


def feedback_loop_chart(
    loop: pd.DataFrame,
    overall: pd.DataFrame,
    *,
    by: str = "owner",
    target_days: float | None = None,
    language: Language = ENGLISH,
) -> alt.HConcatChart | alt.LayerChart:
    """What became of the cases of each group, all cases on top, and how many days passed until the customer was told.

    Of more than `MOST_GROUPS` groups those with most cases are shown, and the subtitle says so.

    Parameters
    ----------
    loop : DataFrame, one row per group
        As `feedback_loop` gives it `by` an owner or a touchpoint (shown as it stands; NA = none named); needs
        n_cases, n_in_time, n_late, n_waiting, n_overdue, median_close_days, low_close_days, high_close_days.
        Suppressed rows hold NA and are counted in the subtitle.
    overall : DataFrame, one row
        The same of all cases.
    by : "owner" or "touchpoint"
        The column that names the groups.
    target_days : float, optional
        Days within which a customer is to be told; drawn as a line.
    language : Language

    Returns
    -------
    altair.HConcatChart, or a frame with a sentence where nothing may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one group or of all, or another `by`.
    """
    if by not in GROUPED_BY:
        raise ParameterError(f"by: found {by!r}; allowed: {', '.join(GROUPED_BY)}")
    columns = ["n_cases", *(f"n_{state}" for state in STATE_COLOURS), *DAYS]
    rows = chart_rows(loop, [by, *columns], name="loop").rename(columns={by: "group"})
    one_row_per(rows, ["group"], name="loop")
    total = chart_rows(overall, columns, name="overall")
    if len(total) > 1:
        raise ParameterError(f"overall has {len(total)} rows; the chart wants one, of all cases")
    title = language.text("charts.feedback.title")
    total = total.dropna(subset=["n_overdue"])
    if total.empty or not total["n_cases"].iloc[0]:
        return nothing_to_show_chart(language.text("charts.feedback.nothing"), title=title, language=language)

    known = rows.dropna(subset=["n_overdue"]).sort_values(["n_cases", "group"], ascending=[False, True])
    known = known.assign(group=known["group"].fillna(language.text(f"charts.feedback.no_{by}")))
    everything = total.assign(group=language.text("charts.feedback.all"))
    shown = pd.concat([everything, known.iloc[:MOST_GROUPS]], ignore_index=True)
    subtitles = [
        language.text("charts.feedback.subtitle"),
        language.text("charts.feedback.shown_most", shown=language.number(MOST_GROUPS), all=language.number(len(known)))
        if len(known) > MOST_GROUPS
        else "",
        language.text("charts.feedback.suppressed", n=language.number(len(rows) - len(known)))
        if len(known) < len(rows)
        else "",
    ]
    height = ROW_HEIGHT * len(shown)
    shown["place"] = [ROW_HEIGHT * (number + 0.5) for number in range(len(shown))]
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False))
    bars = alt.layer(*_bar_layers(shown, y, by, language), width=BARS_WIDTH, height=height, title=panel_heading(" "))
    days = alt.layer(
        *_day_layers(shown, y, target_days, by, language),
        width=DAYS_WIDTH,
        height=height,
        title=_days_heading(target_days, language),
    )
    return alt.hconcat(
        bars,
        days,
        spacing=26,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def _parts(shown: pd.DataFrame, language: Language) -> pd.DataFrame:
    """One row per group and state, with where its part of the bar begins and ends."""
    parts = []
    for row in shown.to_dict("records"):
        start = 0.0
        for state in STATE_COLOURS:
            n = row[f"n_{state}"]
            share = n / row["n_cases"]
            text = language.number(n)
            parts.append(
                {
                    "group": row["group"],
                    "place": row["place"],
                    "state": state,
                    "words": language.text(f"charts.feedback.{state}"),
                    "n": n,
                    "n_cases": row["n_cases"],
                    "share": share,
                    "start": start,
                    "end": start + share,
                    "middle": start + share / 2,
                    "text": text if share * BARS_WIDTH >= DIGIT_PX * len(text) + 4 else "",
                }
            )
            start += share
    return pd.DataFrame(parts)


def _bar_layers(shown: pd.DataFrame, y: alt.Y, by: str, language: Language) -> list[alt.Chart]:
    parts = _parts(shown, language)
    states = list(STATE_COLOURS)
    axis = alt.Axis(format="%", title=language.text("charts.feedback.of_cases"), tickCount=4, orient="bottom")
    x = alt.X("start:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    colour = alt.Color("state:N", legend=None, scale=alt.Scale(domain=states, range=list(STATE_COLOURS.values())))
    base = alt.Chart(parts)
    bars = base.mark_bar(size=BAR_HEIGHT, stroke=PAPER, strokeWidth=1).encode(
        x=x,
        x2=alt.X2("end:Q"),
        y=y,
        color=colour,
        tooltip=[
            alt.Tooltip("group:N", title=language.text(f"charts.feedback.{by}")),
            alt.Tooltip("words:N", title=language.text("charts.feedback.state")),
            alt.Tooltip("n:Q", title=language.text("charts.feedback.cases"), format=",d"),
            alt.Tooltip("share:Q", title=language.text("charts.feedback.share"), format=".1%"),
            alt.Tooltip("n_cases:Q", title=language.text("charts.common.base"), format=",d"),
        ],
    )
    written = parts.loc[parts["text"] != "", ["middle", "place", "state", "text"]]
    counts = [
        # a layer for each ink: one scale of colours serves the whole chart
        alt.Chart(written.loc[written["state"].map(STATE_INK) == ink, ["middle", "place", "text"]])
        .mark_text(baseline="middle", fontSize=LABEL_SIZE, fontWeight=600, color=ink)
        .encode(x=alt.X("middle:Q"), y=y, text=alt.Text("text:N"))
        for ink in sorted(set(STATE_INK.values()))
    ]
    names = shown[["place"]].assign(
        label=[
            "\n".join(
                [
                    *textwrap.wrap(row["group"], NAME_CHARACTERS)[:2],
                    language.text("charts.common.base_short", n=language.number(row["n_cases"])),
                ]
            )
            for row in shown.to_dict("records")
        ],
        lift=[-7 * min(len(textwrap.wrap(name, NAME_CHARACTERS)), 2) for name in shown["group"]],
    )
    labels = [
        alt.Chart(names.loc[names["lift"] == lift, ["place", "label"]])
        .mark_text(
            align="right", baseline="middle", dy=lift, lineBreak="\n", lineHeight=14, fontSize=LABEL_SIZE, color=INK
        )
        .encode(x=alt.XValue(-12), y=y, text=alt.Text("label:N"))
        for lift in sorted(set(names["lift"]))
    ]
    return [
        bars,
        *counts,
        *labels,
        *_state_names(parts.loc[parts["place"] == parts["place"].min()]),
    ]


def _state_names(first: pd.DataFrame) -> list[alt.Chart]:
    """The names of the states above the first bar, each joined with its part by a line."""
    wished = [share * BARS_WIDTH for share in first["middle"]]
    left = STATE_GAP_PX / 2 - 30
    places = spread_apart(wished, gap=STATE_GAP_PX)
    # kept from running out at either end
    shift = max(0.0, left - places[0]) - max(0.0, places[-1] - (BARS_WIDTH - left))
    top = ROW_HEIGHT / 2 - BAR_HEIGHT / 2
    layers = []
    for row, wish, place in zip(first.to_dict("records"), wished, places, strict=True):
        at = place + shift
        layers += [
            one_row()
            .mark_rule(color=LINE)
            .encode(x=alt.XValue(at), x2=alt.X2Value(wish), y=alt.YValue(-3), y2=alt.Y2Value(top)),
            one_row()
            .mark_text(baseline="bottom", fontSize=LABEL_SIZE, fontWeight=600, color=INK)
            .encode(x=alt.XValue(at), y=alt.YValue(-5), text=alt.TextValue(row["words"])),
        ]
    return layers


def _day_layers(
    shown: pd.DataFrame, y: alt.Y, target_days: float | None, by: str, language: Language
) -> list[alt.Chart]:
    reached = shown[list(DAYS)].max(axis=None)
    farthest = max(0.0 if pd.isna(reached) else float(reached), target_days or 0.0, 7.0) * 1.05
    rows = shown[["group", "place", "n_cases", *DAYS]].assign(
        # an interval whose end the data do not reach goes on to the edge
        end=shown["high_close_days"].fillna(farthest),
        text=[_days_text(row, language) for row in shown.to_dict("records")],
        text_at=shown["median_close_days"].fillna(farthest / 2),
    )
    known = rows.loc[rows["median_close_days"].notna()]
    ranged = rows.loc[rows["low_close_days"].notna(), ["place", "low_close_days", "end"]]
    axis = alt.Axis(title=None, tickCount=4, format=",d", grid=True, orient="bottom")
    x = alt.X("low_close_days:Q", axis=axis, scale=alt.Scale(domain=[0, farthest], nice=False))
    base = alt.Chart(known)
    target = one_row().mark_rule(color=SOFT_INK, strokeDash=[4, 3])
    return [
        alt.Chart(ranged).mark_rule(color=INK, strokeWidth=4, opacity=0.3).encode(x=x, x2=alt.X2("end:Q"), y=y),
        *([] if target_days is None else [target.encode(x=alt.XDatum(target_days))]),
        base.mark_point(filled=True, size=75, opacity=1, color=INK).encode(
            x=alt.X("median_close_days:Q"),
            y=y,
            tooltip=[
                alt.Tooltip("group:N", title=language.text(f"charts.feedback.{by}")),
                alt.Tooltip("median_close_days:Q", title=language.text("charts.feedback.median"), format=",.1f"),
                alt.Tooltip("low_close_days:Q", title=language.text("charts.common.low"), format=",.1f"),
                alt.Tooltip("high_close_days:Q", title=language.text("charts.common.high"), format=",.1f"),
                alt.Tooltip("n_cases:Q", title=language.text("charts.common.base"), format=",d"),
            ],
        ),
        *haloed_text(
            alt.Chart(rows[["place", "text", "text_at"]]).encode(x=alt.X("text_at:Q"), y=y, text=alt.Text("text:N")),
            baseline="bottom",
            dy=-5,
            fontSize=LABEL_SIZE,
        ),
    ]


def _days_heading(target_days: float | None, language: Language) -> alt.Title:
    lines = [language.text("charts.feedback.days_panel")]
    if target_days is not None:
        lines.append(language.text("charts.feedback.target", days=_short(target_days, language)))
    return panel_heading(lines)


def _days_text(row: dict, language: Language) -> str:
    median = row["median_close_days"]
    return language.text("charts.feedback.not_half") if pd.isna(median) else language.number(median)


def _short(days: float, language: Language) -> str:
    return language.number(days, 0 if float(days).is_integer() else 1)
