"""The application `cx`, to which every group of commands adds its own."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    name="cx",
    help="Customer-experience capital: what every touchpoint adds to it or takes from it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


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
