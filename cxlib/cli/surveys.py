"""`cx survey`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.exit_codes import DATA_REFUSED
from cxlib.cli.messages import counted, from_here, harmless, plain, results, say
from cxlib.errors import ParameterError, Problem

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from cxlib.exports.survey import Survey

TO_STDOUT = "-"
NARROW = 100
"""On a terminal of fewer columns the questions' texts stand behind their names."""

LEAST_OF_NAME = 12
MOST_SHOWN_PER_KIND = 5
MOST_NAMED = 12
LONGEST_NAME = 60
MOST_LINES = 40
"""Of the map on a terminal."""

WRITTEN = "How the file was written, where its content does not tell"


@app.command()
def survey(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An export, or a folder with successive exports of one survey.")
    ],
    reader: Annotated[
        str, typer.Option(metavar="NAME", help="qualtrics, plain …; auto goes by what is in the file.")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for another program.")] = False,
    map_file: Annotated[
        str | None, typer.Option("--map", metavar="FILE|-", help="Write the starting map there; - is the terminal.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the map if it is there already.")] = False,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Of times that do not say theirs, such as Europe/Stockholm.")
    ] = "UTC",
    personal: Annotated[
        bool, typer.Option("--personal", help="Take columns of addresses, names and telephone numbers, too.")
    ] = False,
    respondent: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Tells who answered, where the reader does not find it.")
    ] = None,
    answered_at: Annotated[
        str | None, typer.Option("--answered-at", metavar="COLUMN", help="Tells when somebody answered.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="utf-8, cp1252, utf-16, latin-1 …", rich_help_panel=WRITTEN)
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(metavar="SIGN", help="Between cells: one sign, or tab.", rich_help_panel=WRITTEN)
    ] = None,
    header_row: Annotated[
        int | None, typer.Option("--header-row", help="The row of the headings, from 1.", rich_help_panel=WRITTEN)
    ] = None,
    date_order: Annotated[
        str | None,
        typer.Option("--date-order", metavar="dmy|mdy|ymd", help="Of dates in numbers.", rich_help_panel=WRITTEN),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(metavar=".|,", help="The decimal sign of numbers.", rich_help_panel=WRITTEN)
    ] = None,
    separator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUESTION=SIGN",
            help="Between several choices in one cell; nothing behind = for one answer each. May be repeated.",
            rich_help_panel=WRITTEN,
        ),
    ] = None,
) -> None:
    """Show what a survey tool exported: by which reader it is read and why, who answered, every question; and a
    starting map, a study.toml in which the questions only need their metric.

    Nothing is sent anywhere, and nothing is written but the map. A scale is never guessed from the answers.

    Exit codes: 0 it can be read, 2 a parameter is wrong or the map is there already, 3 the file was refused, or every
    row of it: then there is no map.

    **Examples**

    `cx survey q3.csv`

    `cx survey q3.csv --map our-study/study.toml --timezone Europe/Stockholm`

    `cx survey q3.csv --date-order dmy --respondent Panelist`

    `cx survey exports/ --reader qualtrics --json | jq '.questions[] | select(.kind == "scale") | .name'`
    """
    from cxlib.exports.survey import read_survey
    from cxlib.reporting.output_file import check_place, write_file
    from cxlib.written_as import written_as

    if as_json and map_file == TO_STDOUT:
        raise ParameterError("--json and --map - would both go to the terminal: give the map a file, or leave one out")
    to = None if map_file in (None, TO_STDOUT) else Path(map_file)
    if to is not None and to.parent.exists():
        check_place(to, again=again, example="study.toml", option="--map")
    written = written_as(
        encoding=encoding, delimiter=delimiter, header_row=header_row, date_order=date_order, decimal=decimal
    )
    separators = _separators(separator or [])
    found = read_survey(
        file,
        reader=reader,
        timezone=timezone,
        personal=personal,
        respondent=respondent,
        answered_at=answered_at,
        separators=separators,
        **written,
    )
    if found.rows_read and not found.rows_kept:
        _show_refused(found, as_json=as_json)
        raise typer.Exit(DATA_REFUSED)
    columns = {"response_id": respondent, "answered_at": answered_at}
    told = {name: column for name, column in columns.items() if column is not None}
    toml = _map(found, file, to, timezone=timezone, written=written, columns=told, separators=separators)
    if map_file == TO_STDOUT:
        typer.echo(toml.encode("utf-8"), nl=False)
        return
    if to is not None:
        _make_folder(to.parent)
        write_file(to, toml, again=again, option="--map")
    if as_json:
        typer.echo(json.dumps(_as_dict(found), ensure_ascii=False, indent=2).encode("utf-8"))
        if to is not None:
            say(f"The starting map: {from_here(to)}")
        return
    _show(found)
    typer.echo()
    if to is None:
        typer.echo("A starting map, a study.toml to fill in; --map FILE writes it:")
        typer.echo()
        _show_map(toml)
    else:
        folder = from_here(to.parent)
        put = "" if _is_inside(file, to.parent) else f"Put {harmless(file.name)} into {folder}, or use --data-dir. "
        typer.echo(f"The starting map: {from_here(to)}. {put}Fill in the metrics, then: cx check {folder}")


