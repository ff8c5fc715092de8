"""One table of a TOML document: what is wrong with it is noted with its key, the value, what is allowed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from cxlib.errors import Problem, nearest_name


class TomlTable:
    """One table of a TOML document, which notes what is wrong with it in `problems`.

    A key that is asked for is a known key; `refuse_unknown_keys` notes the others.
    """

    def __init__(self, content: dict, *, file: str, problems: list[Problem], path: str = "") -> None:
        self.content = content
        self.file = file
        self.problems = problems
        self.path = path
        self.known: dict[str, None] = {}

    def add(self, key: str | None, reason: str, **facts: str | None) -> None:
        self.problems.append(Problem(file=self.file, column=self._full(key), reason=reason, **facts))

    def _full(self, key: str | None) -> str:
        return ".".join(part for part in (self.path, key) if part)

    def value(self, key: str) -> object:
        self.known[key] = None
        return self.content.get(key)

    def text(self, key: str, default: str | None = None) -> str | None:
        value = self.value(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.add(key, "must be text", value=shown(value), allowed='text in quotes, such as "name"')
            return default
        return value

    def number(
        self,
        key: str,
        default: float | None = None,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        needed: bool = False,
    ) -> float | None:
        value = self.value(key)
        if value is None:
            if needed:
                self.add(key, "is missing", allowed="a number")
            return default
        allowed = "a number" if minimum is None else f"a number of at least {minimum:g}"
        if maximum is not None:
            allowed = f"a number from {minimum:g} to {maximum:g}"
        number = finite(value)
        if number is not None and (minimum is None or number >= minimum) and (maximum is None or number <= maximum):
            return number
        self.add(key, "is not an allowed number", value=shown(value), allowed=allowed)
        return default

    def truth(self, key: str, default: bool) -> bool:
        value = self.value(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.add(key, "must be true or false", value=shown(value), allowed="true, false")
        return default

    def choice(self, key: str, default: str, allowed: Collection[str]) -> str:
        value = self.text(key, default)
        if value in allowed:
            return value
        self.add(key, "unknown name", value=value, allowed=", ".join(allowed), nearest=nearest_name(value, allowed))
        return default

    def codes(self, key: str) -> tuple[str, ...] | None:
        """What cells may hold: a list of texts and numbers, such as `["Blank", -99]`; None where it is not there."""
        value = self.value(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(code, str) or finite(code) is not None for code in value):
            self.add(key, "must be a list", value=shown(value), allowed='texts or numbers, such as ["Blank", -99]')
            return None
        return tuple(code.strip() if isinstance(code, str) else f"{code:.15g}" for code in value)

    def table(self, key: str) -> TomlTable:
        value = self.value(key)
        if value is not None and not isinstance(value, dict):
            self.add(key, "must be a table", value=shown(value), allowed=f"[{self._full(key)}]")
            value = None
        return TomlTable(value or {}, file=self.file, problems=self.problems, path=self._full(key))

    def tables(self, key: str) -> Iterator[tuple[str, TomlTable]]:
        """The tables in a table of tables, such as `[scales.NAME]`."""
        value = self.value(key)
        if value is None:
            return
        if not isinstance(value, dict):
            self.add(key, "must be a table", value=shown(value), allowed=f"[{self._full(key)}.NAME]")
            return
        outer = TomlTable(value, file=self.file, problems=self.problems, path=self._full(key))
        for name, entry in value.items():
            if isinstance(entry, dict):
                yield name, TomlTable(entry, file=self.file, problems=self.problems, path=outer._full(name))
            else:
                outer.add(name, "must be a table", value=shown(entry), allowed=f"[{outer._full(name)}]")

    def refuse_unknown_keys(self) -> None:
        for key in self.content:
            if key not in self.known:
                allowed = ", ".join(self.known)
                self.add(key, "unknown key", allowed=allowed, nearest=nearest_name(key, self.known))


def finite(value: object) -> float | None:
    # TOML has true and false, which Python takes for 1 and 0, nan and inf, and whole numbers of any length.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def shown(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes no decimal number of more than 4,300 digits
        return "a number of very many digits"
