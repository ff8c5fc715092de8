"""One typed parameter of a report: what it may be, and how a text becomes its value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cxlib.errors import hint

EARLIER_METRICS = ("metrics_before", "metrics_year_before")
"""The metrics.json of the same report a period and a year before: paths from the notebook's folder, "" for none."""

STANDARD_PARAMETERS = ("study_path", "data_dir", "period", "segment", "language", *EARLIER_METRICS)
"""Every report's notebook has these; the run gives them, so a definition does not declare them."""

TYPES = ("number", "integer", "text", "choice")
# Python's own reading takes 1_0 for 10 and the digits of every script for digits.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
KEYS = ("type", "default", "optional", "minimum", "maximum", "above", "below", "at_most", "choices", "help")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter as the definition declares it.

    `minimum` and `maximum` may themselves be reached, `above` and `below` may not; `at_most` names another
    parameter that this one may not exceed. `optional` means that the parameter may be left empty; its value is
    then None.
    """

    name: str
    type: str
    default: float | int | str | None = None
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    at_most: str | None = None
    choices: tuple[str, ...] = ()
    help: str = ""

    @property
    def allowed(self) -> str:
        """What the parameter may be, in words.

        >>> Parameter(name="loss_weight", type="number", above=0, maximum=100).allowed
        'a number above 0 and at most 100'
        """
        if self.type == "choice":
            words = "one of " + ", ".join(self.choices)
        elif self.type == "text":
            words = "a text"
        else:
            words = "a whole number" if self.type == "integer" else "a number"
            limits = [
                f"{word} {limit:g}"
                for word, limit in (
                    ("above", self.above),
                    ("at least", self.minimum),
                    ("below", self.below),
                    ("at most", self.maximum),
                )
                if limit is not None
            ]
            if self.at_most:
                limits.append(f"at most {self.at_most}")
            if limits:
                words += (" of " if limits[0].startswith("at ") else " ") + " and ".join(limits)
        return words + (", or empty" if self.optional else "")

    def read(self, value: object) -> float | int | str | None:
        """The value in the parameter's type.

        Parameters
        ----------
        value : object
            A text as a command line gives it, or a value of the right type already.

        Raises
        ------
        ValueError
            With what was found, what is allowed and the nearest choice.
        """
        if value is None or (isinstance(value, str) and not value.strip() and self.type != "text"):
            if self.optional:
                return None
            raise ValueError(f"{self.name}: is empty; allowed: {self.allowed}")
        if self.type == "choice":
            return self._read_choice(value)
        if self.type == "text":
            if not isinstance(value, str):
                raise ValueError(self._refusal(value))
            return value
        return self._read_number(value)

    def _read_choice(self, value: object) -> str:
        if value in self.choices:
            return str(value)
        raise ValueError(self._refusal(value) + hint(value, self.choices))

    def _read_number(self, value: object) -> float | int:
        # bool is an int in Python, and True would pass for 1.
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(self._refusal(value))
        if isinstance(value, str):
            value = value.strip()
            if not (_WHOLE if self.type == "integer" else _NUMBER).fullmatch(value):
                raise ValueError(self._refusal(value) + self._comma_hint(value))
        try:
            number = float(value)
        except OverflowError:  # a whole number of hundreds of digits
            number = math.inf
        if not math.isfinite(number) or not self._holds(number):
            raise ValueError(self._refusal(value))
        if self.type != "integer":
            return number
        if number != int(number):
            raise ValueError(self._refusal(value))
        return int(value)

    def _comma_hint(self, value: str) -> str:
        pointed = value.replace(",", ".")
        is_comma = self.type == "number" and value != pointed and _NUMBER.fullmatch(pointed)
        return f"; did you mean {pointed!r}?" if is_comma else ""

    def _holds(self, number: float) -> bool:
        return (
            (self.minimum is None or number >= self.minimum)
            and (self.maximum is None or number <= self.maximum)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
        )

    def _refusal(self, value: object) -> str:
        return f"{self.name}: found {value!r}; allowed: {self.allowed}"


def parameter_from(name: str, entry: object) -> tuple[Parameter | None, list[str]]:
    """Read one `[parameters.NAME]` table.

    Returns
    -------
    tuple of Parameter or None, list of str
        The mistakes are all that the table holds; the parameter is None where there are any.
    """
    where = f"[parameters.{name}]"
    if not name.isidentifier() or name.startswith("_"):
        return None, [f"{where}: a parameter's name is a Python name without a leading underscore"]
    if not isinstance(entry, Mapping):
        return None, [f"{where}: is a table, with at least `type`"]
    mistakes = [unknown_key(where, key, KEYS) for key in entry if key not in KEYS]
    kind = entry.get("type")
    if kind not in TYPES:
        mistakes.append(f"{where} type: found {kind!r}; allowed: {', '.join(TYPES)}{hint(kind, TYPES)}")
        return None, mistakes

    numeric = kind in ("number", "integer")
    for key in ("minimum", "maximum", "above", "below"):
        if key in entry and not numeric:
            mistakes.append(f"{where} {key}: only a number or an integer has it")
        elif key in entry and (isinstance(entry[key], bool) or not isinstance(entry[key], int | float)):
            mistakes.append(f"{where} {key}: found {entry[key]!r}; allowed: a number")
    if "at_most" in entry and not (numeric and isinstance(entry["at_most"], str)):
        mistakes.append(f"{where} at_most: found {entry['at_most']!r}; allowed: the name of another number")
    choices = entry.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        mistakes.append(f"{where} choices: found {choices!r}; allowed: a list of texts")
    elif (kind == "choice") != bool(choices):
        mistakes.append(f"{where} choices: a choice needs them, and nothing else has them")
    if not isinstance(entry.get("optional", False), bool):
        mistakes.append(f"{where} optional: found {entry['optional']!r}; allowed: true, false")
    if not isinstance(entry.get("help", ""), str):
        mistakes.append(f"{where} help: found {entry['help']!r}; allowed: a text")
    if mistakes:
        return None, mistakes

    limits = {key: entry[key] for key in ("minimum", "maximum", "above", "below") if key in entry}
    parameter = Parameter(
        name=name,
        type=kind,
        optional=entry.get("optional", False),
        at_most=entry.get("at_most"),
        choices=tuple(choices),
        help=entry.get("help", ""),
        **limits,
    )
    if "default" not in entry:
        missing = [] if parameter.optional else [f"{where} default: is missing, and it is not optional"]
        return (None if missing else parameter), missing
    try:
        default = parameter.read(entry["default"])
    except ValueError as error:
        return None, [f"{where} default of {error}"]
    return replace(parameter, default=default), []


def unknown_key(where: str, key: str, allowed: tuple[str, ...]) -> str:
    """The mistake that a key nobody knows is, with the nearest known one."""
    return f"{where} {key}: no such key{hint(key, allowed)} (it may have: {', '.join(allowed)})"
