"""An executed notebook becomes a paged document: A4, contents, page numbers, charts as vectors.

typst sets it. Every text reaches typst as data (a JSON text) and never as markup, so that nothing in a study can be
a command. No file but the template is read, no clock is asked: the same notebook gives the same bytes. Wherever the
notebook allows it, the file keeps to PDF/UA-1, the standard of documents that can be read aloud.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import typst

from cxlib.language import Language
from cxlib.reporting.failures import ReportError
from cxlib.reporting.outputs import chart_images
from cxlib.reporting.outputs.chart_images import FONT, FONTS, own_fonts
from cxlib.reporting.outputs.colours import COLOURS
from cxlib.reporting.outputs.document import document
from cxlib.reporting.outputs.page import FEWEST_IN_CONTENTS
from cxlib.reporting.outputs.pdf_blocks import set_section
from cxlib.reporting.outputs.pdf_layout import breakable
from cxlib.reporting.outputs.shown import seen

TEMPLATE = Path(__file__).parent / "pdf_template" / "report.typ"

# Scripts that neither our font nor those within typst have letters for, such as Arabic, Chinese, and pictographs.
_OTHER_SCRIPTS = re.compile(r"[^\x00-\u052f\u1e00-\u1eff\u2000-\u2bff\ufb00-\ufb06\ufeff\ufffc\ufffd\ue000-\uf8ff]")


def write_pdf(
    notebook: nbformat.NotebookNode, path: Path, *, title: str, subtitle: str = "", language: str = "en"
) -> None:
    """Write the PDF of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Left alone.
    path : Path
    title : str
        In the report's language, as `subtitle`.
    subtitle : str
        What sets this report apart: the period, the study, the segment.
    language : "en" or "sv"

    Raises
    ------
    ReportError
        typst refused the document.
    OSError
        The file could not be written.
    """
    path.write_bytes(pdf_bytes(notebook, title=title, subtitle=subtitle, language=language))


def pdf_bytes(notebook: nbformat.NotebookNode, *, title: str, subtitle: str = "", language: str = "en") -> bytes:
    """The PDF as bytes; see `write_pdf`.

    What of the notebook it shows, `shown` says: the same as the page. A chart that cannot be drawn is a line that
    says so, as on the page.
    """
    text = report_data(notebook, title=title, subtitle=subtitle, language=language)
    # A machine's own fonts are asked only where a text needs them, for they differ from machine to machine.
    fonts = all_fonts() if _OTHER_SCRIPTS.search(text) else own_fonts()
    try:
        return _compiled(text, fonts, standards=["ua-1"])
    except typst.TypstError:
        # Not every notebook can be read aloud by the standard's rules: a picture without a description, a letter
        # that no font has. It is printed all the same. What is wrong with the document itself comes back here.
        pass
    try:
        return _compiled(text, fonts, standards=[])
    except typst.TypstError as error:
        raise ReportError(f"the PDF could not be made: {error.message}") from error


def _compiled(text: str, fonts: typst.Fonts, *, standards: list[str]) -> bytes:
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=fonts,
        sys_inputs={"report": text},
        format="pdf",
        pdf_standards=standards,
    )


def report_data(notebook: nbformat.NotebookNode, *, title: str, subtitle: str = "", language: str = "en") -> str:
    """What the template takes, as JSON."""
    words = Language(language)
    sections = document(notebook, language=language)
    n_headings = sum(bool(section.heading) for section in sections)
    data: dict[str, Any] = {
        "title": seen(title),
        "subtitle": seen(subtitle),
        "shown_title": breakable(seen(title)),
        "shown_subtitle": breakable(seen(subtitle)),
        "language": language,
        "region": words.locale.partition("_")[2],
        "font": FONT,
        "colours": COLOURS,
        "texts": {
            "contents": words.text("pdf.contents"),
            # The template puts the numbers in the places of these.
            "page": words.text("pdf.page", page="{page}", pages="{pages}"),
            "failed": words.text("page.failed"),
        },
        "n_contents": n_headings if n_headings >= FEWEST_IN_CONTENTS else 0,
        "sections": [set_section(section) for section in sections],
    }
    # Halves of surrogate pairs are no letters; JSON may hold them, typst takes none.
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def prepare() -> None:
    """Do in advance what the first PDF of a process waits for: the fonts, and the drawing of charts."""
    own_fonts()
    chart_images.prepare()


@cache
def all_fonts() -> typst.Fonts:
    """The fonts of the machine beside our own, for a script that ours do not have."""
    return typst.Fonts(include_system_fonts=True, font_paths=[FONTS])
