"""You said, we did: the summary for customers as a page, as Markdown, or for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.errors import ParameterError
from cxlib.language import Language
from cxlib.reporting.definition import Definition
from cxlib.reporting.period import last_month_of
from cxlib.reporting.progress import Progress
from cxlib.reporting.request import (
    asked_period,
    asked_study,
    check_request,
    read_study,
    study_folder,
    usual_language,
)

if TYPE_CHECKING:
    from cxlib.feedback.told import Told
    from cxlib.settings import Settings

ENDINGS = (".html", ".md")
MOST_MONTHS = 1_200


@dataclass(frozen=True, kw_only=True, eq=False)
class ToldSummary:
    """What may be told to customers, over which months, and in which words.

    Attributes
    ----------
    told : Told
    n_cases : int
        Cases opened in those months, whether or not anything of them may be shown.
    first, last : Period, months
    smallest_base : int
    language : Language
    settings : Settings
        Of the study: its name, and its names in other languages.
    without_effect : tuple of str
        Parameters that were given and that the summary does not depend on.
    """

    told: Told
    n_cases: int
    first: pd.Period
    last: pd.Period
    smallest_base: int
    language: Language
    settings: Settings
    without_effect: tuple[str, ...]

    def summary(self) -> str:
        """What the summary rests on, for a terminal."""
        months = str(self.last) if self.first == self.last else f"{self.first} to {self.last}"
        if not self.n_cases:
            return f"No case was opened in {months}, so there is nothing to tell (they stand in the table `cases`)"
        named, all_parts = self.told.touchpoints["touchpoint"].notna().sum(), len(self.told.touchpoints)
        rest = "" if named == all_parts else ", the others together"
        return f"{self.n_cases:,} cases of {months}; {named:,} touchpoints named{rest}"

    def to_markdown(self) -> str:
        """The summary as Markdown."""
        from cxlib.findings.told import told_markdown

        title = f"{self._title} · {self.settings.name}"
        return told_markdown(self.told, self._words, title=title, language=self.language)

    def to_html(self) -> str:
        """The summary as one page that opens offline, in the look of the reports."""
        import nbformat

        from cxlib.findings.told import told_section
        from cxlib.reporting.outputs.page import page_html

        section = told_section(self.told, self._words, language=self.language)
        output = nbformat.v4.new_output("display_data", data={"text/html": section.data})
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])
        return page_html(notebook, title=self._title, subtitle=self.settings.name, language=self.language.code)

    @property
    def _title(self) -> str:
        return self.language.text("told.title")

    @property
    def _words(self):
        from cxlib.findings.told import ToldWords

        return ToldWords(
            first=self.first,
            last=self.last,
            smallest_base=self.smallest_base,
            labels=self.settings.labels.get(self.language.code, {}),
        )


def check_ending(path: Path) -> None:
    """Refuse a file that is neither a page nor Markdown.

    Raises
    ------
    ParameterError
    """
    if path.suffix.lower() not in ENDINGS:
        raise ParameterError(
            f"--output: {path} ends with {path.suffix or 'nothing'!r}; allowed: .html (a page) and .md (Markdown)"
        )


def find_told(
    definition: Definition,
    *,
    period: str | None = None,
    months: int = 12,
    study_path: Path | str | None = None,
    data_dir: Path | str | None = None,
    segment: str | None = None,
    language: str | None = None,
    parameters: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> ToldSummary:
    """What may be told to customers of the feedback of some months.

    Parameters
    ----------
    definition : Definition
        Its parameter smallest_base counts; where it has none, `SMALLEST_BASE`.
    period, study_path, data_dir, segment, language, parameters
        As `run_report` takes them.
    months : int, 1 to `MOST_MONTHS`
        Cases opened in so many months up to the end of the period.
    progress : Progress, optional

    Returns
    -------
    ToldSummary

    Raises
    ------
    ParameterError, StudyError
    """
    if not 1 <= months <= MOST_MONTHS:
        raise ParameterError(f"months: found {months}; allowed: a whole number from 1 to {MOST_MONTHS:,}")
    progress = progress or Progress()
    request = check_request(definition, parameters or {}, language=language, period=period)
    study_path = asked_study(definition, study_path)
    progress.step(f"Reading the study {study_folder(study_path).resolve().name}")
    study = read_study(study_path, None if data_dir is None else Path(data_dir))
    last = last_month_of(asked_period(definition, study, request.period, segment))
    first = last - (months - 1)
    known = study.as_of((last + 1).to_timestamp())
    cases = known.cases if segment is None else known.segment(segment).cases
    smallest_base = int(request.parameters.get("smallest_base") or SMALLEST_BASE)
    since = first.to_timestamp()

    from cxlib.feedback.case_states import moment_of
    from cxlib.feedback.told import told

    summary = told(
        cases,
        (last + 1).to_timestamp(),
        since=since,
        owners=study.cases["owner"].dropna().unique(),  # of every segment, and of those to come
        touchpoints=study.touchpoints,
        smallest_base=smallest_base,
    )
    return ToldSummary(
        told=summary,
        n_cases=int((cases["opened_at"] >= moment_of(since, cases["opened_at"].dt.tz)).sum()),
        first=first,
        last=last,
        smallest_base=smallest_base,
        language=request.language or usual_language(definition, study),
        settings=study.settings,
        without_effect=tuple(name for name in parameters or {} if name != "smallest_base"),
    )
