"""An executed notebook → what its report consists of: the same that the page shows, as sections of blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nbformat
from nbconvert.filters import markdown2html

from cxlib.language import Language
from cxlib.reporting.outputs.blocks import Block, ChartBlock, ImageBlock, Paragraph, Plain, Run, Section
from cxlib.reporting.outputs.markup import SectionStart, read_markup
from cxlib.reporting.outputs.pictures import decoded_picture
from cxlib.reporting.outputs.shown import Shown, chart_label, shown


def document(notebook: nbformat.NotebookNode, *, language: str = "en") -> tuple[Section, ...]:
    """The sections of an executed notebook's report.

    A section begins at every heading of the first or second level. What stands before the first one is a section
    without a heading.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Left alone.
    language : "en" or "sv"
        For what the document itself says, outside the notebook's own outputs.

    Returns
    -------
    tuple of Section
        None of them without both a heading and blocks.
    """
    sections: list[Section] = []
    start = SectionStart(heading="")
    blocks: list[Block] = []

    def close() -> None:
        if start.heading or blocks:
            sections.append(Section(heading=start.heading, blocks=tuple(blocks), kind=start.kind))

    for block in _blocks(notebook, Language(language)):
        if isinstance(block, SectionStart):
            close()
            start, blocks = block, []
        else:
            blocks.append(block)
    close()
    return tuple(sections)


def _blocks(notebook: nbformat.NotebookNode, words: Language) -> Iterator[Block | SectionStart]:
    broken = words.text("page.broken_picture")
    for piece in shown(notebook):
        if piece.kind == "html":
            yield from read_markup(piece.content, broken=broken)
        elif piece.kind == "markdown":
            yield from read_markup(markdown2html(piece.content), broken=broken)
        else:
            yield from _other(piece, words)


def _other(piece: Shown, words: Language) -> Iterator[Block]:
    if piece.kind == "chart":
        yield ChartBlock(
            spec=piece.content,
            label=chart_label(piece.content) or words.text("page.chart"),
            drawn_at=drawn_at(piece.content, words),
        )
    elif piece.kind == "image":
        content = decoded_picture(piece.content)
        if content:
            yield ImageBlock(content=content, mime=piece.mime)
        else:
            yield Paragraph(runs=(Run(words.text("page.broken_picture")),), kind="note")
    elif piece.content.strip():
        yield Plain(text=piece.content.strip("\n"))


def drawn_at(spec: dict[str, Any], words: Language) -> str:
    """Where a chart's sliders and choosers stand when it is drawn, as a sentence; empty where it has none.

    Parameters
    ----------
    spec : dict
        A Vega-Lite specification.
    words : Language

    Examples
    --------
    >>> bound = {"name": "w", "value": 2.25, "bind": {"input": "range", "name": "Loss weight "}}
    >>> drawn_at({"params": [bound]}, Language("sv"))
    'Ritat för: Loss weight 2,25. På rapportens webbsida går det att ändra.'
    """
    places = [
        f"{' '.join(str(parameter['bind'].get('name') or parameter.get('name')).split()).rstrip(':')} {value}"
        for parameter in _bound(spec)
        if (value := _start(parameter, words))
    ]
    return words.text("document.drawn_at", places="; ".join(places)) if places else ""


def _bound(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters that a reader of the page can move, in all parts of a chart."""
    found, waiting = [], [spec]
    while waiting:
        part = waiting.pop(0)
        if not isinstance(part, dict):
            continue
        parameters = part.get("params")
        for parameter in parameters if isinstance(parameters, list) else []:
            if isinstance(parameter, dict) and isinstance(parameter.get("bind"), dict) and "input" in parameter["bind"]:
                found.append(parameter)
        for key in ("layer", "hconcat", "vconcat", "concat"):
            waiting.extend(part[key] if isinstance(part.get(key), list) else [])
        waiting.append(part.get("spec"))
    return found


def _start(parameter: dict[str, Any], words: Language) -> str:
    """Where a parameter stands at the start, as the page shows it beside the slider."""
    value, bind = parameter.get("value"), parameter["bind"]
    options, labels = bind.get("options"), bind.get("labels")
    if isinstance(options, list) and isinstance(labels, list) and value in options[: len(labels)]:
        return str(labels[options.index(value)])
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return ""
    if isinstance(value, int | float):
        decimals = len(repr(float(value)).partition(".")[2].rstrip("0"))
        return words.number(value, min(decimals, 6))
    return str(value)
