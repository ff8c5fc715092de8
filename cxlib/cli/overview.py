"""`cx reports`."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.messages import plain, results, say
from cxlib.cli.options import ProjectOption, project_of

if TYPE_CHECKING:
    from cxlib.reporting.history import PastRun
    from cxlib.reporting.overview import ReportState

BROKEN, REFUSED = 2, 3
MOST_NAMED = 3
NOTHING = "\N{EN DASH}"


@app.command()
def reports(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for another program.")] = False,
    project: ProjectOption = None,
) -> None:
    """List every report with its state: which periods are made, which are due and missing, which failed and why, when
    the next one is due, and how the last run ended.

    A definition that has mistakes is shown with all of them, each with its line, and hides no other.

    Exit codes: 0 every definition is sound, 2 one has mistakes, 3 a study that had to be read was refused.

    **Examples**

    `cx reports`

    `cx reports --json | jq '.[] | select(.missing != []) | .name'`
    """
    from cxlib.reporting.overview import report_states

    states, problem = report_states(project_of(project), as_of=dt.datetime.now(dt.UTC))
    if as_json:
        typer.echo(json.dumps([state.as_dict() for state in states], ensure_ascii=False, indent=2))
    else:
        _show(states)
    if problem is not None:
        say(problem)
    if any(state.mistakes for state in states):
        raise typer.Exit(BROKEN)
    if any(state.refusal for state in states):
        raise typer.Exit(REFUSED)


def _show(states: list[ReportState]) -> None:
    from rich.table import Table

    if not states:
        typer.echo("reports/ defines no report; reports/README.md says how to write a definition")
        return
    console = results()
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for heading in ("report", "every", "made", "due and missing", "failed", "next due", "last run"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "made" else "left")
    for state in states:
        if state.definition is None:
            table.add_row(plain(state.name), "broken", *[""] * 5, style="red")
            continue
        table.add_row(
            plain(state.name),
            state.definition.period,
            f"{len(state.made):,}",
            plain(_named([str(report) for report in state.missing])),
            plain(_named([_what(run) for run in state.failed])),
            plain(_next(state)),
            plain(_last(state.last_run)),
        )
    console.print(table)
    for state in states:
        for run in state.failed:
            first = (run.error or "").strip().partition("\n")[0]
            console.print()
            what = f"{run.report}/{_what(run)}"
            console.print(plain(f"{what} {run.outcome} {_local(run.started_at)}{first and ': '}{first}"))
        if state.refusal:
            console.print()
            console.print(plain(f"The study of {state.name} cannot be read, and so not its segments: {state.refusal}"))
        if state.mistakes:
            console.print()
            console.print(plain(state.mistakes))


def _named(periods: list[str]) -> str:
    if len(periods) <= MOST_NAMED:
        return ", ".join(periods) or NOTHING
    return f"{periods[0]} to {periods[-1]} ({len(periods)})"


def _what(run: PastRun) -> str:
    """A report by its folder, or by what was asked where its study was refused and the folder never known."""
    asked = [part for part in (run.period, run.segment) if part]
    return run.folder.partition("/")[2] or " ".join(asked) or "latest"


def _next(state: ReportState) -> str:
    from cxlib.reporting.period import period_text

    if state.next_due is None:
        return "when asked for"
    return f"{state.next_due:%Y-%m-%d %H:%M %Z} ({period_text(state.next_period)})"


def _last(run: PastRun | None) -> str:
    if run is None:
        return NOTHING
    return f"{_what(run)} {run.outcome} {_local(run.finished_at or run.started_at)}"


def _local(moment: str) -> str:
    """A moment of the history by this machine's clock, where whoever reads it sits."""
    return f"{dt.datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
