"""A table that a DuckDB SELECT makes from the files of a study, confined to the study's folders."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from cxlib.errors import Problem, RefusedFileError, nearest_name
from cxlib.readers.folder import files_in, is_file, leads_outside
from cxlib.readers.statement import WILDCARDS, file_names, one_select, problem_of, refuse_what_changes_or_drops
from cxlib.readers.table import RawTable, read_typed


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
        Not one SELECT, a file outside the folders or not there, something that changes from run to run or drops
        lines, a file that changes meanwhile, or an error from DuckDB, with its line.

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
        tree = one_select(connection, statement, file)
        refuse_what_changes_or_drops(tree, file)
        bound, sources = _bind_files(statement, tree, folders, file)
        before = _states(sources, file)
        sha256 = _sha256(statement, sources, file)
        try:
            # Errors that `sql` raises have lost their line; those of `execute` have it (2.0.0).
            connection.execute(f"EXPLAIN {bound}").fetchall()
            result = connection.sql(bound).to_arrow_table()
        except duckdb.Error as error:
            raise RefusedFileError(problem_of(error, file)) from error
    finally:
        connection.close()
    after = _states(sources, file)
    for name in sources:
        if before[name] != after[name]:
            raise RefusedFileError(Problem(file=file, reason=f"{name} changed while it was read; try again"))
    return read_typed(result, file=file, sha256=sha256)


def _states(sources: dict[str, Path], file: str) -> dict[str, tuple[int, int]]:
    """Size and time of the last change of each file."""
    try:
        states = {name: path.stat() for name, path in sources.items()}
    except OSError as error:
        raise RefusedFileError(Problem(file=file, reason=f"names a file that cannot be read ({error})")) from error
    return {name: (state.st_size, state.st_mtime_ns) for name, state in states.items()}


def _sha256(statement: str, sources: dict[str, Path], file: str) -> str:
    digest = hashlib.sha256(statement.encode("utf-8"))
    for name in sorted(sources):
        try:
            with sources[name].open("rb") as source:
                digest.update(hashlib.file_digest(source, "sha256").digest())
        except OSError as error:
            reason = f"names a file that cannot be read ({error.strerror})"
            raise RefusedFileError(Problem(file=file, reason=reason, value=name)) from error
    return digest.hexdigest()


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


def _bind_files(statement: str, tree: dict, folders: Sequence[Path], file: str) -> tuple[str, dict[str, Path]]:
    """The statement with its relative file names made absolute, and the files that it reads by their names.

    DuckDB has `file_search_path` for this, but with access switched off it checks a relative name against the
    working directory before it looks there (2.0.0), so the names are replaced where the syntax tree says they stand.
    """
    text = statement.encode("utf-8")  # positions in the tree count bytes
    sources: dict[str, Path] = {}
    for start, end, name in sorted(file_names(tree, text, file), reverse=True):
        target, found = _resolve(name, folders, file, line=text.count(b"\n", 0, start) + 1)
        sources |= found
        quote = '"' if text[start : start + 1] == b'"' else "'"
        text = text[:start] + _quoted(target, quote).encode("utf-8") + text[end:]
    return text.decode("utf-8"), sources


def _resolve(name: str, folders: Sequence[Path], file: str, *, line: int) -> tuple[str, dict[str, Path]]:
    wanted = Path(name)
    if wanted.is_absolute() or ".." in wanted.parts or "://" in name:
        reason = f"line {line} names a file outside the study's folder"
        raise RefusedFileError(Problem(file=file, reason=reason, value=name, allowed="a file in the folder"))
    for folder in folders:
        try:
            files = sorted(folder.glob(name)) if WILDCARDS.search(name) else [folder / name]
        except ValueError as error:
            reason = f"line {line} has a pattern that cannot be understood ({error})"
            raise RefusedFileError(Problem(file=file, reason=reason, value=name)) from error
        files = [found for found in files if is_file(found)]
        if not files:
            continue
        for found in files:
            # DuckDB 2.0.0 refuses such links by itself; the message here says why.
            if leads_outside(found, folders):
                reason = f"line {line} names a link that points outside the study's folder"
                raise RefusedFileError(Problem(file=file, reason=reason, value=name))
        return str(folder / name), {str(found.relative_to(folder)): found for found in files}
    there = [found for folder in folders for found in files_in(folder)]
    reason = f"line {line} names a file that is not there"
    raise RefusedFileError(Problem(file=file, reason=reason, value=name, nearest=nearest_name(name, there)))


def _quoted(text: str, quote: str = "'") -> str:
    return quote + text.replace(quote, quote * 2) + quote
