"""The reports that a report is compared with: the same question, a period and a year before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.language import LOCALES
from cxlib.reporting.outputs.names import METRICS
from cxlib.reporting.question import Question, answered_in

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

PERIODS_A_YEAR = {"month": 12, "quarter": 4, "week": 52}
"""How many periods back the same one of the year before lies: of a week, the one that begins 364 days earlier, on the
same day of the week."""


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """The figures of the period before and of the same period a year before; None where there is no such report."""

    before: Path | None
    year_before: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.before, self.year_before) if path is not None)


def earlier_figures(
    period: pd.Period, kind: str, *, folder_of: Callable[[pd.Period, str], Path], asked: Question, notebooks: Path
) -> Earlier:
    """Where the figures lie that a report is compared with.

    Parameters
    ----------
    period : Period
    kind : str
        A key of PERIODS_A_YEAR.
    folder_of : callable
        The folder of the same report of another period in a language (a code).
    asked : Question
        What the report answers; a folder that answers another question is not compared with. Figures have no
        language, so a report in another language does as well.
    notebooks : Path
        The folder from which paths in kept notebooks count.
    """

    def found(then: pd.Period) -> Path | None:
        languages = [asked.language, *(code for code in LOCALES if code != asked.language)]
        for code in languages:
            folder = folder_of(then, code)
            if (folder / METRICS).is_file() and answered_in(folder, notebooks=notebooks) == replace(
                asked, language=code
            ):
                return folder / METRICS
        return None

    return Earlier(before=found(period - 1), year_before=found(period - PERIODS_A_YEAR[kind]))
