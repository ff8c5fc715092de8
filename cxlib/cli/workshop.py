"""`cx workshop`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.messages import from_here, say
from cxlib.cli.options import DataOption
from cxlib.errors import ParameterError

if TYPE_CHECKING:
    from cxlib.study import Study

EXAMPLE = "workshop.html"


@app.command()
def workshop(
    study: Annotated[
        Path | None, typer.Argument(metavar="STUDY", help="A folder with study.toml; else the bundled study.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", metavar="en|sv", help="Else the study's.")] = None,
    data_dir: DataOption = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE.html", help="Write the scenes there, to be taken home.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the file if it is there already.")] = False,
) -> None:
    """Three scenes with sliders: ten touchpoints, the trepunkt, and the capital of the study's customers.

    The file of `--export` holds all three and opens by double-click: no Python, no server, no network. It holds
    summarised figures only: no ids, no comments, and nothing on fewer than five customers.

    Exit codes: 0 done, 2 a parameter is wrong or the file is there already, 3 the study was refused.

    **Examples**

    `cx workshop --export workshop.html`

    `cx workshop data/demo --language sv --export workshop.html --again`
    """
    if export is None:
        raise ParameterError(f"name the file to be taken home, such as cx workshop --export {EXAMPLE}")
    _export(study, language=language, data_dir=data_dir, path=export, again=again)


def _export(folder: Path | None, *, language: str | None, data_dir: Path | None, path: Path, again: bool) -> None:
    from cxlib.language import Language
    from cxlib.reporting.output_file import check_place, write_file

    check_place(path, again=again, example=EXAMPLE, option="--export")
    if language is not None:
        Language(language)  # refused before anybody waits
    study = _load(folder, data_dir)
    from cxlib.workshop.takehome import takehome_html

    say(f"Working out every position of the sliders for {study.settings.name}")
    html = takehome_html(study, language=language)
    write_file(path, html, again=again, option="--export")
    say(f"{len(html.encode('utf-8')) / 1e6:.1f} MB; it opens by double-click, without a network")
    typer.echo(from_here(path))


def _load(folder: Path | None, data_dir: Path | None) -> Study:
    from cxlib.study import load_study

    return load_study(_bundled() if folder is None else folder, data_dir=data_dir)


def _bundled() -> Path:
    """The study that comes with the project around here.

    Raises
    ------
    ParameterError
    """
    from cxlib.reporting.definition import find_project

    try:
        return find_project(Path.cwd()) / "data" / "demo"
    except ParameterError as error:
        raise ParameterError("no study is named, and none is bundled here: cx workshop STUDY") from error
