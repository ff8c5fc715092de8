"""What `reports/NAME.toml` says, typed, and everything that is wrong with it, each mistake with its line."""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from cxlib.errors import ParameterError, hint
from cxlib.language import LOCALES
from cxlib.reporting.due import DueTime
from cxlib.reporting.outputs.names import OUTPUTS
from cxlib.reporting.parameter import STANDARD_PARAMETERS, Parameter, parameter_from, unknown_key
from cxlib.reporting.period import EXAMPLES, PERIOD_KINDS, parse_period
from cxlib.reporting.post.settings import is_address, post_settings_from
from cxlib.reporting.toml_lines import first_unsound_line, lines_of, with_lines
from cxlib.settings import STUDY_FILE, read_settings, timezone_names

DEFAULT_RETRIES, DEFAULT_RETRY_SECONDS = 2, 60.0

KEYS = (
    "title", "notebook", "period", "study", "language", "timezone", "first_period", "due", "outputs", "segments",
    "retries", "retry_after_seconds", "timeout_minutes", "owner", "post", "parameters",
)  # fmt: skip
DUE_KEYS = ("days", "at")

MOST_DUE_DAYS = 366
MOST_RETRIES = 10
MOST_RETRY_SECONDS = 3600
MOST_TIMEOUT_MINUTES = 1440
MOST_WAIT_SECONDS = 86_400
"""All the pauses before further tries together: the next day is another one."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def read_definition_file(path: Path, project: Path) -> tuple[dict[str, Any], list[str]]:
    """The attributes of the definition in a file, beside its name and project.

    Returns
    -------
    tuple of dict, list of str
        The mistakes are all that the file holds, in its order, each with its line in front; where there are any,
        the attributes are not to be used.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return {}, [f"line {line}: is not UTF-8, which TOML has to be"]
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [_no_toml(text, str(error))]
    except ValueError as error:  # a whole number of more digits than Python reads
        return {}, [f"line {first_unsound_line(text)}: cannot be read: {error}"]
    except RecursionError:
        return {}, ["line 1: cannot be read: brackets within brackets without end"]
    mistakes: list[str] = []
    entries = _entries(document, project, mistakes)
    return entries, with_lines(mistakes, lines_of(text)) if mistakes else []


# A value that begins with a letter, or holds a quote that has no other.
_UNQUOTED = re.compile(r"""[^="]*=\s*(?!true\b|false\b|inf\b|nan\b)([^\W\d]|[^"]*"[^"]*$)""")


def _no_toml(text: str, said: str) -> str:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)", said)
    begins = first_unsound_line(text)
    if place is None or place[1] is None:
        return f"line {begins}: is not TOML: {said}; what begins on this line does not end"
    told = f"line {place[1]}: is not TOML: {said[: place.start()]} (column {place[2]})"
    if _UNQUOTED.match(text.splitlines()[int(place[1]) - 1]):
        told += '; a text stands between two quotes, such as notebook = "90_monthly_report.ipynb"'
    return told if begins >= int(place[1]) else f"{told}; it belongs to what begins on line {begins}"


