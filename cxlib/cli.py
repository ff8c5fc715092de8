"""The command line: `cx`. What a command imports, it imports itself, so that `cx --help` answers at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.errors import CxError, ParameterError, Problem, StudyError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from cxlib.study import Study

FAILED, WRONG_PARAMETERS, DATA_REFUSED, BUSY = 1, 2, 3, 4

PeriodOption = Annotated[
    str | None, typer.Option("--period", metavar="PERIOD", help="Such as 2026-10; else the last whole one in the data.")
]
StudyOption = Annotated[
    Path | None,
    typer.Option("--study", metavar="DIR", help="The study's folder; else the one that the definition names."),
]
DataOption = Annotated[
    Path | None, typer.Option("--data-dir", metavar="DIR", help="Where the tables lie, if not beside study.toml.")
]
SegmentOption = Annotated[
    str | None, typer.Option("--segment", metavar="NAME", help="Only the customers of one segment.")
]
LanguageOption = Annotated[
    str | None, typer.Option("--language", metavar="en|sv", help="Else the definition's, else the study's.")
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="One of the report's own; may be repeated."),
]
ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project", metavar="DIR", help="The folder with reports/ and notebooks/; else found from here upwards."
    ),
]

app = typer.Typer(
    name="cx",
    help="Customer-experience capital: what every touchpoint adds to it or takes from it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


class _Stopped(SystemExit):
    """Ctrl-C, or a plea to end. Not a KeyboardInterrupt: typer would end with that in silence."""


def main() -> None:
    """Run `cx`.

    Exit codes: 0 done, 1 it failed (a cell of the notebook, most often), 2 a parameter is wrong, 3 the data was
    refused, 4 another run is making the same report, 130 stopped by Ctrl-C, 143 by a plea to end (SIGTERM).
    """
    try:
        with _stoppable():
            app()
    except CxError as error:
        _complain(str(error), *getattr(error, "__notes__", []))
        sys.exit(exit_code(error))
    except OSError as error:
        from cxlib.reporting.failures import reason_of

        # The last resort, for what no command has put into words of its own: the disk is full, a folder is gone.
        _complain(reason_of(error))
        sys.exit(FAILED)
    except _Stopped as stopped:
        _say("Stopped; nothing was left behind.")
        sys.exit(stopped.code)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block by an exception, so that what was begun is cleared away."""

    def stop(number: int, frame: object) -> None:
        raise _Stopped(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(error: CxError) -> int:
    """The exit code that an error of cxlib's ends `cx` with."""
    from cxlib.reporting.failures import BusyError

    if isinstance(error, StudyError):
        return DATA_REFUSED
    if isinstance(error, ParameterError):
        return WRONG_PARAMETERS
    return BUSY if isinstance(error, BusyError) else FAILED


def _complain(text: str, *notes: str) -> None:
    console = _messages()
    console.print("Error:", style="bold red", end=" ")
    for line in (text, *notes):
        # A message may quote the data: no markup, and no terminal codes out of a file.
        console.print(_harmless(line), markup=False, highlight=False, soft_wrap=True)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"cxlib {version('cxlib')}")
        raise typer.Exit


@app.callback()
def _common(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    pass


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
    from cxlib.reporting.definition import find_project, load_definition
    from cxlib.reporting.progress import shown_progress

    folder = find_project(Path.cwd()) if project is None else find_project_at(project)
    definition = load_definition(name, folder)
    values = _named_values(parameters or [])
    with shown_progress(_messages()) as progress:
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
        _say(f"Period {run.period}, the last whole {definition.period} in the data (another: --period)")
    typer.echo(_from_here(run.page))


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
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the list there, instead of to the terminal.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the file if it is there already.")] = False,
    project: ProjectOption = None,
) -> None:
    """List the customers to call, as CSV for Excel: those whose buffer is used up, or will be after one more
    average loss, with what drained it. The dearest come first.

    The list goes by the rules of the report NAME and by what was known when the period ended: it holds the customers
    whom that report counts as at risk and as thin. It names customers; keep it where only those who call can read it.

    Exit codes: 0 done, 1 it failed, 2 a parameter is wrong or the file is there already, 3 the data was refused.

    **Examples**

    `cx alarms --output call.csv`

    `cx alarms --period 2026-10 --zone at_risk --segment House --language sv --output ring.csv`

    `cx alarms monthly --study ../our-study -p loss_weight=12 -p price_elasticity=1 > call.csv`
    """
    from cxlib.reporting.alarms_file import check_place, find_alarms, write_file
    from cxlib.reporting.definition import find_project, load_definition
    from cxlib.reporting.progress import shown_progress

    definition = load_definition(name, find_project(Path.cwd()) if project is None else find_project_at(project))
    values = _named_values(parameters or [])
    if output is not None:
        check_place(output, again=again)
    with shown_progress(_messages()) as progress:
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
            progress=progress,
        )
    if output is None:
        # As bytes: whatever the terminal's encoding is, the file that it is sent to is UTF-8.
        typer.echo(found.to_csv().encode("utf-8"), nl=False)
    else:
        write_file(output, found.to_csv(), again=again)
        typer.echo(_from_here(output))
    for parameter in found.without_effect:
        _say(f"-p {parameter}: the list does not depend on it")
    _say(found.summary())


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A study: a folder with study.toml.")],
    data_dir: DataOption = None,
) -> None:
    """Load a study and say what was read, what was rejected and why.

    Exit codes: 0 the study can be used, 3 it was refused.

    **Examples**

    `cx check data/demo`

    `cx check data/olist --data-dir ~/Downloads/olist`
    """
    from cxlib.study import load_study

    _show(load_study(folder, data_dir=data_dir))


