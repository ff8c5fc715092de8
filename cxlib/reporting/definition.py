"""What a report is: the file `reports/NAME.toml`, its typed parameters, and the notebook that it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cxlib.errors import ParameterError, hint
from cxlib.reporting.definition_file import (
    DEFAULT_RETRIES,
    DEFAULT_RETRY_SECONDS,
    OUTPUTS,
    read_definition_file,
)
from cxlib.reporting.due import DueTime
from cxlib.reporting.failures import reason_of
from cxlib.reporting.parameter import EARLIER_METRICS, STANDARD_PARAMETERS, Parameter

if TYPE_CHECKING:
    import pandas as pd

    from cxlib.reporting.post.settings import PostSettings

__all__ = [
    "EARLIER_METRICS",
    "OUTPUTS",
    "STANDARD_PARAMETERS",
    "Definition",
    "find_project",
    "listed",
    "load_definition",
    "report_names",
]

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
    timezone : str
        IANA name: the zone in which reports are due. The study's own where the file names none.
    first_period : Period or None
        From which on every period is due when its time comes; None = a report is made only when somebody asks.
    due : DueTime
    outputs : tuple of str
        Those of `OUTPUTS` that a run makes, beside metrics.json and the notebook.
    segments : tuple of str or "all"
        Of which a due report is made as well, one each, beside the one of everybody.
    retries : int
        How many more times a due report that failed is tried.
    retry_after_seconds : float
        How long after the first failure; twice as long after each further one.
    timeout_minutes : float
        After which a run is stopped and has failed.
    owner : str or None
        The mail address that hears of failures.
    post : PostSettings or None
        Whom a due report is sent to.
    """

    name: str
    project: Path
    titles: Mapping[str, str]
    notebook: Path
    period: str
    study: Path | None
    language: str | None
    parameters: tuple[Parameter, ...]
    timezone: str = "UTC"
    first_period: pd.Period | None = None
    due: DueTime = field(default_factory=DueTime)
    outputs: tuple[str, ...] = OUTPUTS
    segments: tuple[str, ...] | Literal["all"] = ()
    retries: int = DEFAULT_RETRIES
    retry_after_seconds: float = DEFAULT_RETRY_SECONDS
    timeout_minutes: float = 30.0
    owner: str | None = None
    post: PostSettings | None = None

    @property
    def file(self) -> Path:
        """Where it is written."""
        return self.project / "reports" / f"{self.name}.toml"

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
            # papermill will not look into a notebook without one; a report runs in this Python whatever it says.
            notebook.metadata.setdefault("kernelspec", {"name": "python3", "language": "python"})
            # Given as a node and not as a path: papermill fills braces in a path with parameters.
            held = list(papermill.inspect_notebook(notebook))
        except OSError as error:
            raise ParameterError(f"{self.notebook} cannot be read: {reason_of(error)}") from error
        except UnicodeDecodeError as error:
            raise ParameterError(f"{self.notebook} cannot be read as a notebook: it is not UTF-8") from error
        except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
            raise ParameterError(f"{self.notebook} cannot be read as a notebook: {error}") from error
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            # nbformat takes the form of what it reads for granted.
            raise ParameterError(
                f"{self.notebook} cannot be read as a notebook: it is JSON, but not of a notebook's form"
            ) from error
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
            f'asks for a {self.period}; set period = "{made_for}", or name a notebook that reads a {self.period}'
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
        For a name that has no definition (with the nearest and the list), for a file that cannot be read or is not
        TOML, and for mistakes in it: all of them at once, each with its line.
    """
    project = project.resolve()
    known = report_names(project)
    if name in known and not _NAME.fullmatch(name):
        raise ParameterError(
            f"reports/{name}.toml: a report's name is small letters, digits, - and _, from a letter or a digit on; "
            "rename the file"
        )
    if name not in known:
        defined = ", ".join(known) or "none"
        raise ParameterError(f"no report is named {name!r}; reports/ defines: {defined}{hint(name, known)}")
    path = project / "reports" / f"{name}.toml"
    try:
        entries, mistakes = read_definition_file(path, project)
    except OSError as error:
        raise ParameterError(f"reports/{name}.toml cannot be read: {reason_of(error)}") from error
    if mistakes:
        raise listed(f"reports/{name}.toml", mistakes)
    return Definition(name=name, project=project, **entries)
