"""`cx run --due` and `cx runs`: reports by themselves, and what became of them."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.exit_codes import BUSY, DONE, exit_code
from cxlib.cli.messages import complain, from_here, harmless, messages, plain, results, say
from cxlib.cli.options import JobsOption, ProjectOption, project_of
from cxlib.errors import ParameterError

if TYPE_CHECKING:
    from cxlib.reporting.due_outcome import DueOutcome
    from cxlib.reporting.history import PastRun

LONGEST_ERROR = 100


@app.command()
def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these reports.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Make every report that is due and missing.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="MOMENT", help="Such as 2026-11-02T06:00+01:00, instead of now."),
    ] = None,
    jobs: JobsOption = 1,
    project: ProjectOption = None,
) -> None:
    """Make every report that is due and missing, the oldest period first.

    What is due stands in the definitions: `first_period` and `[due]`. A report that stands in its place is left alone,
    so the command may be run as often as one likes: from cron, by a systemd timer, by hand. A report that fails is
    tried again (`retries`); one whose data have not come yet waits for them.

    Exit codes: 0 everything that was due is there (or waits for its data), 1 a report could not be made or sent, 2 a
    definition or parameter is wrong, 3 the data was refused, 4 another run is making one of them. Where several hold,
    the lowest of 1, 2 and 3; 4 only where nothing else is wrong.

    **Examples**

    `cx run --due`

    `cx run --due monthly --jobs 2`

    `cx run --due --as-of 2026-11-02T06:00+01:00`
    """
    from cxlib.reporting.due_outcome import DueOutcome
    from cxlib.reporting.due_runs import run_due
    from cxlib.reporting.progress import LineProgress, shown_progress, shown_progress_of_many

    if not due:
        raise ParameterError("say --due to make what is due and missing, or make one report with `cx report NAME`")
    moment, outcome = _moment(as_of), DueOutcome()
    try:
        # Where several bars come and go, what is said between them is lines.
        with shown_progress(messages()) if jobs == 1 else nullcontext(LineProgress(messages())) as progress:
            run_due(
                project_of(project),
                as_of=moment,
                names=names or None,
                jobs=jobs,
                progress=progress,
                bars=lambda count: shown_progress_of_many(messages(), count),
                outcome=outcome,
            )
    finally:  # also where it is interrupted: what was made stands, and what was sent is sent
        for made in outcome.made:
            typer.echo(from_here(made.page))
        _say_what_else(outcome)
    raise typer.Exit(_exit_code(outcome))


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1900 < moment.year < 9000:
        raise ParameterError(
            f"--as-of: found {text!r}; allowed: a moment with its distance from UTC, such as 2026-11-02T06:00+01:00"
        )
    return moment


def _say_what_else(outcome: DueOutcome) -> None:
    for failed in outcome.failed:
        complain(str(failed), *getattr(failed.error, "__notes__", []))
    for untold in outcome.untold:
        complain(f"{untold}. `cx post` sends later what was not sent", *getattr(untold.error, "__notes__", []))
    for line in (*outcome.told, *map(str, outcome.skipped)):
        say(line)
    counts = ((len(outcome.made), "made"), (len(outcome.failed), "failed"), (len(outcome.skipped), "skipped"))
    say(", ".join(f"{count} {what}" for count, what in counts if count) or "Nothing is due that is not there")


def _exit_code(outcome: DueOutcome) -> int:
    from cxlib.reporting.due_outcome import IS_BUSY

    codes = [exit_code(failed.error) for failed in (*outcome.failed, *outcome.untold)]
    is_busy = any(skipped.reason == IS_BUSY for skipped in outcome.skipped)
    return min(codes) if codes else BUSY if is_busy else DONE


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
    results().print(table)


def _short(text: str) -> str:
    text = harmless(text)
    return text if len(text) <= LONGEST_ERROR else text[: LONGEST_ERROR - 1] + "…"