def find_project_at(folder: Path) -> Path:
    """The project that the user named: the folder itself, not one above it.

    Raises
    ------
    ParameterError
    """
    if not ((folder / "reports").is_dir() and (folder / "notebooks").is_dir()):
        raise ParameterError(f"--project: {folder} does not hold reports/ and notebooks/")
    return folder.resolve()


def _named_values(texts: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"-p {text}: write NAME=VALUE, such as -p loss_weight=12")
        if name.strip() in values:
            raise ParameterError(f"-p {name.strip()}: is given twice")
        values[name.strip()] = value.strip()
    return values


def _show(study: Study) -> None:
    """The sources of a study, its rejected rows, and the columns that nothing reads."""
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False)
    typer.echo(_harmless(f"{study.settings.name}: the study can be used"))
    console.print()
    sources = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("table", "file"):
        sources.add_column(heading, overflow="fold")
    for heading in ("read", "kept", "rejected"):
        sources.add_column(heading, justify="right")
    for source in study.sources.itertuples():
        counts = (source.rows_read, source.rows_kept, source.rows_rejected)
        sources.add_row(_plain(source.table), _plain(source.file), *(f"{count:,}" for count in counts))
    console.print(sources)

    met = [*study.events["customer_id"].unique(), *study.responses["customer_id"].unique()]
    strangers = sorted(set(met) - set(study.customers["customer_id"]))
    if strangers and len(study.customers):
        console.print()
        console.print(
            _plain(
                f"{len(strangers):,} of {len(set(met)):,} customers with events or answers are not in the customers "
                f"table, such as {strangers[0]!r}. Are their ids written in the same way there (leading zeros)?"
            )
        )

    ignored = study.sources.dropna(subset="columns_ignored")
    for source in ignored.itertuples():
        console.print()
        console.print(_plain(f"{source.file}: columns that the study does not use: {source.columns_ignored}"))

    rejected = study.rejected
    if rejected.empty:
        return
    console.print()
    kinds = rejected.fillna({"column": ""}).groupby(["file", "column", "reason"], sort=False)
    console.print(f"Rejected: {len(rejected):,} cells, of {len(kinds):,} kinds", style="bold")
    for (file, column, reason), cells in kinds:
        first = cells.iloc[0]
        line = Problem(
            file=file,
            row=int(first["row"]),
            column=column or None,
            reason=reason,
            value=_given(first["value"]),
            allowed=_given(first["allowed"]),
            nearest=_given(first["nearest"]),
        )
        more = f" (and {len(cells) - 1:,} more like it)" if len(cells) > 1 else ""
        console.print(_plain(f"  {line}{more}"))


def _given(cell: object) -> str | None:
    import pandas as pd

    return None if pd.isna(cell) else str(cell)


def _plain(text: str) -> Text:
    from rich.text import Text

    return Text(_harmless(text))


def _messages() -> Console:
    from rich.console import Console

    return Console(stderr=True)


def _say(text: str) -> None:
    _messages().print(text, markup=False, highlight=False, soft_wrap=True)


def _harmless(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _from_here(path: Path) -> str:
    here = Path.cwd()
    full = path.resolve()
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)


if __name__ == "__main__":
    main()