def _entries(document: Mapping, project: Path, mistakes: list[str]) -> dict[str, Any]:
    mistakes += [unknown_key("", key, KEYS).lstrip() for key in document if key not in KEYS]
    entries: dict[str, Any] = {
        "titles": _titles(document.get("title"), mistakes),
        "notebook": _notebook(project, document.get("notebook"), mistakes),
        "period": _one_of("period", document.get("period"), tuple(PERIOD_KINDS), mistakes),
        "study": _study(project, document.get("study"), mistakes),
        "language": None,
        "parameters": _parameters(document.get("parameters", {}), mistakes),
        "due": _due(document.get("due", {}), mistakes),
    }
    if "language" in document:
        entries["language"] = _one_of("language", document["language"], tuple(LOCALES), mistakes)
    if "timezone" in document:
        entries["timezone"] = _timezone(document["timezone"], mistakes)
    elif entries["study"] is not None:
        entries["timezone"] = _timezone_of(entries["study"])
    if "first_period" in document:
        entries["first_period"] = _first_period(document["first_period"], entries["period"], mistakes)
        if "study" not in document:
            mistakes.append("first_period: a report that makes itself needs a study; name one with `study`")
    if "outputs" in document:
        entries["outputs"] = _outputs(document["outputs"], mistakes)
    if "segments" in document:
        entries["segments"] = _segments(document["segments"], mistakes)
    for key, is_allowed, allowed in (
        (
            "retries",
            lambda n: isinstance(n, int) and 0 <= n <= MOST_RETRIES,
            f"a whole number from 0 to {MOST_RETRIES}",
        ),
        ("retry_after_seconds", lambda n: 0 <= n <= MOST_RETRY_SECONDS, f"a number from 0 to {MOST_RETRY_SECONDS}"),
        (
            "timeout_minutes",
            lambda n: 0 < n <= MOST_TIMEOUT_MINUTES,
            f"a number above 0, at most {MOST_TIMEOUT_MINUTES}",
        ),
    ):
        if key in document:
            entries[key] = _number(key, document[key], is_allowed, allowed, mistakes)
    mistakes += _too_long(entries)
    if "owner" in document:
        entries["owner"] = document["owner"]
        if not is_address(document["owner"]):
            mistakes.append(f"owner: found {document['owner']!r}; allowed: a mail address such as 'name@example.org'")
    entries["post"], found = post_settings_from(
        document.get("post"), outputs=entries.get("outputs", OUTPUTS), owner=document.get("owner")
    )
    mistakes += found
    return entries


def _titles(title: object, mistakes: list[str]) -> dict[str, str]:
    titles = {"en": title} if isinstance(title, str) else title
    if not isinstance(titles, Mapping) or not isinstance(titles.get("en"), str):
        mistakes.append(f'title: {_found(title)}; allowed: a text, or en = "…" and sv = "…"')
        return {}
    mistakes += [
        f"title.{code}: allowed: a text in one of {', '.join(LOCALES)}"
        for code, text in titles.items()
        if code not in LOCALES or not isinstance(text, str)
    ]
    return dict(titles)


def _notebook(project: Path, value: object, mistakes: list[str]) -> Path:
    folder = (project / "notebooks").resolve()
    if not isinstance(value, str):
        mistakes.append(f"notebook: {_found(value)}; allowed: the name of a file in notebooks/")
        return folder
    path = (folder / value).resolve() if "\0" not in value else folder
    if not path.is_relative_to(folder) or path.suffix != ".ipynb" or not path.is_file():
        known = sorted(found.name for found in folder.glob("*.ipynb"))
        there = ", ".join(known) or "none"
        mistakes.append(f"notebook: notebooks/ has no {value!r}; it has: {there}{hint(value, known)}")
    return path


def _study(project: Path, value: object, mistakes: list[str]) -> Path | None:
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        mistakes.append(f"study: found {value!r}; allowed: a folder's path, from the project's folder")
        return None
    return project / value


def _parameters(declared: object, mistakes: list[str]) -> tuple[Parameter, ...]:
    if not isinstance(declared, Mapping):
        mistakes.append(f"parameters: found {declared!r}; allowed: tables [parameters.NAME]")
        return ()
    parameters = []
    for name, entry in declared.items():
        if name in STANDARD_PARAMETERS:
            mistakes.append(f"[parameters.{name}]: every report has it; do not declare it")
            continue
        parameter, found = parameter_from(name, entry)
        mistakes += found
        if parameter is not None:
            parameters.append(parameter)
    numbers = [parameter.name for parameter in parameters if parameter.type in ("number", "integer")]
    mistakes += [
        f"[parameters.{parameter.name}] at_most: found {parameter.at_most!r}; allowed: {', '.join(numbers)}"
        for parameter in parameters
        if parameter.at_most is not None and parameter.at_most not in numbers
    ]
    return tuple(parameters)


def _timezone(value: object, mistakes: list[str]) -> str:
    names = timezone_names()
    if value not in names:
        mistakes.append(f"timezone: found {value!r}; allowed: an IANA name, Europe/Stockholm{hint(value, names)}")
    return str(value)


def _timezone_of(study: Path) -> str:
    """The study's own timezone; UTC where the study does not say, which a run would then complain of."""
    settings, _ = read_settings(study if study.name == STUDY_FILE else study / STUDY_FILE)
    return "UTC" if settings is None else settings.timezone


