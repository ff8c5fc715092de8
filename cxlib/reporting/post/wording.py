"""What a report's post says, in the report's language: one text for all its forms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cxlib.language import Language
from cxlib.plain_line import plain_line
from cxlib.reporting.post.report import PostedReport

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=lambda name: name is not None and name.endswith(".html.j2"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A subject, and the same message as plain text and as HTML."""

    subject: str
    text: str
    html: str


def report_wording(report: PostedReport, *, attached: Sequence[str] = (), too_large: str | None = None) -> Wording:
    """What is said of a report that is there.

    Parameters
    ----------
    report : PostedReport
    attached : sequence of str
        The outputs that come with the message: keys of `names.output` in the catalogue.
    too_large : str, optional
        Why those that were to come do not; see `too_large_words`.
    """
    language = report.language
    where = None if attached and report.link is None else report.link or str(report.main_file)
    content = {
        "language": language.code,
        "title": report.title,
        "subtitle": report.subtitle,
        "headline": None,
        "files": [language.text(f"names.output.{output}") for output in attached],
        "attached": language.text("post.mail.attached"),
        "too_large": too_large,
        "open": language.text("post.mail.open" if report.link else "post.mail.path"),
        "link": report.link,
        "where": where,
        "footer": (
            language.text("post.mail.footer")
            if report.owner is None
            else language.text("post.mail.footer_owner", owner=report.owner)
        ),
    }
    if report.words is not None:
        content["headline"] = _headline(report)
    return Wording(
        subject=plain_line(language.text("post.mail.subject", title=report.title, subtitle=report.subtitle)),
        text=_render("report.txt.j2", content),
        html=_render("report.html.j2", content),
    )


def too_large_words(language: Language, *, n_bytes: int, most_bytes: int) -> str:
    """That the files do not fit into a mail, with both sizes."""
    return language.text(
        "post.mail.too_large",
        size=language.number(n_bytes / 1e6, 1),
        limit=language.number(most_bytes / 1e6, 1),
    )


def webhook_content(report: PostedReport) -> dict[str, Any]:
    """The JSON that a webhook is given: what it can act on, and a text that it can show."""
    record = report.record
    headline = report.figures.get("headline")
    summary = {"title": report.title, "subtitle": report.subtitle, "headline": None, "link": report.link}
    if report.words is not None:
        summary["headline"] = _headline(report)
    return {
        "report": record.report,
        "title": report.title,
        "subtitle": report.subtitle,
        "period": record.period,
        "segment": record.segment,
        "study": record.study,
        "language": record.language,
        "outcome": "done",
        "link": report.link,
        "headline": headline if isinstance(headline, Mapping) else {},
        "text": _render("webhook.txt.j2", summary),
    }


def failure_wording(content: Mapping[str, Any], *, language: Language, subject: str) -> Wording:
    """The message to an owner; `content` is what its templates ask for."""
    content = {"language": language.code, "footer": "", **content}
    return Wording(
        subject=plain_line(subject),
        text=_render("failure.txt.j2", content),
        html=_render("failure.html.j2", content),
    )


def _headline(report: PostedReport) -> dict[str, Any]:
    """The first screen of the report: the sentence to remember, cautions, key figures, the largest moves."""
    from cxlib.findings.tiles import headline_tiles

    words = report.words
    return {
        "lead": words.risk_change(),
        "cautions": [plain_line(caution) for caution in words.cautions()],
        "tiles": headline_tiles(words),
        "moves": [plain_line(sentence) for sentence in words.moves()],
        "note": report.language.text("post.mail.note"),
    }


def _render(template: str, content: Mapping[str, Any]) -> str:
    text = _TEMPLATES.get_template(template).render(content).strip() + "\n"
    # What is left out of a plain text leaves its empty lines behind.
    return text if template.endswith(".html.j2") else re.sub(r"\n{3,}", "\n\n", text)
