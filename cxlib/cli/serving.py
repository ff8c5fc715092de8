"""`cx serve`."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.messages import harmless
from cxlib.cli.options import ProjectOption, project_of


@app.command()
def serve(
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="So many segments of a period at once.")] = 1,
    project: ProjectOption = None,
) -> None:
    """Stay, and make every report when it is due: the same as `cx run --due` at the right hours, without a cron.

    What was missed while nobody served is made at once, the oldest first. What failed is tried again the next day. A
    new or an edited definition needs no restart; one with a mistake is left until it is mended, and keeps no other
    back. Every event is a line on stderr.

    Exit codes: 0 it was asked to end (SIGTERM, Ctrl-C), and nothing half done is left; 2 a parameter is wrong.

    **Examples**

    `cx serve`

    `cx serve --jobs 2 --project /srv/reports`
    """
    from cxlib.reporting.many import check_jobs

    check_jobs(jobs)
    try:
        from cxlib.reporting.due_runs import run_due
        from cxlib.reporting.schedule import serve as serve_project

        serve_project(project_of(project), run_due=run_due, jobs=jobs, log=_log)
    except SystemExit:
        # To be asked to end is the only end that a service has, and no failure.
        _log("asked to end; nothing was left behind")


def _log(text: str) -> None:
    """A line with the time, by this machine's clock."""
    moment = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    print(f"{moment} {harmless(text)}", file=sys.stderr, flush=True)
