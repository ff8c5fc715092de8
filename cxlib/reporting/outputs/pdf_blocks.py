"""The blocks of a document as the PDF's template takes them: plain dicts and lists, all lengths in points."""

from __future__ import annotations

import re
from typing import Any

from cxlib.reporting.outputs.blocks import (
    Block,
    ChartBlock,
    Heading,
    ImageBlock,
    KeyFigures,
    ListBlock,
    ListItem,
    Paragraph,
    Plain,
    Run,
    Runs,
    Section,
    TableBlock,
    Tile,
)
from cxlib.reporting.outputs.chart_images import ChartNotDrawnError, chart_svg
from cxlib.reporting.outputs.pdf_layout import MM, TEXT_HEIGHT, TEXT_WIDTH, breakable, is_divided, layout_of, letters_in

POINTS_PER_PIXEL = 0.75
FEWEST_IN_ROW, MOST_IN_ROW = 3, 5
"""Tiles side by side: where there are fewer, they are not wider."""
TILE_GAP, TILE_INSET = 3 * MM, 2.6 * MM
TILE_SIZES = {"label": 8.3, "value": 17, "change": 8, "interval": 7.6}
"""The parts of a tile from top to bottom, and their type in points."""
LONGEST_IN_TILE = 250
"""Letters of one of its parts."""
DEEPEST_LIST = 5
"""Levels of a list that are set in from each other."""

_ARROW = re.compile(r"^([\u2190-\u2bff]) ")
# What stands between two places where a line may break.
_WORD = re.compile(r"[^ \t\n\u200b]+")
_SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"')


def set_section(section: Section) -> dict[str, Any]:
    """A section as the template takes it."""
    return {
        "heading": breakable(section.heading),
        "kind": section.kind,
        "blocks": [_set_block(block) for block in section.blocks],
    }


def _set_block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"is": "paragraph", "kind": block.kind, "runs": _set_runs(block.runs)}
        case Heading():
            # The report's title is the first level of the HTML, a section the second; here a section is the first.
            return {"is": "heading", "text": breakable(block.text), "level": min(max(block.level - 1, 2), 5)}
        case ListBlock():
            return {"is": "list", "kind": block.kind, "lists": _set_lists(list(block.items), 0)}
        case TableBlock():
            return {"is": "table", **_set_table(block)}
        case KeyFigures() if any(len(text) > LONGEST_IN_TILE for tile in block.tiles for text in _texts(tile)):
            # No figures: text that would not fit on a page as a tile.
            lines = [line for tile in block.tiles for line in _texts(tile) if line]
            return {"is": "paragraph", "kind": "plain", "runs": _set_runs((Run("\n".join(lines)),))}
        case KeyFigures():
            return {"is": "key figures", **_set_tiles(block)}
        case ChartBlock():
            return _set_chart(block)
        case ImageBlock():
            return {"is": "image", "content": list(block.content), "alt": block.label}
        case Plain():
            longest = max(map(len, block.text.split("\n")))
            return {"is": "plain", "text": breakable(block.text), "longest": longest}


def _set_runs(runs: Runs) -> list[dict[str, Any]]:
    """Each with its lines, so that the template need not look for line breaks."""
    return [
        {"lines": breakable(run.text).split("\n"), "bold": run.bold, "emphasis": run.emphasis, "code": run.code}
        for run in runs
    ]


def _set_lists(items: list[ListItem], level: int) -> list[dict[str, Any]]:
    """The items as lists that hold lists: each list is numbered or is not."""
    lists: list[dict[str, Any]] = []
    while items:
        item = items.pop(0)
        deeper = []
        while items and min(items[0].level, DEEPEST_LIST) > level:
            deeper.append(items.pop(0))
        entry = {"number": item.number, "runs": _set_runs(item.runs), "lists": _set_lists(deeper, level + 1)}
        if not lists or lists[-1]["numbered"] != (item.number is not None):
            lists.append({"numbered": item.number is not None, "items": []})
        lists[-1]["items"].append(entry)
    return lists


def _set_table(table: TableBlock) -> dict[str, Any]:
    layout = layout_of(table)

    def cell(text: str, place: int) -> list[str]:
        text = breakable(text)
        if layout.divided[place]:
            # What a language hyphenates keeps its hyphens; names of files and the like break where they must.
            most = letters_in(layout.widths[place])
            text = _WORD.sub(
                lambda word: breakable(word[0], most=most, forced=layout.forced or not word[0].isalpha()), text
            )
        return text.split("\n")

    def cells(row: tuple[str, ...]) -> list[list[str]]:
        return [cell(text, place) for place, text in enumerate(row)]

    return {
        "caption": breakable(table.caption),
        "columns": cells(table.columns) if any(table.columns) else [],
        "n_columns": len(table.columns),
        "rows": [cells(row) for row in table.rows],
        "numbers": list(table.numbers),
        "n_heading_columns": table.n_heading_columns,
        "size": layout.size,
        "widths": None if layout.natural else layout.widths,
        "divided": layout.divided,
        "landscape": layout.landscape,
        "together": layout.together,
        "head_repeated": layout.head_repeated,
        "tall": layout.tall,
    }


def _texts(tile: Tile) -> list[str]:
    return [getattr(tile, name) for name in TILE_SIZES]


def _set_tiles(figures: KeyFigures) -> dict[str, Any]:
    n = len(figures.tiles)
    # Five fit side by side; more than that look best in rows of four.
    n_in_row = max(n, FEWEST_IN_ROW) if n <= MOST_IN_ROW else MOST_IN_ROW - 1
    room = (TEXT_WIDTH - (n_in_row - 1) * TILE_GAP) / n_in_row - 2 * TILE_INSET
    tiles = [
        {
            "parts": [_set_part(getattr(tile, name), size, room) for name, size in TILE_SIZES.items()],
            "direction": tile.direction,
            "alarm": tile.is_alarm,
        }
        for tile in figures.tiles
    ]
    return {"tiles": tiles, "n_in_row": n_in_row, "gap": TILE_GAP, "inset": TILE_INSET}


def _set_part(text: str, size: float, room: float) -> dict[str, Any]:
    # An arrow does not stand alone on its line; rather does a number stand above its unit.
    text = _ARROW.sub("\\1\u00a0", text)
    if is_divided(text, size=size, room=room):
        text = text[:2] + text[2:].replace("\u00a0", " ")
    return {"text": breakable(text), "size": size, "divided": is_divided(text, size=size, room=room)}


def _set_chart(chart: ChartBlock) -> dict[str, Any]:
    try:
        svg = chart_svg(chart.spec)
    except ChartNotDrawnError:
        return {"is": "failed chart"}
    size = _SIZE.search(svg)
    width, height = (POINTS_PER_PIXEL * float(number) for number in size.groups())
    scale = min(1, TEXT_WIDTH / max(width, 1), TEXT_HEIGHT / max(height, 1))
    return {"is": "chart", "svg": svg, "width": scale * width, "alt": chart.label, "drawn_at": chart.drawn_at}
