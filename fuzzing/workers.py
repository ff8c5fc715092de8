"""Trials side by side, each in a process that may crash or hang without taking the others along."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

LONGEST_SECONDS = 5.0
"""Of the processor: that others keep the machine busy is no fault of a file."""

_ENDED_SECONDS = 3 * LONGEST_SECONDS  # of the processor: then the process is ended, whatever it is at
_HANGS_SECONDS = 900.0  # by the clock: it waits for something
_MOST_MEMORY = 8 * 2**30


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of the file of a number.

    `failure` is None where it was loaded or refused as it should be.
    """

    number: int
    seed: str
    mutations: tuple[str, ...]
    result: str
    seconds: float
    failure: str | None = None


def outcomes(numbers: range, run_seed: int, *, surveys: bool, n_processes: int) -> Iterator[Outcome]:
    """The outcome of each number, as they come in."""
    left = iter(numbers)
    running = [worker for _ in range(n_processes) if (worker := _Worker.begin(left, run_seed, surveys))]
    while running:
        wait([worker.connection for worker in running], timeout=1.0)
        for worker in [*running]:
            found = worker.outcome()
            if found is None:
                continue
            yield found
            if not worker.go_on(left):
                running.remove(worker)


class _Worker:
    """A process and the number that it is at."""

    def __init__(self, run_seed: int, surveys: bool) -> None:
        self.options = (run_seed, surveys)
        self.number = -1
        self._start()

    @classmethod
    def begin(cls, left: Iterator[int], run_seed: int, surveys: bool) -> _Worker | None:
        worker = cls(run_seed, surveys)
        return worker if worker.go_on(left) else None

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.connection, other = spawn.Pipe()
        self.process = spawn.Process(target=_work, args=(other, *self.options), daemon=True)
        self.process.start()
        other.close()

    def go_on(self, left: Iterator[int]) -> bool:
        """Take the next number; False, and the process ends, where none is left."""
        number = next(left, None)
        if number is None:
            if self.process.is_alive():
                self.connection.send(None)
            self.process.join()
            return False
        if not self.process.is_alive():
            self._start()
        self.number = number
        self.connection.send(number)
        self.since = time.monotonic()
        return True

    def outcome(self) -> Outcome | None:
        if self.connection.poll():
            try:
                return self.connection.recv()
            except EOFError:
                self.process.join()
                hung = self.process.exitcode == -signal.SIGPROF
                ended = f"no end after {_ENDED_SECONDS:g} s" if hung else f"crashed ({self.process.exitcode})"
                return self._lost(ended)
        if time.monotonic() - self.since > _HANGS_SECONDS:
            self.process.kill()
            self.process.join()
            return self._lost(f"no end after {_HANGS_SECONDS:g} s")
        return None

    def _lost(self, failure: str) -> Outcome:
        seconds = time.monotonic() - self.since
        return Outcome(number=self.number, seed="", mutations=(), result="failed", seconds=seconds, failure=failure)


def _work(connection: Connection, run_seed: int, surveys: bool) -> None:
    from fuzzing.seeds import seeds
    from fuzzing.trial import broken_file

    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    known = seeds(surveys=surveys)
    with tempfile.TemporaryDirectory() as folder:
        while (number := connection.recv()) is not None:
            # Not by a handler: what hangs may be in C, and a handler would wait for it.
            signal.setitimer(signal.ITIMER_PROF, _ENDED_SECONDS)
            connection.send(judged(number, broken_file(number, run_seed, known), Path(folder) / "study"))


def judged(number: int, broken, folder: Path) -> Outcome:
    """What becomes of a broken file, whatever it is."""
    from fuzzing.trial import try_file

    failure = None
    clock, processor = time.perf_counter(), time.process_time()
    try:
        result = try_file(broken, folder)
    except Exception:  # whatever it is, it is what is looked for
        result, failure = "failed", traceback.format_exc()
    seconds = min(time.perf_counter() - clock, time.process_time() - processor)
    if failure is None and seconds > LONGEST_SECONDS:
        result, failure = "failed", f"took {seconds:.1f} s"
    names = {"number": number, "seed": broken.seed.name, "mutations": broken.mutations}
    return Outcome(**names, result=result, seconds=seconds, failure=failure)
