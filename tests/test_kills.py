"""A run may be killed at any moment: no half report is ever seen, and the history stays true."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.toy_project import make_project

N_KILLS = 100
IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def quick_folder(tmp_path):
    """In memory where there is such a place: a thousand transactions wait long for a busy disk."""
    if not os.access(IN_MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        yield Path(folder)


def test_a_hundred_kills_leave_whole_reports_and_a_true_history(quick_folder):
    project = make_project(quick_folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.kills", str(project), str(N_KILLS)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parents[1],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    hit, _, interrupted = map(int, re.findall(r"[0-9]+", done.stdout)[:3])
    assert hit == N_KILLS and interrupted >= 0.2 * N_KILLS, done.stdout