def _make_folder(folder: Path) -> None:
    from cxlib.reporting.failures import reason_of

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"--map: the folder {folder} cannot be made: {reason_of(error)}") from error


def _is_inside(file: Path, folder: Path) -> bool:
    full, folder = file.resolve(), folder.resolve()
    return full != folder and full.is_relative_to(folder)


def _show_refused(found: Survey, *, as_json: bool) -> None:
    """An export of which no row can be used, as a file that is refused."""
    if as_json:
        typer.echo(json.dumps(_as_dict(found), ensure_ascii=False, indent=2).encode("utf-8"))
    else:
        _show(found)
    say(f"{found.file}: every row was rejected, so nothing of it can be used")


def _separators(told: list[str]) -> dict[str, str]:
    """By question; a question may hold = itself, a sign hardly."""
    separators = {}
    for one in told:
        name, equals, sign = one.rpartition("=")
        if not equals or not name.strip():
            allowed = '"QUESTION=SIGN", such as "Which?=; ", or "Which?=" where each cell is one answer'
            raise ParameterError(f"--separator {one!r} names no question and sign; allowed: {allowed}")
        separators[name.strip()] = sign
    return separators


def _map(found: Survey, file: Path, to: Path | None, **told) -> str:
    from cxlib.exports.starting_map import starting_map

    full = file.resolve()
    is_inside = to is not None and _is_inside(file, to.parent)
    path = full.relative_to(to.parent.resolve()).as_posix() if is_inside else full.name
    return starting_map(found, path=path, is_outside=to is not None and not is_inside, **told)


def _show_map(toml: str) -> None:
    """On a terminal its beginning, or a survey of many questions would push what was found out of sight."""

    lines = harmless(toml).splitlines(keepends=True)
    hidden = len(lines) - MOST_LINES if results().is_terminal else 0
    typer.echo("".join(lines[:MOST_LINES] if hidden > 0 else lines), nl=False)
    if hidden > 0:
        typer.echo(f"\n… and {hidden:,} lines more: --map FILE writes them, --map - shows them")


def _as_dict(found: Survey) -> dict:
    """What `--json` gives; its keys are promised."""
    return {
        "reader": found.reader,
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "respondents": len(found.respondents),
        "questions": [
            {"name": one.question, "text": one.question_text, "kind": one.kind, "answered": one.n_answered}
            for one in found.questions.itertuples()
        ],
        "why": found.why,
        "rows_read": found.rows_read,
        "rows_kept": found.rows_kept,
        "rows_rejected": found.rows_rejected,
        "left_out": found.left_out.to_dict("records"),
        "doubts": list(found.doubts),
        "exports": json.loads(found.exports.to_json(orient="records")),
    }


def _show(found: Survey) -> None:
    console = results()
    typer.echo(harmless(f"{found.file}: read as {found.reader}, because {found.why}"))
    n_respondents = len(found.respondents)
    numbers = {"respondent": n_respondents, "question": len(found.questions), "answer": len(found.answers)}
    counts = ", ".join(counted(number, noun) for noun, number in numbers.items())
    written = ", ".join(_written(found))
    typer.echo(harmless(f"{counts}{'; ' if written else ''}{written}"))
    typer.echo(f"rows: {found.rows_read:,} read, {found.rows_kept:,} kept, {found.rows_rejected:,} rejected")
    moments = found.respondents["answered_at"]
    if moments.notna().any():
        typer.echo(f"answered {moments.min():%Y-%m-%d %H:%M} to {moments.max():%Y-%m-%d %H:%M %Z}")
        n_without = int(moments.isna().sum())
        if n_without:
            typer.echo(f"of {counted(n_without, 'respondent')} nothing tells when")
    elif found.rows_kept:
        typer.echo(harmless(f"nothing tells when anybody answered{_no_moments(found)}; --answered-at COLUMN names it"))
    elif not found.rows_read:
        typer.echo("it holds headings alone: nobody has answered yet")
    for doubt in found.doubts:
        typer.echo(harmless(f"in doubt: {doubt}"))
    if len(found.exports) > 1:
        _show_exports(console, found)
    _show_rejected(console, found.rejected)
    for reason, columns in found.left_out.groupby("reason", sort=False)["column"]:
        console.print()
        names = list(columns)
        more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
        hint = "; --personal takes it" if reason == "tells who somebody is" else ""
        shown = "; ".join(_short(name, LONGEST_NAME) for name in names[:MOST_NAMED])
        console.print(plain(f"Left out ({reason}{hint}): {shown}{more}"))
    console.print()
    _show_questions(console, found)


