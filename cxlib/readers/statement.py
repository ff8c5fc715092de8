"""What a statement says, from DuckDB's own syntax tree: the files that it names, and what it may not do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import duckdb

from cxlib.errors import Problem, RefusedFileError

_READING_FUNCTIONS = ("read_", "parquet_", "sniff_csv", "glob")
WILDCARDS = re.compile(r"[*?\[]")
_INNER_QUERIES = ("query", "query_table")
_PLAIN_NAMES = "write the name of each file as one literal in FROM or read_csv(...)"

# Options that leave lines out without a word.
_DROPPING_OPTIONS = ("ignore_errors", "store_rejects")

# What gives another answer at another time or in another place: the same files must give the same figures.
_CHANGING_WORDS = ("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp")
CHANGING_FUNCTIONS = frozenset(
    {
        *_CHANGING_WORDS,
        *("ago", "now", "today", "transaction_timestamp", "get_current_time", "get_current_timestamp"),
        *("current_localtime", "current_localtimestamp", "random", "setseed"),
        *("uuid", "uuidv4", "uuidv7", "gen_random_uuid", "nextval", "currval", "setval", "txid_current"),
        *("getvariable", "current_setting", "current_query", "current_query_id", "current_connection_id"),
        "current_transaction_id",
    }
)


def one_select(connection: duckdb.DuckDBPyConnection, statement: str, file: str) -> dict:
    """The syntax tree of the statement, as DuckDB gives it."""
    try:
        kinds = [found.type for found in connection.extract_statements(statement)]
    except duckdb.Error as error:
        raise RefusedFileError(problem_of(error, file)) from error
    if kinds != [duckdb.StatementType.SELECT]:
        shown = ", ".join(kind.name for kind in kinds) or "nothing"
        if duckdb.StatementType.MULTI in kinds:
            reason = "must be exactly one SELECT statement, and PIVOT without IN makes several"
            allowed = f"PIVOT … ON column IN (values), in a SELECT; {_PLAIN_NAMES}"
            raise RefusedFileError(Problem(file=file, reason=reason, allowed=allowed))
        raise RefusedFileError(
            Problem(file=file, reason="must be exactly one SELECT statement", value=shown, allowed="one SELECT")
        )
    try:
        answer = connection.execute("SELECT json_serialize_sql(?)", [statement]).fetchall()[0][0]
        tree = json.loads(answer)
    except duckdb.Error as error:
        raise RefusedFileError(problem_of(error, file)) from error
    except RecursionError as error:
        raise RefusedFileError(Problem(file=file, reason="has brackets within brackets without end")) from error
    if tree["error"]:
        reason = f"must be one plain SELECT statement ({tree['error_message']})"
        raise RefusedFileError(Problem(file=file, reason=reason, allowed="one SELECT"))
    return tree


def refuse_what_changes_or_drops(tree: dict, file: str) -> None:
    """The same files must give the same figures, and no line may go missing in silence."""
    for node in _nodes(tree):
        name = str(node.get("function_name", "")).lower()
        reason, allowed = None, None
        if name in CHANGING_FUNCTIONS or (name == "age" and len(node["arguments"]) == 1):
            reason = f"{name}() gives another answer each time"
        elif node.get("type") == "COLUMN_REF" and len(node["column_names"]) == 1:
            name = node["column_names"][0].lower()
            reason = f"{name} gives another answer each time" if name in _CHANGING_WORDS else None
        elif node.get("sample"):
            reason, name = "a sample gives another answer each time", "SAMPLE"
        elif node.get("type") == "SHOW_REF":
            reason, name = "DESCRIBE, SHOW and SUMMARIZE make no table of a study", node["show_type"]
            allowed = _PLAIN_NAMES
        elif node.get("type") == "TABLE_FUNCTION":
            reason, allowed = _dropping_option(node["function"])
        if reason:
            allowed = allowed or "what gives the same figures from the same files"
            raise RefusedFileError(Problem(file=file, reason=reason, value=name or None, allowed=allowed))


def _dropping_option(function: dict) -> tuple[str | None, str | None]:
    for argument in function["arguments"]:
        left = argument["expression"].get("left") or {}
        for option in (argument["name"], *left.get("column_names", [])):  # := and = give different trees
            if option.lower() in _DROPPING_OPTIONS:
                return f"{option} would leave out lines in silence", "no such option: lines that fail are to be seen"
    return None, None


def file_names(tree: dict, text: bytes, file: str) -> Iterator[tuple[int, int, str]]:
    """Where in the statement a file is named: start, end and name."""
    named_in_with = {
        entry["key"].lower() for node in _nodes(tree) for entry in (node.get("cte_map") or {}).get("map", [])
    }
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE" and not node.get("schema_name"):
            name = node["table_name"]
            if not _looks_like_file(name) or name.lower() in named_in_with:
                continue
            end = _end_of_quoted(text, node["query_location"])
            if end is None:
                raise RefusedFileError(
                    Problem(file=file, reason="names a file in an unusual way", value=name, allowed=_PLAIN_NAMES)
                )
            yield node["query_location"], end, name
        elif node.get("type") == "TABLE_FUNCTION":
            function = node["function"]
            name = function["function_name"].lower()
            if name in _INNER_QUERIES:
                reason = f"{name}() hides which files are read"
                raise RefusedFileError(Problem(file=file, reason=reason, allowed=_PLAIN_NAMES))
            if name.startswith(_READING_FUNCTIONS):
                for literal in _literals(function["arguments"][:1], name, file):
                    start = literal["query_location"]
                    yield start, start + literal["query_location_length"], literal["literal"]["text"]


def _literals(arguments: list[dict], function: str, file: str) -> list[dict]:
    """The texts in the first argument of a reading function: one, or a list of them."""
    found = [argument["expression"] for argument in arguments]
    if found and found[0].get("function_name") == "list_value":
        found = [argument["expression"] for argument in found[0]["arguments"]]
    if not found or any((node.get("literal") or {}).get("kind") != "STRING" for node in found):
        reason = f"{function}() is given a file name that has to be worked out"
        raise RefusedFileError(Problem(file=file, reason=reason, allowed=_PLAIN_NAMES))
    return found


def _nodes(tree: object) -> Iterator[dict]:
    waiting = [tree]  # not by recursion: a statement can be deeper than Python's stack
    while waiting:
        branch = waiting.pop()
        if isinstance(branch, dict):
            yield branch
            waiting += branch.values()
        elif isinstance(branch, list):
            waiting += branch


def _end_of_quoted(text: bytes, start: int) -> int | None:
    quote = text[start : start + 1]
    if quote not in (b"'", b'"'):
        return None
    found = re.compile(re.escape(quote) + rb"(?:[^" + quote + rb"]|" + quote * 2 + rb")*" + quote).match(text, start)
    return found.end() if found else None


def _looks_like_file(name: str) -> bool:
    return "/" in name or "." in name or bool(WILDCARDS.search(name))


def problem_of(error: duckdb.Error, file: str) -> Problem:
    message, _, place = str(error).partition("\n\nLINE ")
    line = re.match(r"\d+", place)
    where = f"line {line.group()}: " if line else ""
    return Problem(file=file, reason=f"{where}{' '.join(message.split())}")
