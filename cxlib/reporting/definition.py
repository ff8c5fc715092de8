"""What a report is: the file `reports/NAME.toml`, its typed parameters, and the notebook that it runs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxlib.errors import ParameterError, hint
from cxlib.language import LOCALES
from cxlib.reporting.parameter import Parameter, parameter_from, unknown_key
from cxlib.reporting.period import PERIOD_KINDS

EARLIER_METRICS = ("metrics_before", "metrics_year_before")
"""The metrics.json of the same report a period and a year before: paths from the notebook's folder, "" for none."""

STANDARD_PARAMETERS = ("study_path", "data_dir", "period", "segment", "language", *EARLIER_METRICS)
"""Every report's notebook has these; the run gives them, so a definition does not declare them."""

KEYS = ("title", "notebook", "period", "study", "language", "parameters")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A report as `reports/NAME.toml` declares it.

    Attributes
    ----------
    name : str
        The file's name without its ending, and the report's folder in `reports/`.
    project : Path
        The folder that holds `reports/` and `notebooks/`.
    titles : mapping of language code to str
    notebook : Path
    period : str
        The kind of period: a key of `period.PERIOD_KINDS`.
    study : Path or None
        The study that is reported where none is named.
    language : str or None
        The language that is used where none is named; None = the study's own.
    parameters : tuple of Parameter
        The report's own, beside the standard ones.
    """

    name: str
    project: Path
    titles: Mapping[str, str]
    notebook: Path
    period: str
    study: Path | None
    language: str | None
    parameters: tuple[Parameter, ...]

    def title(self, language: str) -> str:
        """The title in `language`, or in English where the file gives no other."""
        return self.titles.get(language) or self.titles["en"]

    def check(self, values: Mapping[str, object]) -> dict[str, float | int | str | None]:
        """Every parameter of the report with its typed value: the given one, else the default.

        Parameters
        ----------
        values : mapping of str to object
            Texts, as a command line gives them, or typed values.

        Raises
        ------
        ParameterError
            Naming every unknown parameter (with the nearest known one) and every value that is not allowed.

        Examples
        --------
        >>> weight = Parameter(name="loss_weight", type="number", default=2.25, above=0)
        >>> definition = Definition(
        ...     name="monthly", project=Path(), titles={"en": "Monthly"}, notebook=Path("a.ipynb"),
        ...     period="month", study=None, language="en", parameters=(weight,))
        >>> definition.check({"loss_weight": "12"})
        {'loss_weight': 12.0}
        """
        checked, mistakes = self.read(values)
        if mistakes:
            raise listed(f"The parameters of report {self.name!r}", mistakes)
        return checked

    def read(self, values: Mapping[str, object]) -> tuple[dict[str, float | int | str | None], list[str]]:
        """As `check`, with all the mistakes beside the values that have none."""
        known = {parameter.name: parameter for parameter in self.parameters}
        mistakes = [self._unknown(name, list(known)) for name in values if name not in known]
        checked: dict[str, float | int | str | None] = {}
        for name, parameter in known.items():
            if name not in values:
                checked[name] = parameter.default
                continue
            try:
                checked[name] = parameter.read(values[name])
            except ValueError as mistake:
                mistakes.append(str(mistake))
        for name, parameter in known.items():
            value, limit = checked.get(name), checked.get(parameter.at_most)
            if value is not None and limit is not None and value > limit:
                if name not in values:
                    checked[name] = limit  # a default follows what was asked for
                    continue
                mistakes.append(f"{name}: found {value:g}; allowed: at most {parameter.at_most}, which is {limit:g}")
        return checked, mistakes

    def check_notebook(self) -> None:
        """Hold the declared parameters against those of the notebook's cell tagged `parameters`.

        papermill only warns about a parameter that the notebook does not have, and runs on with the
        notebook's own value; here that is an error before anything runs.

        Raises
        ------
        ParameterError
            Naming every parameter that only the definition or only the notebook has.
        """
        import nbformat
        import papermill

        try:
            notebook = nbformat.read(self.notebook, as_version=4)
        except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
            raise ParameterError(f"{self.notebook} cannot be read as a notebook: {error}") from error
        # papermill will not look into a notebook without one; a report runs in this Python whatever it says.
        notebook.metadata.setdefault("kernelspec", {"name": "python3", "language": "python"})
        # Given as a node and not as a path: papermill fills braces in a path with parameters.
        held = list(papermill.inspect_notebook(notebook))
        declared = [*STANDARD_PARAMETERS, *(parameter.name for parameter in self.parameters)]
        if not held:
            raise ParameterError(
                f"{self.notebook.name} has no parameters; tag one cell `parameters` and give it literals for "
                + ", ".join(declared)
            )
        mistakes = self._of_another_period(notebook.metadata)
        for name in declared:
            if name not in held:
                others = [other for other in held if other not in declared]
                mistakes.append(f"{name}: the notebook's parameters cell does not have it{hint(name, others)}")
        mistakes += [
            f"{name}: the notebook's parameters cell has it, and reports/{self.name}.toml does not"
            for name in held
            if name not in declared
        ]
        if mistakes:
            raise listed(f"{self.notebook.name} and reports/{self.name}.toml", mistakes)

    def _of_another_period(self, metadata: Mapping) -> list[str]:
        """The mistake that a notebook for months is in a report of quarters: it would read 2026-Q3 as July."""
        own = metadata.get("cxlib", {})
        made_for = own.get("period") if isinstance(own, Mapping) else None
        if made_for in (None, self.period):
            return []
        return [
            f"period: the notebook is made for a {made_for} (its metadata.cxlib.period), and reports/{self.name}.toml "
            f"asks for a {self.period}; set period = {str(made_for)!r}, or name a notebook that reads a {self.period}"
        ]

    def _unknown(self, name: str, known: Sequence[str]) -> str:
        if name in EARLIER_METRICS:
            return f"{name}: is not a parameter of the report's own; a run finds the earlier reports by itself"
        if name in STANDARD_PARAMETERS:
            option = "--study" if name == "study_path" else "--" + name.replace("_", "-")
            return f"{name}: is not a parameter of the report's own; use the option {option}"
        return f"{name}: no such parameter{hint(name, known)} (the report has: {', '.join(known) or 'none'})"


def listed(what: str, mistakes: Sequence[str]) -> ParameterError:
    """One ParameterError that lists all the mistakes."""
    count = len(mistakes)
    noun = "mistake" if count == 1 else "mistakes"
    lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
    return ParameterError(f"{what}, {count} {noun}:\n{lines}")


def find_project(start: Path) -> Path:
    """The nearest folder from `start` upwards that holds `reports/` and `notebooks/`.

    Raises
    ------
    ParameterError
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "reports").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise ParameterError(
        f"neither {start} nor a folder above it holds reports/ and notebooks/; "
        "go to the project's folder, or name it with --project"
    )