def _no_moments(found: Survey) -> str:
    """A column that ought to tell when, and what it holds instead: a spreadsheet's number of a day, or ########."""
    from cxlib.exports.plain import is_called_a_moment

    for name in found.questions["question"]:
        held = found.answers.loc[found.answers["question"] == name, "answer"]
        if is_called_a_moment(name) and len(held):
            return f": {_short(name, LONGEST_NAME)} holds no dates, but {_short(held.iloc[0], LONGEST_NAME)!r}"
    return ""


def _written(found: Survey) -> list[str]:
    names = {"\t": "tab"}
    rows = found.exports["header_row"].dropna().unique()
    orders = found.exports["date_order"].dropna().unique()
    told = (
        ("encoding", found.encoding),
        ("delimiter", names.get(found.delimiter, found.delimiter)),
        ("header in row", rows[0] if len(rows) == 1 and rows[0] > 1 else None),
        ("dates", orders[0] if len(orders) == 1 else None),
    )
    return [f"{what} {value}" for what, value in told if value is not None]


def _show_exports(console: Console, found: Survey) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("export", overflow="fold")
    for heading in ("rows", "rejected", "new", "changed", "unchanged"):
        table.add_column(heading, justify="right")
    for one in found.exports.itertuples():
        counts = (one.rows_read, one.rows_rejected, one.n_new, one.n_changed, one.n_unchanged)
        table.add_row(plain(one.file), *(f"{count:,}" for count in counts))
    console.print()
    console.print(table)


def _show_rejected(console: Console, rejected: pd.DataFrame) -> None:
    """The first rejected cells of each kind."""
    if rejected.empty:
        return
    console.print()
    console.print(f"Rejected: {len(rejected):,} cells", style="bold")
    for _, cells in rejected.fillna({"column": ""}).groupby(["file", "column", "reason"], sort=False):
        shown = cells.head(MOST_SHOWN_PER_KIND).replace({"column": {"": None}}).astype(object)
        for cell in shown.where(shown.notna(), None).to_dict("records"):
            console.print(plain(f"  {Problem(**cell)}"), soft_wrap=True)
        if len(cells) > MOST_SHOWN_PER_KIND:
            console.print(f"  … and {len(cells) - MOST_SHOWN_PER_KIND:,} more like these")


def _show_questions(console: Console, found: Survey) -> None:
    """A line for each question: on a terminal names and texts are cut to what is left of its width."""
    from rich.table import Table

    from cxlib.exports.starting_map import LONGEST_TEXT, seen

    has_texts = (found.questions["question"] != found.questions["question_text"]).any()
    with_text = console.width >= NARROW and has_texts
    rows = []
    for one in found.questions.itertuples():
        text = "" if one.question_text == one.question else _short(one.question_text, LONGEST_TEXT)
        name = one.question if with_text or not text else f"{one.question}: {one.question_text}"
        rows.append((_short(name, LONGEST_TEXT), one.kind, f"{one.n_answered:,}", seen(one), text))
    headings = ("question", "kind", "answered", "seen", "text")[: 5 if with_text else 4]
    widest = [max(len(row[at]) for row in [headings, *rows]) for at in range(len(headings))]
    left = console.width - sum(widest[1:4]) - 2 * len(headings)
    widest[0] = max(LEAST_OF_NAME, min(widest[0], left // 2 if with_text else left))
    if with_text:
        widest[4] = max(LEAST_OF_NAME, min(widest[4], left - widest[0]))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, width in zip(headings, widest, strict=True):
        justify = "right" if heading == "answered" else "left"
        table.add_column(heading, justify=justify, no_wrap=True, overflow="ellipsis", width=width)
    for row in rows:
        table.add_row(*(plain(_short(cell, width)) for cell, width in zip(row, widest, strict=False)))
    console.print(table)


def _short(text: str, longest: int) -> str:
    """The text with its middle left out where it is long: questions of a grid differ at the end."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    tail = (longest - 1) // 2
    return f"{text[: longest - 1 - tail]}…{text[len(text) - tail :]}"
