"""Which texts of the catalogue the code asks for, read from its source.

A text is asked for by a call of `.text(KEY, …)`, or of a function that hands its first argument on to one with a prefix
(`ReportWords.text` puts "report." before it). The key is a constant, an f-string, or one of several (`a if b else c`).
Where it is a name, every string in the source that could be a key counts as asked for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

WILD = r"[^.\n]+"
"""What a value in an f-string may stand for: a part of a key without a dot."""

# Here `.text` is another: it reads settings, it writes markup.
OTHERS = ("settings.py", "settings_checks.py", "question_maps.py", "toml_table.py", "reporting/outputs/markup.py")
_COULD_BE_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_ -]+)*")
_PARTS_OF_KEY = re.compile(r"[a-z_]+(\\\.[a-z_]+)*\\\.")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A call that asks for a text.

    Attributes
    ----------
    place : str
        The file and the line.
    keys : tuple of str
        A pattern for each key that it may be, without the prefix. Empty where the source does not tell.
    prefixes : tuple of str
        What the called function may put before the key.
    given : frozenset of str
        The placeholders that it gives values for.
    gives_more : bool
        Whether a `**` gives others.
    """

    place: str
    keys: tuple[str, ...]
    prefixes: tuple[str, ...]
    given: frozenset[str]
    gives_more: bool


@dataclass(frozen=True, kw_only=True)
class Source:
    """What the code asks for, the strings in it that may be keys, and the prefixes that may stand before them."""

    asked: tuple[Asked, ...]
    loose: frozenset[str]
    prefixes: frozenset[str]

    @classmethod
    def of(cls, trees: dict[str, ast.Module], *, templates: Sequence[str] = ()) -> Source:
        """Read modules, by their names, and templates, which may ask by a function that they are given."""
        methods: dict[str, set[str]] = {}
        for tree in trees.values():
            for name, prefix, _ in _passing_on(tree):
                methods.setdefault(name, set()).add(prefix)
        asked, loose = [], set()
        for name, tree in trees.items():
            asked += _asked(name, tree, methods)
            loose |= set(_loose(tree))
        for template in templates:
            parts = re.findall(r"{[{%].*?[%}]}", template, re.DOTALL)
            loose |= {re.escape(key) for part in parts for key in re.findall(r"\w+\(\"([a-z_.]+)\"", part)}
        prefixes = {"", *(prefix for found in methods.values() for prefix in found)}
        return cls(asked=tuple(asked), loose=frozenset(loose), prefixes=frozenset(prefixes))


def modules(*folders: str) -> dict[str, ast.Module]:
    """The modules in folders of cxlib, parsed, by the path from cxlib."""
    home = ROOT / "cxlib"
    paths = sorted(path for folder in folders for path in (home / folder).rglob("*.py"))
    names = {path: path.relative_to(home).as_posix() for path in paths}
    return {name: ast.parse(path.read_text(encoding="utf-8")) for path, name in names.items() if name not in OTHERS}


def docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts that stand alone: docstrings, and the explanations under constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _asked(name: str, tree: ast.AST, methods: dict[str, set[str]]) -> Iterator[Asked]:
    own: dict[str, set[str]] = {}
    for function, prefix, _ in _passing_on(tree):
        own.setdefault(function, set()).add(prefix)
    inside = {id(key) for _, _, key in _passing_on(tree)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args) or id(node.args[0]) in inside:
            continue
        called, is_method = _called(node), isinstance(node.func, ast.Attribute)
        prefixes = own.get(called, set()) | (methods.get(called, set()) if is_method else set())
        prefixes |= {""} if called == "text" and is_method else set()
        keys = _keys(node.args[0])
        if called not in ("text", "_text") and not keys:
            keys = {WILD}  # what has a name of its own, such as `_archetype_name`, is about one table of texts
        if prefixes:
            yield Asked(
                place=f"cxlib/{name}, line {node.lineno}",
                keys=tuple(sorted(keys)),
                prefixes=tuple(sorted(prefixes)),
                given=frozenset(word.arg for word in node.keywords if word.arg),
                gives_more=any(word.arg is None for word in node.keywords),
            )


def _loose(tree: ast.AST) -> Iterator[str]:
    alone = {id(node) for node in docstrings(tree)}
    inside = {id(key) for _, _, key in _passing_on(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            if _COULD_BE_KEY.fullmatch(node.value):
                yield re.escape(node.value)
        elif isinstance(node, ast.JoinedStr) and id(node) not in inside:
            yield from (key for key in _keys(node) if _PARTS_OF_KEY.match(key))


def _passing_on(tree: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    """Functions such as `def text(key, **values): return language.text(f"panels.{key}", **values)`: the name, the
    prefix, and the f-string."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.name.startswith("__"):
            continue
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        for node in ast.walk(function):
            if not (names and isinstance(node, ast.Call) and _called(node) == "text" and node.args):
                continue
            key = node.args[0]
            if not (isinstance(key, ast.JoinedStr) and len(key.values) == 2):
                continue
            start, end = key.values
            if (
                isinstance(start, ast.Constant)
                and isinstance(end, ast.FormattedValue)
                and isinstance(end.value, ast.Name)
                and end.value.id == names[0]
            ):
                yield function.name, start.value, key


def _called(node: ast.Call) -> str | None:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def _keys(node: ast.AST) -> set[str]:
    """Patterns for what an expression may be; none where nothing is known of it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {re.escape(node.value)}
    if isinstance(node, ast.IfExp):
        return _keys(node.body) | _keys(node.orelse)
    if isinstance(node, ast.JoinedStr):
        keys = {""}
        for part in node.values:
            known = _keys(part.value if isinstance(part, ast.FormattedValue) else part)
            keys = {start + end for start in keys for end in known or {WILD}}
        # A value alone, or the rest of a key after its table, may hold dots of its own.
        return {re.sub(rf"^(\w+\\\.)?{re.escape(WILD)}$", r"\1\\S+", key) for key in keys}
    return set()
