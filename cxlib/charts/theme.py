"""One look for every chart: palette, type, sizes, titles, and the chart that says there is nothing to show."""

from __future__ import annotations

import textwrap
from functools import cache

import altair as alt

from cxlib.language import ENGLISH, Language

CHART_WIDTH = 680
"""Pixels from the left edge of a chart's labels to its right edge, about; a printed page holds it."""

PLOT_WIDTH = 530
"""Pixels of the plotting area of charts over time: leaves room for the axis and the labels at the right."""

AXIS_WIDTH = 40
"""Pixels kept for the labels of a vertical axis, so that panels and their titles line up."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK = "#1a1a1a"
"""Text, zero lines and marks that must be seen first."""
SOFT_INK = "#4a4a4a"
"""Axis labels and subtitles: 8.9 to 1 against white."""
GRID = "#e2e2e2"
LINE = "#8a8a8a"
"""Axis lines, frames and bars that only state a base."""
PAPER = "#ffffff"

# Okabe and Ito (2008), Color Universal Design: told apart with every common form of colour blindness.
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"

# Neighbours differ in lightness too (L* 54, 91, 70 and 71, 58, 46), so that a grey print still tells them apart.
ZONE_COLOURS = {"at_risk": VERMILLION, "thin": YELLOW, "cushioned": SKY}
PHASE_COLOURS = {"purchase": ORANGE, "consumption": GREEN, "payment": BLUE}
PHASE_SHAPES = {"purchase": "square", "consumption": "circle", "payment": "triangle-up"}

TITLE_SIZE = 16
PANEL_TITLE_SIZE = 12
TEXT_SIZE = 12
LABEL_SIZE = 11
SUBTITLE_CHARACTERS = 92
"""A subtitle's line breaks here: the widest common interface font still keeps it within the chart."""


def themed(chart: alt.TopLevelMixin, language: Language = ENGLISH) -> alt.TopLevelMixin:
    """The same chart with the house's look and the language's numbers; no global theme is touched.

    Parameters
    ----------
    chart : altair chart of any kind
        The outermost one: a themed chart cannot become part of another.
    language : Language

    Returns
    -------
    altair chart
    """
    # Not `configure` and `properties`: each of them copies the whole chart once more.
    copy = chart.copy(deep=False)
    for name, value in house_look(language).items():
        copy[name] = value
    return copy


def house_look(language: Language = ENGLISH) -> dict[str, object]:
    """What gives a chart the house's look where its outermost part is made: `alt.layer(..., **house_look(language))`.

    `themed` does it later and has to copy the chart, a tenth of what a chart costs.
    """
    return {
        "config": _house_config(language).copy(),  # whoever changes one chart changes no other
        # The page decides on its own menu; drawn as SVG, a chart prints sharply.
        "usermeta": {"embedOptions": {"actions": False, "renderer": "svg"}},
    }


@cache
def _house_config(language: Language) -> alt.Config:
    """Everything that is the same in all charts of a language; altair checks each part of it when it is made."""
    locale = language.vega_locale
    axis = alt.AxisConfig(
        labelColor=SOFT_INK,
        titleColor=INK,
        labelFontSize=LABEL_SIZE,
        titleFontSize=LABEL_SIZE,
        titleFontWeight="normal",
        gridColor=GRID,
        domainColor=LINE,
        tickColor=LINE,
        labelOverlap=False,
    )
    return alt.Config(
        # Vega would describe every mark to a screen reader in English and by column names; the page gives each chart
        # a label in the reader's language instead, and the text beside it says what it shows.
        aria=False,
        background=PAPER,
        font=FONT,
        padding=8,
        locale=alt.Locale(number=alt.NumberLocale(**locale["number"]), time=alt.TimeLocale(**locale["time"])),
        view=alt.ViewConfig(stroke=None),
        axis=axis,
        axisY=alt.AxisConfig(domain=False, ticks=False, labelPadding=6, tickCount=5),
        axisX=alt.AxisConfig(grid=False),
        text=alt.MarkConfig(color=INK, fontSize=LABEL_SIZE),
        title=alt.TitleConfig(
            anchor="start",
            color=INK,
            subtitleColor=SOFT_INK,
            fontSize=TITLE_SIZE,
            fontWeight=600,
            subtitleFontSize=TEXT_SIZE,
            subtitlePadding=5,
            offset=14,
        ),
        concat=alt.CompositionConfig(spacing=22),
    )


def heading(title: str, *subtitles: str) -> alt.Title:
    """A chart's title with its subtitles, each on lines of its own that fit the chart's width."""
    lines = [line for text in subtitles if text for line in textwrap.wrap(text, SUBTITLE_CHARACTERS)]
    return alt.Title(text=title, subtitle=lines) if lines else alt.Title(text=title)


def panel_heading(text: str) -> alt.Title:
    """The title of one panel of a chart; it stands where a turned axis title would have to be read sideways."""
    return alt.Title(text=text, fontSize=PANEL_TITLE_SIZE, fontWeight=600, offset=8, frame="bounds")


def spoken(title: str, *subtitles: str) -> str:
    """What a screen reader says of a chart."""
    return " ".join([f"{title}.", *(text for text in subtitles if text)])


def haloed_text(base: alt.Chart, **mark) -> list[alt.Chart]:
    """Two layers of the same text, the lower one a white rim, so that it reads on lines and bands too."""
    rim = {**mark, "stroke": PAPER, "strokeWidth": 3, "strokeJoin": "round", "aria": False}
    return [base.mark_text(**rim), base.mark_text(**mark)]


def one_row() -> alt.Chart:
    """A chart of one empty row: for a line or a text that belongs to the axes, not to the data."""
    return alt.Chart(alt.InlineData(values=[{}]))


def nothing_to_show_chart(message: str, *, title: str | None = None, language: Language = ENGLISH) -> alt.LayerChart:
    """An empty frame with a sentence in it, where a chart has nothing that it may show.

    Parameters
    ----------
    message : str
        A plain sentence that says what is missing.
    title : str, optional
        The title that the chart would have had.
    language : Language

    Returns
    -------
    altair.LayerChart
    """
    title = title or language.text("charts.common.nothing_title")
    frame = (
        one_row()
        .mark_rect(fill=PAPER, stroke=LINE, strokeDash=[4, 4])
        .encode(x=alt.XValue(0), x2=alt.X2Value("width"), y=alt.YValue(0), y2=alt.Y2Value("height"))
    )
    sentence = (
        one_row()
        .mark_text(fontSize=TEXT_SIZE, lineBreak="\n", baseline="middle")
        .encode(
            x=alt.XValue(PLOT_WIDTH / 2), y=alt.YValue(50), text=alt.TextValue("\n".join(textwrap.wrap(message, 70)))
        )
    )
    return alt.layer(
        frame,
        sentence,
        width=PLOT_WIDTH,
        height=110,
        title=heading(title),
        description=spoken(title, message),
        **house_look(language),
    )
