"""Charts as pictures: drawn by vl-convert in this process, the same on every machine."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import typst
import vl_convert

from cxlib.reporting.failures import ReportError
from cxlib.reporting.outputs.shown import NO_XML, seen

FONTS = Path(__file__).parent / "fonts"
FONT = "Cxlib Sans"
"""The family in `FONTS`: Roboto, which the page's own list names, under a name that no machine has a font of."""

# A link, or a picture that lies elsewhere. The texts of a chart hold neither < nor " in an SVG.
_ELSEWHERE = re.compile(r'(?<=<image)\s+xlink:href="(?!data:image/)[^"]*"|(?<=<a)\s+xlink:href="[^"]*"')

PADDING = 1
"""Pixels around a chart: its left edge is that of the text beside it."""

MOST_KEPT = 128
"""Charts that are kept drawn: a report's own, for several kinds of files."""

PNG_SCALE = 3.0
"""Pixels of a PNG for each of the chart's own: about 290 to the inch."""


PIXELS_PER_INCH = 96
"""Of an SVG, by which its size is told in points."""

_A_PAGE_EACH = b"""\
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#for number in range(int(sys.inputs.count)) {
  if number > 0 { pagebreak() }
  image(str(number) + ".svg")
}
"""


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


def chart_pngs(specs: Sequence[dict[str, Any]], *, scale: float = PNG_SCALE) -> list[bytes | None]:
    """Charts as PNG, their sliders at their start; for what cannot hold an SVG.

    All in one go, by typst: it sets a page for each, and takes a quarter of the time that vl-convert needs for one
    after another (1.9 and typst 0.15, November 2026).

    Parameters
    ----------
    specs : sequence of dict
        Vega-Lite specifications. Left alone.
    scale : float
        Pixels for each of a chart's own.

    Returns
    -------
    list of bytes or None
        None for a chart that cannot be drawn.
    """
    drawn = [_svg_if_any(spec) for spec in specs]
    made = iter(_pngs([svg for svg in drawn if svg is not None], scale))
    return [None if svg is None else next(made) for svg in drawn]


def _svg_if_any(spec: dict[str, Any]) -> str | None:
    try:
        return chart_svg(spec)
    except ChartNotDrawnError:
        return None


def _pngs(svgs: Sequence[str], scale: float) -> list[bytes | None]:
    if not svgs:
        return []
    try:
        pages = typst.compile(
            {"main.typ": _A_PAGE_EACH} | {f"{number}.svg": svg.encode("utf-8") for number, svg in enumerate(svgs)},
            format="png",
            ppi=PIXELS_PER_INCH * scale,
            font_paths=own_fonts(),
            sys_inputs={"count": str(len(svgs))},
        )
    except typst.TypstError:
        # One that typst does not take is not to cost the others.
        return [None] if len(svgs) == 1 else [_pngs([svg], scale)[0] for svg in svgs]
    return pages if isinstance(pages, list) else [pages]


@cache
def own_fonts() -> typst.Fonts:
    """The fonts of `FONTS` and no others of the machine, for typst."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])


def prepare() -> None:
    """Do in advance what the first chart of a process waits for, more than a second: starting Vega."""
    chart_svg({"data": {"values": [{}]}, "mark": "point"})


def _drawn_from(spec: dict[str, Any]) -> str:
    """The specification that is drawn, as JSON: in the font that is at hand everywhere, without a rim around it."""
    config = spec.get("config")
    drawn = {**spec, "config": {**(config if isinstance(config, dict) else {}), "font": FONT, "padding": PADDING}}
    # vl-convert ends the whole process over a letter that no SVG may hold (1.9, November 2026).
    return NO_XML.sub("\ufffd", json.dumps(seen(drawn), ensure_ascii=False))


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
