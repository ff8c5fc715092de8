"""What docs/scheduling.md tells people to put into cron and systemd is taken by both."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "scheduling.md").read_text(encoding="utf-8")
FOLDER = "/srv/our reports"
UNITS = ("cx-due.service", "cx-due.timer", "cx-serve.service")


@pytest.fixture
def installed(tmp_path):
    """The project's folder as the page names it, with a space in it, and a `cx` that says how it was called."""
    folder = tmp_path / "our reports"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / "reports").mkdir()
    command = folder / ".venv" / "bin" / "cx"
    command.write_text('#!/bin/sh\necho "$PWD: $#: $*"\n', encoding="utf-8")
    command.chmod(0o755)
    return folder


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


def verify(*units: Path) -> subprocess.CompletedProcess:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    return subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )


def test_systemd_takes_the_units(tmp_path, installed):
    texts = blocks("ini")
    assert len(texts) == len(UNITS)
    for name, text in zip(UNITS, texts, strict=True):
        (tmp_path / name).write_text(text.replace(FOLDER, str(installed)), encoding="utf-8")
    done = verify(*(tmp_path / name for name in UNITS))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_unit_without_the_quotes_would_not_be_taken(tmp_path, installed):
    text = blocks("ini")[0].replace('"', "").replace(FOLDER, str(installed))
    (tmp_path / UNITS[0]).write_text(text, encoding="utf-8")
    assert "is not executable" in verify(tmp_path / UNITS[0]).stderr


def test_the_cron_line_calls_cx_in_its_folder(installed):
    (line,) = blocks("")
    fields = line.strip().split(maxsplit=5)
    minute, hour, *days = fields[:5]
    assert (int(minute) in range(60), int(hour) in range(24), days) == (True, True, ["*"] * 3)
    assert "%" not in fields[5]  # cron would end the line there
    command = fields[5].replace(FOLDER, str(installed))
    subprocess.run(["/bin/sh", "-c", command], check=True)
    written = (installed / "reports" / ".cron.log").read_text(encoding="utf-8")
    assert written == f"{installed}: 2: run --due\n"
