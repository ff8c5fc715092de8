"""The service behind `cx serve`: it wakes every report at its hour, and at once for what was missed while it was away.

APScheduler keeps the time. The runs themselves go on in the main thread, one report after another, because that is
the thread which a plea to end (SIGTERM) interrupts: a run is then cleared away as it is under `cx report`.
"""

from __future__ import annotations

import datetime as dt
import logging
import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from apscheduler.events import JobExecutionEvent
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from cxlib.errors import CxError, ParameterError
from cxlib.reporting.definition import Definition, load_definition, report_names
from cxlib.reporting.due import next_due, on_day
from cxlib.reporting.failures import reason_of
from cxlib.reporting.period import period_text
from cxlib.reporting.progress import Progress
from cxlib.reporting.request import study_folder
from cxlib.settings import STUDY_FILE

if TYPE_CHECKING:
    from cxlib.reporting.due_outcome import DueOutcome

POLL_SECONDS = 5.0
"""How often the definitions are looked at. The scheduler is woken as well: its clock stands still in a machine that
sleeps."""

Log = Callable[[str], None]


class RunDue(Protocol):
    """Makes every report that is due and missing, oldest first."""

    def __call__(
        self, project: Path, *, as_of: dt.datetime, names: Sequence[str], jobs: int, progress: Progress
    ) -> DueOutcome: ...


class Steps(Progress):
    """The steps of a run as lines of the log: that it reads, runs, writes, and tries again."""

    def __init__(self, name: str, log: Log) -> None:
        self._name = name
        self._log = log

    def step(self, text: str) -> None:
        self._log(f"{self._name}: {text[:1].lower()}{text[1:]}")


class EveryDay(BaseTrigger):
    """Fires every day at the hour at which a definition's reports are due, by the definition's own clock.

    Every day and not only when a period is due, so that what failed for good is tried again the next day.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def get_next_fire_time(self, previous_fire_time: dt.datetime | None, now: dt.datetime) -> dt.datetime:
        """The first such moment after the previous one, and not before now where there was none."""
        since = previous_fire_time or now
        day = since.astimezone(ZoneInfo(self.definition.timezone)).date()
        moment = on_day(day, self.definition)
        # Held against each other in UTC, as in `due`: two moments of one zone are compared by their clocks.
        while moment.astimezone(dt.UTC) <= since.astimezone(dt.UTC):
            day += dt.timedelta(days=1)
            moment = on_day(day, self.definition)
        return moment

    def __str__(self) -> str:
        return f"every day at {self.definition.due.at:%H:%M} {self.definition.timezone}"


class MainThread(BaseExecutor):
    """Runs what the scheduler hands over in the thread that calls `work`."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: queue.SimpleQueue[tuple[Job, list[dt.datetime]]] = queue.SimpleQueue()

    def _do_submit_job(self, job: Job, run_times: list[dt.datetime]) -> None:
        self._waiting.put((job, run_times))

    def work(self, timeout: float) -> Sequence[JobExecutionEvent]:
        """Wait so many seconds for something to run, run it, and say what came of it."""
        try:
            job, run_times = self._waiting.get(timeout=timeout)
        except queue.Empty:
            return []
        # Every error comes back in an event, whatever kind it is: no run can end the service.
        events = run_job(job, "default", run_times, self._logger.name)
        self._run_job_success(job.id, events)
        return events


