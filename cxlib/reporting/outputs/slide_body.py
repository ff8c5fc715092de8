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
from cxlib.reporting.outputs.blocks import TableBlock, Tile
from cxlib.reporting.outputs.office_text import office_text, one_line
from cxlib.reporting.outputs.pictures import size_of
from cxlib.reporting.outputs.sentences import sentences
from cxlib.reporting.outputs.slide_template import (
    ACCENT,
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
from cxlib.reporting.outputs.storyline import MOST_ALONE, MOST_TEXTS, Slide
from cxlib.reporting.outputs.text_fit import AFTER, POINTS, fitting_size, height_of, width_of

SIZES = (18, 17, 16, 15, 14, 13)
SMALL_SIZE = 10
GAP = 0.4
WIDEST_PICTURE, NARROWEST_TEXT = 8.2, 3.5
TALLEST_TILES = 2.1
TALLEST_FAILED = 0.7
MOST_ROWS, MOST_COLUMNS = 9, 6
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
    if slide.tiles:
        _draw_tiles(drawn, slide.tiles, tongue)
        top, height, most = BODY_TOP + TALLEST_TILES + GAP, BODY_HEIGHT - TALLEST_TILES - GAP, MOST_TEXTS
    elif slide.picture is not None:
        if picture is None:
            taken = _draw_failed(drawn, words.text("page.failed"), tongue)
        else:
            taken = _draw_picture(drawn, slide, picture, alone=not slide.texts)
        left, width, most = MARGIN + taken + GAP, whole - taken - GAP, MOST_TEXTS
    elif slide.table is not None and _is_small(slide.table):
        width = whole * 0.55
        _draw_table(drawn, slide.table, MARGIN + width + GAP, whole - width - GAP, tongue)
    texts, size = fitted(slide.texts, most=most, width=width * POINTS, height=height * POINTS)
    if texts:
        box = drawn.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
        box.name = "Findings"
        write(box.text_frame, texts, size=size, tongue=tongue, numbered=slide.numbered)
    small = _whole_sentences(slide.small, width=whole * POINTS, height=SMALL_HEIGHT * POINTS)
    if small:
        box = drawn.shapes.add_textbox(Inches(MARGIN), Inches(SMALL_TOP), Inches(whole), Inches(SMALL_HEIGHT))
        box.name = "Note"
        write(box.text_frame, [small], size=SMALL_SIZE, colour=SOFT, tongue=tongue)
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


def _draw_picture(drawn, slide: Slide, content: bytes, *, alone: bool) -> float:
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
    picture.name = "Chart"
    picture._element.nvPicPr.cNvPr.set("descr", label)
    return min(width, WIDTH - 2 * MARGIN - NARROWEST_TEXT - GAP)


def _draw_failed(drawn, text: str, tongue: MSO_LANGUAGE_ID) -> float:
    """A line in the place of a chart; how wide it is, in inches."""
    box = drawn.shapes.add_textbox(Inches(MARGIN), Inches(BODY_TOP), Inches(WIDEST_PICTURE), Inches(TALLEST_FAILED))
    box.name = "Chart"
    box.fill.solid()
    box.fill.fore_color.rgb = RGBColor.from_string(SHADE)
    write(box.text_frame, [text], size=SIZES[-1], tongue=tongue, colour=WORSE)
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


def _is_small(table: TableBlock) -> bool:
    return 0 < len(table.rows) <= MOST_ROWS and 0 < len(table.columns) <= MOST_COLUMNS


def _column_shares(table: TableBlock) -> list[float]:
    """What part of a table's width each column has: as its longest text needs, a very long one no more than three."""
    longest = [
        max(width_of(one_line(row[place]), 1) for row in (table.columns, *table.rows))
        for place in range(len(table.columns))
    ]
    needed = [min(max(width, 3.0), 3 * min(longest) + 6) for width in longest]
    return [width / sum(needed) for width in needed]


def _draw_table(drawn, table: TableBlock, left: float, width: float, tongue: MSO_LANGUAGE_ID) -> None:
    n_rows, n_columns = len(table.rows) + 1, len(table.columns)
    frame = drawn.shapes.add_table(
        n_rows, n_columns, Inches(left), Inches(BODY_TOP), Inches(width), Inches(0.36 * n_rows)
    )
    frame.name = one_line(table.caption) or "Table"
    for column, share in zip(frame.table.columns, _column_shares(table), strict=True):
        column.width = Inches(width * share)
    for column in range(n_columns):
        for row, cells in enumerate([table.columns, *table.rows]):
            cell = frame.table.cell(row, column)
            is_heading = row == 0
            align = PP_ALIGN.RIGHT if table.numbers[column] else PP_ALIGN.LEFT
            colour = "FFFFFF" if is_heading else INK
            write(
                cell.text_frame, [one_line(cells[column])], size=12, bold=is_heading, colour=colour, align=align,
                tongue=tongue,
            )  # fmt: skip
            cell.margin_left = cell.margin_right = Inches(0.08)
            cell.margin_top = cell.margin_bottom = Inches(0.04)
            cell.fill.solid()
            cell.fill.fore_color.rgb = RGBColor.from_string(ACCENT if is_heading else "FFFFFF" if row % 2 else SHADE)
