"""A report's document → what its slides say: one thing each, with the finding as the title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cxlib.reporting.outputs.blocks import (
    Block,
    ChartBlock,
    Heading,
    ImageBlock,
    KeyFigures,
    ListBlock,
    Paragraph,
    Plain,
    Section,
    TableBlock,
    Tile,
)
from cxlib.reporting.outputs.sentences import as_title, sentences, without

MOST_TEXTS = 3
"""Texts beside a chart; what is more stands in the speaker's notes."""
MOST_ALONE = 7
"""Texts on a slide that has nothing else."""
LONGEST_OVER_TABLE = 180
"""Letters of the title of a table that has a slide of its own: there is nothing else to read."""
LONGEST_WORD_OVERLOOKED = 3


@dataclass(frozen=True, kw_only=True)
class Slide:
    """One slide, before it is drawn."""

    topic: str
    """What it is about: the section's heading."""
    title: str
    """What was found."""
    texts: tuple[str, ...] = ()
    numbered: bool = False
    tiles: tuple[Tile, ...] = ()
    picture: ChartBlock | ImageBlock | None = None
    table: TableBlock | None = None
    small: tuple[str, ...] = ()
    """Base, interval, definitions: sentences of the small print, the most needed first."""
    notes: str = ""
    """All that the section says, for the speaker."""
    place: int = 1
    """Which of the section's slides it is."""


def storyline(document: Sequence[Section], *, of_the_page: tuple[str, ...] = ()) -> tuple[Slide, ...]:
    """The slides of a report, without the first one that bears its title.

    One for each section and each part of one under a heading of its own. Its title is the first sentence that the
    section states as a finding, its picture the first chart; further charts have slides of their own, but for those
    that a reader is to move and a slide cannot.

    Parameters
    ----------
    document : sequence of Section
        As `document` reads it.
    of_the_page : tuple of str
        What is said of these stays off the slides: what a reader can do on the page alone.

    Returns
    -------
    tuple of Slide
    """
    parts = (part for section in document for part in _parts(section))
    return tuple(slide for topic, blocks in parts for slide in _slides(topic, blocks, of_the_page))


def _parts(section: Section) -> Iterator[tuple[str, list[Block]]]:
    """A section's parts, each with its heading; none without a block."""
    topic, blocks = section.heading, []
    for block in section.blocks:
        if isinstance(block, Heading):
            if blocks:
                yield topic, blocks
            topic, blocks = block.text, []
        else:
            blocks.append(block)
    if blocks:
        yield topic, blocks


def _slides(topic: str, blocks: list[Block], of_the_page: tuple[str, ...]) -> Iterator[Slide]:
    stated = [(without(text, of_the_page), is_item) for text, is_item in _said(blocks)]
    said = [(text, is_item) for text, is_item in stated if text]
    tiles = tuple(tile for block in blocks if isinstance(block, KeyFigures) for tile in block.tiles)
    pictures = [block for block in blocks if isinstance(block, ChartBlock | ImageBlock)]
    tables = [block for block in blocks if isinstance(block, TableBlock)]
    notes = (without(block.text, of_the_page) for block in blocks if _is_note(block))
    small = [sentence for text in notes for sentence in sentences(text)]
    first, *rest = sentences(said[0][0]) if said else [topic]
    title = as_title(first)
    if title != first.removesuffix("."):
        small.insert(0, first)
    texts = ([" ".join(rest)] if rest else []) + [text for text, _ in said[1:]]
    main = None if tiles else next(iter(pictures), None)
    yield Slide(
        topic=topic,
        title=title,
        texts=tuple(texts),
        numbered=len(said) > 1 and not rest and all(is_item for _, is_item in said[1:]),
        tiles=tiles,
        picture=main,
        table=tables[0] if tables and not (main or tiles) else None,
        small=(*_stands(main), *small),
        notes=_notes(topic, blocks),
    )
    if tiles and tables:
        yield _of_table(topic, blocks, tables[0], of_the_page)
    others = [picture for picture in pictures if picture is not main and not _moves(picture)]
    for place, picture in enumerate(others, start=3 if tiles and tables else 2):
        yield Slide(
            topic=topic,
            title=_title_of(picture, tiles, [text for text, _ in said[1:]], topic),
            picture=picture,
            small=tuple(sentences(_base(picture))),
            notes=_notes(topic, blocks),
            place=place,
        )


