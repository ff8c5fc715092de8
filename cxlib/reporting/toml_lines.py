"""On which line of a TOML file a key stands: parsers do not say, so each statement is parsed alone.

No value goes on over the end of a line unless a bracket or a quote is open, and a statement with one open is no TOML.
So a statement ends with the first line up to which the standard library's parser reads it, and no grammar needs to be
written here a second time.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str | int, ...]
"""The keys from the file's top, and for [[tables]] the number of the one, from 0."""


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, on which each key and each table of a TOML text first stands.

    Parameters
    ----------
    text : str
        Sound TOML.

    Examples
    --------
    >>> lines_of('title = "A"\\n\\n[due]\\ndays = 1\\n')
    {('title',): 1, ('due',): 3, ('due', 'days'): 4}
    """
    lines: dict[Path, int] = {}
    numbers: dict[Path, int] = {}
    table: Path = ()
    for line, statement, parsed in _statements(text):
        if not statement.lstrip().startswith("["):
            for path in _paths(parsed, table):
                lines.setdefault(path, line)
            continue
        keys, is_one_of_many = _header(parsed)
        table = ()
        for key in keys[:-1]:
            table = _within((*table, key), numbers)
            lines.setdefault(table, line)
        table = (*table, keys[-1])
        if is_one_of_many:
            numbers[table] = numbers.get(table, -1) + 1
        lines.setdefault(table, line)
        table = _within(table, numbers)
        lines.setdefault(table, line)
    return lines


def first_unsound_line(text: str) -> int:
    """The line on which the first statement begins that is no TOML by itself: where a quote or a bracket was opened
    that nothing closes."""
    unsound = 1
    for line, statement, _ in _statements(text):
        unsound = line + statement.count("\n") + 1
    return unsound


def with_lines(mistakes: Sequence[str], lines: Mapping[Path, int]) -> list[str]:
    """The mistakes in the order of the file, each with its line in front.

    Parameters
    ----------
    mistakes : sequence of str
        Each begins with where it is: `key: …`, `table.key: …`, `[table] key: …` or `[table]: …`. What the file lacks
        stands on the line of its table, and on line 1 where it belongs to none.
    lines : mapping
        As `lines_of` gives it.

    Examples
    --------
    >>> with_lines(["[due] dais: no such key", "notebook: is missing"], {("due",): 3, ("due", "dais"): 4})
    ['line 1: notebook: is missing', 'line 4: [due] dais: no such key']
    """
    forms = {form: line for path, line in lines.items() for form in _written(path)}
    placed = [(_line(mistake, forms), mistake) for mistake in mistakes]
    return [f"line {line}: {mistake}" for line, mistake in sorted(placed, key=lambda pair: pair[0])]


def _statements(text: str) -> Iterator[tuple[int, str, dict]]:
    """Each statement, comment and empty line, with its first line's number and what it says."""
    lines = text.replace("\r\n", "\n").split("\n")
    start = 0
    for end in range(1, len(lines) + 1):
        statement = "\n".join(lines[start:end])
        try:
            parsed = tomllib.loads(statement)
        except ValueError:  # a TOMLDecodeError is one, and so is a number too long to be read
            continue
        yield start + 1, statement, parsed
        start = end


def _header(parsed: dict) -> tuple[list[str], bool]:
    """The keys of a [table] or a [[table]], and whether it is the latter."""
    keys: list[str] = []
    inner: object = parsed
    while isinstance(inner, dict) and inner:
        ((key, inner),) = inner.items()
        keys.append(key)
    return keys, isinstance(inner, list)


def _paths(parsed: dict, table: Path) -> Iterator[Path]:
    for key, value in parsed.items():
        yield (*table, key)
        if isinstance(value, dict):
            yield from _paths(value, (*table, key))


def _within(table: Path, numbers: Mapping[Path, int]) -> Path:
    """The table itself, or the last one of its name where there are many."""
    return (*table, numbers[table]) if table in numbers else table


def _written(path: Path) -> Iterator[str]:
    """How a message may name a path."""
    keys = [str(key) for key in path]
    yield ".".join(keys)
    yield f"[{'.'.join(keys)}]"
    if len(keys) > 1:
        yield f"[{'.'.join(keys[:-1])}] {keys[-1]}"


def _line(mistake: str, forms: Mapping[str, int]) -> int:
    near = [form for form in forms if re.match(r"(?![\w-])", mistake[len(form) :]) and mistake.startswith(form)]
    return forms[max(near, key=len)] if near else 1
