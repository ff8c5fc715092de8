"""The reports that stand in a folder: read from their metrics.json and run.json, each series in the order of time."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from cxlib.language import LOCALES
from cxlib.reporting.earlier_metrics import figures_of, reason
from cxlib.reporting.outputs.names import FILE_NAMES, METRICS
from cxlib.reporting.record import RECORD, record_in

FILES = (*FILE_NAMES.values(), METRICS)
"""What a reader may open, in the order in which it is offered."""

READ = ("study", "period", "previous_period", "segment", "labels", "headline", "definitions")
"""What is read of a metrics.json."""
MOST_KEPT = 2048
"""Reports whose figures stay in memory between one list and the next."""

_PERIODS = {
    "month": re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])"),
    "quarter": re.compile(r"([0-9]{4})-Q([1-4])"),
    "week": re.compile(r"([0-9]{4})-W(0[1-9]|[1-4][0-9]|5[0-3])"),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One report.

    Attributes
    ----------
    folder : str
        From the folder of reports: "monthly/2026-10".
    report, period : str
    titles : mapping of language to str
        Empty where the run left no record.
    study, segment, language : str or None
        None where neither the record nor the figures say it.
    figures : mapping
        The content of its metrics.json.
    files : tuple of str
        Of `FILES`, those that stand there.
    """

    folder: str
    report: str
    period: str
    titles: Mapping[str, str]
    study: str | None
    segment: str | None
    language: str | None
    figures: Mapping
    files: tuple[str, ...]

    def link(self, file: str) -> str:
        """The address of one of its files, from the folder of reports."""
        return "/".join(quote(os.fsencode(part), safe="") for part in (*self.folder.split("/"), file))


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A folder that could not be read, and why: a key of the catalogue under `report.since.problem`."""

    folder: str
    problem: str


@dataclass(kw_only=True)
class Series:
    """One report of one study and segment, through its periods.

    Attributes
    ----------
    report, study, segment
        As in `Entry`.
    entries : dict of period to list of Entry
        Newest period first; of one period one entry for each language, the one in the usual language first.
    """

    report: str
    study: str | None
    segment: str | None
    entries: dict[str, list[Entry]] = field(default_factory=dict)

    def figures(self, period: str | None) -> Mapping | None:
        """The figures of a period; figures have no language."""
        found = self.entries.get(period or "")
        return found[0].figures if found else None

    def settings(self, period: str) -> Mapping[str, object]:
        """The rules that the figures of a period go by, one number or word each; the others are not for a list."""
        definitions = (self.figures(period) or {}).get("definitions")
        found = definitions.get("settings") if isinstance(definitions, Mapping) else None
        if not isinstance(found, Mapping):
            return {}
        return {name: value for name, value in found.items() if value is None or isinstance(value, int | float | str)}

    def labels(self, language: str) -> Mapping[str, str]:
        """How the study's own names read in a language, by the newest report that says it."""
        for entries in self.entries.values():
            labels = entries[0].figures.get("labels")
            found = labels.get(language) if isinstance(labels, Mapping) else None
            if isinstance(found, Mapping):
                return found
        return {}


def entries_in(root: Path) -> tuple[list[Entry], list[Unread]]:
    """The reports that stand in `root`, and the folders of which nothing can be said."""
    entries: list[Entry] = []
    unread: list[Unread] = []
    for folder in _folders(root):
        name = f"{folder.parent.name}/{folder.name}"
        try:
            entries.append(_entry(folder, name))
        except (OSError, ValueError, RecursionError) as error:
            unread.append(Unread(folder=name, problem=reason(error)))
    return entries, unread


def series_of(entries: list[Entry]) -> list[Series]:
    """The entries by report, study and segment; the whole study before its segments."""
    found: dict[tuple, Series] = {}
    for entry in sorted(entries, key=lambda each: (len(each.folder), each.folder)):
        key = (entry.report, entry.study or "", entry.segment is not None, entry.segment or "")
        series = found.setdefault(key, Series(report=entry.report, study=entry.study, segment=entry.segment))
        series.entries.setdefault(entry.period, []).append(entry)
    for series in found.values():
        newest_first = sorted(series.entries.items(), key=lambda item: place_in_time(item[0]), reverse=True)
        series.entries = dict(newest_first)
    return [series for _, series in sorted(found.items())]


def usual_settings(held: list[Series]) -> dict[str, object]:
    """The rules that most of the reports go by, of as many the first's."""
    counts: dict[str, Counter] = {}
    for series in held:
        for period in series.entries:
            for name, value in series.settings(period).items():
                counts.setdefault(name, Counter())[value] += 1
    return {name: found.most_common(1)[0][0] for name, found in counts.items()}


def kind_of(period: str) -> str | None:
    """month, quarter or week; None where the text is no period.

    >>> kind_of("2026-10"), kind_of("2026-Q3"), kind_of("2026-W44"), kind_of("autumn")
    ('month', 'quarter', 'week', None)
    """
    return next((kind for kind, spelling in _PERIODS.items() if spelling.fullmatch(period)), None)


def place_in_time(period: str) -> tuple[int, int, str]:
    """Where a period stands among those of its kind, one apart from the next; what is no period stands before all.

    >>> place_in_time("2027-01")[1] - place_in_time("2026-12")[1]
    1
    >>> place_in_time("2027-W01")[1] - place_in_time("2026-W53")[1]
    1
    """
    kind = kind_of(period)
    if kind is None:
        return 0, 0, period
    year, part = map(int, _PERIODS[kind].fullmatch(period).groups())
    if kind != "week":
        return 1, year * (12 if kind == "month" else 4) + part, period
    first = date.fromisocalendar(max(year, 1), 1, 1).toordinal() // 7  # a Monday, and Monday is day 1 of the calendar
    return 1, first + part, period


def _folders(root: Path) -> Iterator[Path]:
    """Every folder of a report: two levels down, and nothing that begins with a point."""
    for report in _children(root):
        yield from _children(report)


def _children(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir()]
    except OSError:
        return []
    return sorted(found, key=lambda path: os.fsencode(path.name))


def _entry(folder: Path, name: str) -> Entry:
    """The report in a folder.

    Raises
    ------
    OSError, ValueError, RecursionError
        Its metrics.json cannot be read.
    """
    file = folder / METRICS
    state = file.stat()
    figures = _figures(file, state.st_mtime_ns, state.st_size, state.st_ino)
    record = record_in(folder) if (folder / RECORD).is_file() else None
    period, *parts = folder.name.split("_")
    written = parts[-1] if parts and parts[-1] in LOCALES else None
    titles = record.titles if record is not None and isinstance(record.titles, Mapping) else {}
    return Entry(
        folder=name,
        report=folder.parent.name,
        period=_text(figures.get("period")) or period,
        titles={str(code): str(title) for code, title in titles.items()},
        study=_text(record.study if record is not None else None) or _text(figures.get("study")),
        segment=_text(record.segment if record is not None else figures.get("segment")),
        language=_text(record.language if record is not None else None) or written,
        figures=figures,
        files=tuple(file for file in FILES if (folder / file).is_file()),
    )


@lru_cache(maxsize=MOST_KEPT)
def _figures(file: Path, *state: int) -> dict:
    """What the list shows of a metrics.json, read once for as long as the file stays as it is."""
    found = figures_of(file)
    return {key: found[key] for key in READ if key in found}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
