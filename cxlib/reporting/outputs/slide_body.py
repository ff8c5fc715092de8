"""What stands below a slide's title: a chart with texts beside it, key figures, or texts with a table."""

from __future__ import annotations

import io
from collections.abc import Sequence

from pptx.dml.color import RGBColor
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from cxlib.language import Language
from cxlib.reporting.outputs.blocks import Tile
from cxlib.reporting.outputs.office_text import office_text, one_line
from cxlib.reporting.outputs.pictures import size_of
from cxlib.reporting.outputs.sentences import sentences
from cxlib.reporting.outputs.slide_table import can_stand_alone, draw_table, is_small
from cxlib.reporting.outputs.slide_template import (
    ALARM,
    BETTER,
    BODY_HEIGHT,
    BODY_TOP,
    FAINT,
    FONT,
    INK,
    MARGIN,
    SHADE,
    SMALL_HEIGHT,
    SMALL_TOP,
    SOFT,
    WIDTH,
    WORSE,
)
from cxlib.reporting.outputs.slide_text import write
from cxlib.reporting.outputs.storyline import MOST_ALONE, MOST_TEXTS, Slide
from cxlib.reporting.outputs.text_fit import AFTER, POINTS, fitting_size, height_of

SIZES = (18, 17, 16, 15, 14, 13)
SMALL_SIZE = 10
GAP = 0.4
WIDEST_PICTURE, NARROWEST_TEXT = 8.2, 3.5
TALLEST_TILES = 2.1
TALLEST_FAILED = 0.7
DIRECTIONS = {"better": BETTER, "worse": WORSE}


def draw_body(drawn, slide: Slide, *, picture: bytes | None, tongue: MSO_LANGUAGE_ID, words: Language) -> None:
    """Draw what a slide shows, as large as it fits; what does not fit stands in the speaker's notes alone.

    Parameters
    ----------
    drawn : pptx Slide
    slide : Slide
    picture : bytes, optional
        Its chart, drawn; where it could not be, a line says so in its place.
    tongue : MSO_LANGUAGE_ID
    words : Language
    """
    whole = WIDTH - 2 * MARGIN
    top, height = BODY_TOP, BODY_HEIGHT
    left, width, most = MARGIN, whole, MOST_ALONE
    small: Sequence[str] = slide.small
    if slide.tiles:
        _draw_tiles(drawn, slide.tiles, tongue)
        top, height, most = BODY_TOP + TALLEST_TILES + GAP, BODY_HEIGHT - TALLEST_TILES - GAP, MOST_TEXTS
    elif slide.picture is not None:
        if picture is None:
            taken = _draw_failed(drawn, tongue, words)
        else:
            taken = _draw_picture(drawn, slide, picture, words, alone=not slide.texts)
        left, width, most = MARGIN + taken + GAP, whole - taken - GAP, MOST_TEXTS
    elif slide.table is not None and not slide.texts and can_stand_alone(slide.table):
        small = [*draw_table(drawn, slide.table, MARGIN, whole, tongue=tongue, words=words), *small]
    elif slide.table is not None and is_small(slide.table):
        width = whole * 0.55
        beside = MARGIN + width + GAP
        small = [*draw_table(drawn, slide.table, beside, whole - width - GAP, tongue=tongue, words=words), *small]
    texts, size = fitted(slide.texts, most=most, width=width * POINTS, height=height * POINTS)
    if texts:
        box = drawn.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
        box.name = words.text("slides.findings")
        write(box.text_frame, texts, size=size, tongue=tongue, numbered=slide.numbered)
    small_print = _whole_sentences(small, width=whole * POINTS, height=SMALL_HEIGHT * POINTS)
    if small_print:
        box = drawn.shapes.add_textbox(Inches(MARGIN), Inches(SMALL_TOP), Inches(whole), Inches(SMALL_HEIGHT))
        box.name = words.text("slides.note")
        write(box.text_frame, [small_print], size=SMALL_SIZE, colour=SOFT, tongue=tongue)
        box.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM


def fitted(texts: Sequence[str], *, most: int, width: float, height: float) -> tuple[list[str], float]:
    """The texts that fit, and at what size: fewer sentences before smaller letters than a room can read.

    Parameters
    ----------
    texts : sequence of str
    most : int
        How many at the most.
    width, height : float
        Of the box, in points.
    """
    shown = [office_text(text) for text in texts[:most]]
    while shown:
        if shown[-1].endswith(":"):  # it leads to a list of which nothing is shown
            shown = _shorter(shown)
            continue
        size = fitting_size(shown, width=width, height=height, sizes=SIZES)
        if size is not None:
            return shown, size
        shown = _shorter(shown)
    return [], SIZES[-1]


