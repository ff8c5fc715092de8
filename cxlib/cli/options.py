"""What commands take: the options that several of them share, and how their texts are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxlib.errors import ParameterError

if TYPE_CHECKING:
    from cxlib.reporting.definition import Definition

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
SegmentsOption = Annotated[
    str | None,
    typer.Option(
        "--segments", metavar="all|NAME,NAME", help="A report for each segment of the study, or for each of these."
    ),
]
JobsOption = Annotated[int, typer.Option("--jobs", metavar="N", help="So many reports are made at once.")]
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


def definition_of(name: str, project: Path | None) -> Definition:
    """The report NAME of the project named by --project, or else of the one around here.

    Raises
    ------
    ParameterError
    """
    from cxlib.reporting.definition import load_definition

    return load_definition(name, project_of(project))


def project_of(project: Path | None) -> Path:
    """The project named by --project, or else the one around here.

    Raises
    ------
    ParameterError
    """
    from cxlib.reporting.definition import find_project

    return find_project(Path.cwd()) if project is None else find_project_at(project)


def find_project_at(folder: Path) -> Path:
    """The project that the user named: the folder itself, not one above it.

    Raises
    ------
    ParameterError
    """
    if not ((folder / "reports").is_dir() and (folder / "notebooks").is_dir()):
        raise ParameterError(f"--project: {folder} does not hold reports/ and notebooks/")
    return folder.resolve()


def named_values(texts: list[str]) -> dict[str, str]:
    """What `-p NAME=VALUE` gave, by name.

    Raises
    ------
    ParameterError
    """
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"-p {text}: write NAME=VALUE, such as -p loss_weight=12")
        if name.strip() in values:
            raise ParameterError(f"-p {name.strip()}: is given twice")
        values[name.strip()] = value.strip()
    return values
