"""A process that a server of warm Pythons forked, with the manners of `subprocess.Popen`."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cxlib.reporting.kernels.server import WarmServer

ANSWER_SECONDS = 60
"""The server may still import."""


class ForkedProcess:
    """A fork of the server, which runs one function and ends.

    It ends at the latest with this object's connection, hence with this process.

    Parameters
    ----------
    server : WarmServer
    target : str
        "module:function".
    arguments : sequence of str
        What the function is given, and `sys.argv[1:]`.
    folder : path
        The working directory.
    environment : mapping, optional
        This process's own where none is given.
    files : sequence of int
        Open files that the function is given after its arguments, by their new numbers. stdout and stderr are this
        process's own.

    Attributes
    ----------
    pid : int
    returncode : int or None
        As of `Popen`: below 0 where a signal ended it.

    Raises
    ------
    OSError
        The server is not there, or did not answer.
    """

    stdin = stdout = stderr = None

    def __init__(
        self,
        server: WarmServer,
        target: str,
        arguments: Sequence[str],
        *,
        folder: Path | str,
        environment: Mapping[str, str] | None = None,
        files: Sequence[int] = (),
    ) -> None:
        self.returncode: int | None = None
        request = {
            "target": target,
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(os.environ if environment is None else environment),
        }
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._connection.settimeout(ANSWER_SECONDS)
            self._connection.connect(str(server.address))
            socket.send_fds(self._connection, [json.dumps(request).encode()], [1, 2, *files])
            answer = self._connection.recv(64)
            if not answer:
                raise ConnectionResetError("the server of warm Pythons ended")
        except OSError:
            self._connection.close()
            raise
        self._connection.settimeout(None)
        self.pid = int(answer)

    def poll(self) -> int | None:
        """The exit code; None while the process runs."""
        if self.returncode is None:
            try:
                self._hear(self._connection.recv(64, socket.MSG_DONTWAIT))
            except BlockingIOError:
                pass
            except ConnectionError:
                self._hear(b"")
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when the process has ended.

        Raises
        ------
        TimeoutError
        """
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                answer = self._connection.recv(64)
            except ConnectionError:
                answer = b""
            finally:
                self._connection.settimeout(None)  # else `poll` would wait too
            self._hear(answer)
        return self.returncode

    def _hear(self, answer: bytes) -> None:
        # Without an answer the server is gone, and has taken the process with it.
        self.returncode = int(answer) if answer else -signal.SIGKILL
        self._connection.close()

    def send_signal(self, number: int) -> None:
        """Send a signal to the process and to what it started."""
        if self.poll() is None:
            with suppress(ConnectionError):  # `poll` will say so
                self._connection.send(str(int(number)).encode())

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGKILL)