def _of_table(topic: str, blocks: list[Block], table: TableBlock, of_the_page: tuple[str, ...]) -> Slide:
    """The table that stands with key figures, under the finding that leads to it."""
    place = next(place for place, block in enumerate(blocks) if block is table)
    leading = [without(text, of_the_page) for text, _ in _said(blocks[:place])]
    notes = [without(block.text, of_the_page) for block in blocks[place:] if _is_note(block)]
    stated = (sentences(leading[-1] if leading else table.caption) or [topic])[0]
    return Slide(
        topic=topic,
        title=as_title(stated, longest=LONGEST_OVER_TABLE),
        table=table,
        small=tuple(sentence for text in notes for sentence in sentences(text)),
        notes=_notes(topic, blocks),
        place=2,
    )


def _is_note(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.kind == "note"


def _said(blocks: Sequence[Block]) -> Iterator[tuple[str, bool]]:
    """What is stated, in order, each with whether it is an item of a list."""
    for block in blocks:
        if isinstance(block, Paragraph) and not _is_note(block):
            yield block.text, False
        elif isinstance(block, ListBlock):
            yield from ((item.text, True) for item in block.items)
        elif isinstance(block, Plain):
            yield from ((line.strip(), False) for line in block.text.splitlines() if line.strip())


def _moves(picture: Block) -> bool:
    return isinstance(picture, ChartBlock) and bool(picture.drawn_at)


def _stands(picture: Block | None) -> list[str]:
    """Where the sliders of a chart stand, without where else they can be moved."""
    return sentences(picture.drawn_at)[:1] if isinstance(picture, ChartBlock) and picture.drawn_at else []


def _base(picture: Block) -> str:
    """What a chart says of itself after its title."""
    return " ".join(sentences(picture.label)[1:])


def _title_of(picture: Block, tiles: Sequence[Tile], stated: Sequence[str], topic: str) -> str:
    """What a further chart shows: the key figure that it is about, else the finding that speaks most of it."""
    label = (sentences(" ".join(picture.label.split())) or [topic])[0].removesuffix(".")
    tile = max(tiles, key=lambda tile: _in_common(tile.label, label), default=None)
    if tile and _in_common(tile.label, label):
        return as_title(f"{tile.label}: {tile.value} ({tile.change})" if tile.change else f"{tile.label}: {tile.value}")
    found = max(stated, key=lambda text: _in_common(text, label), default="")
    if _in_common(found, label) >= 2:
        return as_title(sentences(found)[0])
    return as_title(label)


def _in_common(text: str, other: str) -> int:
    """How many words of a text another has too, with whatever ending."""
    others = _words(other)
    return sum(any(word.startswith(one) or one.startswith(word) for one in others) for word in _words(text))


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > LONGEST_WORD_OVERLOOKED}


def _notes(topic: str, blocks: Sequence[Block]) -> str:
    """All that a part of the report says, its tables row by row."""
    lines = [topic]
    for block in blocks:
        if isinstance(block, Paragraph | Plain):
            lines.append(block.text)
        elif isinstance(block, ListBlock):
            lines += [f"{'  ' * item.level}{item.number or '–'} {item.text}" for item in block.items]
        elif isinstance(block, KeyFigures):
            lines += [_told(tile) for tile in block.tiles]
        elif isinstance(block, TableBlock):
            lines += [f"[{block.caption}]"] if block.caption else []
            lines += [" | ".join(" ".join(cell.split()) for cell in row) for row in (block.columns, *block.rows)]
        elif isinstance(block, ChartBlock):
            lines.append(f"[{' '.join(block.label.split())}]")
    return "\n".join(lines)


def _told(tile: Tile) -> str:
    extra = "; ".join(part for part in (tile.change, tile.interval) if part)
    return f"{tile.label}: {tile.value}" + (f" ({extra})" if extra else "")
