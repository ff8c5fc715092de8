"""HTML as a tree of what is seen, walked without recursion: a text of a survey may nest a thousand elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.builder import ParserRejectedMarkup

# What a browser does not show, or shows only where something more is missing.
UNSEEN = frozenset("""
    script style template head title desc defs metadata noscript iframe object embed audio video canvas noframes
    noembed annotation annotation-xml datalist
""".split())  # fmt: skip  # noqa: SIM905

# Their text stands on lines of its own.
BLOCKS = frozenset("""
    address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer
    form header hgroup hr html legend li main menu nav ol optgroup option p section summary ul
""".split())  # fmt: skip  # noqa: SIM905

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n\r\f]+")
_OWN_LINES = BLOCKS | {"tr", "table", "caption", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
_BREAK = "\v"
"""A line break unless there is one already; HTML's own spaces do not have it."""


def parsed(html: str) -> Tag:
    """The tree of a piece of HTML, as far as a browser would understand it."""
    try:
        # Inside an element, as Beautiful Soup warns of texts that look like a file's name.
        return BeautifulSoup(f"<div>{html}</div>", "html.parser")
    except ParserRejectedMarkup:
        # Such as "<![x", which is then text.
        return BeautifulSoup(f"<div>{html.replace('<!', '&lt;!')}</div>", "html.parser")


def walk(
    root: Tag, takes: Callable[[Tag], bool] = lambda element: False
) -> Iterator[tuple[str, Tag | NavigableString]]:
    """What is in an element, in order: ("start", element), ("text", text) and ("end", element).

    Parameters
    ----------
    root : Tag
        Itself not given.
    takes : callable
        Is shown every element before it starts; where it says True, the element and all that is in it are left out.
    """
    open_ = [(root, iter(list(root.contents)))]
    while open_:
        parent, children = open_[-1]
        for child in children:
            if isinstance(child, Tag):
                if not _is_seen(child) or takes(child):
                    continue
                yield "start", child
                open_.append((child, iter(list(child.contents))))
                break
            # Comments, doctypes and the like are children of the class.
            if type(child) is NavigableString:
                yield "text", child
        else:
            open_.pop()
            if parent is not root:
                yield "end", parent


def classes_of(element: Tag) -> list[str]:
    """The words of an element's `class`."""
    classes = element.get("class") or []
    return classes.split() if isinstance(classes, str) else list(classes)


def single_spaced(text: str) -> str:
    """Every run of HTML's spaces and line ends as one space."""
    return _SPACES.sub(" ", text)


def text_of(element: Tag, *, keep_spaces: bool = False) -> str:
    """What a reader reads of an element, in one text with line breaks."""
    return joined((part_of_text(what, node, keep_spaces=keep_spaces) for what, node in walk(element)), keep_spaces)


def part_of_text(what: str, node: Tag | NavigableString, *, keep_spaces: bool = False) -> str:
    """What one step of `walk` adds to a text; for `joined`."""
    if what == "text":
        return str(node) if keep_spaces else single_spaced(node)
    if node.name == "br":
        return "\n" if what == "start" else ""
    if node.name in _OWN_LINES:
        return _BREAK
    return " " if node.name in ("td", "th") else ""


def joined(parts: Iterable[str], keep_spaces: bool = False) -> str:
    """The parts as one text: line breaks where something stands on a line of its own, single spaces between words."""
    text = re.sub(rf"\s*{_BREAK}[\s{_BREAK}]*", "\n", "".join(parts))
    return text if keep_spaces else re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", text)).strip(" \n")


def _is_seen(element: Tag) -> bool:
    return not (
        element.name in UNSEEN
        or element.has_attr("hidden")
        or _HIDDEN.search(str(element.get("style") or ""))
        or "anchor-link" in classes_of(element)  # nbconvert's pilcrow beside a heading
    )
