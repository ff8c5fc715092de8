"""`cx run --due` and `cx runs`: reports by themselves, and what became of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.messages import harmless, plain, say
from cxlib.cli.options import ProjectOption, project_of
from cxlib.errors import ParameterError

if TYPE_CHECKING:
    from cxlib.reporting.history import PastRun

LONGEST_ERROR = 100


@app.command()
def runs(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only the runs of this report.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="The latest so many.")] = 20,
    run_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Everything about one run: the first letters will do.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with parameters, inputs and versions.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder that holds the reports, instead of `reports/`.")
    ] = None,
    project: ProjectOption = None,
) -> None:
    """List the runs of reports, the latest first: when, what, how long, and how each ended.

    A run that was killed is shown as interrupted; the next run of the same report makes up for it. With `--id` or
    `--json` the parameters, the sha256 of every input and the versions of all packages are shown too.

    Exit codes: 0 done, 1 the history cannot be read, 2 a parameter is wrong.

    **Examples**

    `cx runs`

    `cx runs monthly --limit 5`

    `cx runs --id 3f2a`

    `cx runs --json`
    """
    import json
    from dataclasses import asdict

    from cxlib.reporting.history import History
    from cxlib.reporting.settling import settle

    root = output if output is not None else project_of(project) / "reports"
    settle(root)
    history = History(root)
    if run_id is not None:
        found = [past for past in history.runs(report=name) if past.id.startswith(run_id)]
        if len(found) != 1:
            raise ParameterError(f"--id: {len(found) or 'no'} runs begin with {run_id!r}; `cx runs` lists them")
    else:
        found = history.runs(report=name, limit=limit)
    if as_json or run_id is not None:
        content = [asdict(past) for past in found]
        typer.echo(json.dumps(content if run_id is None else content[0], ensure_ascii=False, indent=2))
        return
    if not found:
        say("No run yet")
        return
    _show(found)


def _show(found: list[PastRun]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "started", "report", "period", "segment"):
        table.add_column(heading)
    table.add_column("seconds", justify="right")
    table.add_column("outcome")
    table.add_column("error", overflow="fold")
    for past in found:
        started = datetime.fromisoformat(past.started_at).astimezone()
        seconds = "" if past.duration_seconds is None else f"{past.duration_seconds:.1f}"
        tried = "" if past.attempt == 1 else f" (try {past.attempt})"
        error = (past.error or "").splitlines()[:1]
        table.add_row(
            past.id[:8],
            f"{started:%Y-%m-%d %H:%M}",
            *map(plain, (past.report, past.period, past.segment or "")),
            seconds,
            past.outcome + tried,
            plain(_short(error[0]) if error else ""),
        )
    Console(markup=False, highlight=False).print(table)


def _short(text: str) -> str:
    text = harmless(text)
    return text if len(text) <= LONGEST_ERROR else text[: LONGEST_ERROR - 1] + "…"
