"""The command line: `cx`. What a command imports, it imports itself, so that `cx --help` answers at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cxlib.cli.application import app
from cxlib.cli.checks import check
from cxlib.cli.exit_codes import FAILED, exit_code
from cxlib.cli.lists import alarms, overdue, told
from cxlib.cli.messages import complain, say
from cxlib.cli.overview import reports
from cxlib.cli.posting import post
from cxlib.cli.reports import report
from cxlib.cli.runs import run, runs
from cxlib.cli.serving import serve
from cxlib.cli.surveys import survey
from cxlib.cli.workshop import workshop
from cxlib.errors import CxError

__all__ = [
    "alarms", "check", "exit_code", "main", "overdue", "post", "report", "reports", "run", "runs", "serve", "survey",
    "told", "workshop",
]  # fmt: skip


class _Stopped(SystemExit):
    """Ctrl-C, or a plea to end. Not a KeyboardInterrupt: typer would end with that in silence."""


def main() -> None:
    """Run `cx`.

    Exit codes: 0 done, 1 it failed (a cell of the notebook, most often), 2 a parameter is wrong, 3 the data was
    refused, 4 another run is making the same report, 130 stopped by Ctrl-C, 143 by a plea to end (SIGTERM).
    """
    try:
        with _stoppable():
            app()
    except CxError as error:
        complain(str(error), *getattr(error, "__notes__", []))
        sys.exit(exit_code(error))
    except OSError as error:
        from cxlib.reporting.failures import reason_of

        # The last resort, for what no command has put into words of its own: the disk is full, a folder is gone.
        complain(reason_of(error))
        sys.exit(FAILED)
    except _Stopped as stopped:
        say("Stopped; nothing half made was left behind.")
        sys.exit(stopped.code)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block by an exception, so that what was begun is cleared away."""

    def stop(number: int, frame: object) -> None:
        raise _Stopped(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
