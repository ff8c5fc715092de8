"""`cx check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.messages import harmless, plain
from cxlib.cli.options import DataOption
from cxlib.errors import Problem

if TYPE_CHECKING:
    from cxlib.study import Study


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


def _show(study: Study) -> None:
    """The sources of a study, its rejected rows, and the columns that nothing reads."""
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False)
    typer.echo(harmless(f"{study.settings.name}: the study can be used"))
    console.print()
    sources = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("table", "file"):
        sources.add_column(heading, overflow="fold")
    for heading in ("read", "kept", "rejected"):
        sources.add_column(heading, justify="right")
    for source in study.sources.itertuples():
        counts = (source.rows_read, source.rows_kept, source.rows_rejected)
        sources.add_row(plain(source.table), plain(source.file), *(f"{count:,}" for count in counts))
    console.print(sources)

    met = [*study.events["customer_id"].unique(), *study.responses["customer_id"].unique()]
    strangers = sorted(set(met) - set(study.customers["customer_id"]))
    if strangers and len(study.customers):
        console.print()
        console.print(
            plain(
                f"{len(strangers):,} of {len(set(met)):,} customers with events or answers are not in the customers "
                f"table, such as {strangers[0]!r}. Are their ids written in the same way there (leading zeros)?"
            )
        )

    ignored = study.sources.dropna(subset="columns_ignored")
    for source in ignored.itertuples():
        console.print()
        console.print(plain(f"{source.file}: columns that the study does not use: {source.columns_ignored}"))

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
        console.print(plain(f"  {line}{more}"))


def _given(cell: object) -> str | None:
    import pandas as pd

    return None if pd.isna(cell) else str(cell)
