"""What runs in the server of warm Pythons: it waits in one thread, and forks for each that asks.

One connection is one process. Whoever asks sends where to go on ("module:function" and its arguments), the
environment, the working directory and the open files; the answer is the process id, later the exit code. What is sent
in between is a signal for the process. Where the connection ends before the process does, so does the process.

All ends are closed by the system when a process dies, so nothing outlives its owner: the server ends with the pipe
that its owner holds, what it forked with the server (a "parent's death" signal), and what was forked for somebody
with his connection.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

from cxlib.reporting.kernels.server import FOR_FORKS
from cxlib.reporting.kernels.warm_up import reseed

LARGEST_REQUEST = 1 << 20
MOST_FILES = 8
_OWNER = 0
"""Standard input: a pipe of which the owner holds the other end."""

_OWNER_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


@dataclass
class _Client:
    """Somebody who asked, and the process that was forked for him."""

    connection: socket.socket
    pid: int | None = None


def serve(listening: int, warm_up: Sequence[str]) -> None:
    """Warm up, then fork for whoever asks, until the owner is gone.

    Parameters
    ----------
    listening : int
        The number of the socket on which others ask.
    warm_up : sequence of str
        "module:function" and its arguments.
    """
    owner = os.getppid()
    _call(*warm_up)
    _Server(socket.socket(fileno=listening), owner).run()


class _Server:
    def __init__(self, listening: socket.socket, owner: int) -> None:
        self.owner = owner
        self.listening = listening
        self.selector = selectors.DefaultSelector()
        self.clients: dict[int, _Client] = {}
        """By their connection's number."""
        self.selector.register(_OWNER, selectors.EVENT_READ, self._end)
        self.selector.register(listening, selectors.EVENT_READ, self._accept)

    def run(self) -> None:
        # The owner's pipe may have been inherited by another process of his; so ask for him now and then too.
        while os.getppid() == self.owner:
            for key, _ in self.selector.select(_OWNER_SECONDS):
                key.data(key.fileobj)
        self._end()

    def _end(self, _owner: object = None) -> None:
        for client in self.clients.values():
            _kill(client, signal.SIGKILL)
        raise SystemExit

    def _accept(self, listening: socket.socket) -> None:
        connection, _ = listening.accept()
        self.clients[connection.fileno()] = _Client(connection)
        self.selector.register(connection, selectors.EVENT_READ, self._hear)

    def _hear(self, connection: socket.socket) -> None:
        client = self.clients[connection.fileno()]
        try:
            message, files, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, MOST_FILES)
            for descriptor in files:
                os.set_inheritable(descriptor, False)  # what a fork starts has no use for them
        except ConnectionError:
            message, files = b"", []
        if not message:
            self._forget(client)
        elif client.pid is None:
            self._fork(client, message, files)
        else:
            _kill(client, int(message))

    def _forget(self, client: _Client) -> None:
        self.selector.unregister(client.connection)
        del self.clients[client.connection.fileno()]
        client.connection.close()
        _kill(client, signal.SIGKILL)

    def _fork(self, client: _Client, message: bytes, files: list[int]) -> None:
        server = os.getpid()
        try:
            pid = os.fork()
            if pid == 0:
                _become(self._leave_to_the_server, json.loads(message), files, server)
            client.pid = pid
            ended = os.pidfd_open(pid)
        except OSError:
            # The machine has no room for one more now. Whoever asked hears that the connection ends, and helps himself.
            self._forget(client)
            if client.pid:
                os.waitpid(client.pid, 0)
            return
        finally:
            for descriptor in files:
                os.close(descriptor)
        self.selector.register(ended, selectors.EVENT_READ, lambda _: self._reap(client, ended))
        _answer(client, pid)

    def _leave_to_the_server(self) -> None:
        """In the fork: an end that stays open here would not tell anybody that the server is gone."""
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
            elif key.fd != _OWNER:
                os.close(key.fd)
        self.selector.close()

    def _reap(self, client: _Client, ended: int) -> None:
        self.selector.unregister(ended)
        os.close(ended)
        _, status = os.waitpid(client.pid, 0)
        client.pid = 0  # its number may be another's from here on
        _answer(client, os.waitstatus_to_exitcode(status))


def _call(target: str, *arguments: str | int) -> None:
    module, _, function = target.partition(":")
    getattr(import_module(module), function)(*arguments)


def _answer(client: _Client, number: int) -> None:
    with suppress(OSError):  # he is gone, or forgotten already
        client.connection.send(str(number).encode())


def _kill(client: _Client, number: int) -> None:
    """Send a signal to the process and to what it started itself."""
    if not client.pid:
        return
    try:
        os.killpg(client.pid, number)
    except ProcessLookupError:
        os.kill(client.pid, number)  # it has not come to make a group of its own yet


def _become(leave: Callable[[], None], request: dict, files: list[int], server: int) -> None:
    """In the fork: be the process that was asked for. Never returns."""
    code = 1
    try:
        leave()
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:  # it died just before
            os._exit(code)
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in zip((null, *files[:2]), range(3), strict=True):
            os.dup2(source, target)
            os.close(source)
        os.environ.clear()
        os.environ.update(FOR_FORKS | request["environment"])
        time.tzset()
        # A command in the background of a script ignores interrupts, and so would all that it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(request["folder"])
        sys.argv[1:] = request["arguments"]
        reseed()
        _call(request["target"], *request["arguments"], *files[2:])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        if code and sys.exc_info()[0] not in (None, SystemExit):
            sys.excepthook(*sys.exc_info())
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
