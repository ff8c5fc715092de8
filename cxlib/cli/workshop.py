"""`cx workshop`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.cli.application import app
from cxlib.cli.messages import from_here, messages, say
from cxlib.cli.options import DataOption, ProjectOption, project_of
from cxlib.errors import ParameterError
from cxlib.workshop.server.addresses import PORT, THIS_MACHINE
from cxlib.workshop.server.seats import MOST_SESSIONS

if TYPE_CHECKING:
    from cxlib.study import Study

EXAMPLE = "workshop.html"
SUFFIXES = (".html", ".htm")


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
    ip: Annotated[str, typer.Option("--ip", metavar="ADDRESS", help="Who may come: this machine, or 0.0.0.0, all.")] = (
        THIS_MACHINE
    ),
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where to listen, or the next free one; 0: any.")
    ] = PORT,
    sessions: Annotated[
        int, typer.Option("--sessions", metavar="N", min=1, help="So many may look at once.")
    ] = MOST_SESSIONS,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    project: ProjectOption = None,
) -> None:
    """Three scenes with sliders: ten touchpoints, the trepunkt, and the capital of the study's customers.

    Without `--export` a page without code is served from here until Ctrl-C, to those who have the link that is
    printed; each of them has a kernel of their own, which ends when the page is closed. It needs no network, and Voila
    (`pip install "cxlib[workshop]"`).

    The file of `--export` holds all three and opens by double-click: no Python, no server, no network. It holds
    summarised figures only: no ids, no comments, and nothing on fewer customers than `smallest_base` in the project's
    notebooks/70_workshop.ipynb, which is what the page serves by; five, where there is no such notebook.

    Exit codes: 0 done, or asked to end, 2 a parameter is wrong or the file is there already, 3 the study was refused.

    **Examples**

    `cx workshop`

    `cx workshop --language sv --port 0 --no-browser`

    `cx workshop --export workshop.html`

    `cx workshop data/demo --language sv --export workshop.html --again`
    """
    if export is None:
        _serve(
            study, project, language=language, data_dir=data_dir, ip=ip, port=port, most_sessions=sessions,
            opens_browser=browser,
        )  # fmt: skip
        return
    _export(study, project, language=language, data_dir=data_dir, path=export, again=again)


def _export(
    folder: Path | None,
    project: Path | None,
    *,
    language: str | None,
    data_dir: Path | None,
    path: Path,
    again: bool,
) -> None:
    from cxlib.language import Language
    from cxlib.reporting.output_file import check_place, write_file

    check_place(path, again=again, example=EXAMPLE, option="--export")
    if path.suffix.lower() not in SUFFIXES:
        better = path.with_suffix(SUFFIXES[0])
        raise ParameterError(f"--export: {path} would not open in a browser; allowed: .html, .htm, such as {better}")
    if language is not None:
        Language(language)  # refused before anybody waits
    study = _load(folder, project, data_dir)
    from cxlib.reporting.progress import shown_progress
    from cxlib.workshop.takehome import takehome_html

    with shown_progress(messages()) as shown:
        shown.step(f"Working out every position of the sliders for {study.settings.name}")

        def progress(done: int, total: int) -> None:
            shown.cells(total)
            shown.cell(done, "rules")

        html = takehome_html(study, language=language, smallest_base=_smallest_base(project), progress=progress)
    write_file(path, html, again=again, option="--export")
    say(f"{len(html.encode('utf-8')) / 1e6:.1f} MB; it opens by double-click, without a network")
    typer.echo(from_here(path))


def _serve(folder: Path | None, project: Path | None, **options) -> None:
    say("Loading the study, and once for all visitors what their pages need; the link follows")
    from cxlib.workshop.server.notebook import NOTEBOOK
    from cxlib.workshop.server.serve import check_voila, serve_workshop

    check_voila()
    notebook = project_of(project) / "notebooks" / NOTEBOOK
    if not notebook.is_file():
        raise ParameterError(f"the project has no notebook {notebook}: take it from cxlib's own notebooks/")
    serve_workshop(notebook, _bundled(project) if folder is None else folder, log=say, **options)
    say("asked to end; nothing was left behind")


def _load(folder: Path | None, project: Path | None, data_dir: Path | None) -> Study:
    from cxlib.study import load_study

    return load_study(_bundled(project) if folder is None else folder, data_dir=data_dir)


def _bundled(project: Path | None) -> Path:
    """The study that comes with the project around here.

    Raises
    ------
    ParameterError
    """
    try:
        return project_of(project) / "data" / "demo"
    except ParameterError as error:
        raise ParameterError("no study is named, and none is bundled here: cx workshop STUDY") from error


def _smallest_base(project: Path | None) -> int:
    """What the notebook says that is served, so that a room and the file that it takes home are shown the same."""
    import nbformat

    from cxlib.confidentiality import SMALLEST_BASE
    from cxlib.workshop.server.notebook import NOTEBOOK, smallest_base_of

    try:
        notebook = project_of(project) / "notebooks" / NOTEBOOK
    except ParameterError:
        if project is not None:
            raise
        return SMALLEST_BASE
    return smallest_base_of(nbformat.read(notebook, as_version=4)) if notebook.is_file() else SMALLEST_BASE
