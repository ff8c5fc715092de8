"""Which report is meant, among those that were made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.errors import ParameterError, hint
from cxlib.reporting.period import parse_period
from cxlib.reporting.record import RunRecord, record_in
from cxlib.reporting.request import asked_study, study_folder

if TYPE_CHECKING:
    from cxlib.reporting.definition import Definition


@dataclass(frozen=True, kw_only=True)
class FoundReport:
    """A report that was made, and what it says of itself."""

    folder: Path
    record: RunRecord


def find_report(
    definition: Definition,
    root: Path,
    *,
    period: str | None = None,
    segment: str | None = None,
    language: str | None = None,
    study_path: Path | None = None,
) -> FoundReport:
    """The one report that answers the description.

    Parameters
    ----------
    definition : Definition
    root : Path
        The folder that holds the reports.
    period : str, optional
        The latest that was made, where none is given.
    segment : str, optional
        None is the report of the whole.
    language : str, optional
        Needed only where the same report was made in several.
    study_path : Path, optional
        The definition's study, where none is given.

    Raises
    ------
    ParameterError
        There is none, or there are several.
    """
    if period is not None:
        parse_period(period, definition.period)
    made = _made(definition, root, asked_study(definition, study_path))
    named = [each for each in made if each.record.segment == segment and language in (None, each.record.language)]
    if not named:
        raise ParameterError(_none(definition, made, segment=segment, language=language))
    wanted = period if period is not None else max(each.record.period for each in named)
    found = [each for each in named if each.record.period == wanted]
    if not found:
        periods = sorted({each.record.period for each in named})
        raise ParameterError(
            f"period: report {definition.name!r} was not made for {wanted}; it was for: {', '.join(periods)}"
            f"{hint(wanted, periods)}. `cx report {definition.name} --period {wanted}` makes it"
        )
    if len(found) > 1:
        languages = ", ".join(sorted(each.record.language for each in found))
        raise ParameterError(f"the report was made in {len(found)} languages ({languages}); say which with --language")
    return found[0]


def _made(definition: Definition, root: Path, study: Path) -> list[FoundReport]:
    """The reports of one study. Its folder's name is no guide: two studies may share one."""
    folder, notebooks = root / definition.name, definition.notebook.parent
    if not folder.is_dir():
        return []
    named = study_folder(study).resolve()
    records = ((path, record_in(path)) for path in sorted(folder.iterdir()))
    return [
        FoundReport(folder=path, record=record)
        for path, record in records
        if record is not None and study_folder(notebooks / str(record.parameters.get("study_path"))).resolve() == named
    ]


def _none(definition: Definition, made: list[FoundReport], *, segment: str | None, language: str | None) -> str:
    if not made:
        return f"no report {definition.name!r} was made yet; `cx report {definition.name}` makes it"
    segments = sorted({each.record.segment for each in made if each.record.segment is not None})
    of = f"of segment {segment!r}" if segment is not None else "of the whole"
    in_language = f" in {language!r}" if language is not None else ""
    there = ", ".join(each.folder.name for each in made)
    near = hint(segment, segments) if segment is not None else ""
    return f"no report {definition.name!r} {of}{in_language} was made; there are: {there}{near}"
