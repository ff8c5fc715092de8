"""Lists for those who act on them, and what may be told to those who were heard: `cx alarms`, `overdue`, `told`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from cxlib.cli.application import app
from cxlib.cli.messages import from_here, messages, say
from cxlib.cli.options import (
    DataOption,
    LanguageOption,
    ParameterOption,
    PeriodOption,
    ProjectOption,
    SegmentOption,
    StudyOption,
    definition_of,
    named_values,
)

if TYPE_CHECKING:
    from cxlib.reporting.definition import Definition

PseudonymsOption = Annotated[
    bool,
    typer.Option(
        "--pseudonyms",
        help="Name customers by pseudonyms; the key comes from CX_PSEUDONYM_KEY or CX_PSEUDONYM_KEY_FILE.",
    ),
]
AgainOption = Annotated[bool, typer.Option("--again", help="Replace the file if it is there already.")]


@app.command()
def alarms(
    name: Annotated[str, typer.Argument(help="The report whose rules count.", metavar="NAME")] = "monthly",
    period: PeriodOption = None,
    study: StudyOption = None,
    data_dir: DataOption = None,
    segment: SegmentOption = None,
    language: LanguageOption = None,
    parameters: ParameterOption = None,
    zone: Annotated[str, typer.Option(metavar="at_risk|thin|both", help="Whose buffer is used up, or thin.")] = "both",
    drained_months: Annotated[
        int, typer.Option(metavar="N", help="Look so many months back for what drained the account.")
    ] = 12,
    by_pseudonyms: PseudonymsOption = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the list there, instead of to the terminal.")
    ] = None,
    again: AgainOption = False,
    project: ProjectOption = None,
) -> None:
    """List the customers to call, as CSV for Excel: those whose buffer is used up, or will be after one more
    average loss, with what drained it. The dearest come first.

    The list goes by the rules of the report NAME and by what was known when the period ended: it holds the customers
    whom that report counts as at risk and as thin. It names customers; keep it where only those who call can read it,
    or use --pseudonyms: whoever has the key then finds the customer again.

    Exit codes: 0 done, 1 it failed, 2 a parameter is wrong or the file is there already, 3 the data was refused.

    **Examples**

    `cx alarms --output call.csv`

    `cx alarms --period 2026-10 --zone at_risk --segment House --language sv --output ring.csv`

    `cx alarms monthly --study ../our-study -p loss_weight=12 -p price_elasticity=1 > call.csv`
    """
    from cxlib.reporting.alarms_file import find_alarms
    from cxlib.reporting.output_file import check_place
    from cxlib.reporting.progress import shown_progress

    definition = definition_of(name, project)
    values = named_values(parameters or [])
    if output is not None:
        check_place(output, again=again, example="alarms.csv")
    key = _key(definition) if by_pseudonyms else None
    with shown_progress(messages()) as progress:
        found = find_alarms(
            definition,
            period=period,
            study_path=study,
            data_dir=data_dir,
            segment=segment,
            language=language,
            parameters=values,
            zone=zone,
            drained_months=drained_months,
            key=key,
            progress=progress,
        )
    _give(found.to_csv(), output, again=again)
    _say_about(found)


@app.command()
def overdue(
    name: Annotated[str, typer.Argument(help="The report whose targets count.", metavar="NAME")] = "monthly",
    period: PeriodOption = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="Such as 2026-11-15: as of the end of that day.")
    ] = None,
    study: StudyOption = None,
    data_dir: DataOption = None,
    segment: SegmentOption = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="Only the cases of one owner.")] = None,
    language: LanguageOption = None,
    parameters: ParameterOption = None,
    by_pseudonyms: PseudonymsOption = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the list there, instead of to the terminal.")
    ] = None,
    again: AgainOption = False,
    project: ProjectOption = None,
) -> None:
    """List the cases that are overdue, as CSV for Excel: not resolved in time, or resolved and the customer not told
    in time. The longest overdue come first, those of customers who have left last.

    The targets are those of the report NAME (resolve_days, inform_days). Days are counted to the morning after: a case
    whose last day is today is one day overdue then. The list names customers; keep it where only those who work on the
    cases can read it, or use --pseudonyms, of customers and of cases; what was done is then left out.

    Exit codes: 0 done, 1 it failed, 2 a parameter is wrong or the file is there already, 3 the data was refused.

    **Examples**

    `cx overdue --output overdue.csv`

    `cx overdue --as-of 2026-10-15 --owner Billing --language sv --output forsenade.csv`

    `cx overdue monthly --study ../our-study -p resolve_days=7 > overdue.csv`
    """
    from cxlib.reporting.output_file import check_place
    from cxlib.reporting.overdue_file import find_overdue
    from cxlib.reporting.progress import shown_progress

    definition = definition_of(name, project)
    values = named_values(parameters or [])
    if output is not None:
        check_place(output, again=again, example="overdue.csv")
    key = _key(definition) if by_pseudonyms else None
    with shown_progress(messages()) as progress:
        found = find_overdue(
            definition,
            period=period,
            as_of=as_of,
            study_path=study,
            data_dir=data_dir,
            segment=segment,
            owner=owner,
            language=language,
            parameters=values,
            key=key,
            progress=progress,
        )
    _give(found.to_csv(), output, again=again)
    for note in found.notes:
        say(note)
    _say_about(found)


@app.command()
def told(
    name: Annotated[str, typer.Argument(help="The report whose smallest base counts.", metavar="NAME")] = "monthly",
    period: PeriodOption = None,
    months: Annotated[int, typer.Option(metavar="N", help="Feedback of so many months up to the period's end.")] = 12,
    study: StudyOption = None,
    data_dir: DataOption = None,
    segment: SegmentOption = None,
    language: LanguageOption = None,
    parameters: ParameterOption = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A page (.html) or Markdown (.md), instead of Markdown to the terminal."),
    ] = None,
    again: AgainOption = False,
    project: ProjectOption = None,
) -> None:
    """Say to customers what they told, what was done, and how many had an answer: "You said, we did".

    No customer, comment or owner is in the summary. A touchpoint is named where at least smallest_base customers told
    of it, a measure where it was taken for as many and holds no owner's name; the others are added up. Read it before
    you publish it: measures are written by staff and may name somebody else. Publish the whole or its parts, not both:
    from a page of all and one of a segment, or of more and of fewer months, the rest follows by subtraction.

    Exit codes: 0 done, 1 it failed, 2 a parameter is wrong or the file is there already, 3 the data was refused.

    **Examples**

    `cx told`

    `cx told --period 2026-10 --months 3 --output told.html`

    `cx told --language sv --output ni-sa-vi-gjorde.md`
    """
    from cxlib.reporting.output_file import check_place
    from cxlib.reporting.progress import shown_progress
    from cxlib.reporting.told_file import check_ending, find_told

    definition = definition_of(name, project)
    values = named_values(parameters or [])
    if output is not None:
        check_ending(output)
        check_place(output, again=again, example="told.html")
    with shown_progress(messages()) as progress:
        found = find_told(
            definition,
            period=period,
            months=months,
            study_path=study,
            data_dir=data_dir,
            segment=segment,
            language=language,
            parameters=values,
            progress=progress,
        )
    as_page = output is not None and output.suffix.lower() == ".html"
    _give(found.to_html() if as_page else found.to_markdown(), output, again=again)
    _say_about(found)


class _Found(Protocol):
    """What a list says about itself beside its text."""

    without_effect: tuple[str, ...]

    def summary(self) -> str: ...


def _key(definition: Definition) -> bytes:
    from cxlib.reporting.place import reports_root
    from cxlib.reporting.pseudonym_key import pseudonym_key

    return pseudonym_key(os.environ, reports=reports_root(definition, None))


def _give(text: str, output: Path | None, *, again: bool) -> None:
    """The text to the terminal, or to a file whose place is then said."""
    if output is None:
        # As bytes: whatever the terminal's encoding is, the file that it is sent to is UTF-8.
        typer.echo(text.encode("utf-8"), nl=False)
        return
    from cxlib.reporting.output_file import write_file

    write_file(output, text, again=again)
    typer.echo(from_here(output))


def _say_about(found: _Found) -> None:
    for parameter in found.without_effect:
        say(f"-p {parameter}: the list does not depend on it")
    say(found.summary())
