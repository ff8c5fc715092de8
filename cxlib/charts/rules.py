"""Which rules the conclusions hang on: what moves when one rule is moved."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd

from cxlib.charts.rows import chart_rows, one_row_per
from cxlib.charts.theme import (
    BLUE,
    GRID,
    INK,
    LABEL_SIZE,
    LINE,
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
from cxlib.language import ENGLISH, Language, rounded

ALL_RULES = "all"
ROW_HEIGHT = 21
BETWEEN_RULES = 0.6
"""Rows left free between two rules."""
NAMES_WIDTH = 186
SHARE_WIDTH = 194
ORDER_WIDTH = 96
VERDICT_WIDTH = 152
NAME_CHARACTERS = 17
VERDICT_CHARACTERS = 25
TITLE_CHARACTERS = 80

MOVE_COLUMNS = (
    "rule", "value", "is_base", "n_customers", "at_risk_share", "low_share", "high_share",
    "segment_rank_correlation", "touchpoint_rank_correlation",
)  # fmt: skip
RULE_COLUMNS = (
    "rule", "n_rules", "n_customers", "base_share", "lowest_share", "highest_share", "share_moves",
    "segment_rank_correlation", "touchpoint_rank_correlation", "worst_segment_changes", "worst_touchpoint_changes",
    "segments_turn", "touchpoints_turn", "verdict",
)  # fmt: skip


def rules_chart(
    moves: pd.DataFrame, rules_that_matter: pd.DataFrame, *, language: Language = ENGLISH
) -> alt.HConcatChart | alt.LayerChart:
    """The share at risk and the order of segments and touchpoints, as one rule after the other is moved.

    Parameters
    ----------
    moves : DataFrame, one row per rule and value
        As `one_rule_at_a_time` gives it.
    rules_that_matter : DataFrame, one row per rule and one for all of them
        As `rules_that_matter` gives it; its order is that of the chart.
    language : Language

    Returns
    -------
    altair.HConcatChart, or a frame with a sentence where no rule was moved or no share may be shown

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one rule and value, or too many rows.
    """
    values = chart_rows(moves, MOVE_COLUMNS, name="moves")
    values["value"] = values["value"].astype(object).where(values["value"].notna(), None)
    one_row_per(values.assign(value=values["value"].map(repr)), ["rule", "value"], name="moves")
    effects = chart_rows(rules_that_matter, RULE_COLUMNS, name="rules_that_matter")
    one_row_per(effects, ["rule"], name="rules_that_matter")
    each = effects.loc[effects["rule"].isin(values["rule"])]
    values = values.loc[values["rule"].isin(each["rule"])].dropna(subset=["at_risk_share"])
    if values.empty:
        return nothing_to_show_chart(
            language.text("charts.rules.nothing"), title=language.text("charts.rules.title_none"), language=language
        )
    title = _title(each, language)
    lines = textwrap.wrap(title, TITLE_CHARACTERS)
    subtitles = [
        language.text("charts.rules.subtitle", n=language.number(each["n_customers"].iloc[0])),
        language.text("charts.rules.order_subtitle"),
        *(
            language.text(f"charts.rules.unranked_{group}s")
            for group in ("segment", "touchpoint")
            if values[f"{group}_rank_correlation"].isna().all()
        ),
    ]
    rows, labels, end = _placed(values, effects, language)
    start = labels["line"].min()
    # without a padding of its own, Vega-Lite would give the panel with bars another one than the panel without
    scale = alt.Scale(domain=[end, start], nice=False, zero=False, padding=0)
    y, line_y = (alt.Y(f"{place}:Q", axis=None, scale=scale) for place in ("row", "line"))
    height = round(ROW_HEIGHT * (end - start))
    separators = alt.Chart(labels[["line"]]).mark_rule(color=GRID)
    return alt.hconcat(
        alt.layer(
            separators.encode(x=alt.XValue(-NAMES_WIDTH), x2=alt.X2Value(SHARE_WIDTH), y=line_y),
            *_share_layers(rows, labels, float(each["base_share"].iloc[0]), y, language),
            width=SHARE_WIDTH,
            height=height,
            title=panel_heading(language.text("charts.rules.share_panel")),
        ),
        alt.layer(
            separators.encode(x=alt.XValue(-22), x2=alt.X2Value(ORDER_WIDTH + VERDICT_WIDTH), y=line_y),
            *_order_layers(rows, labels, y, language),
            width=ORDER_WIDTH,
            height=height,
            title=panel_heading(language.text("charts.rules.order_panel")),
        ),
        spacing=22,
        title=heading(lines if len(lines) > 1 else title, *subtitles),
        description=spoken(title, *subtitles),
        **house_look(language),
    )


def rule_value(rule: str, value, language: Language) -> str:
    """A rule's value as a reader knows it.

    >>> rule_value("half_life_days", None, ENGLISH), rule_value("carry_over", 0.5, ENGLISH)
    ('never', '50%')
    """
    if value is None:
        return language.text(f"names.rule_value.{rule}_none")
    if rule == "measure":
        return language.text(f"names.rule_value.{value}")
    if rule in ("carry_over", "carry_over_decay", "neutral_band"):
        return language.percent(value)
    number = language.number(value, next((d for d in (0, 1) if abs(rounded(value, d) - value) < 0.005), 2))
    return language.text("names.rule_value.days", n=number) if rule == "half_life_days" else number


def verdict_words(effect: pd.Series, language: Language) -> str:
    """What becomes of the conclusions when a rule moves, in a few words."""
    if pd.isna(effect["verdict"]):
        return language.text("charts.rules.no_verdict")
    if effect["verdict"] != "turns":
        return language.text(f"charts.rules.{effect['verdict']}")
    turned = [group for group in ("segments", "touchpoints") if effect[f"{group}_turn"]]
    worst_changes = effect["worst_segment_changes"] or effect["worst_touchpoint_changes"]
    worst = language.text(f"charts.rules.worst_{'changes' if worst_changes else 'stays'}")
    return language.text(f"charts.rules.turns_{'both' if len(turned) == 2 else turned[0]}", worst=worst)


def _title(each: pd.DataFrame, language: Language) -> str:
    """The finding: what the share at risk hangs on, and whether who is worst does too."""
    changes = each[["worst_segment_changes", "worst_touchpoint_changes"]].eq(True).any(axis=1)
    phrases = [
        language.text(f"names.rule_phrase.{rule}") for rule in [each["rule"].iloc[0], *each.loc[changes, "rule"]]
    ]
    if not each["share_moves"].any():
        return language.text(f"charts.rules.title_{'worst' if changes.any() else 'holds'}", worst_rule=phrases[:2][-1])
    kind = "both" if changes.iloc[0] else "share_worst" if changes.any() else "share"
    return language.text(f"charts.rules.title_{kind}", rule=phrases[0], worst_rule=phrases[:2][-1])


def _placed(
    values: pd.DataFrame, effects: pd.DataFrame, language: Language
) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """The rows of the chart with their places from above, what is written once for each rule, and where they end."""
    rows, labels, place = [], [], 0.0
    for _, effect in effects.iterrows():
        rule = effect["rule"]
        own = values.loc[values["rule"] == rule]
        if own.empty and rule != ALL_RULES:
            continue
        labels.append(
            {
                "row": place,
                "line": place - 0.5 - BETWEEN_RULES / 2,
                "name": "\n".join(textwrap.wrap(language.text(f"names.rule.{rule}"), NAME_CHARACTERS)),
                "verdict": "\n".join(textwrap.wrap(verdict_words(effect, language), VERDICT_CHARACTERS)),
            }
        )
        if rule == ALL_RULES:
            rows.append(
                {
                    "row": place,
                    "value": language.text("charts.rules.combinations", n=language.number(effect["n_rules"])),
                    "n_customers": effect["n_customers"],
                    "lowest": effect["lowest_share"],
                    "highest": effect["highest_share"],
                    "segments": effect["segment_rank_correlation"],
                    "touchpoints": effect["touchpoint_rank_correlation"],
                }
            )
        for each in own.itertuples():
            rows.append(
                {
                    "row": place,
                    "value": rule_value(rule, each.value, language),
                    "is_base": each.is_base,
                    "n_customers": each.n_customers,
                    "share": each.at_risk_share,
                    "low": each.low_share,
                    "high": each.high_share,
                    "segments": each.segment_rank_correlation,
                    "touchpoints": each.touchpoint_rank_correlation,
                }
            )
            place += 1
        lines = max(label.count("\n") + 1 for label in (labels[-1]["name"], labels[-1]["verdict"]))
        place = max(place, labels[-1]["row"] + lines * 0.67 + 0.2) + BETWEEN_RULES
    frame = pd.DataFrame(rows, columns=list(dict.fromkeys([*rows[0], "lowest", "highest"])))
    frame["is_base"] = frame["is_base"].eq(True)
    return frame, pd.DataFrame(labels), place - 0.5 - BETWEEN_RULES / 2


def _share_layers(
    rows: pd.DataFrame, labels: pd.DataFrame, base_share: float, y: alt.Y, language: Language
) -> list[alt.Chart]:
    base = alt.Chart(rows.drop(columns=["segments", "touchpoints"]))
    tooltip = [
        alt.Tooltip("value:N", title=language.text("charts.rules.value")),
        alt.Tooltip("share:Q", title=language.text("charts.capital.at_risk"), format=".1%"),
        alt.Tooltip("low:Q", title=language.text("charts.common.low"), format=".1%"),
        alt.Tooltip("high:Q", title=language.text("charts.common.high"), format=".1%"),
        alt.Tooltip("n_customers:Q", title=language.text("charts.common.customers"), format=",d"),
    ]
    ends = [0, min(1.0, max(rows["high"].max() * 1.15, rows["highest"].fillna(0).max() * 1.35))]
    x = alt.X(
        "low:Q",
        axis=alt.Axis(title=None, format="%", tickCount=4, grid=True),
        scale=alt.Scale(domain=ends, nice=True),
    )
    used = language.text("charts.rules.used", share=language.percent(base_share))
    colour = alt.ColorValue(VERMILLION, condition={"test": "datum.is_base", "value": INK})
    one = base.transform_filter("isValid(datum.share)")
    span = base.transform_filter("isValid(datum.lowest)")
    label = one.encode(x=alt.X("high:Q"), y=y, text=alt.Text("share:Q", format=".0%"))
    ends_of_span = span.transform_calculate(
        words="format(datum.lowest, '.0%') + ' – ' + format(datum.highest, '.0%')"
    ).encode(x=alt.X("highest:Q"), y=y, text=alt.Text("words:N"))
    figures = {"align": "left", "baseline": "middle", "dx": 5, "fontSize": LABEL_SIZE}
    names = alt.Chart(labels[["row", "name"]])
    value = {"align": "right", "baseline": "middle", "fontSize": LABEL_SIZE}
    return [
        one_row().mark_rule(color=INK, strokeDash=[5, 3]).encode(x=alt.XDatum(base_share)),
        one_row()
        .mark_text(baseline="bottom", fontSize=LABEL_SIZE, color=INK)
        .encode(x=alt.XDatum(base_share), y=alt.YValue(-3), text=alt.TextValue(used)),
        span.mark_bar(size=6, color=LINE).encode(x=alt.X("lowest:Q"), x2=alt.X2("highest:Q"), y=y),
        one.mark_bar(size=6, opacity=0.35).encode(x=x, x2=alt.X2("high:Q"), y=y, color=colour, tooltip=tooltip),
        one.mark_point(filled=True, size=34, opacity=1).encode(x=alt.X("share:Q"), y=y, color=colour, tooltip=tooltip),
        *haloed_text(label, **figures),
        *haloed_text(ends_of_span, **figures),
        base.mark_text(**value)
        .transform_filter("!datum.is_base")
        .encode(x=alt.XValue(-10), y=y, text=alt.Text("value:N")),
        base.mark_text(**value, fontWeight=700)
        .transform_filter("datum.is_base")
        .encode(x=alt.XValue(-10), y=y, text=alt.Text("value:N")),
        names.mark_text(
            align="left", baseline="line-top", dy=-7, fontSize=LABEL_SIZE, fontWeight=600, lineBreak="\n", lineHeight=14
        ).encode(x=alt.XValue(-NAMES_WIDTH), y=y, text=alt.Text("name:N")),
    ]


def _order_layers(rows: pd.DataFrame, labels: pd.DataFrame, y: alt.Y, language: Language) -> list[alt.Chart]:
    columns = ["row", "value", "segments", "touchpoints"]
    base = alt.Chart(rows[columns])
    lowest = rows[["segments", "touchpoints"]].min(axis=None)
    ends = [-1.08, 1.08] if lowest < 0 else [-0.06, 1.06]
    x = alt.X(
        "segments:Q",
        axis=alt.Axis(title=None, grid=True, values=[-1, 0, 1] if lowest < 0 else [0, 0.5, 1], format="~f"),
        scale=alt.Scale(domain=ends, nice=False, zero=False),
    )
    tooltip = [
        alt.Tooltip("value:N", title=language.text("charts.rules.value")),
        alt.Tooltip("segments:Q", title=language.text("charts.rules.segments"), format=".2f"),
        alt.Tooltip("touchpoints:Q", title=language.text("charts.rules.touchpoints"), format=".2f"),
    ]
    heads = [
        ("\N{WHITE CIRCLE} " + language.text("charts.rules.segments"), BLUE, 0),
        ("\N{BLACK SQUARE} " + language.text("charts.rules.touchpoints"), VERMILLION, 74),
    ]
    return [
        base.mark_point(shape="circle", filled=False, size=90, strokeWidth=2, color=BLUE, opacity=1)
        .transform_filter("isValid(datum.segments)")
        .encode(x=x, y=y, tooltip=tooltip),
        base.mark_point(shape="square", filled=True, size=30, color=VERMILLION, opacity=1)
        .transform_filter("isValid(datum.touchpoints)")
        .encode(x=alt.X("touchpoints:Q"), y=y, tooltip=tooltip),
        *(
            one_row()
            .mark_text(align="left", baseline="bottom", fontSize=LABEL_SIZE, color=colour)
            .encode(x=alt.XValue(place), y=alt.YValue(-3), text=alt.TextValue(words))
            for words, colour, place in heads
        ),
        alt.Chart(labels[["row", "verdict"]])
        .mark_text(
            align="left", baseline="line-top", dy=-7, fontSize=LABEL_SIZE, lineBreak="\n", lineHeight=14, color=SOFT_INK
        )
        .encode(x=alt.XValue(ORDER_WIDTH + 14), y=y, text=alt.Text("verdict:N")),
    ]
