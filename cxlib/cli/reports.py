"""`cx report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cxlib.cli.application import app
from cxlib.cli.exit_codes import exit_code
from cxlib.cli.messages import complain, from_here, messages, say
from cxlib.cli.options import (
    DataOption,
    JobsOption,
    LanguageOption,
    ParameterOption,
    PeriodOption,
    ProjectOption,
    SegmentOption,
    SegmentsOption,
    StudyOption,
    definition_of,
    named_values,
)
from cxlib.errors import ParameterError

if TYPE_CHECKING:
    from cxlib.reporting.definition import Definition


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="The report: a file `reports/NAME.toml`.", metavar="NAME")],
    period: PeriodOption = None,
    study: StudyOption = None,
    data_dir: DataOption = None,
    segment: SegmentOption = None,
    segments: SegmentsOption = None,
    jobs: JobsOption = 1,
    language: LanguageOption = None,
    parameters: ParameterOption = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the report if it is there already.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder for reports, instead of `reports/`.")
    ] = None,
    project: ProjectOption = None,
) -> None:
    """Make a report and print where its page is.

    The page stands in `reports/NAME/PERIOD/report.html`: one file, for any browser, without a network. Beside it
    stand what else the definition's `outputs` name (`report.pdf`, `report.xlsx`, `report.pptx`), its figures
    (`metrics.json`), the executed notebook and what became of the run (`run.json`).

    Exit codes: 0 done, 1 the report could not be made (most often a cell of the notebook failed), 2 a parameter is
    wrong, 3 the data was refused, 4 another run is making the same report. Of several reports by segment, one that
    fails does not stop the others; the code is then the lowest of theirs.

    **Examples**

    `cx report monthly`

    `cx report monthly --period 2026-10 --language sv`

    `cx report monthly --study ../our-study --segment Private -p loss_weight=12 --again`

    `cx report monthly --segments all --jobs 2`

    `cx report monthly --segments House,Apartment --period 2026-10`
    """
    from cxlib.reporting.progress import shown_progress

    if segments is not None and segment is not None:
        raise ParameterError("--segment makes one report and --segments several; give one of the two")
    if segments is None and jobs != 1:
        raise ParameterError("--jobs says how many reports are made at once; it goes with --segments")
    definition = definition_of(name, project)
    values = named_values(parameters or [])
    if segments is not None:
        _by_segment(
            definition,
            segments,
            jobs,
            period=period,
            study_path=study,
            data_dir=data_dir,
            language=language,
            parameters=values,
            output=output,
            again=again,
        )
        return
    with shown_progress(messages()) as progress:
        from cxlib.reporting.run import run_report

        run = run_report(
            definition,
            period=period,
            study_path=study,
            data_dir=data_dir,
            segment=segment,
            language=language,
            parameters=values,
            output=output,
            again=again,
            progress=progress,
        )
    if period is None:
        say(f"Period {run.period}, the last whole {definition.period} in the data (another: --period)")
    typer.echo(from_here(run.page))


def _by_segment(definition: Definition, segments: str, jobs: int, **options: Any) -> None:
    """A report for each segment; ends `cx` with the gravest exit code where one could not be made."""
    from cxlib.reporting.many import check_jobs, run_many
    from cxlib.reporting.progress import shown_progress_of_many
    from cxlib.reporting.segments import reports_by_segment

    check_jobs(jobs)
    wanted = reports_by_segment(definition, segments, left_out=say, **options)
    period = wanted[0].question["period"]
    if options["period"] is None:
        say(f"Period {period}, the last whole {definition.period} in the data (another: --period)")
    with shown_progress_of_many(messages(), len(wanted)) as progress:
        outcomes = run_many(wanted, jobs=jobs, progress=progress)
    for outcome in outcomes:
        if outcome.run is not None:
            typer.echo(from_here(outcome.run.page))
        else:
            complain(f"{outcome.wanted.label}: {outcome.error}", *getattr(outcome.error, "__notes__", []))
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    made = f"{len(outcomes) - len(failed)} of {len(outcomes)} reports made"
    labels = ", ".join(outcome.wanted.label for outcome in failed)
    say(f"{made}; not made: {labels}" if failed else made)
    if failed:
        raise typer.Exit(min(exit_code(outcome.error) for outcome in failed))