class Service:
    """The definitions of a project and when each is woken.

    Parameters
    ----------
    project : Path
    run_due : callable
        As `RunDue`.
    jobs : int
        How many segments of a period are made at once.
    log : callable
        Takes a line for everything that happens.
    """

    def __init__(self, project: Path, *, run_due: RunDue, jobs: int, log: Log) -> None:
        self._project = project
        self._run_due = run_due
        self._jobs = jobs
        self._log = log
        self._definitions: dict[str, Definition] = {}
        self._refused: dict[str, str] = {}
        self._files: dict[Path, object] | None = None
        self._executor = MainThread()
        self._scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": self._executor},
            # Late by however much is not too late, and several at once are one.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def run(self, *, poll_seconds: float = POLL_SECONDS) -> None:
        """Serve until an exception ends it: a plea to end comes as one."""
        with _quiet():
            self._scheduler.start()
            try:
                while True:
                    self.read_definitions()
                    for event in self._executor.work(poll_seconds):
                        self._tell(event)
                    self._scheduler.wakeup()
            finally:
                self._scheduler.shutdown(wait=False)

    def read_definitions(self) -> None:
        """Take up definitions that are new or changed; one that is broken or gone is left until it is mended."""
        files = self._stamps()
        if files == self._files:
            return
        # As they were before the reading, so that what changes meanwhile is read the next time.
        self._files = files
        names = report_names(self._project)
        for name in sorted({*names, *self._definitions, *self._refused}):
            if name not in names:
                self._leave(name, "its definition is gone")
                self._refused.pop(name, None)
                continue
            try:
                definition = load_definition(name, self._project)
            except ParameterError as error:
                self._leave(name, f"is not made until this is mended: {error}")
            except OSError as error:
                self._leave(name, f"is not made until this is mended: {reason_of(error)}")
            else:
                self._take(definition)

    def _stamps(self) -> dict[Path, object]:
        """What changes when a definition does: its file, the study whose timezone it takes, the notebooks."""
        watched = [*(self._project / "reports").glob("*.toml"), self._project / "notebooks"]
        studies = [found.study for found in self._definitions.values() if found.study is not None]
        watched += [study_folder(study) / STUDY_FILE for study in studies]
        return {path: _stamp(path) for path in watched}

    def _take(self, definition: Definition) -> None:
        name = definition.name
        if self._definitions.get(name) == definition:
            return
        if definition.first_period is None:
            self._leave(name, "names no first_period, so it is made only when somebody asks")
            return
        trigger = EveryDay(definition)
        self._log(f"{name}: {'changed' if name in self._definitions else 'taken up'}, {trigger}")
        self._refused.pop(name, None)
        self._definitions[name] = definition
        # At once, for what was missed while nobody served; then by the trigger.
        self._scheduler.add_job(
            self._make, trigger, args=[name], id=name, replace_existing=True, next_run_time=dt.datetime.now(dt.UTC)
        )

    def _leave(self, name: str, reason: str) -> None:
        """Do not make a report, and say once why."""
        if self._definitions.pop(name, None) is not None:
            self._scheduler.remove_job(name)
        if self._refused.get(name) != reason:
            self._log(f"{name}: {reason}")
        self._refused[name] = reason

    def _make(self, name: str) -> None:
        """Make all that is due of one report."""
        definition = self._definitions.get(name)
        if definition is None:  # gone, while it waited for its turn
            return
        now = dt.datetime.now(dt.UTC)
        try:
            outcome = self._run_due(
                self._project, as_of=now, names=[name], jobs=self._jobs, progress=Steps(name, self._log)
            )
        except CxError as error:
            self._log(f"{name}: failed: {error}")
        except OSError as error:
            self._log(f"{name}: failed: {reason_of(error)}")
        else:
            self._tell_outcome(name, outcome)
        upcoming = next_due(definition, dt.datetime.now(dt.UTC))
        if upcoming is not None:
            period, moment = upcoming
            self._log(f"{name}: {period_text(period)} is due next, on {moment:%Y-%m-%d at %H:%M} {definition.timezone}")

    def _tell_outcome(self, name: str, outcome: DueOutcome) -> None:
        for made in outcome.made:
            self._log(f"{name}: made {made.folder.name}")
        for told in outcome.told:
            self._log(f"{name}: {told}")
        for failed in outcome.failed:
            self._log("\n".join([f"{name}: failed: {failed}", *getattr(failed.error, "__notes__", [])]))
        for untold in outcome.untold:
            self._log(f"{name}: not sent: {untold}")
        for skipped in outcome.skipped:
            self._log(f"{name}: left alone: {skipped}")

    def _tell(self, event: JobExecutionEvent) -> None:
        if event.exception is None:
            return
        if not isinstance(event.exception, Exception):
            raise event.exception  # a plea to end, which is for the service and not for the run alone
        self._log(
            f"{event.job_id}: failed unexpectedly with {type(event.exception).__name__}: {event.exception}\n"
            f"{event.traceback.rstrip()}"
        )


def serve(project: Path, *, run_due: RunDue, jobs: int = 1, log: Log, poll_seconds: float = POLL_SECONDS) -> None:
    """Make every report of a project when it is due, and at once what was missed, until an exception ends it.

    Parameters
    ----------
    project : Path
        The folder that holds `reports/` and `notebooks/`.
    run_due : callable
        Makes what is due and missing of some reports; see `RunDue`.
    jobs : int
        How many segments of a period are made at once.
    log : callable
        Takes a line for everything that happens.
    poll_seconds : float
        How often the definitions are looked at: a new or edited one needs no restart.
    """
    log(f"serving {project}")
    Service(project, run_due=run_due, jobs=jobs, log=log).run(poll_seconds=poll_seconds)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@contextmanager
def _quiet() -> Iterator[None]:
    """Without APScheduler's own words: `Service` says what happens, and once."""
    before = {}
    for name, level in (("apscheduler.executors", logging.CRITICAL + 1), ("apscheduler.scheduler", logging.ERROR)):
        logger = logging.getLogger(name)
        before[name] = logger.level
        logger.setLevel(level)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
