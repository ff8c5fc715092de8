"""A report for each of several segments of a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlib.errors import ParameterError, hint
from cxlib.reporting.definition import Definition
from cxlib.reporting.many import WantedReport
from cxlib.reporting.period import period_text
from cxlib.reporting.request import asked_period, asked_study, check_request, read_study
from cxlib.reporting.small_segments import SMALLEST_BASE, unreported_segments

if TYPE_CHECKING:
    from cxlib.study import Study

ALL = "all"


def asked_segments(study: Study, asked: str) -> list[str]:
    """The segments that a text asks for, each once.

    Parameters
    ----------
    study : Study
    asked : str
        "all" for every segment of the study, in the order of their names; else names parted by commas.

    Raises
    ------
    ParameterError
        The study has no segments, or not these.
    """
    there = sorted(study.customers["segment"].dropna().unique())
    if not there:
        raise ParameterError("segments: no customer of the study has a segment")
    if asked.strip() == ALL and ALL not in there:
        return there
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    if not names:
        raise ParameterError(
            f"segments: found none; allowed: {ALL}, or of {', '.join(map(repr, there))}, parted by commas"
        )
    return check_segments(study, names)


def check_segments(study: Study, names: Sequence[str], *, where: str = "segments") -> list[str]:
    """The named segments, if the study has them all.

    Parameters
    ----------
    study : Study
    names : sequence of str
    where : str
        What the error begins with: who named them.

    Raises
    ------
    ParameterError
        Naming all that the study does not have, and the nearest of those that it has.
    """
    there = sorted(study.customers["segment"].dropna().unique())
    unknown = [name for name in names if name not in there]
    if unknown:
        near = "".join(hint(name, there) for name in unknown)
        raise ParameterError(
            f"{where}: the study has no segment {', '.join(map(repr, unknown))}; it has: "
            f"{', '.join(there) or 'none'}{near}"
        )
    return list(names)


def reports_by_segment(
    definition: Definition,
    segments: str,
    *,
    period: str | None = None,
    study_path: Path | str | None = None,
    data_dir: Path | str | None = None,
    language: str | None = None,
    parameters: Mapping[str, object] | None = None,
    left_out: Callable[[str], None] | None = None,
    **options: Any,
) -> list[WantedReport]:
    """What `run_many` is to make: one report for each segment, all of one period.

    What would be wrong with every one of them is refused here, once.

    Parameters
    ----------
    definition : Definition
    segments : str
        See `asked_segments`.
    period, study_path, data_dir, language, parameters
        As `run_report` takes them. Where no period is given, it is the last whole one of all customers together: the
        segments are to be compared.
    left_out : callable, optional
        Is told, in a sentence each, of the segments that "all" leaves out because they have no report of their own.
    **options
        More of what `run_report` takes.

    Raises
    ------
    ParameterError, StudyError
    """
    request = check_request(definition, parameters or {}, language=language, period=period)
    definition.check_notebook()
    asked = asked_study(definition, study_path)
    study = read_study(asked, None if data_dir is None else Path(data_dir))
    chosen = asked_period(definition, study, request.period, None)
    question = {
        "definition": definition,
        "period": period_text(chosen),
        "study_path": study_path,
        "data_dir": data_dir,
        "language": language,
        "parameters": dict(parameters or {}),
        **options,
    }
    names = asked_segments(study, segments)
    if segments.strip() == ALL:
        reasons = unreported_segments(study, chosen, smallest_base=request.parameters.get(SMALLEST_BASE))
        for segment in [name for name in names if name in reasons and left_out is not None]:
            left_out(f"Left out: {segment}: {reasons[segment]}")
        names = [name for name in names if name not in reasons]
        if not names:
            raise ParameterError("segments: none has a report of its own, since each holds, or would leave, too few")
    return [WantedReport(label=segment, question=question | {"segment": segment}) for segment in names]
