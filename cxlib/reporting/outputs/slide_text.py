"""Texts of a slide, each in the language that PowerPoint is to spell it in."""

from __future__ import annotations

from collections.abc import Sequence

from pptx.dml.color import RGBColor
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.text import PP_ALIGN
from pptx.util import Pt

from cxlib.reporting.outputs.office_text import office_text
from cxlib.reporting.outputs.slide_template import FONT, INK
from cxlib.reporting.outputs.text_fit import AFTER


def write(
    frame,
    texts: Sequence[str],
    *,
    size: float,
    tongue: MSO_LANGUAGE_ID,
    bold: bool = False,
    colour: str = INK,
    numbered: bool = False,
    align: PP_ALIGN = PP_ALIGN.LEFT,
) -> None:
    """Write paragraphs into a text frame, in the language that PowerPoint is to spell them in."""
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for place, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = align
        if len(texts) > 1:
            paragraph.space_after = Pt(round(size * AFTER))
        run = paragraph.add_run()
        run.text = f"{place + 1}. {office_text(text)}" if numbered else office_text(text)
        font = run.font
        font.size, font.bold, font.name, font.language_id = Pt(size), bold, FONT, tongue
        font.color.rgb = RGBColor.from_string(colour)
