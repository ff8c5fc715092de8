"""A table that a DuckDB SELECT makes from the files of a study, confined to the study's folders."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from cxlib.errors import Problem, RefusedFileError, nearest_name
from cxlib.readers.table import RawTable, read_typed

_READING_FUNCTIONS = ("read_", "parquet_", "sniff_csv", "glob")
_WILDCARDS = re.compile(r"[*?\[]")


def read_query(path: Path, *, folders: Sequence[Path], file: str | None = None) -> RawTable:
    """Run the one SELECT in a file and read its result as text.

    File names in the statement are relative: each is looked for in `folders`, the first one first. DuckDB can read
    nothing outside them, write nothing and load nothing. Row 2 is the first row of the result.

    Parameters
    ----------
    path : Path
        The SQL file.
    folders : sequence of Path
    file : str, optional
        The name shown to the user.

    Raises
    ------
    RefusedFileError
        Not one SELECT, a file outside the folders or not there, or an error from DuckDB, with its line.

    Notes
    -----
    `sha256` of the result is over the statement and the bytes of the files that it reads, in the order of their names.
    """
    file = file or path.name
    try:
        statement = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RefusedFileError(Problem(file=file, reason=f"cannot be read ({error.strerror})")) from error
    except UnicodeDecodeError as error:
        raise RefusedFileError(Problem(file=file, reason="not valid UTF-8", allowed="UTF-8")) from error
    folders = [folder.resolve() for folder in folders]
    connection = _confined_connection(folders)
    try:
        tree = _one_select(connection, statement, file)
        bound, sources = _bind_files(statement, tree, folders, file)
        try:
            # Errors that `sql` raises have lost their line; those of `execute` have it (2.0.0).
            connection.execute(f"EXPLAIN {bound}").fetchall()
            result = connection.sql(bound).to_arrow_table()
        except duckdb.Error as error:
            raise RefusedFileError(_problem_of(error, file)) from error
    finally:
        connection.close()
    digest = hashlib.sha256(statement.encode("utf-8"))
    for name in sorted(sources):
        with sources[name].open("rb") as source:
            digest.update(hashlib.file_digest(source, "sha256").digest())
    return read_typed(result, file=file, sha256=digest.hexdigest())


def _confined_connection(folders: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone='UTC'")  # else it is the machine's, and shows in times with a zone
    connection.execute("SET python_enable_replacements=false")  # else a name may mean a variable of this module
    connection.execute("SET temp_directory=''")
    connection.execute("SET autoinstall_known_extensions=false")
    connection.execute("SET autoload_known_extensions=false")
    # The order matters: directories cannot be allowed once access is off, nor anything set once it is locked.
    listed = ", ".join(_quoted(str(folder)) for folder in folders)
    connection.execute(f"SET allowed_directories=[{listed}]")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


def _one_select(connection: duckdb.DuckDBPyConnection, statement: str, file: str) -> dict:
    """The syntax tree of the statement, as DuckDB gives it."""
    try:
        kinds = [found.type for found in connection.extract_statements(statement)]
    except duckdb.Error as error:
        raise RefusedFileError(_problem_of(error, file)) from error
    if kinds != [duckdb.StatementType.SELECT]:
        shown = ", ".join(kind.name for kind in kinds) or "nothing"
        raise RefusedFileError(
            Problem(file=file, reason="must be exactly one SELECT statement", value=shown, allowed="one SELECT")
        )
    answer = connection.execute("SELECT json_serialize_sql(?)", [statement]).fetchall()[0][0]
    tree = json.loads(answer)
    if tree["error"]:
        reason = f"must be one plain SELECT statement ({tree['error_message']})"
        raise RefusedFileError(Problem(file=file, reason=reason, allowed="one SELECT"))
    return tree


def _bind_files(statement: str, tree: dict, folders: Sequence[Path], file: str) -> tuple[str, dict[str, Path]]:
    """The statement with its relative file names made absolute, and the files that it reads by their names.

    DuckDB has `file_search_path` for this, but with access switched off it checks a relative name against the
    working directory before it looks there (2.0.0), so the names are replaced where the syntax tree says they stand.
    """
    text = statement.encode("utf-8")  # positions in the tree count bytes
    sources: dict[str, Path] = {}
    for start, end, name in sorted(_file_names(tree, text), reverse=True):
        target, found = _resolve(name, folders, file, line=text.count(b"\n", 0, start) + 1)
        sources |= found
        quote = '"' if text[start : start + 1] == b'"' else "'"
        text = text[:start] + _quoted(target, quote).encode("utf-8") + text[end:]
    return text.decode("utf-8"), sources


def _file_names(tree: dict, text: bytes) -> Iterator[tuple[int, int, str]]:
    """Where in the statement a file is named: start, end and name."""
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE" and not node.get("schema_name"):
            start = node["query_location"]
            end = _end_of_quoted(text, start)
            if end is not None and _looks_like_file(node["table_name"]):
                yield start, end, node["table_name"]
        elif node.get("type") == "TABLE_FUNCTION":
            function = node["function"]
            if function["function_name"].lower().startswith(_READING_FUNCTIONS):
                for constant in _nodes(function["arguments"][:1]):
                    literal = constant.get("literal")
                    if literal and literal["kind"] == "STRING":
                        start = constant["query_location"]
                        yield start, start + constant["query_location_length"], literal["text"]


def _nodes(tree: object) -> Iterator[dict]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from _nodes(branch)


def _end_of_quoted(text: bytes, start: int) -> int | None:
    quote = text[start : start + 1]
    if quote not in (b"'", b'"'):
        return None
    found = re.compile(re.escape(quote) + rb"(?:[^" + quote + rb"]|" + quote * 2 + rb")*" + quote).match(text, start)
    return found.end() if found else None


def _looks_like_file(name: str) -> bool:
    return "/" in name or "." in name or bool(_WILDCARDS.search(name))


def _resolve(name: str, folders: Sequence[Path], file: str, *, line: int) -> tuple[str, dict[str, Path]]:
    wanted = Path(name)
    if wanted.is_absolute() or ".." in wanted.parts or "://" in name:
        reason = f"line {line} names a file outside the study's folder"
        raise RefusedFileError(Problem(file=file, reason=reason, value=name, allowed="a file in the folder"))
    for folder in folders:
        files = sorted(folder.glob(name)) if _WILDCARDS.search(name) else [folder / name]
        files = [found for found in files if found.is_file()]
        if not files:
            continue
        for found in files:
            # DuckDB 2.0.0 refuses such links by itself; the message here says why.
            if not any(found.resolve().is_relative_to(allowed) for allowed in folders):
                reason = f"line {line} names a link that points outside the study's folder"
                raise RefusedFileError(Problem(file=file, reason=reason, value=name))
        return str(folder / name), {str(found.relative_to(folder)): found for found in files}
    there = sorted(found.name for folder in folders for found in folder.iterdir() if found.is_file())
    reason = f"line {line} names a file that is not there"
    raise RefusedFileError(Problem(file=file, reason=reason, value=name, nearest=nearest_name(name, there)))


def _quoted(text: str, quote: str = "'") -> str:
    return quote + text.replace(quote, quote * 2) + quote


def _problem_of(error: duckdb.Error, file: str) -> Problem:
    message, _, place = str(error).partition("\n\nLINE ")
    line = re.match(r"\d+", place)
    where = f"line {line.group()}: " if line else ""
    return Problem(file=file, reason=f"{where}{' '.join(message.split())}")