def _shorter(texts: list[str]) -> list[str]:
    """The texts without the last sentence of the longest; of a text of one sentence nothing is left."""
    place = len(texts) - 1 if texts[-1].endswith(":") else max(range(len(texts)), key=lambda one: len(texts[one]))
    if len(sentences(texts[place])) == 1:
        place = len(texts) - 1
    kept = " ".join(sentences(texts[place])[:-1])
    return [*texts[:place], *([kept] if kept else []), *texts[place + 1 :]]


def _whole_sentences(texts: Sequence[str], *, width: float, height: float) -> str:
    """As many sentences, from the first on, as the small print holds."""
    held = ""
    for text in texts:
        longer = f"{held} {one_line(text)}".strip()
        if height_of([longer], SMALL_SIZE, width) - SMALL_SIZE * AFTER > height:
            break
        held = longer
    return held


def _draw_picture(drawn, slide: Slide, content: bytes, words: Language, *, alone: bool) -> float:
    """The chart at the left, as large as the room and its own shape let it be; how wide it is, in inches."""
    widest = WIDTH - 2 * MARGIN if alone else WIDEST_PICTURE
    across, down = size_of(content)
    shape = down / across
    width, height = (widest, widest * shape) if widest * shape <= BODY_HEIGHT else (BODY_HEIGHT / shape, BODY_HEIGHT)
    left = MARGIN + (widest - width) / 2 if alone else MARGIN
    picture = drawn.shapes.add_picture(
        io.BytesIO(content), Inches(left), Inches(BODY_TOP), Inches(width), Inches(height)
    )
    label = one_line(slide.picture.label) or one_line(slide.topic)
    picture.name = words.text("page.chart")
    picture._element.nvPicPr.cNvPr.set("descr", label)
    return min(width, WIDTH - 2 * MARGIN - NARROWEST_TEXT - GAP)


def _draw_failed(drawn, tongue: MSO_LANGUAGE_ID, words: Language) -> float:
    """A line in the place of a chart; how wide it is, in inches."""
    box = drawn.shapes.add_textbox(Inches(MARGIN), Inches(BODY_TOP), Inches(WIDEST_PICTURE), Inches(TALLEST_FAILED))
    box.name = words.text("page.chart")
    box.fill.solid()
    box.fill.fore_color.rgb = RGBColor.from_string(SHADE)
    write(box.text_frame, [words.text("page.failed")], size=SIZES[-1], tongue=tongue, colour=WORSE)
    box.text_frame.margin_left = box.text_frame.margin_right = Inches(0.2)
    box.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    return WIDEST_PICTURE


def _draw_tiles(drawn, tiles: Sequence[Tile], tongue: MSO_LANGUAGE_ID) -> None:
    """The key figures side by side: what it is, the figure, how it changed, its interval."""
    gap = 0.16
    width = (WIDTH - 2 * MARGIN - gap * (len(tiles) - 1)) / len(tiles)
    for place, tile in enumerate(tiles):
        left = MARGIN + place * (width + gap)
        card = drawn.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, Inches(left), Inches(BODY_TOP), Inches(width), Inches(TALLEST_TILES)
        )
        card.name = one_line(tile.label)
        card.shadow.inherit = False
        card.fill.solid()
        card.fill.fore_color.rgb = RGBColor.from_string(SHADE)
        card.line.color.rgb = RGBColor.from_string(ALARM if tile.is_alarm else FAINT)
        card.line.width = Pt(2.25 if tile.is_alarm else 0.75)
        frame = card.text_frame
        frame.vertical_anchor = MSO_ANCHOR.TOP
        # The figure first: labels of one line and of two would set the figures out of line.
        lines = [
            (tile.value, 28, True, ALARM if tile.is_alarm else INK),
            (tile.label, 13, False, INK),
            (tile.change, 12, True, DIRECTIONS.get(tile.direction, SOFT)),
            (tile.interval, 11, False, SOFT),
        ]
        _write_card(frame, [line for line in lines if line[0]], tongue)


def _write_card(frame, lines: Sequence[tuple[str, float, bool, str]], tongue: MSO_LANGUAGE_ID) -> None:
    for place, (text, size, bold, colour) in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text = one_line(text)
        run.font.size, run.font.bold, run.font.name, run.font.language_id = Pt(size), bold, FONT, tongue
        run.font.color.rgb = RGBColor.from_string(colour)
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Inches(0.12)