def _first_period(value: object, kind: str, mistakes: list[str]) -> object:
    if kind not in PERIOD_KINDS:
        return None  # what the kind should be is a mistake of its own, and nothing can be said of this one
    if not isinstance(value, str):
        mistakes.append(f'first_period: found {_shown(value)}; allowed: a {kind} written like "{EXAMPLES[kind]}"')
        return None
    try:
        return parse_period(value, kind)
    except ParameterError as error:
        mistakes.append(f"first_{error}")
        return None


def _due(entry: object, mistakes: list[str]) -> DueTime:
    if not isinstance(entry, Mapping):
        mistakes.append(f'due: found {_shown(entry)}; allowed: a table [due] with days = 1 and at = "06:00"')
        return DueTime()
    mistakes += [unknown_key("[due]", key, DUE_KEYS) for key in entry if key not in DUE_KEYS]
    days, at = entry.get("days", DueTime.days), entry.get("at", DueTime.at)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DUE_DAYS:
        mistakes.append(
            f"[due] days: found {_shown(days)}; allowed: a whole number from 1 (the day after the period's last) to "
            f"{MOST_DUE_DAYS}"
        )
        return DueTime()
    if isinstance(at, str) and _CLOCK.fullmatch(at):
        at = dt.time.fromisoformat(at)
    # TOML has times of its own, written 06:00:00 without quotes.
    if not isinstance(at, dt.time) or at.second or at.microsecond:
        mistakes.append(f'[due] at: found {_shown(at)}; allowed: an hour and minute from "00:00" to "23:59"')
        return DueTime()
    return DueTime(days=days, at=at)


def _outputs(value: object, mistakes: list[str]) -> tuple[str, ...]:
    there = ", ".join(OUTPUTS)
    if not isinstance(value, list) or not value:
        mistakes.append(f"outputs: found {_shown(value)}; allowed: a list of at least one of {there}")
        return OUTPUTS
    mistakes += [
        f"outputs: found {_shown(output)}; allowed: {there}{hint(output, OUTPUTS)}"
        for output in value
        if output not in OUTPUTS
    ]
    mistakes += _named_twice("outputs", value)
    return tuple(output for output in OUTPUTS if output in value)


def _segments(value: object, mistakes: list[str]) -> tuple[str, ...] | str:
    if value == "all":
        return "all"
    if not isinstance(value, list) or not all(isinstance(segment, str) and segment.strip() for segment in value):
        mistakes.append(f'segments: found {_shown(value)}; allowed: "all", or a list of names such as ["House"]')
        return ()
    mistakes += _named_twice("segments", value)
    return tuple(value)


def _named_twice(key: str, values: Sequence[object]) -> list[str]:
    return [f"{key}: {_shown(value)} is named twice" for i, value in enumerate(values) if values.index(value) < i]


def _number(
    key: str, value: object, is_allowed: Callable[[Any], bool], allowed: str, mistakes: list[str]
) -> float | int | None:
    # What is not finite is outside every range that is allowed; to ask fails for a whole number of 400 digits.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not is_allowed(value):
        mistakes.append(f"{key}: found {_shown(value)}; allowed: {allowed}")
        return None
    return value


def _too_long(entries: Mapping[str, Any]) -> list[str]:
    """The mistake that pauses are which double until they block all other reports for days."""
    retries = entries.get("retries", DEFAULT_RETRIES)
    pause = entries.get("retry_after_seconds", DEFAULT_RETRY_SECONDS)
    if retries is None or pause is None:
        return []
    total = pause * (2**retries - 1)
    if total <= MOST_WAIT_SECONDS:
        return []
    key = "retries" if "retries" in entries else "retry_after_seconds"
    return [
        f"{key}: {retries} pauses from {pause:g} seconds on, each twice the one before, are "
        f"{math.ceil(total / 3600):,} hours; allowed: at most {MOST_WAIT_SECONDS // 3600} together"
    ]


def _one_of(key: str, value: object, allowed: Collection[str], mistakes: list[str]) -> str:
    if value not in allowed:
        near = "" if value is None else hint(value, allowed)
        mistakes.append(f"{key}: {_found(value)}; allowed: {', '.join(allowed)}{near}")
    return str(value)


def _found(value: object) -> str:
    return "is missing" if value is None else f"found {_shown(value)}"


def _shown(value: object) -> str:
    """The value as a message quotes it: true and dates as TOML writes them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, dt.date | dt.time | dt.datetime) else repr(value)
