"""HTML as a notebook gives it → blocks: what a reader sees of it is kept, what acts is not.

The texts of elements that are not known here are kept as if the element were not there. Scripts, styles, attributes
and what a page does not show (`hidden`, comments, what stands in an iframe) contribute nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import Tag

from cxlib.reporting.outputs.blocks import (
    Block,
    Heading,
    ImageBlock,
    KeyFigures,
    ListBlock,
    ListItem,
    Paragraph,
    Plain,
    Run,
    Runs,
    Tile,
)
from cxlib.reporting.outputs.markup_table import table_block
from cxlib.reporting.outputs.markup_tree import BLOCKS, classes_of, parsed, single_spaced, text_of, walk
from cxlib.reporting.outputs.pictures import decoded_picture

_BOLD = frozenset(("b", "strong", "dt", "summary", "legend"))
_EMPHASIS = frozenset(("cite", "dfn", "em", "i", "var", "address"))
_CODE = frozenset(("code", "kbd", "samp", "tt"))
_LISTS = frozenset(("dir", "menu", "ol", "ul"))
_KINDS = {"lead": "lead", "finding": "finding", "note": "note", "notice": "note"}
_TILE = ("label", "value", "change", "interval")
_PICTURE = re.compile(r"data:(image/(?:png|jpeg));base64,(.*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SectionStart:
    """A section begins here."""

    heading: str
    kind: str = "plain"


@dataclass
class _List:
    """A list that is open."""

    number: int | None
    is_actions: bool


@dataclass
class _Reader:
    """What has been read so far, and what is still open."""

    broken: str = ""
    """What stands in the place of a picture that cannot be drawn."""
    found: list[Block | SectionStart] = field(default_factory=list)
    inline: list[Run] = field(default_factory=list)
    items: list[ListItem] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    bold: int = 0
    emphasis: int = 0
    code: int = 0
    limits: int = 0
    numbered: bool = False
    """Whether the open list item has had its number."""

    def text(self, text: str) -> None:
        self.inline.append(Run(text, bold=self.bold > 0, emphasis=self.emphasis > 0, code=self.code > 0))

    def end_of_text(self) -> None:
        """What has been written so far is a paragraph, or an item of the open list."""
        runs = _trimmed(self.inline)
        self.inline = []
        if not runs:
            return
        if self.lists:
            number = None if self.numbered else self.lists[-1].number
            level = len(self.lists) - 1
            if self.numbered and self.items and self.items[-1].level == level:
                last = self.items.pop()
                runs = _trimmed([*last.runs, Run("\n"), *runs])
                number = last.number
            self.items.append(ListItem(runs=runs, level=level, number=number))
            self.numbered = True
            return
        self.found.append(Paragraph(runs=runs, kind=self.kinds[-1] if self.kinds else "plain"))

    def end_of_list(self) -> None:
        if self.items:
            kind = "actions" if self.lists and self.lists[0].is_actions else "plain"
            self.found.append(ListBlock(items=tuple(self.items), kind=kind))
            self.items = []

    def block(self, block: Block | SectionStart) -> None:
        """A block that is no text; inside a list it stands between two parts of it."""
        self.end_of_text()
        self.end_of_list()
        self.found.append(block)

    def start(self, element: Tag) -> None:
        name, classes = element.name, classes_of(element)
        if name in BLOCKS:
            self.end_of_text()
            kind = next((_KINDS[one] for one in classes if one in _KINDS), None)
            self.kinds.append(kind or (self.kinds[-1] if self.kinds else "plain"))
        if name in _LISTS:
            start = str(element.get("start", "1"))
            first = int(start) if re.fullmatch(r"-?\d{1,6}", start) else 1
            self.lists.append(_List(first - 1 if name == "ol" else None, "actions" in classes))
        elif name == "li" and self.lists:
            self.numbered = False
            if self.lists[-1].number is not None:
                self.lists[-1].number += 1
        elif name == "br":
            self.text("\n")
        self.bold += name in _BOLD
        self.emphasis += name in _EMPHASIS
        self.code += name in _CODE
        if "limits" in classes:
            self.limits += 1
            if self.limits == 1:
                self.block(SectionStart(heading="", kind="limits"))

    def end(self, element: Tag) -> None:
        name = element.name
        if name in BLOCKS:
            self.end_of_text()
            self.kinds.pop()
        if name in _LISTS:
            if len(self.lists) == 1:
                self.end_of_list()
            self.lists.pop()
            self.numbered = bool(self.lists)
        self.bold -= name in _BOLD
        self.emphasis -= name in _EMPHASIS
        self.code -= name in _CODE
        if "limits" in classes_of(element):
            self.limits -= 1
            if not self.limits:
                self.block(SectionStart(heading=""))

    def whole(self, element: Tag) -> bool:
        """Read an element that is one block with all that is in it; False where it is not one."""
        name = element.name
        if name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            text = " ".join(text_of(element).split())
            if text and name in ("h1", "h2"):
                self.block(SectionStart(heading=text, kind="limits" if self.limits else "plain"))
            elif text:
                self.block(Heading(text=text, level=int(name[1])))
        elif name == "table":
            outside, table = table_block(element)
            for block in (*([Paragraph(runs=(Run(outside),))] if outside else []), *([table] if table else [])):
                self.block(block)
        elif name in ("pre", "listing", "xmp"):
            text = text_of(element, keep_spaces=True).strip("\n")
            if text.strip():
                self.block(Plain(text=text))
        elif name == "img":
            self._picture(element)
        elif "key-figures" in classes_of(element):
            for block in _key_figures(element):
                self.block(block)
        else:
            return False
        return True

    def _picture(self, element: Tag) -> None:
        label = str(element.get("alt") or "").strip()
        found = _PICTURE.fullmatch(str(element.get("src") or ""))
        content = decoded_picture(found[2]) if found else b""
        if content:
            self.block(ImageBlock(content=content, mime=found[1].lower(), label=label))
        elif found and self.broken:
            self.text(f"{label}: {self.broken} " if label else f"{self.broken} ")
        elif label:
            self.text(label)


def read_markup(html: str, *, broken: str = "") -> list[Block | SectionStart]:
    """The blocks that a reader sees of a piece of HTML.

    Parameters
    ----------
    html : str
        Without letters that nobody sees.
    broken : str, optional
        What is said in the place of a picture that cannot be drawn; else its alternative text.

    Examples
    --------
    >>> read_markup("<p class='note' onclick='x()'>Base: 40</p>")
    [Paragraph(runs=(Run(text='Base: 40', bold=False, emphasis=False, code=False),), kind='note')]
    """
    reader = _Reader(broken=broken)
    for what, node in walk(parsed(html), reader.whole):
        if what == "text":
            reader.text(single_spaced(node))
        elif what == "start":
            reader.start(node)
        else:
            reader.end(node)
    reader.end_of_text()
    reader.end_of_list()
    return reader.found


def _trimmed(runs: list[Run]) -> Runs:
    """The runs with single spaces, none at the ends of a line, and neighbours of one look in one."""
    joined: list[Run] = []
    ends_in_space = True
    for run in runs:
        text = re.sub(r" *\n *", "\n", run.text)
        text = re.sub(r" {2,}", " ", text)
        if ends_in_space:
            text = text.lstrip(" ")
        if not text:
            continue
        ends_in_space = text[-1] in " \n"
        if text[0] == "\n" and joined:
            joined[-1] = _with_text(joined[-1], joined[-1].text.rstrip(" "))
        if joined and (joined[-1].bold, joined[-1].emphasis, joined[-1].code) == (run.bold, run.emphasis, run.code):
            joined[-1] = _with_text(run, joined[-1].text + text)
        else:
            joined.append(_with_text(run, text))
    while joined and not joined[0].text.lstrip(" \n"):
        joined.pop(0)
    while joined and not joined[-1].text.rstrip(" \n"):
        joined.pop()
    if joined:
        joined[0] = _with_text(joined[0], joined[0].text.lstrip(" \n"))
        joined[-1] = _with_text(joined[-1], joined[-1].text.rstrip(" \n"))
    return tuple(run for run in joined if run.text)


def _with_text(run: Run, text: str) -> Run:
    return Run(text, bold=run.bold, emphasis=run.emphasis, code=run.code)


def _key_figures(element: Tag) -> list[Block]:
    """The tiles, after a paragraph of what stands between them."""
    tiles: list[dict[str, str]] = []
    open_tile: dict[str, str] | None = None
    fields: list[str] = []
    between: list[str] = []
    for what, node in walk(element):
        if what == "text":
            text = single_spaced(node)
            if open_tile is None:
                between.append(text)
            else:
                field_name = fields[-1] if fields else "label"
                open_tile[field_name] = open_tile.get(field_name, "") + text
            continue
        classes = classes_of(node)
        if "figure" in classes and (open_tile is None or what == "end"):
            open_tile = {"classes": " ".join(classes)} if what == "start" else None
            if open_tile is not None:
                tiles.append(open_tile)
        for name in _TILE:
            if name in classes:
                if what == "end":
                    fields.pop()
                    continue
                fields.append(name)
                if name == "change" and tiles:
                    tiles[-1]["direction"] = next((one for one in ("better", "worse") if one in classes), "same")
    found: list[Block] = [Paragraph(runs=runs)] if (runs := _trimmed([Run(" ".join(between))])) else []
    made = tuple(
        Tile(
            **{name: " ".join(tile.get(name, "").split(" ")).strip() for name in _TILE},
            direction=tile.get("direction", "same"),
            is_alarm="alarm" in tile["classes"].split(),
        )
        for tile in tiles
    )
    return [*found, KeyFigures(tiles=made)] if made else found
