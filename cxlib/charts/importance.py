"""The declared importance of each phase beside the one found in the data, with its interval."""

from __future__ import annotations

import altair as alt
import pandas as pd

from cxlib.charts.phases import phase_axis, phase_rows
from cxlib.charts.ternary import PHASES
from cxlib.charts.theme import (
    INK,
    LABEL_SIZE,
    PAPER,
    PHASE_COLOURS,
    haloed_text,
    heading,
    house_look,
    nothing_to_show_chart,
    spoken,
)
from cxlib.language import ENGLISH, Language

COLUMNS = ["declared_share", "importance_share", "low_share", "high_share", "r2", "n_customers"]
ROW_HEIGHT = 62
WIDTH = 360


def importance_chart(compared: pd.DataFrame, *, subject: str = "", language: Language = ENGLISH) -> alt.LayerChart:
    """A diamond for the declared share of each phase, a dot with its interval for the share found.

    Parameters
    ----------
    compared : DataFrame, one row per phase
        As `declared_against_found` gives it.
    subject : str
        What was explained, such as NPS.
    language : Language

    Returns
    -------
    altair.LayerChart, or a frame with a sentence where nothing was found

    Raises
    ------
    MissingColumnError
    ParameterError
        Several rows of one phase.
    """
    title = language.text("charts.importance.title")
    rows = phase_rows(compared, [*COLUMNS, "verdict"])
    if rows["low_share"].isna().any():
        return nothing_to_show_chart(language.text("charts.importance.nothing"), title=title, language=language)

    subtitle = language.text(
        "charts.importance.subtitle",
        metric=subject,
        n=language.number(rows["n_customers"].iloc[0]),
        r2=language.percent(rows["r2"].iloc[0]),
    )
    shown = rows.reset_index(drop=True).drop(columns=["r2", "n_customers"])
    shown = shown.assign(
        phase=[language.text(f"names.phase.{phase}") for phase in PHASES],
        declared_label=[_share(share, "declared", language) for share in rows["declared_share"]],
        found_label=[_share(share, "found", language) for share in rows["importance_share"]],
        interval=[
            language.text("charts.importance.interval", low=language.percent(low), high=language.percent(high))
            for low, high in zip(rows["low_share"], rows["high_share"], strict=True)
        ],
        words=[language.text(f"charts.importance.{verdict}") for verdict in rows["verdict"]],
    )
    return alt.layer(
        *_layers(shown, language),
        width=WIDTH,
        height=ROW_HEIGHT * len(PHASES),
        title=heading(title, subtitle),
        description=spoken(title, subtitle),
        **house_look(language),
    )


def _share(share: float, kind: str, language: Language) -> str:
    return language.text(f"charts.importance.{kind}", share=language.percent(share))


def _layers(shown: pd.DataFrame, language: Language) -> list[alt.Chart]:
    base = alt.Chart(shown)
    most = max(0.5, shown[["high_share", "declared_share"]].max(axis=None)) * 1.12
    y = phase_axis(language, labelled=True)
    axis = alt.Axis(title=None, format=".0%", grid=True, tickCount=5)
    x = alt.X("low_share:Q", axis=axis, scale=alt.Scale(domain=[0, min(most, 1.05)], nice=False))
    names = list(shown["phase"])
    colour = alt.Color(
        "phase:N", legend=None, scale=alt.Scale(domain=names, range=[PHASE_COLOURS[phase] for phase in PHASES])
    )
    tooltip = [
        alt.Tooltip("phase:N", title=language.text("charts.common.phase")),
        alt.Tooltip("declared_label:N", title=language.text("charts.phases.declared_share")),
        alt.Tooltip("found_label:N", title=language.text("charts.importance.found_share")),
        alt.Tooltip("interval:N", title=language.text("charts.live_phases.interval_name")),
    ]
    found, declared = alt.X("importance_share:Q"), alt.X("declared_share:Q")
    beside = alt.XValue(WIDTH + 14)
    dot = base.encode(x=found, y=y, tooltip=tooltip)
    diamond = base.encode(x=declared, y=y, tooltip=tooltip)
    return [
        base.mark_rule(strokeWidth=7, opacity=0.55, yOffset=9).encode(
            x=x, x2=alt.X2("high_share:Q"), y=y, color=colour, tooltip=tooltip
        ),
        dot.mark_circle(size=120, opacity=1, yOffset=9).encode(color=colour),
        diamond.mark_point(
            shape="diamond", size=130, fill=PAPER, stroke=INK, strokeWidth=2, opacity=1, fillOpacity=1, yOffset=-12
        ),
        *haloed_text(
            diamond.encode(text=alt.Text("declared_label:N")), align="left", dx=11, dy=-12, fontSize=LABEL_SIZE
        ),
        *haloed_text(dot.encode(text=alt.Text("found_label:N")), dy=25, fontSize=LABEL_SIZE, fontWeight=600),
        base.mark_text(align="left", dy=-8, fontSize=LABEL_SIZE, fontWeight=600).encode(
            x=beside, y=y, text=alt.Text("words:N")
        ),
        base.mark_text(align="left", dy=7, fontSize=LABEL_SIZE).encode(x=beside, y=y, text=alt.Text("interval:N")),
    ]
