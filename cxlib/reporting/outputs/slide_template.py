"""The empty deck that a report's slides are drawn in: 16:9, the page's colours, two layouts of our own."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from pathlib import Path

import pptx
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation
from pptx.util import Inches

from cxlib.reporting.outputs.colours import COLOURS

INK, SOFT, FAINT, SHADE, ACCENT, BETTER, WORSE, ALARM = (
    COLOURS[name].removeprefix("#").upper()
    for name in ("ink", "soft", "faint", "shade", "accent", "better", "worse", "alarm")
)
FONT = "Calibri"

WIDTH, HEIGHT = 13.333, 7.5
MARGIN = 0.6
TITLE_TOP, TITLE_HEIGHT = 0.74, 1.02
BODY_TOP, BODY_HEIGHT = 1.9, 4.62
SMALL_TOP, SMALL_HEIGHT = 6.56, 0.48
FOOT_TOP, FOOT_HEIGHT = 7.06, 0.3
"""Inches, for all that stands on a slide."""

TITLE_SLIDE, CONTENT = "Title Slide", "Title Only"
_THEME = "ppt/theme/theme1.xml"
_LEFT_OUT = ("docProps/thumbnail.jpeg", "docProps/app.xml", "ppt/printerSettings/printerSettings1.bin")
_LISTS = ("_rels/.rels", "ppt/_rels/presentation.xml.rels")
_RELATIONSHIP = re.compile(r'<Relationship [^>]*Target="([^"]*)"[^>]*/>')
_COLOURS = {
    "dk1": INK, "lt1": "FFFFFF", "dk2": SOFT, "lt2": SHADE, "accent1": ACCENT, "accent2": ALARM, "accent3": BETTER,
    "accent4": "E69F00", "accent5": "56B4E9", "accent6": "CC79A7", "hlink": ACCENT, "folHlink": SOFT,
}  # fmt: skip


def empty_deck() -> Presentation:
    """A new deck without a slide; see this module."""
    deck = pptx.Presentation(io.BytesIO(_template()))
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    for layout in list(deck.slide_layouts):
        if layout.name not in (TITLE_SLIDE, CONTENT):
            deck.slide_layouts.remove(layout)
    _place(deck.slide_master.placeholders)
    for layout in deck.slide_layouts:
        _place(layout.placeholders)
    title, subtitle = list(deck.slide_layouts.get_by_name(TITLE_SLIDE).placeholders)[:2]
    _set(title, 1.2, 2.3, WIDTH - 2.2, 1.6, anchor=MSO_ANCHOR.BOTTOM)
    _set(subtitle, 1.2, 4.1, WIDTH - 2.2, 1.2)
    return deck


@cache
def _template() -> bytes:
    """python-pptx's own template with the page's colours, without its picture, its printer and its writer's machine."""
    source = Path(pptx.__file__).parent / "templates" / "default.pptx"
    changed = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            if name in _LEFT_OUT:
                continue
            content = old.read(name)
            if name in _LISTS:
                content = _RELATIONSHIP.sub(_kept, content.decode("utf-8")).encode("utf-8")
            if name == _THEME:
                content = _themed(content.decode("utf-8")).encode("utf-8")
            new.writestr(name, content)
    return changed.getvalue()


def _kept(relationship: re.Match) -> str:
    """A relationship of the template, but for those to parts that are left out."""
    return "" if any(name.endswith(relationship[1]) for name in _LEFT_OUT) else relationship[0]


def _themed(theme: str) -> str:
    colours = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in _COLOURS.items())
    scheme = f'<a:clrScheme name="cxlib">{colours}</a:clrScheme>'
    return re.sub(r"<a:clrScheme .*?</a:clrScheme>", scheme, theme, flags=re.DOTALL)


def _place(placeholders) -> None:
    """Put the placeholders of a master or layout where this deck has them, by what they are."""
    for shape in list(placeholders):
        kind = shape.placeholder_format.type.name
        if kind in ("TITLE", "CENTER_TITLE"):
            _set(shape, MARGIN, TITLE_TOP, WIDTH - 2 * MARGIN, TITLE_HEIGHT, anchor=MSO_ANCHOR.TOP)
        elif kind in ("BODY", "SUBTITLE"):
            _set(shape, MARGIN, BODY_TOP, WIDTH - 2 * MARGIN, BODY_HEIGHT)
        elif kind == "FOOTER":
            _set(shape, MARGIN, FOOT_TOP, WIDTH - 2 * MARGIN - 1, FOOT_HEIGHT)
        elif kind == "SLIDE_NUMBER":
            _set(shape, WIDTH - MARGIN - 0.9, FOOT_TOP, 0.9, FOOT_HEIGHT, align=PP_ALIGN.RIGHT)
        elif kind == "DATE":
            shape.element.getparent().remove(shape.element)


def _set(
    shape,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    anchor: MSO_ANCHOR = MSO_ANCHOR.TOP,
    align: PP_ALIGN = PP_ALIGN.LEFT,
) -> None:
    shape.left, shape.top, shape.width, shape.height = (Inches(x) for x in (left, top, width, height))
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor, frame.word_wrap = anchor, True
    frame.paragraphs[0].alignment = align
