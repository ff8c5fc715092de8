"""`cx report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="The report: a file `reports/NAME.toml`.", metavar="NAME")],
    period: PeriodOption = None,
    study: StudyOption = None,
    data_dir: DataOption = None,
    segment: SegmentOption = None,
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
    stand `metrics.json` and the executed notebook.

    Exit codes: 0 done, 1 the report could not be made (most often a cell of the notebook failed), 2 a parameter is
    wrong, 3 the data was refused, 4 another run is making the same report.

    **Examples**

    `cx report monthly`

    `cx report monthly --period 2026-10 --language sv`

    `cx report monthly --study ../our-study --segment Private -p loss_weight=12 --again`
    """
    from cxlib.reporting.progress import shown_progress

    definition = definition_of(name, project)
    values = named_values(parameters or [])
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
