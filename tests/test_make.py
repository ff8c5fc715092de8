"""`make`: what its targets run, and when the environment is made again."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def commands(*arguments, **environment) -> str:
    """What `make report` would run, without running it."""
    # What an outer make hands down would count as this one's command line.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "--dry-run", "report", *arguments],
        cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return " ".join(done.stdout.replace("\\\n", " ").split())


def test_the_report_takes_nothing_from_the_environment():
    run = commands(LANGUAGE="sv_SE:sv", PERIOD="1", STUDY="elsewhere")
    assert run.endswith(".venv/bin/python -m cxlib.cli report monthly --again")


def test_the_report_takes_what_the_command_line_gives_in_quotes():
    run = commands("LANGUAGE=sv", "STUDY=o'neill; x", "PERIOD=2026-02", LANGUAGE="de")
    assert run.endswith(r"report monthly --study 'o'\''neill; x' --period '2026-02' --language 'sv' --again")


@pytest.fixture
def clone(tmp_path):
    """A folder with what `.ci/make-venv` reads, and a Python that only notes how it is called."""
    (tmp_path / ".ci").mkdir()
    for name in (".ci/make-venv", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    python = tmp_path / "python"
    python.write_text(
        f"""#!/bin/sh
echo "$*" >>"{tmp_path}/calls"
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; fi
"""
    )
    python.chmod(0o755)
    return tmp_path


def set_up(folder: Path) -> bool:
    """Run `.ci/make-venv`; whether it made the environment."""
    calls = folder / "calls"
    calls.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHON": str(folder / "python")}
    subprocess.run(["sh", ".ci/make-venv", ".venv"], cwd=folder, env=environment, capture_output=True, check=True)
    return calls.exists()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_second_call_finds_the_environment_ready_whatever_the_times(clone):
    assert set_up(clone)
    for name in ("requirements.lock", "pyproject.toml", ".ci/make-venv"):
        (clone / name).touch()
    change(clone / "pyproject.toml", "line-length = ", "line-length = 1")
    assert not set_up(clone)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("requirements.lock", "==", "==0"),
        ("pyproject.toml", 'version = "', 'version = "9'),
        ("pyproject.toml", 'packages = ["cxlib"]', "packages = []"),
        (".ci/make-venv", "set -eu", "set -e"),
    ],
)
def test_the_environment_is_made_again_where_what_it_is_made_from_has_changed(clone, name, old, new):
    assert set_up(clone)
    change(clone / name, old, new)
    assert set_up(clone)
    assert not set_up(clone)


def test_a_moved_clone_makes_its_environment_again(clone, tmp_path_factory):
    assert set_up(clone)
    moved = clone.rename(tmp_path_factory.mktemp("moved") / "clone")
    change(moved / "python", str(clone), str(moved))
    assert set_up(moved)


def test_a_set_up_that_failed_is_tried_again(clone):
    change(clone / "python", "#!/bin/sh\n", '#!/bin/sh\nif [ "$2" = pip ]; then exit 1; fi\n')
    with pytest.raises(subprocess.CalledProcessError):
        set_up(clone)
    change(clone / "python", "exit 1", "exit 0")
    assert set_up(clone)
