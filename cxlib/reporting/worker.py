"""What makes one of many reports, in a process of its own, and says to its owner how far it is."""

from __future__ import annotations

import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import NoReturn

from cxlib.errors import CxError
from cxlib.reporting.progress import Progress

MADE, FAILED = "made", "failed"


class SentProgress(Progress):
    """Sends to the owner what it hears: the name of the method and what it was given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def step(self, text: str) -> None:
        self._connection.send(("step", text))

    def cells(self, count: int) -> None:
        self._connection.send(("cells", count))

    def cell(self, index: int, name: str) -> None:
        self._connection.send(("cell", index, name))


def work(descriptor: int) -> None:
    """Make the report that is asked for on a connection, and send back what became of it.

    Parameters
    ----------
    descriptor : int
        The number of the connection's file. On it come the arguments of `run_report` and the server of kernels.
    """
    signal.signal(signal.SIGTERM, _stop)
    # Where the owner is gone, there is nobody to tell.
    with Connection(descriptor) as connection, suppress(EOFError, BrokenPipeError):
        question, kernels = connection.recv()
        from cxlib.reporting.run import run_report

        try:
            run = run_report(**question, progress=SentProgress(connection), kernels=kernels)
        except (CxError, OSError) as error:
            connection.send((FAILED, error))
        else:
            connection.send((MADE, run))


def _stop(number: int, frame: object) -> NoReturn:
    """End by an exception, so that what was begun is cleared away."""
    raise SystemExit(128 + number)
