"""An executed notebook becomes one HTML file that anyone can open, without a network and without code.

What is trusted. `text/html` outputs go into the page as they are: they come from cxlib's own functions, which
escape every text of the study. Should such a text slip through nevertheless, the page's Content-Security-Policy
lets run only the two scripts whose hashes it names, loads nothing from anywhere, and forbids frames, forms and
plug-ins; so a `<script>`, an `onerror=` or a picture from elsewhere in a comment does nothing. A policy does not stop
a page from sending its reader elsewhere: `<meta>`, which could do so by itself, is made text here; a link that is
clicked would go where it points.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import vl_convert
from nbconvert.exporters import HTMLExporter, TemplateExporter

from cxlib.kept_scripts import kept_script
from cxlib.language import Language
from cxlib.reporting.outputs.shown import chart_label, seen, shown

TEMPLATE = Path(__file__).parent / "page_template"
# A section's heading as the findings write it: without attributes, its text escaped.
_SECTION = re.compile(r"<h2>([^<>]+)</h2>")


@dataclass(frozen=True, kw_only=True)
class _Block:
    """One piece of the page as the template takes it: a chart, prose, a table, a picture."""

    kind: str
    content: str
    label: str = ""
    mime: str = ""


class _PageExporter(HTMLExporter):
    """nbconvert's exporter without its last step, which parses and rewrites the whole finished page: the bundle
    with it, whose hash must stay."""

    def __init__(self) -> None:
        super().__init__(template_name=TEMPLATE.name, extra_template_basedirs=[str(TEMPLATE.parent)])

    # What the other preprocessors do (styles for code, images of code) has no place in a page without code.
    default_preprocessors: list[str] = []  # noqa: RUF012  (a traitlet, set per class)

    def from_notebook_node(self, nb, resources=None, **kw):
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)


def write_page(
    notebook: nbformat.NotebookNode, path: Path, *, title: str, subtitle: str = "", language: str = "en"
) -> None:
    """Write the page of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Left alone.
    path : Path
    title : str
        In the page's language, as `subtitle`.
    subtitle : str
        What sets this report apart: the period, the study, the segment.
    language : "en" or "sv"
    """
    path.write_text(
        page_html(notebook, title=title, subtitle=subtitle, language=language), encoding="utf-8", newline="\n"
    )


def page_html(notebook: nbformat.NotebookNode, *, title: str, subtitle: str = "", language: str = "en") -> str:
    """The page as one text; see `write_page`.

    What of the notebook it shows, `shown` says.
    """
    words = texts(language)
    blocks, contents = _with_contents(list(_blocks(notebook, words)))
    has_charts = any(block.kind == "chart" for block in blocks)
    scripts = [chart_bundle(), _starter(language)] if has_charts else []
    page = {
        "title": seen(title),
        "subtitle": seen(subtitle),
        "language": language,
        "texts": words,
        "style": (TEMPLATE / "page.css").read_text(encoding="utf-8"),
        "policy": page_policy(scripts),
        "scripts": scripts,
        "contents": contents if len(contents) >= FEWEST_IN_CONTENTS else [],
        "blocks": blocks,
    }
    # The blocks go beside the notebook and not in it: nbconvert would hold them to the notebook format.
    html, _ = exporter().from_notebook_node(nbformat.v4.new_notebook(), {"page": page})
    return html


def prepare() -> None:
    """Do in advance what the first page of a process waits for: the chart bundle and the template."""
    chart_bundle()
    exporter().template  # noqa: B018  (a property that compiles)


@cache
def exporter() -> _PageExporter:
    return _PageExporter()


TEXTS = ("save_svg", "save_png", "menu", "chart", "failed", "no_script", "contents")

FEWEST_IN_CONTENTS = 4
"""Sections from which a page has a list of them; a reader of fewer sees them all at a glance."""


@cache
def texts(language: str) -> dict[str, str]:
    """What the page itself says, outside the notebook's own outputs, in `language`."""
    words = Language(language)
    return {name: words.text(f"page.{name}") for name in TEXTS}


@cache
def chart_bundle() -> str:
    """Vega, Vega-Lite and vegaEmbed as one script, about 0.9 MB."""
    # A browser reads CR as LF, and then the hash would not hold.
    return kept_script("charts", vl_convert.javascript_bundle).replace("\r\n", "\n").replace("\r", "\n")


@cache
def _starter(language: str) -> str:
    script = (TEMPLATE / "starter.js").read_text(encoding="utf-8")
    return script.replace("__TEXTS__", json_in_html(texts(language)))


def page_policy(scripts: list[str]) -> str:
    """The Content-Security-Policy of a page that runs these scripts and nothing else, and loads nothing."""
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def json_in_html(value: Any) -> str:
    """JSON that may stand inside a `<script>`: no `<`, and no line end that old browsers take for one.

    >>> json_in_html({"comment": "</script>"})
    '{"comment":"\\\\u003c/script>"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _markup(text: str) -> str:
    """HTML or Markdown of an output, with `<meta` as text."""
    return re.sub(r"<(?=meta\b)", "&lt;", text, flags=re.IGNORECASE)


def _blocks(notebook: nbformat.NotebookNode, words: dict[str, str]) -> Iterator[_Block]:
    """What the page shows, in the notebook's order."""
    for piece in shown(notebook):
        content = piece.content
        if piece.kind == "chart":
            yield _Block(kind="chart", content=json_in_html(content), label=chart_label(content) or words["chart"])
        elif piece.kind in ("html", "markdown"):
            yield _Block(kind=piece.kind, content=_markup(content))
        else:
            yield _Block(kind=piece.kind, content=content, mime=piece.mime)


def _with_contents(blocks: list[_Block]) -> tuple[list[_Block], list[tuple[str, str]]]:
    """The blocks with an anchor at every section's heading, and the list of the anchors and headings (as HTML)."""
    contents: list[tuple[str, str]] = []

    def anchored(heading: re.Match) -> str:
        contents.append((f"section-{len(contents) + 1}", heading[1]))
        return f'<h2 id="{contents[-1][0]}">{heading[1]}</h2>'

    found = [
        replace(block, content=_SECTION.sub(anchored, block.content)) if block.kind == "html" else block
        for block in blocks
    ]
    return found, contents
