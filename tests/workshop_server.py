"""A workshop served by `cx workshop` on this machine, for tests that look at it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
PATIENCE_S = 90
"""How long a busy machine with two cores may take to import everything."""


@dataclass(frozen=True)
class Served:
    """A workshop that is being served.

    Attributes
    ----------
    link : str
        With the token.
    process : Popen
    log : Path
        What it said.
    """

    link: str
    process: subprocess.Popen
    log: Path

    @property
    def address(self) -> str:
        """Without the token."""
        return f"http://{urlsplit(self.link).netloc}"

    def kernels(self) -> set[int]:
        """The processes of its visitors: what its server of warm Pythons forked."""
        warm = _children(self.process.pid)
        return {pid for one in warm for pid in _children(one)}

    def wait_for_kernels(self, n: int, *, seconds: float) -> None:
        """Wait until so many visitors have a kernel.

        Raises
        ------
        AssertionError
        """
        until = time.monotonic() + seconds
        while len(self.kernels()) != n:
            assert time.monotonic() < until, f"{len(self.kernels())} kernels after {seconds} s, wanted {n}"
            time.sleep(0.2)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and give its exit code."""
        self.process.send_signal(how)
        return self.process.wait(30)


def _children(pid: int) -> set[int]:
    found = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found |= {int(child) for child in task.read_text().split()}
        except OSError:  # it has just ended
            continue
    return found


@contextmanager
def served_workshop(folder: Path, *options: str) -> Iterator[Served]:
    """`cx workshop` on a free port, without a browser, with temporary files in a folder of its own."""
    log = folder / "workshop.log"
    (folder / "tmp").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "cxlib.cli", "workshop", "--no-browser", "--port", "0", *options]
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "TMPDIR": str(folder / "tmp")}, stdout=said, stderr=said
        )
    try:
        yield Served(_link(process, log), process, log)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _link(process: subprocess.Popen, log: Path) -> str:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = re.search(r"http://\S+token=\S+", log.read_text())
        if found:
            return found[0]
        assert process.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(f"the workshop was not served within {PATIENCE_S} s:\n{log.read_text()}")
