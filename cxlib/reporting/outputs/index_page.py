"""`reports/index.html`: every report by name and period, with its key figures and how they went.

One file in both languages; it opens without a network, asks for nothing and runs no script. The same folders give the
same bytes.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from cxlib.errors import CxError, ParameterError
from cxlib.language import LOCALES, Language
from cxlib.reporting.outputs.index_entries import (
    FILES,
    Entry,
    Series,
    entries_in,
    kind_of,
    place_in_time,
    series_of,
    usual_settings,
)
from cxlib.reporting.outputs.shown import seen
from cxlib.reporting.outputs.sparkline import sparkline
from cxlib.reporting.period import parse_period

if TYPE_CHECKING:
    from jinja2 import Template

    from cxlib.findings.changes_figures import Change

INDEX = "index.html"
TEMPLATE = Path(__file__).parent / "index_template"
LANGUAGES = tuple(Language(code) for code in LOCALES)
LONGEST_WAIT, BETWEEN_TRIES = 20.0, 0.02
"""Seconds to wait for another process that writes the list, and from one try to the next."""
SHOWN = ("at_risk_share", "capital_median", "negative_share", "nps_points", "churned_share")
"""The key figures that the index shows, as the report's tiles."""

UNFORESEEN = (CxError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
"""What odd figures of an earlier file may end in. They cost their own mark, never the list of all reports."""

POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def write_index(root: Path) -> None:
    """Write `root/index.html` from the reports that stand in `root`.

    Written aside and put in place in one step. One process writes at a time, from reading the folders to the last
    byte, so that of several the last one lists what all of them made.

    Parameters
    ----------
    root : path
        The folder of reports; it is made where it is not there.

    Raises
    ------
    OSError
        Nothing can be written there, or another process has been at it for too long.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        aside = root / f".{INDEX}.new"
        try:
            aside.write_text(index_html(root), encoding="utf-8", newline="\n")
            aside.replace(root / INDEX)
        finally:
            aside.unlink(missing_ok=True)


def index_html(root: Path) -> str:
    """The page as one text; see `write_index`."""
    entries, unread = entries_in(root)
    series = series_of(entries)
    reports: dict[str, list[Series]] = {}
    for each in series:
        reports.setdefault(each.report, []).append(each)
    spoken = [entry.language for entry in entries]
    return _template().render(
        policy=POLICY,
        style=(TEMPLATE / "index.css").read_text(encoding="utf-8"),
        language=max(LOCALES, key=lambda code: (spoken.count(code), code == "en")),
        languages=[(language.code, language.text("index.language")) for language in LANGUAGES],
        said=_said,
        reports=[_report(name, held) for name, held in reports.items()],
        unread=[{"folder": _visible(each.folder), "problem": _problem(each.problem)} for each in unread],
    )


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Until the block ends, no other process writes the index of `root`. The system lets go of the lock by itself.

    Raises
    ------
    TimeoutError
        Another process holds it for longer than LONGEST_WAIT.
    """
    aside = root / ".building"
    aside.mkdir(exist_ok=True)
    descriptor = os.open(aside / f"{INDEX}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor, root)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, root: Path) -> None:
    until = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise TimeoutError(
                    errno.ETIMEDOUT,
                    f"another process has been writing it for more than {LONGEST_WAIT:g} seconds",
                    str(root / INDEX),
                ) from None
        time.sleep(BETWEEN_TRIES)


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html.j2")


def _said(key: str, **values: object) -> Markup:
    """A text of the index in both languages."""
    return _both(lambda language: language.text(f"index.{key}", **values))


def _both(text_in: Callable[[Language], str]) -> Markup:
    """A text in every language, of which the reader chooses the one to be seen; once where all are the same."""
    texts = {language.code: _visible(text_in(language)) for language in LANGUAGES}
    if len(set(texts.values())) == 1:
        return escape(next(iter(texts.values())))
    return Markup("").join(
        Markup('<span class="{0}" lang="{0}">{1}</span>').format(code, text) for code, text in texts.items()
    )


def _visible(text: str) -> str:
    """A text without letters that nobody sees; a name of bytes that are no text gets marks for them."""
    return seen(text.encode("utf-8", "replace").decode("utf-8"))


def _problem(key: str) -> Markup:
    return _both(lambda language: language.text(f"report.since.problem.{key}"))


def _report(name: str, held: list[Series]) -> dict:
    periods = sorted({period for each in held for period in each.entries}, key=place_in_time, reverse=True)
    titles = next((entry.titles for each in held for entries in each.entries.values() for entry in entries), {})
    shown = [figure for figure in SHOWN if any(_has(each, figure) for each in held)]
    several_studies = len({each.study for each in held}) > 1
    usual = usual_settings(held)
    return {
        "name": _visible(name),
        "title": _both(lambda language: titles.get(language.code) or titles.get("en") or name),
        "study": None if several_studies else _visible(held[0].study or ""),
        "figures": [_both(lambda language, figure=figure: _figure_words(language).text(figure)) for figure in shown],
        "newest": [
            _row(each, next(iter(each.entries)), shown, several_studies, usual, is_newest=True) for each in held
        ],
        "periods": [
            {
                "name": _period(period),
                "rows": [_row(each, period, shown, several_studies, usual) for each in held if period in each.entries],
            }
            for period in periods
        ],
    }


def _row(
    series: Series,
    period: str,
    shown: list[str],
    several_studies: bool,
    usual: Mapping[str, object],
    *,
    is_newest: bool = False,
) -> dict:
    figures = series.figures(period) or {}
    before = series.figures(figures.get("previous_period") if isinstance(figures.get("previous_period"), str) else None)
    changes = {row.subject.figure: row for row in _changes(figures, before or {})}
    return {
        "name": _name(series, several_studies),
        "rules": _own_rules(series.settings(period), usual),
        "period": _period(period),
        "cells": [
            {
                "value": _value(changes.get(figure)),
                "change": _change(series, changes.get(figure)) if before is not None else "",
                "spark": Markup(_spark(series, figure)) if is_newest else "",
            }
            for figure in shown
        ],
        "links": [_links(entry) for entry in series.entries[period]],
    }


def _name(series: Series, several_studies: bool) -> Markup:
    def said(language: Language) -> str:
        segment = series.segment
        called = (
            language.text("index.all") if segment is None else str(series.labels(language.code).get(segment, segment))
        )
        return f"{series.study} · {called}" if several_studies and series.study else called

    return _both(said)


def _own_rules(settings: Mapping[str, object], usual: Mapping[str, object]) -> Markup | str:
    """The rules that a report goes by and most others of its table do not, as `-p` takes them: its figures are no match
    for theirs."""
    own = [f"{name}={_typed(value)}" for name, value in sorted(settings.items()) if value != usual.get(name, value)]
    return _both(lambda language: language.text("index.rules", rules=", ".join(own))) if own else ""


def _typed(value: object) -> str:
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _period(period: str) -> Markup:
    kind = kind_of(period)
    if kind is None:
        return escape(_visible(period))
    try:
        parsed = parse_period(period, kind)
    except ParameterError:  # a week 53 of a year that has 52
        return escape(period)

    def said(language: Language) -> str:
        text = language.period(parsed)
        return text[:1].upper() + text[1:]

    return _both(said)


def _figure_words(language: Language, labels: Mapping[str, str] | None = None):
    from cxlib.findings.change_words import FigureWords

    return FigureWords(language, labels or {})


def _changes(figures: Mapping, before: Mapping) -> tuple[Change, ...]:
    from cxlib.findings.changes_figures import headline_changes

    try:
        return headline_changes(figures, before)
    except UNFORESEEN:
        return ()


def _value(row: Change | None) -> Markup | str:
    if row is None:
        return ""
    return _both(lambda language: _figure_words(language).value(row.subject, row.now))


def _change(series: Series, row: Change | None) -> Markup | str:
    if row is None:
        return ""

    def said(language: Language) -> str:
        try:
            return _figure_words(language, series.labels(language.code)).cell(row, interval=False)
        except UNFORESEEN:
            return language.text("index.unsaid")

    return _both(said)


def _has(series: Series, figure: str) -> bool:
    return any(row.subject.figure == figure for period in series.entries for row in _newest(series, period))


def _newest(series: Series, period: str) -> tuple[Change, ...]:
    return _changes(series.figures(period) or {}, {})


def _spark(series: Series, figure: str) -> str:
    """The line of a figure through all periods of a series."""
    from cxlib.findings.changes_figures import HEADLINE, estimate
    from cxlib.findings.definitions import differences

    subject = next(each for each in HEADLINE if each.figure == figure)
    points = []
    before: Mapping | None = None
    for period in reversed(series.entries):
        if kind_of(period) is None:
            continue
        figures = series.figures(period) or {}
        try:
            differs = (
                () if before is None else differences(before.get("definitions"), figures.get("definitions"), figure)
            )
        except UNFORESEEN:
            differs = None
        points.append((place_in_time(period)[1], estimate(figures, subject).value, differs != ()))
        before = figures
    return sparkline(points)


def _links(entry: Entry) -> dict:
    return {
        "language": None if entry.language not in LOCALES else Language(entry.language).text("index.language"),
        "code": entry.language,
        "files": [
            (entry.link(file), _said(f"file.{file.rpartition('.')[2]}")) for file in FILES if file in entry.files
        ],
    }
