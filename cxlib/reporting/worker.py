"""What makes one of many reports, in a process of its own, and says to its owner how far it is."""

from __future__ import annotations

import os
import select
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import NoReturn

from cxlib.errors import CxError
from cxlib.reporting.progress import Progress

MADE, FAILED = "made", "failed"

OWNER_SECONDS = 1.0
"""How often it is looked whether the owner is there still, should nothing else tell."""

CLEARING_SECONDS = 20
"""How long a process that is asked to end may take to clear away what it began."""


class SentProgress(Progress):
    """Sends to the owner what it hears: the name of the method and what it was given.

    Where the owner is gone, the run ends as one that is asked to.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def step(self, text: str) -> None:
        self._send("step", text)

    def cells(self, count: int) -> None:
        self._send("cells", count)

    def cell(self, index: int, name: str) -> None:
        self._send("cell", index, name)

    def _send(self, *message: object) -> None:
        try:
            self._connection.send(message)
        except ConnectionError:
            raise SystemExit(128 + signal.SIGTERM) from None


def work(descriptor: int) -> None:
    """Make the report that is asked for on a connection, and send back what became of it.

    Parameters
    ----------
    descriptor : int
        The number of the connection's file. On it come the arguments of `run_report` and the server of kernels.
    """
    signal.signal(signal.SIGTERM, _stop)
    owner, is_over = os.getppid(), threading.Event()
    # Where the owner is gone, there is nobody to tell.
    with Connection(descriptor) as connection, suppress(EOFError, ConnectionError):
        question, kernels = connection.recv()
        # A copy, for the connection is closed before this process ends.
        threading.Thread(target=_end_with_owner, args=(os.dup(descriptor), owner, is_over), daemon=True).start()
        from cxlib.reporting.run import run_report

        try:
            run = run_report(**question, progress=SentProgress(connection), kernels=kernels)
        except (CxError, OSError) as error:
            is_over.set()
            connection.send((FAILED, error))
        else:
            is_over.set()
            connection.send((MADE, run))


def _end_with_owner(descriptor: int, owner: int, is_over: threading.Event) -> None:
    """End this process when its owner is gone: he says nothing after his question, so all that comes is the end."""
    heard = select.poll()
    heard.register(descriptor, select.POLLIN)
    while not heard.poll(OWNER_SECONDS * 1000) and os.getppid() == owner:
        pass
    if is_over.is_set():
        return
    os.kill(os.getpid(), signal.SIGTERM)
    if not is_over.wait(CLEARING_SECONDS):
        os.kill(os.getpid(), signal.SIGKILL)


def _stop(number: int, frame: object) -> NoReturn:
    """End by an exception, so that what was begun is cleared away."""
    raise SystemExit(128 + number)
