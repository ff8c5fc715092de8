"""`cx check`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.exit_codes import DATA_REFUSED
from cxlib.cli.messages import complain, counted, from_here, harmless, plain, results, say
from cxlib.cli.options import DataOption
from cxlib.errors import Problem, StudyError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

MOST_NAMED = 12
"""Of the columns that the study does not use."""

MOST_SHOWN_PER_KIND = 20
"""So many rejected cells that failed alike are shown; the file of `--rejected` and `--json` have all of them."""


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """What there is to say of a study, used or refused."""

    study: str  # the folder, as it was named
    name: str | None
    usable: bool
    problems: tuple[Problem, ...]  # those of the study and its files; the rejected cells have a frame
    rejected: pd.DataFrame
    rejected_rows: pd.DataFrame
    sources: pd.DataFrame
    remarks: pd.DataFrame


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A study: a folder with study.toml.")],
    data_dir: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for another program.")] = False,
    rejected: Annotated[
        Path | None, typer.Option("--rejected", metavar="FILE.csv", help="Write each refused row there, whole.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the file if it is there already.")] = False,
) -> None:
    """Load a study and say what was read, what was rejected and why, and what looks odd.

    Every problem is told with its file, row, column and value, what is allowed and the nearest name. The file of
    `--rejected` (UTF-8, parted by semicolons) has each refused row with all its cells and the reasons, to be mended
    and loaded again. It holds what the data hold, as it stands there: names, comments, and formulas too.

    Exit codes: 0 the study can be used, 2 the file is there already, 3 the study was refused.

    **Examples**

    `cx check data/demo`

    `cx check data/olist --data-dir ~/Downloads/olist --rejected rejected.csv`

    `cx check data/demo --json | jq '.problems[] | [.file, .row, .reason]'`
    """
    from datetime import date

    from cxlib.rejected_rows import rejected_csv
    from cxlib.reporting.output_file import check_place, write_file

    if rejected is not None:
        check_place(rejected, again=again, example="rejected.csv", option="--rejected")
    found = _check(folder, data_dir, today=date.today())
    if rejected is not None:
        write_file(rejected, rejected_csv(found.rejected_rows), again=again, option="--rejected")
    if as_json:
        typer.echo(json.dumps(_as_dict(found), ensure_ascii=False, indent=2, allow_nan=False).encode("utf-8"))
    else:
        _show(found, rejected)
    if rejected is not None:
        n_rows = len(found.rejected_rows)
        say(f"{from_here(rejected)}: {counted(n_rows, 'refused row')}")
    if not found.usable:
        if not as_json:
            complain(f"{found.study} was refused: {counted(_n_problems(found), 'problem')}")
        raise typer.Exit(DATA_REFUSED)


def _check(folder: Path, data_dir: Path | None, *, today: object) -> _Checked:
    import pandas as pd

    from cxlib.rejected_rows import joined_rows
    from cxlib.rejections import rejected_frame
    from cxlib.remarks import REMARK_COLUMNS, study_remarks
    from cxlib.study import SOURCE_COLUMNS, load_study

    try:
        study = load_study(folder, data_dir=data_dir)
    except StudyError as error:
        return _Checked(
            study=str(folder),
            name=None,
            usable=False,
            problems=tuple(error.study_problems),
            rejected=rejected_frame() if error.rejected is None else error.rejected,
            rejected_rows=joined_rows([]) if error.rejected_rows is None else error.rejected_rows,
            sources=pd.DataFrame(columns=list(SOURCE_COLUMNS)) if error.sources is None else error.sources,
            remarks=pd.DataFrame(columns=list(REMARK_COLUMNS)),
        )
    return _Checked(
        study=str(folder),
        name=study.settings.name,
        usable=True,
        problems=(),
        rejected=study.rejected,
        rejected_rows=study.rejected_rows,
        sources=study.sources,
        remarks=study_remarks(study, today=today),
    )


def _as_dict(found: _Checked) -> dict:
    from cxlib.rejected_rows import ROW_COLUMNS

    rows = []
    for row in _records(found.rejected_rows):
        place = {name.removeprefix("rejected_"): row.pop(name) for name in ROW_COLUMNS}
        rows.append({**place, "cells": {name: cell for name, cell in row.items() if cell is not None}})
    keys = ("file", "row", "column", "value", "reason", "allowed", "nearest")
    problems = [{key: getattr(problem, key) for key in keys} for problem in found.problems]
    return {
        "study": found.study,
        "name": found.name,
        "usable": found.usable,
        "problems": problems + [{key: cell[key] for key in keys} for cell in _records(found.rejected)],
        "sources": _records(found.sources),
        "rejected": rows,
        "remarks": _records(found.remarks),
    }


def _records(frame: pd.DataFrame) -> list[dict]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _n_problems(found: _Checked) -> int:
    return len(found.problems) + len(found.rejected)


def _show(found: _Checked, written: Path | None) -> None:
    """The sources of a study, everything that is wrong with it, and what looks odd."""
    console = results()
    typer.echo(harmless(f"{found.name or found.study}: the study {'can be used' if found.usable else 'was refused'}"))
    if len(found.sources):
        _show_sources(console, found.sources)
    if found.problems:
        _show_lines(console, "Problems", (f"{problem}" for problem in found.problems))
    if len(found.rejected):
        _show_rejected(console, found, written)
    if len(found.remarks):
        lines = (
            f"{remark['what']}{', such as ' + remark['example'] if remark['example'] else ''}. {remark['what_to_do']}"
            for remark in _records(found.remarks)
        )
        _show_lines(console, "Remarks: these rows are kept", lines)


def _show_lines(console: Console, heading: str, lines: Iterable[str]) -> None:
    console.print()
    console.print(heading, style="bold")
    for line in lines:
        console.print(plain(f"  {line}"), soft_wrap=True)


def _show_sources(console: Console, read: pd.DataFrame) -> None:
    from rich.table import Table

    sources = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("table", "file"):
        sources.add_column(heading, overflow="fold")
    for heading in ("read", "kept", "rejected"):
        sources.add_column(heading, justify="right")
    written_as = [_written_as(source) for source in _records(read)]
    if any(written_as):
        sources.add_column("written as", overflow="fold")
    for source, written in zip(read.itertuples(), written_as, strict=True):
        counts = (source.rows_read, source.rows_kept, source.rows_rejected)
        sources.add_row(
            plain(source.table),
            plain(source.file),
            *(f"{count:,}" for count in counts),
            *([plain(written)] if any(written_as) else []),
        )
    console.print()
    console.print(sources)
    for source in read.dropna(subset="columns_ignored").itertuples():
        console.print()
        names = source.columns_ignored.split("; ")
        more = f" and {len(names) - MOST_NAMED:,} more (all of them: --json)" if len(names) > MOST_NAMED else ""
        shown = "; ".join(names[:MOST_NAMED])
        unused = f"{source.file}: {counted(len(names), 'column')} that the study does not use: {shown}{more}"
        console.print(plain(unused), soft_wrap=True)


def _written_as(source: dict) -> str:
    """What in a file's writing is not the usual: UTF-8, commas, decimal points, the header first, ISO dates."""
    found = {
        "encoding": (source["encoding"], ("utf-8", "ascii")),
        "delimiter": ("tab" if source["delimiter"] == "\t" else source["delimiter"], (",",)),
        "decimal": (source["decimal"], (".",)),
        "header in row": (source["header_row"], (1,)),
        "dates": (source["date_order"], ("ymd",)),
    }
    told = (f"{what} {value}" for what, (value, usual) in found.items() if value is not None and value not in usual)
    return ", ".join(told)


def _show_rejected(console: Console, found: _Checked, written: Path | None) -> None:
    kinds = found.rejected.fillna({"column": ""}).groupby(["file", "column", "reason"], sort=False)
    lines: list[str] = []
    for _, cells in kinds:
        lines += [
            str(Problem(**cell)) for cell in _records(cells.head(MOST_SHOWN_PER_KIND).replace({"column": {"": None}}))
        ]
        hidden = len(cells) - MOST_SHOWN_PER_KIND
        if hidden > 0:
            place = f"are in {from_here(written)}" if written else "come with --rejected FILE.csv or with --json"
            lines.append(f"… and {hidden:,} more like these of {counted(len(cells), 'cell')}; all of them {place}")
    n_rows = counted(len(found.rejected_rows), "row")
    heading = f"Rejected: {counted(len(found.rejected), 'cell')} in {n_rows}, of {counted(len(kinds), 'kind')}"
    _show_lines(console, heading, lines)
    if written is None:
        console.print()
        how = "To mend the rows: --rejected FILE.csv writes each of them whole, with its reasons."
        console.print(how, soft_wrap=True)
