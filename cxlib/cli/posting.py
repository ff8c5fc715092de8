"""`cx post`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.messages import harmless, say
from cxlib.cli.options import ProjectOption, StudyOption, definition_of
from cxlib.errors import ParameterError


@app.command()
def post(
    name: Annotated[str, typer.Argument(help="The report: a file `reports/NAME.toml`.", metavar="NAME")],
    period: Annotated[
        str | None, typer.Option("--period", metavar="PERIOD", help="Such as 2026-10; else the latest that was made.")
    ] = None,
    segment: Annotated[
        str | None, typer.Option("--segment", metavar="NAME", help="The report of one segment, not that of the whole.")
    ] = None,
    study: StudyOption = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="en|sv", help="Which one, where it was made in both.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing. Needs no server.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Send it to those too who have it already.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder with the reports, instead of `reports/`.")
    ] = None,
    project: ProjectOption = None,
) -> None:
    """Send a report that was made to those whom its definition names in `[post]` and who do not have it yet.

    `cx run --due` does this by itself; here is what is left to do after the mail server was down or a name was added.
    The mail server, its password and the webhook's address come from the environment (CX_SMTP_HOST and so on);
    docs/posting.md lists them.

    Exit codes: 0 done, or everybody has it; 1 something could not be sent; 2 there is no such report, or nobody to
    send it to.

    **Examples**

    `cx post monthly --dry-run`

    `cx post monthly --period 2026-10`

    `cx post monthly --period 2026-10 --segment House --language sv --again`
    """
    from cxlib.reporting.history import History
    from cxlib.reporting.post.errors import PostError
    from cxlib.reporting.post.finding import find_report
    from cxlib.reporting.post.preview import preview
    from cxlib.reporting.post.sending import post_report

    definition = definition_of(name, project)
    if definition.post is None:
        raise ParameterError(
            f"reports/{name}.toml has no [post], so there is nobody to send the report to; docs/posting.md says how"
        )
    root = output if output is not None else definition.project / "reports"
    run = find_report(definition, root, period=period, segment=segment, language=language, study_path=study)
    history = History(root)
    if dry_run:
        typer.echo(harmless(preview(definition, run, environment=os.environ, history=history)), nl=False)
        return
    try:
        told = post_report(definition, run, environment=os.environ, history=history, again=again)
    except PostError as error:
        for line in error.sent:
            typer.echo(harmless(line))
        raise
    for line in told:
        typer.echo(harmless(line))
    if not told:
        say(f"Everybody has {run.record.subtitle} already; --again sends it once more")
