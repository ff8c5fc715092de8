"""The same experiences under several loss weights, side by side."""

from __future__ import annotations

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    PANEL_TITLE_SIZE,
    VERMILLION,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    one_row,
    spoken,
)
from cxlib.errors import ParameterError
from cxlib.language import ENGLISH, Language, rounded

PANEL_WIDTH = 180
PANEL_HEIGHT = 210
MOST_IN_A_ROW = 3
MOST_PRESETS = 6
MOST_MARKED = 20
"""Entries whose signs are written below the panel; more would run into each other."""
LONGEST_NAME = 2
"""Characters of a touchpoint's name that fit below its sign; longer names stand in the tooltip alone."""
END_SIZE = 30

SIGNS = {"gain": "+", "neutral": "0", "loss": "\N{MINUS SIGN}", "recovery": "\N{LEFTWARDS ARROW WITH HOOK}"}
KIND_COLOURS = {"gain": BLUE, "neutral": INK, "loss": VERMILLION, "recovery": BLUE}


def presets_chart(capital_by_preset: pd.DataFrame, *, language: Language = ENGLISH) -> alt.ConcatChart | alt.LayerChart:
    """How each experience fills or drains one account, a panel for each preset, the end balance written large.

    Each panel has its own scale: on a common one the lightest loss weight would be a flat line.

    Parameters
    ----------
    capital_by_preset : DataFrame, one row per preset and entry
        Needs preset, loss_weight, position (1, 2, …), touchpoint, kind, amount, capital. At most `MOST_PRESETS`
        presets; those that are not named in the catalogue are shown as they stand.
    language : Language

    Returns
    -------
    altair.ConcatChart, or a frame with a sentence where there is no entry

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one preset and position, too many rows or too many presets.
    """
    columns = ("preset", "loss_weight", "position", "touchpoint", "kind", "amount", "capital")
    rows = chart_rows(capital_by_preset, columns, name="capital_by_preset")
    one_row_per(rows, ["preset", "position"], name="capital_by_preset")
    rows = rows.dropna(subset=["capital"])
    if rows.empty:
        return nothing_to_show_chart(
            language.text("charts.presets.nothing"),
            title=language.text("charts.presets.nothing_title"),
            language=language,
        )
    rows["touchpoint"] = rows["touchpoint"].astype(object).where(rows["touchpoint"].notna(), "")
    accounts = [account for _, account in rows.sort_values("position", kind="stable").groupby("preset", sort=False)]
    if len(accounts) > MOST_PRESETS:
        raise ParameterError(
            f"capital_by_preset has {len(accounts)} presets and the chart draws at most {MOST_PRESETS}; choose fewer"
        )
    # the presets in the order of the frame, whatever the order of its rows within them
    accounts.sort(key=lambda account: list(rows["preset"].unique()).index(account["preset"].iloc[0]))
    ends = [_exact(account["capital"].iloc[-1], language) for account in accounts]
    listed = ends[0]
    if len(ends) > 1:
        listed = language.text("charts.presets.or", first=", ".join(ends[:-1]), last=ends[-1])
    title = language.text("charts.presets.title", n=language.number(len(accounts[0])), ends=listed)
    subtitles = [language.text("charts.presets.subtitle"), language.text("charts.presets.scales")]
    return alt.concat(
        *(_panel(account, end, language) for account, end in zip(accounts, ends, strict=True)),
        columns=MOST_IN_A_ROW,
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def _exact(value: float, language: Language) -> str:
    """A balance with as many decimals, up to two, as it has."""
    decimals = next((d for d in (0, 1) if abs(rounded(value, d) - value) < 0.005), 2)
    return language.signed(value, decimals)


def _panel(account: pd.DataFrame, end: str, language: Language) -> alt.LayerChart:
    preset, loss_weight = account["preset"].iloc[0], account["loss_weight"].iloc[0]
    known = ("simple", "tversky_kahneman", "normann")
    name = language.text(f"names.preset.{preset}") if preset in known else str(preset)
    drawn = account.assign(
        before=account["capital"] - account["amount"],
        sign=account["kind"].map(SIGNS),
        kind_name=account["kind"].map({kind: language.text(f"names.kind.{kind}") for kind in SIGNS}),
    ).drop(columns=["preset", "loss_weight"])
    base = alt.Chart(drawn)
    count = len(drawn)
    step = PANEL_WIDTH / count
    is_marked = count <= MOST_MARKED
    is_named = is_marked and bool(drawn["touchpoint"].str.len().max() <= LONGEST_NAME)
    axis = alt.Axis(
        title=None, ticks=False, labels=is_named, labelAngle=0, labelPadding=22, domain=False, labelOverlap=False,
        labelExpr=f"{_names_by_position(drawn)}[datum.value]" if is_named else alt.Undefined,
    )  # fmt: skip
    x = alt.X("position:O", axis=axis, scale=alt.Scale(paddingInner=0.15, paddingOuter=0.08))
    low = min(drawn["capital"].min(), drawn["before"].min(), 0.0)
    high = max(drawn["capital"].max(), drawn["before"].max(), 0.0)
    room = (high - low) or 1.0
    y = alt.Y(
        "before:Q",
        axis=alt.Axis(title=None, tickCount=5, minExtent=26),
        # the end balance is written in the emptier corner, for which the top keeps room
        scale=alt.Scale(domain=[low - 0.04 * room, high + 0.3 * room], nice=False, zero=False),
    )
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(domain=list(SIGNS), range=list(KIND_COLOURS.values())))
    tooltip = [
        alt.Tooltip("position:Q", title=language.text("charts.presets.position"), format="d"),
        alt.Tooltip("touchpoint:N", title=language.text("charts.touchpoints.touchpoint")),
        alt.Tooltip("kind_name:N", title=language.text("charts.presets.kind")),
        alt.Tooltip("amount:Q", title=language.text("charts.presets.amount"), format="+,.2~f"),
        alt.Tooltip("capital:Q", title=language.text("charts.presets.capital"), format="+,.2~f"),
    ]
    moved = base.transform_filter("datum.amount != 0")
    layers = [
        one_row().mark_rule(color=INK, strokeWidth=1.2).encode(y=alt.YDatum(0)),
        moved.mark_bar().encode(x=x, y=y, y2=alt.Y2("capital:Q"), color=colour, tooltip=tooltip),
        # where nothing moved, the balance is still to be seen
        base.mark_tick(thickness=2, size=max(step * 0.85, 2), color=LINE, opacity=1).encode(
            x=x, y=alt.Y("capital:Q"), tooltip=tooltip
        ),
    ]
    if is_marked:
        layers.append(
            base.mark_text(fontSize=14, fontWeight=700, baseline="middle").encode(
                x=x, y=alt.YValue(PANEL_HEIGHT + 13), text=alt.Text("sign:N"), color=colour
            )
        )
    large = one_row().encode(x=alt.XValue(PANEL_WIDTH), y=alt.YValue(4), text=alt.TextValue(end))
    is_left = drawn["capital"].iloc[-1] > 0
    layers += haloed_text(
        large, align="right", baseline="top", fontSize=END_SIZE, fontWeight=600, color=BLUE if is_left else VERMILLION
    )
    return alt.layer(
        *layers,
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
        title=alt.Title(
            text=name,
            subtitle=language.text("charts.presets.weighs", weight=_weight(loss_weight, language)),
            fontSize=PANEL_TITLE_SIZE,
            subtitleFontSize=LABEL_SIZE,
            subtitlePadding=3,
            offset=8,
            frame="bounds",
        ),
    )


def _weight(loss_weight: float, language: Language) -> str:
    return _exact(loss_weight, language).removeprefix("+")


def _names_by_position(drawn: pd.DataFrame) -> str:
    names = [name.replace("\\", "").replace("'", "") for name in drawn["touchpoint"]]
    pairs = (f"'{position:g}': '{name}'" for position, name in zip(drawn["position"], names, strict=True))
    return "{" + ", ".join(pairs) + "}"
