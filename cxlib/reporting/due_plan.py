"""What is due and missing of one definition, what waits for its data, and what stands already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from cxlib.errors import ParameterError
from cxlib.reporting.definition import Definition
from cxlib.reporting.due import due_periods
from cxlib.reporting.due_outcome import WAITS_FOR_DATA, DueReport, FailedReport, SkippedReport
from cxlib.reporting.period import count_in, coverage, kind_of, period_text
from cxlib.reporting.place import report_place, reports_root
from cxlib.reporting.request import asked_study, read_study, usual_language
from cxlib.reporting.segments import ALL, check_segments
from cxlib.reporting.small_segments import declared_base, unreported_segments
from cxlib.study import Study

QUIET_DAYS = 3
"""A period may end in so many days without an event or an answer, as over a weekend; where the data end earlier, the
rest of them has not come yet."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What there is to do.

    Attributes
    ----------
    waves : tuple of tuple of DueReport
        What is missing and has its data: the reports of one period each, the oldest period first.
    waiting : tuple of SkippedReport
    impossible : tuple of FailedReport
        Segments that the study does not have.
    standing : tuple of (DueReport, Path)
        The reports of the latest due period that stand, and their folders.
    latest : Period or None
        The last due period that has its data.
    """

    waves: tuple[tuple[DueReport, ...], ...]
    waiting: tuple[SkippedReport, ...]
    impossible: tuple[FailedReport, ...]
    standing: tuple[tuple[DueReport, Path], ...]
    latest: pd.Period | None


def plan_of(definition: Definition, as_of: datetime) -> Plan:
    """What is due of a definition; the study is read for it.

    Raises
    ------
    ParameterError
        The definition names no study.
    StudyError
        The study was refused.
    """
    study = read_study(asked_study(definition, None), None)
    periods = due_periods(definition, as_of)
    segments, unknown = _segments(definition, study)
    moments = {None: _moments(study)} | {segment: _moments(study.segment(segment)) for segment in segments}
    latest = max((period for period in periods if is_whole(moments[None], period)), default=None)
    language = usual_language(definition, study).code
    waves, waiting, standing = [], [], []
    base = declared_base(definition) if definition.segments == ALL else None
    for period in periods:
        wave = []
        left_out = unreported_segments(study, period, smallest_base=base)
        for segment in (name for name in moments if name not in left_out):
            place = report_place(
                definition,
                study,
                period,
                language,
                root=reports_root(definition),
                study_path=definition.study,
                segment=segment,
            )
            report = DueReport(definition=definition, period=period, segment=segment, folder=place.key)
            if place.target.exists():
                standing += [(report, place.target)] if period == latest else []
            elif is_whole(moments[None], period) and count_in(moments[segment], period):
                wave.append(report)
            else:
                waiting.append(SkippedReport(what=report, reason=WAITS_FOR_DATA))
        waves += [tuple(wave)] if wave else []
    impossible = [
        FailedReport(what=DueReport(definition=definition, period=periods[-1], segment=segment, folder=""), error=error)
        for segment, error in unknown
        if periods
    ]
    return Plan(
        waves=tuple(waves),
        waiting=tuple(waiting),
        impossible=tuple(impossible),
        standing=tuple(standing),
        latest=latest,
    )


def missing_wholes(definition: Definition, as_of: datetime) -> list[DueReport]:
    """The due reports of the whole that do not stand, the oldest first, told without reading the study."""
    due = [
        DueReport(definition=definition, period=period, segment=None, folder=f"{definition.name}/{period_text(period)}")
        for period in due_periods(definition, as_of)
    ]
    root = reports_root(definition)
    return [report for report in due if not (root / report.folder).exists()]


def is_whole(moments: pd.Series, period: pd.Period) -> bool:
    """Whether the data are there for the whole of a period, and not for its first half alone.

    Parameters
    ----------
    moments : Series of timestamps with the study's timezone
    period : Period

    Examples
    --------
    >>> moments = pd.Series(pd.to_datetime(["2026-09-30", "2026-10-15", "2026-11-28"]).tz_localize("Europe/Stockholm"))
    >>> [is_whole(moments[:n], pd.Period("2026-10", "M")) for n in (2, 3)], is_whole(moments, pd.Period("2026-11", "M"))
    ([False, True], True)
    """
    covered = coverage(moments, kind_of(period))
    if covered is None or not count_in(moments, period):
        return False
    if period <= covered.last_whole:
        return True
    local = moments.dropna().dt.tz_localize(None)
    return local[local <= period.end_time].max() > period.end_time - pd.Timedelta(days=QUIET_DAYS)


def _segments(definition: Definition, study: Study) -> tuple[list[str], list[tuple[str, ParameterError]]]:
    """The segments that have a report of their own beside the whole, and those that the study does not have."""
    if definition.segments == ALL:
        return sorted(study.customers["segment"].dropna().unique()), []
    known: list[str] = []
    unknown: list[tuple[str, ParameterError]] = []
    for segment in definition.segments:
        try:
            known += check_segments(study, [segment], where=f"reports/{definition.name}.toml segments")
        except ParameterError as error:
            unknown.append((segment, error))
    return known, unknown


def _moments(study: Study) -> pd.Series:
    return pd.concat([study.events["occurred_at"], study.responses["answered_at"]])
