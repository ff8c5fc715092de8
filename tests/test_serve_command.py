"""`cx serve` as a service manager runs it: a process of its own, ended by signals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from cxlib.reporting.history import History
from tests.toy_project import DEFINITION, make_project

DUE = 'first_period = "2026-09"\noutputs = ["html"]\n' + DEFINITION


class Server:
    """A running `cx serve`, and what it says."""

    def __init__(self, project):
        self.project = project
        self.lines = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cxlib.cli", "serve", "--project", project], stderr=subprocess.PIPE, text=True
        )

    def wait_for(self, text):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return
        pytest.fail(f"cx serve ended without saying {text!r}: {self.lines}")

    def end(self, how):
        """The exit code, when it has been asked to end."""
        self.process.send_signal(how)
        self.lines += self.process.stderr.read().splitlines()
        return self.process.wait()


@pytest.fixture
def serving():
    servers = []

    def start(project):
        servers.append(Server(project))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
        server.process.stderr.close()


def reports_in(project):
    """Every file in the folder for reports, but the empty locks, the definitions, the history and the list."""
    root = project / "reports"
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.glob("*/**/*")
        if path.is_file() and path.suffix != ".lock" and ".index" not in path.name
    )


def test_what_was_missed_is_made_oldest_first_and_a_plea_to_end_ends_it_well(tmp_path, serving):
    project = make_project(tmp_path, definition=DUE)
    server = serving(project)
    server.wait_for("is due next")
    # A definition that comes while it serves needs no restart.
    late = DUE.replace("2026-09", "2026-10").replace("Toy report", "Late report")
    (project / "reports" / "late.toml").write_text(late, encoding="utf-8")
    server.wait_for("late: made 2026-10")
    server.wait_for("late: 20")
    assert server.end(signal.SIGINT) == 0  # Ctrl-C; a run at work is ended by the other signal below, in the same way

    said = [re.sub(r"^20..-..-..T..:..:..[+-]..:.. ", "", line) for line in server.lines]
    assert said[:3] == [
        f"serving {project}",
        "toy: taken up, every day at 06:00 Europe/Stockholm",
        "toy: reading the study small",
    ]
    made = ["toy: made 2026-09", "toy: made 2026-10", "late: made 2026-10"]
    assert [line for line in said if ": made " in line] == made
    assert said[-1] == "asked to end; nothing was left behind"
    assert all(re.match(r"20..-..-..T", line) for line in server.lines)
    ran = [run.folder for run in reversed(History(project / "reports").runs())]
    assert ran == ["toy/2026-09", "toy/2026-10", "late/2026-10"]
    for folder in ran:
        assert json.loads((project / "reports" / folder / "metrics.json").read_text(encoding="utf-8"))


def test_a_run_at_work_is_cleared_away(tmp_path, serving):
    project = make_project(tmp_path, definition=DUE.replace("2026-09", "2026-10"), notebook="waits.ipynb")
    server = serving(project)
    waiting = project / "data" / "small" / "waiting"
    while not waiting.exists() and server.process.poll() is None:
        time.sleep(0.02)
    assert server.end(signal.SIGTERM) == 0

    assert server.lines[-1].endswith("asked to end; nothing was left behind")
    assert "Traceback" not in "\n".join(server.lines)
    assert reports_in(project) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(waiting.read_text(encoding="utf-8")), 0)
    assert [run.outcome for run in History(project / "reports").runs()] == ["stopped"]


def test_more_at_once_than_the_machine_can_make_ends_with_2(cx_command, tmp_path, monkeypatch):
    monkeypatch.setattr("cxlib.reporting.schedule.serve", lambda *_, **__: pytest.fail("it serves"))
    code, out, err = cx_command("serve", "--jobs", 1000, "--project", make_project(tmp_path))
    assert (code, out) == (2, "")
    assert "jobs: found 1000; allowed: 1 to" in err


def test_a_wrong_project_ends_with_2(cx_command, tmp_path):
    code, out, err = cx_command("serve", "--project", tmp_path)
    assert (code, out) == (2, "")
    assert "does not hold reports/ and notebooks/" in err
