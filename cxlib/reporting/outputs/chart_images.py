"""Charts as pictures: drawn by vl-convert in this process, the same on every machine."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import vl_convert

from cxlib.reporting.failures import ReportError
from cxlib.reporting.outputs.shown import seen

FONTS = Path(__file__).parent / "fonts"
FONT = "Cxlib Sans"
"""The family in `FONTS`: Roboto, which the page's own list names, under a name that no machine has a font of."""

# A link, or a picture that lies elsewhere. The texts of a chart hold neither < nor " in an SVG.
_ELSEWHERE = re.compile(r'(?<=<image)\s+xlink:href="(?!data:image/)[^"]*"|(?<=<a)\s+xlink:href="[^"]*"')

# What no SVG may hold; vl-convert ends the whole process over such a letter (1.9, November 2026).
_NO_LETTER = re.compile("[\ud800-\udfff\ufffe\uffff]")

PADDING = 1
"""Pixels around a chart: its left edge is that of the text beside it."""

MOST_KEPT = 128
"""Charts that are kept drawn: a report's own, for several kinds of files."""

PNG_SCALE = 3.0
"""Pixels of a PNG for each of the chart's own: about 290 to the inch."""


class ChartNotDrawnError(ReportError):
    """A chart's specification cannot be drawn."""


def chart_svg(spec: dict[str, Any]) -> str:
    """A chart as SVG, its sliders at their start.

    Drawn once, however many files it goes into. Nothing is fetched for it: a chart whose data lie elsewhere is not
    drawn, a picture in it from elsewhere is left out, and nothing in it is a link.

    Parameters
    ----------
    spec : dict
        A Vega-Lite specification. Left alone.

    Raises
    ------
    ChartNotDrawnError
    """
    return _svg(_drawn_from(spec))


def chart_png(spec: dict[str, Any], *, scale: float = PNG_SCALE) -> bytes:
    """A chart as PNG, its sliders at their start; for what cannot hold an SVG.

    Parameters
    ----------
    spec : dict
        A Vega-Lite specification. Left alone.
    scale : float
        Pixels for each of the chart's own.

    Raises
    ------
    ChartNotDrawnError
    """
    return vl_convert.svg_to_png(chart_svg(spec), scale=scale)


def prepare() -> None:
    """Do in advance what the first chart of a process waits for, more than a second: starting Vega."""
    chart_svg({"data": {"values": [{}]}, "mark": "point"})


def _drawn_from(spec: dict[str, Any]) -> str:
    """The specification that is drawn, as JSON: in the font that is at hand everywhere, without a rim around it."""
    config = spec.get("config")
    drawn = {**spec, "config": {**(config if isinstance(config, dict) else {}), "font": FONT, "padding": PADDING}}
    return _NO_LETTER.sub("\ufffd", json.dumps(seen(drawn), ensure_ascii=False))


@lru_cache(maxsize=MOST_KEPT)
def _svg(spec: str) -> str:
    _register_fonts()
    try:
        return _ELSEWHERE.sub("", vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
    except ValueError as error:
        # The first line says what failed in general, the second why, the others where in Vega's own code.
        reason = " ".join(line.strip() for line in str(error).splitlines()[:2])
        raise ChartNotDrawnError(f"a chart could not be drawn: {reason}") from error


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(FONTS))
