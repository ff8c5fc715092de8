"""Write a generated study: tables, study.toml and truth.toml, aside first and then in one step."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from cxlib.contract import TABLES
from cxlib.errors import ParameterError

SETTINGS_FILE, TRUTH_FILE = "study.toml", "truth.toml"
MADE_HERE = frozenset({SETTINGS_FILE, TRUTH_FILE, *(f"{name}.csv" for name in TABLES)})


def write_tables(folder: Path, tables: dict[str, pd.DataFrame], settings: str) -> None:
    """Write each table as CSV (UTF-8, comma, decimal point, line feed) and the settings beside them."""
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    (folder / SETTINGS_FILE).write_text(settings, encoding="utf-8", newline="\n")


def refuse_foreign_folder(folder: Path) -> None:
    """Raise ParameterError where `folder` holds anything that the generator did not make."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ParameterError(f"{folder} is a file; name a folder for the study")
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in MADE_HERE)
    own = (folder / TRUTH_FILE).exists() or not any(folder.iterdir())
    if foreign or not own:
        listed = ", ".join(foreign or sorted(path.name for path in folder.iterdir()))
        raise ParameterError(
            f"{folder} holds files that the generator did not make ({listed}) and would be replaced as a whole; "
            f"name a new folder, or move them away first"
        )


def write_study(folder: Path, tables: dict[str, pd.DataFrame], settings: str, truth: str) -> None:
    """Put a study at `folder`, replacing an earlier generated one; a reader never sees half of it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as aside:
        new = Path(aside, "new")
        new.mkdir()
        write_tables(new, tables, settings)
        (new / TRUTH_FILE).write_text(truth, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rename(Path(aside, "old"))
        try:
            new.rename(folder)
        except OSError:
            if Path(aside, "old").exists() and not folder.exists():
                shutil.move(Path(aside, "old"), folder)
            raise


def toml_of(value: object, *, head: str = "") -> str:
    """A dataclass of numbers, texts, pairs, lists and dataclasses as TOML; None is left out.

    Examples
    --------
    >>> from cxlib.simulate.truth import ChurnTruth
    >>> print(toml_of(ChurnTruth(intercept=-4.0, slope=-0.5)))
    intercept = -4.0
    slope = -0.5
    """
    plain, nested = [], []
    for field in dataclasses.fields(value):
        name, content = field.name, getattr(value, field.name)
        path = f"{head}.{name}" if head else name
        if content is None:
            continue
        if dataclasses.is_dataclass(content):
            nested.append(f"[{path}]\n{toml_of(content, head=path)}")
        elif isinstance(content, tuple) and content and dataclasses.is_dataclass(content[0]):
            nested.extend(f"[[{path}]]\n{toml_of(one, head=path)}" for one in content)
        elif isinstance(content, tuple) and content and isinstance(content[0], tuple):
            pairs = ", ".join(f"{json.dumps(key)} = {_literal(number)}" for key, number in content)
            plain.append(f"{name} = {{ {pairs} }}")
        else:
            plain.append(f"{name} = {_literal(content)}")
    return "\n".join(["\n".join(plain)] * bool(plain) + [f"\n{text}" for text in nested])


def _literal(content: object) -> str:
    """A TOML value: JSON writes booleans, numbers, texts and lists in the same way."""
    if isinstance(content, tuple):
        return json.dumps(list(content), ensure_ascii=False)
    return json.dumps(content, ensure_ascii=False)
