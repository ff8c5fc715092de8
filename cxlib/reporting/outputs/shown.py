"""What a reader is shown of an executed notebook: decided once, for every kind of file that is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nbformat

VEGALITE = "application/vnd.vegalite.v"
"""Any version: the number in the type is the notebook renderer's, the chart names its own in `$schema`."""

# Letters that nobody sees: control characters, and those that turn the direction of what follows them, with which a
# name can be made to read as another.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What no XML may hold beside the control characters: halves of surrogate pairs, and nonentities."""

_HIDDEN_TAGS = {"analyst", "parameters", "injected-parameters", "remove-output"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One piece of the notebook that a reader sees."""

    kind: str
    """html, markdown, chart, image or plain."""
    content: Any
    """A chart's specification; a picture's bytes in base64; else a text. Without letters that nobody sees."""
    mime: str = ""


def shown(notebook: nbformat.NotebookNode) -> Iterator[Shown]:
    """What a reader sees, in the notebook's order.

    Shown are markdown cells, and of code cells the outputs alone. Not shown: code, cells tagged `analyst` or
    `remove-output`, the parameters, stderr, and outputs of kinds that a reader cannot read.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Left alone.
    """
    for cell in notebook.cells:
        if _HIDDEN_TAGS & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            yield Shown(kind="markdown", content=seen(cell.source))
        for output in cell.get("outputs", []):
            piece = _piece(output)
            if piece is not None:
                yield piece


def _piece(output: nbformat.NotebookNode) -> Shown | None:
    """The richest kind that an output has, or nothing."""
    if output.output_type == "stream":
        return Shown(kind="plain", content=seen(output.text)) if output.name == "stdout" else None
    data = output.get("data", {})
    for mime, content in data.items():
        if mime.startswith(VEGALITE):
            return Shown(kind="chart", content=seen(content))
    for mime, kind in (("text/html", "html"), ("text/markdown", "markdown")):
        if mime in data:
            return Shown(kind=kind, content=seen(data[mime]))
    for mime in ("image/png", "image/jpeg"):
        if mime in data:
            return Shown(kind="image", content=data[mime].replace("\n", ""), mime=mime)
    # A value for a program (the metrics) may carry a text beside it that is not meant for a reader.
    if set(data) == {"text/plain"}:
        return Shown(kind="plain", content=seen(data["text/plain"]))
    return None


def seen(value: Any) -> Any:
    """The text without letters that nobody sees but newline and tab; of a chart or a list, all the texts in it.

    >>> seen({"segment": "\\u202egES 1\\x07"})
    {'segment': 'gES 1'}
    """
    if isinstance(value, str):
        return _UNSEEN.sub("", value)
    if isinstance(value, dict):
        return {seen(key): seen(held) for key, held in value.items()}
    if isinstance(value, list):
        return [seen(held) for held in value]
    return value


def chart_label(spec: dict[str, Any]) -> str:
    """What a chart is about, for those who do not see it: its description, else its title.

    Examples
    --------
    >>> chart_label({"title": {"text": ["Capital", "over time"]}})
    'Capital over time'
    """
    if isinstance(spec.get("description"), str):
        return spec["description"]
    title = spec.get("title")
    if isinstance(title, dict):
        title = title.get("text")
    if isinstance(title, list):
        title = " ".join(map(str, title))
    if isinstance(title, str):
        return title
    for key in ("layer", "hconcat", "vconcat", "concat"):
        for part in spec.get(key, []):
            label = chart_label(part)
            if label:
                return label
    return ""