def report_names(project: Path) -> list[str]:
    """The names of the reports that the project defines."""
    return sorted(path.stem for path in (project / "reports").glob("*.toml"))


def load_definition(name: str, project: Path) -> Definition:
    """Read `reports/NAME.toml`.

    Parameters
    ----------
    name : str
    project : Path
        The folder that holds `reports/` and `notebooks/`; see `find_project`.

    Raises
    ------
    ParameterError
        For a name that has no definition (with the nearest and the list), for a file that is not TOML (with
        the line), and for mistakes in it, all of them at once.
    """
    project = project.resolve()
    known = report_names(project)
    if not _NAME.fullmatch(name) or name not in known:
        defined = ", ".join(known) or "none"
        raise ParameterError(f"no report is named {name!r}; reports/ defines: {defined}{hint(name, known)}")
    path = project / "reports" / f"{name}.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"reports/{name}.toml cannot be read: {error}") from error
    definition, mistakes = _definition_from(name, project, content)
    if definition is None or mistakes:
        raise listed(f"reports/{name}.toml", mistakes)
    return definition


def _definition_from(name: str, project: Path, content: dict) -> tuple[Definition | None, list[str]]:
    mistakes = [unknown_key("the file,", key, KEYS) for key in content if key not in KEYS]
    titles = content.get("title")
    if isinstance(titles, str):
        titles = {"en": titles}
    if not isinstance(titles, Mapping) or not isinstance(titles.get("en"), str):
        mistakes.append(f'title: found {titles!r}; allowed: a text, or en = "…" and sv = "…"')
    else:
        mistakes += [
            f"title.{code}: allowed: a text in one of {', '.join(LOCALES)}"
            for code, title in titles.items()
            if code not in LOCALES or not isinstance(title, str)
        ]
    notebook = _notebook(project, content.get("notebook"), mistakes)
    period = _one_of("period", content.get("period"), tuple(PERIOD_KINDS), mistakes)
    language = None
    if "language" in content:
        language = _one_of("language", content["language"], tuple(LOCALES), mistakes)
    study = content.get("study")
    if study is not None and not isinstance(study, str):
        mistakes.append(f"study: found {study!r}; allowed: a folder's path, from the project's folder")

    parameters = []
    declared = content.get("parameters", {})
    if not isinstance(declared, Mapping):
        mistakes.append(f"parameters: found {declared!r}; allowed: tables [parameters.NAME]")
        declared = {}
    for parameter_name, entry in declared.items():
        if parameter_name in STANDARD_PARAMETERS:
            mistakes.append(f"[parameters.{parameter_name}]: every report has it; do not declare it")
            continue
        parameter, found = parameter_from(parameter_name, entry)
        mistakes += found
        if parameter is not None:
            parameters.append(parameter)
    numbers = [parameter.name for parameter in parameters if parameter.type in ("number", "integer")]
    mistakes += [
        f"[parameters.{parameter.name}] at_most: found {parameter.at_most!r}; allowed: {', '.join(numbers)}"
        for parameter in parameters
        if parameter.at_most is not None and parameter.at_most not in numbers
    ]
    if mistakes:
        return None, mistakes
    return (
        Definition(
            name=name,
            project=project,
            titles=dict(titles),
            notebook=notebook,
            period=period,
            study=None if study is None else project / study,
            language=language,
            parameters=tuple(parameters),
        ),
        [],
    )


def _one_of(key: str, value: object, allowed: Sequence[str], mistakes: list[str]) -> str:
    if value not in allowed:
        mistakes.append(f"{key}: found {value!r}; allowed: {', '.join(allowed)}{hint(value, allowed)}")
    return str(value)


def _notebook(project: Path, value: object, mistakes: list[str]) -> Path:
    folder = (project / "notebooks").resolve()
    if not isinstance(value, str):
        mistakes.append(f"notebook: found {value!r}; allowed: the name of a file in notebooks/")
        return folder
    path = (folder / value).resolve()
    if not path.is_relative_to(folder) or path.suffix != ".ipynb" or not path.is_file():
        known = sorted(found.name for found in folder.glob("*.ipynb"))
        there = ", ".join(known) or "none"
        mistakes.append(f"notebook: notebooks/ has no {value!r}; it has: {there}{hint(value, known)}")
    return path
