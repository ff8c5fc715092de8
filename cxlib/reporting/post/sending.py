"""Sending a report's post: who has not been told yet, and telling them."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cxlib.reporting.failures import reason_of
from cxlib.reporting.post.environment import mail_server_from
from cxlib.reporting.post.errors import PostError
from cxlib.reporting.post.mail import mail_connection
from cxlib.reporting.post.message import report_mail
from cxlib.reporting.post.report import PostedReport, posted_report
from cxlib.reporting.post.webhook import send_to_webhook
from cxlib.reporting.post.wording import webhook_content

if TYPE_CHECKING:
    from cxlib.reporting.definition import Definition

MAIL, WEBHOOK = "mail", "webhook"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One whom a report is sent to: an address, or the webhook (whose address nobody needs to know)."""

    kind: str
    target: str

    @property
    def target_sha256(self) -> str:
        """What the history knows the target by; one who writes an address in capitals is no other."""
        return hashlib.sha256(self.target.lower().encode()).hexdigest()


class Posts(Protocol):
    """What remembers what was sent: the history of runs."""

    def posted(self, run_id: str, kind: str, target_sha256: str) -> bool: ...

    def note_post(self, run_id: str, kind: str, target_sha256: str) -> None: ...


class Run(Protocol):
    """What is needed of a run: where its report stands."""

    @property
    def folder(self) -> Path: ...


def deliveries(definition: Definition, report: PostedReport, *, history: Posts | None = None) -> list[Delivery]:
    """Whom a report is sent to, and has not been sent to by what the history knows."""
    settings = definition.post
    if settings is None:
        return []
    found = [Delivery(kind=MAIL, target=address) for address in settings.recipients(report.record.segment)]
    if settings.webhook:
        found.append(Delivery(kind=WEBHOOK, target="CX_WEBHOOK_URL"))
    if history is None:
        return found
    run_id = report.record.id
    return [each for each in found if not history.posted(run_id, each.kind, each.target_sha256)]


def post_report(
    definition: Definition,
    run: Run,
    *,
    environment: Mapping[str, str],
    history: Posts | None = None,
    again: bool = False,
) -> list[str]:
    """Send a report to everybody whom its definition names and who does not have it yet.

    Parameters
    ----------
    definition : Definition
    run : the run that made it, or anything else with the report's `folder`
    environment : mapping of str to str
        `os.environ`, where the server and the secrets are; see `mail_server_from`, `webhook_address_from`.
    history : History, optional
        Remembers who has it. Without, everybody is told, whoever was told before.
    again : bool
        Tell those too who have it.

    Returns
    -------
    list of str
        What was sent, in words; empty where the definition says nothing of post, or everybody has it.

    Raises
    ------
    PostError
        Something could not be sent; `.sent` says what was. What was not can be sent later by calling this again.
    """
    if definition.post is None:
        return []
    report = posted_report(definition, run.folder)
    if history is None:
        return _post(definition, report, environment=environment, history=None, again=again)
    # Nobody else asks who has it between this asking, the sending and the note.
    with _lock(run.folder):
        return _post(definition, report, environment=environment, history=history, again=again)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """The only one to post a report, as soon as nobody else does. The lock goes with the process in whatever way."""
    place = folder.parent.parent / ".building"
    try:
        place.mkdir(exist_ok=True)
        descriptor = os.open(place / f"{folder.parent.name}+{folder.name}.post.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise PostError(f"nothing was sent, for the report cannot be locked: {reason_of(error)}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _post(
    definition: Definition,
    report: PostedReport,
    *,
    environment: Mapping[str, str],
    history: Posts | None,
    again: bool,
) -> list[str]:
    waiting = deliveries(definition, report, history=None if again else history)
    sent: list[str] = []
    failed: list[str] = []
    mails = [each for each in waiting if each.kind == MAIL]
    if mails:
        try:
            _mail(report, definition, mails, sent, failed, environment=environment, history=history)
        except PostError as error:
            failed.append(str(error))
    for hook in (each for each in waiting if each.kind == WEBHOOK):
        try:
            send_to_webhook(webhook_content(report), environment=environment)
        except PostError as error:
            failed.append(str(error))
        else:
            _note(report, [hook], history)
            sent.append("the webhook was told")
    if failed:
        raise PostError("not everything could be sent: " + "; ".join(failed), sent=tuple(sent))
    return sent


def _mail(
    report: PostedReport,
    definition: Definition,
    mails: Sequence[Delivery],
    sent: list[str],
    failed: list[str],
    *,
    environment: Mapping[str, str],
    history: Posts | None,
) -> None:
    """One mail to all; who got it goes into `sent`, whom the server refused into `failed`."""
    server = mail_server_from(environment)
    with mail_connection(server, environment=environment) as connection:
        mail = report_mail(
            report, definition.post, sender=server.sender, at=datetime.now(UTC), most_bytes=connection.most_bytes
        )
        refused = connection.send(mail.content, [each.target for each in mails])
        # At once, before anything else can go wrong: whoever is not noted gets it a second time.
        reached = [each for each in mails if each.target not in refused]
        _note(report, reached, history)
    failed += [f"the mail server refused {address}: {words}" for address, words in refused.items()]
    if reached:
        files = f" with {', '.join(mail.attached)}" if mail.attached else ""
        lighter = ", without its files, which are too large" if mail.is_lighter else ""
        sent.append(f"mailed to {', '.join(each.target for each in reached)}{files}{lighter}")


def _note(report: PostedReport, reached: Sequence[Delivery], history: Posts | None) -> None:
    if history is not None:
        for each in reached:
            history.note_post(report.record.id, each.kind, each.target_sha256)
