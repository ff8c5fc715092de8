"""Which touchpoints are needed: a slider for the capital given up, and how often each one stays in samples."""

from __future__ import annotations

import json
from itertools import pairwise

import altair as alt
import pandas as pd

from cxlib.charts.loss_weight import slider_step
from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    LINE,
    PAPER,
    SKY,
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
from cxlib.errors import ParameterError
from cxlib.language import ENGLISH, NO_VALUE, Language

MOST_TOUCHPOINTS = 40
ROW_HEIGHT = 26
BARS_WIDTH = 130
NET_AT = 240
WORDS_AT = 256
SET_WIDTH = 450
READOUT_HEIGHT = 46
READOUT_SIZE = 24
NAMES_WIDTH = 150
FREQUENCY_WIDTH = 310

TOTALS = ("n_before", "n_kept", "cost_before", "saved_cost", "capital_before", "capital_after")


def smallest_sets_chart(
    sets: pd.DataFrame,
    *,
    start: float = 0.0,
    currency: str | None = None,
    subject: str | None = None,
    language: Language = ENGLISH,
) -> alt.VConcatChart | alt.LayerChart:
    """Which touchpoints stay and which can go, for the share of capital given up that a slider chooses.

    Of more than `MOST_TOUCHPOINTS` touchpoints the dearest are shown, and the subtitle says so.

    Parameters
    ----------
    sets : DataFrame, one row per share given up and touchpoint
        As `smallest_sets_by_capital` gives it; of it capital_given_up (0 to 1), touchpoint, kept, reason, only_for,
        n_contacts, cost (NA: the contacts are drawn instead), net_capital (NA = not shown) and the totals n_before,
        n_kept, cost_before, saved_cost, capital_before, capital_after.
    start : float
        The share shown first, one of the frame's.
    currency : str, optional
        Of the costs, such as SEK.
    subject : str, optional
        A sentence that says from when the figures are, shown under the title.
    language : Language

    Returns
    -------
    altair.VConcatChart with the parameter `capital_given_up` (per cent), or a frame with a sentence where there is no
    touchpoint

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one share and touchpoint, too many rows, or a start that the frame lacks.
    """
    columns = (
        "capital_given_up",
        "touchpoint",
        "kept",
        "reason",
        "only_for",
        "n_contacts",
        "cost",
        "net_capital",
        *TOTALS,
    )
    rows = chart_rows(sets, columns, name="sets")
    one_row_per(rows, ["capital_given_up", "touchpoint"], name="sets")
    title = language.text("charts.smallest_sets.title")
    if rows.empty:
        return nothing_to_show_chart(language.text("charts.smallest_sets.nothing"), title=title, language=language)
    shares = sorted(rows["capital_given_up"].unique())
    if start not in shares:
        raise ParameterError(f"start is {start:g}; the frame has {', '.join(f'{share:g}' for share in shares)}")

    knows_cost = bool(rows["cost"].notna().all())
    per_touchpoint = _by_touchpoint(rows, shares, "cost" if knows_cost else "n_contacts", language)
    shown = per_touchpoint.iloc[:MOST_TOUCHPOINTS].reset_index(drop=True)
    shown["label"] = axis_labels(list(shown["touchpoint"]))
    subtitles = [
        language.text("charts.smallest_sets.subtitle"),
        subject or "",
        language.text(
            "charts.smallest_sets.most", shown=language.number(len(shown)), all=language.number(len(per_touchpoint))
        )
        if len(shown) < len(per_touchpoint)
        else "",
    ]
    bars = alt.layer(
        *_set_layers(shown, _size_heading(knows_cost, currency, language), language),
        width=SET_WIDTH,
        height=ROW_HEIGHT * len(shown),
    )
    percents = [round(100 * share, 6) for share in shares]
    slider = alt.param(
        name="capital_given_up",
        value=round(100 * start, 6),
        bind=alt.binding_range(
            min=percents[0],
            max=percents[-1],
            step=slider_step(percents),
            name=language.text("charts.smallest_sets.slider"),
        ),
    )
    place = alt.param(name="capital_given_up_index", expr=place_expression(percents))
    return alt.vconcat(
        _readout(rows, shares, (currency or "") if knows_cost else None, language),
        bars,
        spacing=10,
        params=[slider.param, place.param],
        title=heading(title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def selection_chart(selection: pd.DataFrame, *, language: Language = ENGLISH) -> alt.LayerChart:
    """In how many samples of the customers each touchpoint stays.

    Parameters
    ----------
    selection : DataFrame, one row per touchpoint
        As `selection_frequency` gives it: touchpoint, kept, n_stays, n_draws, stays_share, low_share, high_share.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where there is no touchpoint

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one touchpoint, or too many rows.
    """
    columns = ("touchpoint", "kept", "n_stays", "n_draws", "stays_share", "low_share", "high_share")
    rows = chart_rows(selection, columns, name="selection")
    one_row_per(rows, ["touchpoint"], name="selection")
    title = language.text("charts.selection.title")
    if rows.empty:
        return nothing_to_show_chart(language.text("charts.smallest_sets.nothing"), title=title, language=language)
    shown = rows.sort_values(["stays_share", "touchpoint"], ignore_index=True).iloc[:MOST_TOUCHPOINTS]
    shown["label"] = axis_labels(list(shown["touchpoint"]))
    shown["words"] = [
        language.text(
            "charts.selection.stays" if row.kept else "charts.selection.goes", share=language.percent(row.stays_share)
        )
        for row in shown.itertuples()
    ]
    subtitle = language.text("charts.selection.subtitle", n=language.number(shown["n_draws"].iloc[0]))
    base = alt.Chart(shown)
    y = name_axis(shown["label"], labelled=True)
    x = alt.X(
        "low_share:Q",
        axis=alt.Axis(format="%", title=None, tickCount=5, grid=True, orient="bottom"),
        scale=alt.Scale(domain=[0, 1]),
    )
    colour = alt.ColorValue(VERMILLION, condition={"test": "datum.kept", "value": BLUE})
    tooltip = [
        alt.Tooltip("touchpoint:N", title=language.text("charts.touchpoints.touchpoint")),
        alt.Tooltip("n_stays:Q", title=language.text("charts.selection.n_stays"), format=",d"),
        alt.Tooltip("stays_share:Q", title=language.text("charts.selection.share"), format=".0%"),
        alt.Tooltip("low_share:Q", title=language.text("charts.common.low"), format=".0%"),
        alt.Tooltip("high_share:Q", title=language.text("charts.common.high"), format=".0%"),
    ]
    point = {"filled": True, "size": 80, "opacity": 1}
    return alt.layer(
        base.mark_rule(strokeWidth=4, opacity=0.35).encode(x=x, x2=alt.X2("high_share:Q"), y=y, color=colour),
        base.transform_filter("datum.kept")
        .mark_point(**point, shape="circle", color=BLUE)
        .encode(x=alt.X("stays_share:Q"), y=y, tooltip=tooltip),
        base.transform_filter("!datum.kept")
        .mark_point(**point, shape="diamond", color=VERMILLION)
        .encode(x=alt.X("stays_share:Q"), y=y, tooltip=tooltip),
        base.mark_text(align="left", baseline="middle", fontSize=LABEL_SIZE).encode(
            x=alt.XValue(FREQUENCY_WIDTH + 16), y=y, text=alt.Text("words:N")
        ),
        width=FREQUENCY_WIDTH,
        height=ROW_HEIGHT * len(shown),
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def place_expression(percents: list[float]) -> str:
    """A Vega expression for the place in the grid of the share that the slider stands at.

    >>> place_expression([0, 5, 10])
    '(capital_given_up >= 2.5) + (capital_given_up >= 7.5)'
    """
    middles = [(low + high) / 2 for low, high in pairwise(percents)]
    return " + ".join(f"(capital_given_up >= {middle:g})" for middle in middles) or "0"


def _by_touchpoint(rows: pd.DataFrame, shares: list[float], size: str, language: Language) -> pd.DataFrame:
    """One row per touchpoint, the largest first, with lists over the shares: whether it stays, and the words for it."""
    words = rows.assign(
        words=[
            language.text(
                f"charts.smallest_sets.{'stays' if row.kept else 'goes'}",
                reason=language.text(f"names.set_reason.{row.reason}"),
            )
            for row in rows.itertuples()
        ]
    )
    kept, said, only_for = (
        words.pivot(index="touchpoint", columns="capital_given_up", values=name)[shares]
        for name in ("kept", "words", "only_for")
    )
    by_touchpoint = rows.groupby("touchpoint")[[size, "net_capital"]].first().rename(columns={size: "size"})
    by_touchpoint["kept_grid"] = pd.Series([[int(x) for x in row] for row in kept.to_numpy()], kept.index)
    by_touchpoint["words_grid"] = pd.Series([list(row) for row in said.to_numpy()], said.index)
    by_touchpoint["needs_grid"] = pd.Series([list(row) for row in only_for.to_numpy()], only_for.index)
    by_touchpoint = by_touchpoint.reset_index()
    return by_touchpoint.sort_values(["size", "touchpoint"], ascending=[False, True], ignore_index=True)


def _size_heading(knows_cost: bool, currency: str | None, language: Language) -> str:
    if not knows_cost:
        return language.text("charts.smallest_sets.contacts_panel")
    cost = language.text("charts.smallest_sets.cost_panel")
    return f"{cost} ({currency})" if currency else cost


def _set_layers(shown: pd.DataFrame, size_heading: str, language: Language) -> list[alt.Chart]:
    base = alt.Chart(shown).transform_calculate(
        kept="datum.kept_grid[capital_given_up_index]",
        words="datum.words_grid[capital_given_up_index]",
        needs="datum.needs_grid[capital_given_up_index]",
    )
    # a net that rounds to zero has no sign
    net = "abs(datum.net_capital) < 0.5 ? '0' : format(datum.net_capital, '+,.0f')"
    base = base.transform_calculate(net=f"isValid(datum.net_capital) ? ({net}) : {json.dumps(NO_VALUE)}")
    y = name_axis(shown["label"], labelled=True)
    most = float(shown["size"].max())
    x = alt.X("size:Q", axis=None, scale=alt.Scale(domain=[0, most or 1], range=[0, BARS_WIDTH], nice=False))
    goes, stays = base.transform_filter("!datum.kept"), base.transform_filter("datum.kept")
    tooltip = [
        alt.Tooltip("touchpoint:N", title=language.text("charts.touchpoints.touchpoint")),
        alt.Tooltip("words:N", title=language.text("charts.smallest_sets.verdict")),
        alt.Tooltip("needs:N", title=language.text("charts.smallest_sets.only_for")),
        alt.Tooltip("size:Q", title=size_heading, format=",.0f"),
        alt.Tooltip("net_capital:Q", title=language.text("charts.touchpoints.net"), format="+,.0f"),
    ]
    figures = {"baseline": "middle", "fontSize": LABEL_SIZE, "align": "left"}
    words_at = alt.XValue(WORDS_AT)
    return [
        stays.mark_bar(size=14, color=SKY).encode(x=x, x2=alt.X2Datum(0), y=y, tooltip=tooltip),
        goes.mark_bar(size=14, fill=PAPER, stroke=LINE, strokeWidth=1.4, strokeDash=[4, 3]).encode(
            x=x, x2=alt.X2Datum(0), y=y, tooltip=tooltip
        ),
        base.mark_text(**figures, dx=5).encode(x=x, y=y, text=alt.Text("size:Q", format=",.0f")),
        base.mark_text(baseline="middle", fontSize=LABEL_SIZE, align="right").encode(
            x=alt.XValue(NET_AT), y=y, text=alt.Text("net:N")
        ),
        *(
            one_row()
            .mark_text(fontSize=LABEL_SIZE, fontWeight=600, align=align, baseline="bottom")
            .encode(x=alt.XValue(at), y=alt.YValue(-6), text=alt.TextValue(text))
            for at, align, text in (
                (0, "left", size_heading),
                (NET_AT, "right", language.text("charts.smallest_sets.net_panel")),
                (WORDS_AT, "left", language.text("charts.smallest_sets.verdict")),
            )
        ),
        stays.mark_text(**figures, color=INK).encode(x=words_at, y=y, text=alt.Text("words:N"), tooltip=tooltip),
        goes.mark_text(**figures, color=VERMILLION, fontWeight=600).encode(
            x=words_at, y=y, text=alt.Text("words:N"), tooltip=tooltip
        ),
    ]


def _readout(rows: pd.DataFrame, shares: list[float], currency: str | None, language: Language) -> alt.LayerChart:
    """Large figures for the share that is chosen: how many stay, what is saved, the capital kept."""
    totals = rows.groupby("capital_given_up")[list(TOTALS)].first().reindex(shares)
    first = totals.iloc[0]
    kept = [language.number(n) for n in totals["n_kept"]]
    capital = [language.signed(x) for x in totals["capital_after"]]
    tiles = [
        (
            kept,
            language.text("charts.smallest_sets.readout_kept", n=language.number(first["n_before"])),
        ),
        (
            capital,
            language.text("charts.smallest_sets.readout_capital", now=language.signed(first["capital_before"])),
        ),
    ]
    if currency is not None:
        saved = [language.number(x) for x in totals["saved_cost"]]
        caption = language.text(
            "charts.smallest_sets.readout_saved", currency=currency, all=language.number(first["cost_before"])
        )
        tiles.insert(1, (saved, caption))
    layers = []
    for place, (values, caption) in enumerate(tiles):
        at = alt.XValue(-NAMES_WIDTH + 190 * place)
        expression = f"{json.dumps(values, ensure_ascii=False)}[capital_given_up_index]"
        layers += [
            one_row()
            .transform_calculate(value=expression)
            .mark_text(align="left", baseline="alphabetic", fontSize=READOUT_SIZE, fontWeight=600, color=BLUE)
            .encode(x=at, y=alt.YValue(READOUT_HEIGHT - 22), text=alt.Text("value:N")),
            one_row()
            .mark_text(align="left", baseline="alphabetic", fontSize=LABEL_SIZE, color=SOFT_INK)
            .encode(x=at, y=alt.YValue(READOUT_HEIGHT - 4), text=alt.TextValue(caption.strip())),
        ]
    return alt.layer(*layers, width=SET_WIDTH, height=READOUT_HEIGHT)
