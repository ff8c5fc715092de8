"""A report as PowerPoint slides: a finding as the title of each, its chart as a picture, all its text in the notes.

What is trusted: nothing. Texts are text, without the letters that nobody sees; charts are pictures; nothing is a link.
"""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from pptx.dml.color import RGBColor
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.shapes import MSO_SHAPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Inches

from cxlib.language import Language
from cxlib.reporting.outputs.blocks import ChartBlock
from cxlib.reporting.outputs.chart_images import chart_pngs
from cxlib.reporting.outputs.document import document
from cxlib.reporting.outputs.office_text import CREATED, office_text, one_line
from cxlib.reporting.outputs.slide_body import draw_body
from cxlib.reporting.outputs.slide_template import (
    ACCENT,
    CONTENT,
    HEIGHT,
    MARGIN,
    SOFT,
    TITLE_SLIDE,
    WIDTH,
    empty_deck,
)
from cxlib.reporting.outputs.slide_text import write
from cxlib.reporting.outputs.storyline import Slide, storyline
from cxlib.reporting.outputs.text_fit import POINTS, fitting_size

LANGUAGES = {"en": MSO_LANGUAGE_ID.ENGLISH_UK, "sv": MSO_LANGUAGE_ID.SWEDISH}
"""Which spelling PowerPoint checks."""
TITLE_SIZES = (26, 24, 22, 20, 18, 16)
SCALE = 2.0
_DECORATIVE = (
    '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:ext uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}">'
    '<adec:decorative xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/>'
    "</a:ext></a:extLst>"
)
"""By which PowerPoint tells no screen reader of a shape."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip archive knows."""


def write_slides(
    notebook: nbformat.NotebookNode, path: Path, *, title: str, subtitle: str = "", language: str = "en"
) -> None:
    """Write the slides of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Left alone.
    path : Path
    title : str
        In the slides' language, as `subtitle`.
    subtitle : str
        What sets this report apart: the period, the study, the segment.
    language : "en" or "sv"

    Raises
    ------
    OSError
    """
    path.write_bytes(slides_bytes(notebook, title=title, subtitle=subtitle, language=language))


def slides_bytes(notebook: nbformat.NotebookNode, *, title: str, subtitle: str = "", language: str = "en") -> bytes:
    """The slides as bytes; see `write_slides`. The same input gives the same bytes.

    A chart that cannot be drawn is a line that says so, as on the page.
    """
    title, subtitle = one_line(title), one_line(subtitle)
    words = Language(language)
    of_the_page = tuple(words.text("slides.of_the_page").split("|"))
    story = storyline(document(notebook, language=language), of_the_page=of_the_page)
    deck = empty_deck()
    properties = deck.core_properties
    properties.title, properties.subject = title[:255], subtitle[:255]
    properties.author = properties.last_modified_by = "cxlib"
    properties.created = properties.modified = CREATED
    properties.revision, properties.language = 1, words.locale.replace("_", "-")
    tongue = LANGUAGES[language]
    _draw_first(deck, title, subtitle, tongue)
    foot = " · ".join(part for part in (title, subtitle) if part)
    for slide, picture in zip(story, _pictures(story), strict=True):
        _draw(deck, slide, picture, foot=foot, tongue=tongue, words=words)
    file = io.BytesIO()
    deck.save(file)
    return _undated(file.getvalue())


def _draw_first(deck, title: str, subtitle: str, tongue: MSO_LANGUAGE_ID) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts.get_by_name(TITLE_SLIDE))
    _bar(slide, 0, 0, 0.35, HEIGHT)
    width = (WIDTH - 2.2) * POINTS
    size = fitting_size([title], width=width, height=1.6 * POINTS, sizes=(40, 34, 28, 24, 20)) or 16
    write(slide.shapes.title.text_frame, [title], size=size, bold=True, tongue=tongue)
    write(slide.placeholders[1].text_frame, [subtitle], size=20, colour=SOFT, tongue=tongue)


def _draw(deck, slide: Slide, picture: bytes | None, *, foot: str, tongue: MSO_LANGUAGE_ID, words: Language) -> None:
    drawn = deck.slides.add_slide(deck.slide_layouts.get_by_name(CONTENT))
    _bar(drawn, MARGIN, 0.34, 0.5, 0.06)
    place = f" ({slide.place})" if slide.place > 1 else ""
    topic = drawn.shapes.add_textbox(Inches(MARGIN), Inches(0.44), Inches(WIDTH - 2 * MARGIN), Inches(0.26))
    topic.name = words.text("slides.topic")
    write(topic.text_frame, [one_line(slide.topic)[:120] + place], size=12, colour=ACCENT, tongue=tongue)
    title = one_line(slide.title)
    room = {"width": (WIDTH - 2 * MARGIN) * POINTS, "height": 1.06 * POINTS}
    size = fitting_size([title], sizes=TITLE_SIZES, **room) or TITLE_SIZES[-1]
    write(drawn.shapes.title.text_frame, [title], size=size, bold=True, tongue=tongue)
    draw_body(drawn, slide, picture=picture, tongue=tongue, words=words)
    _draw_foot(drawn, foot, tongue)
    drawn.notes_slide.notes_text_frame.text = office_text(slide.notes)


def _pictures(story: Sequence[Slide]) -> list[bytes | None]:
    """The picture of each slide, none of a chart that cannot be drawn; the charts are drawn together."""
    charts = [slide.picture.spec for slide in story if isinstance(slide.picture, ChartBlock)]
    drawn = iter(chart_pngs(charts, scale=SCALE))
    return [
        next(drawn)
        if isinstance(slide.picture, ChartBlock)
        else None
        if slide.picture is None
        else slide.picture.content
        for slide in story
    ]


def _bar(slide, left: float, top: float, width: float, height: float) -> None:
    """A bar in the report's colour; decoration, so no reader is told of it."""
    bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(left), Inches(top), Inches(width), Inches(height))
    bar.name = "Bar"
    bar._element.nvSpPr.cNvPr.append(parse_xml(_DECORATIVE))
    bar.fill.solid()
    bar.fill.fore_color.rgb = RGBColor.from_string(ACCENT)
    bar.line.fill.background()


def _draw_foot(slide, foot: str, tongue: MSO_LANGUAGE_ID) -> None:
    """Which report it is, and the slide's number: PowerPoint's own fields, so that they follow the slides about."""
    for placeholder in slide.slide_layout.placeholders:
        if placeholder.placeholder_format.type.name not in ("FOOTER", "SLIDE_NUMBER"):
            continue
        element = copy.deepcopy(placeholder.element)
        element.nvSpPr.cNvPr.set("id", str(1 + max(shape.shape_id for shape in slide.shapes)))
        slide.shapes._spTree.append(element)
        shape = slide.shapes[-1]
        if placeholder.placeholder_format.type.name == "FOOTER":
            write(shape.text_frame, [foot[:160]], size=9, colour=SOFT, tongue=tongue)
        else:
            for look in element.iter(qn("a:rPr"), qn("a:endParaRPr")):
                look.set("sz", "900")
                look.set("lang", MSO_LANGUAGE_ID.to_xml(tongue))


def _undated(deck: bytes) -> bytes:
    """The archive with every part dated the same: python-pptx writes when it was made."""
    undated = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(deck)) as old, zipfile.ZipFile(undated, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, EARLIEST), old.read(name), zipfile.ZIP_DEFLATED)
    return undated.getvalue()
