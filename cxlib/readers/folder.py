"""What lies in a study's folders, and what only seems to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def files_in(folder: Path) -> list[str]:
    """The names of the files in a folder, sorted; none where it cannot be looked into."""
    return [entry.name for entry in _entries(folder) if is_file(entry)]


def folders_in(folder: Path) -> list[str]:
    """The names of the folders in a folder, sorted; none where it cannot be looked into."""
    return [entry.name for entry in _entries(folder) if is_folder(entry)]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (OSError, ValueError):
        return []


def is_file(path: Path) -> bool:
    """Whether there is a file; a name that is too long, or a folder that is closed, has none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder of that name."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def leads_outside(path: Path, folders: Iterable[Path]) -> bool:
    """Whether the file, links followed, lies outside all of the folders."""
    return not any(path.resolve().is_relative_to(folder.resolve()) for folder in folders)
