"""Starting and ending the server of warm Pythons."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cxlib.reporting.post.environment import for_notebooks

LONGEST_SOCKET_PATH = 100
"""A Unix socket's path has room for 107 bytes."""

WAITING = 64
"""So many may ask at once while the server still imports."""

FOR_FORKS = {"NUMBA_THREADING_LAYER": "workqueue"}
"""What the environment of the server and its forks has where it does not say otherwise: the other layers by which
numba runs threads do not outlive a fork."""

# As `python -m ipykernel_launcher` does: the folder that one happens to stand in is no place to import from.
_PROGRAM = """\
import sys
if sys.path[0] == "":
    del sys.path[0]
from cxlib.reporting.kernels.serving import serve
serve(int(sys.argv[1]), sys.argv[2:])
"""

WARM_UP = ("cxlib.reporting.kernels.warm_up:warm_up",)


@dataclass(frozen=True)
class WarmServer:
    """Where a server of warm Pythons is asked.

    Attributes
    ----------
    address : Path
        Of its Unix socket, in a folder that only this user can open.
    pid : int
    """

    address: Path
    pid: int


@contextmanager
def warm_server(warm_up: Sequence[str] = WARM_UP) -> Iterator[WarmServer | None]:
    """A server while the block runs; None where this system has none.

    It imports beside what this process does meanwhile; whoever asks early waits. When the block ends, and also when
    this process ends in whatever way, the server ends, and with it every process that it forked.

    Parameters
    ----------
    warm_up : sequence of str
        "module:function" and its arguments: what the server does before it forks.

    Yields
    ------
    WarmServer or None
        None on systems other than Linux, where a fork of a process that has libraries such as these loaded is not
        safe (macOS) or not to be had (Windows).
    """
    if sys.platform != "linux":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="cx-") as folder:
        address = Path(folder) / "server"
        if len(os.fsencode(address)) > LONGEST_SOCKET_PATH:
            yield None
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(str(address))
            listening.listen(WAITING)
            process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, str(listening.fileno()), *warm_up],
                pass_fds=[listening.fileno()],
                # The end of this pipe tells the server that this process is gone.
                stdin=subprocess.PIPE,
                # What it forks speaks for itself; if it fails, plain processes do the work.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C in a terminal goes to every process of the session; this one ends it by the pipe.
                start_new_session=True,
                # A fork shows in /proc the environment that its server was started with, whatever it was given itself.
                env=FOR_FORKS | for_notebooks(os.environ),
            )
        # `listening` is closed here: once the server is gone, nobody waits in vain.
        try:
            yield WarmServer(address, process.pid)
        finally:
            process.stdin.close()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
