"""The message to a report's owner that it could not be made."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cxlib.language import Language
from cxlib.plain_line import plain_line
from cxlib.reporting.failures import CellError
from cxlib.reporting.period import parse_period
from cxlib.reporting.post.environment import mail_server_from, without_secrets
from cxlib.reporting.post.errors import PostError
from cxlib.reporting.post.mail import mail_connection
from cxlib.reporting.post.message import message_of
from cxlib.reporting.post.wording import Wording, failure_wording

if TYPE_CHECKING:
    from cxlib.errors import CxError
    from cxlib.reporting.definition import Definition
    from cxlib.reporting.post.sending import Posts

FAILURE = "failure"
"""The kind under which the history knows such a message."""

MOST_LINES = 20
MOST_LETTERS = 200
"""Of an error: its last lines, and of a line its first letters, so that no table of data goes out with it."""


def post_failure(
    definition: Definition,
    *,
    period: str,
    segment: str | None = None,
    language: str,
    error: CxError,
    attempts: int = 1,
    environment: Mapping[str, str],
    history: Posts | None = None,
) -> list[str]:
    """Tell the owner, and nobody else, that a report could not be made. To be called once, after the last attempt.

    Parameters
    ----------
    definition : Definition
        Nothing is sent where it has no `[post]`, or no owner.
    period, segment, language : str
        What the report would have been about.
    error : CxError
        What ended it; a CellError names its cell.
    attempts : int
        How often it was tried.
    environment : mapping of str to str
        As in `post_report`. Secrets in it are taken out of the error.
    history : History, optional
        With it the same error of a report is told once a day, however often cron tries in vain, and for however many
        periods and segments.

    Returns
    -------
    list of str
        What was sent, in words.

    Raises
    ------
    PostError
    """
    if definition.post is None or definition.owner is None:
        return []
    now = datetime.now(UTC)
    # A failed report has no run to be known by, and what breaks one period most often breaks them all.
    same = "\n".join([now.date().isoformat(), definition.owner.lower(), *last_lines(error, environment)[:1]])
    key = (definition.name, FAILURE, hashlib.sha256(same.encode()).hexdigest())
    if history is not None and history.posted(*key):
        return []
    server = mail_server_from(environment)
    words = Language(language)
    wording = wording_of_failure(
        definition, period=period, segment=segment, language=words, error=error, attempts=attempts,
        environment=environment,
    )  # fmt: skip
    message = message_of(
        wording,
        sender=server.sender,
        to=[definition.owner],
        at=now,
        headers={"X-Priority": "2"},
    )
    with mail_connection(server, environment=environment) as connection:
        refused = connection.send(message.as_bytes(), [definition.owner])
    if refused:
        raise PostError(f"the mail server refused the report's owner: {refused[definition.owner]}")
    if history is not None:
        history.note_post(*key)
    return [f"told the owner {definition.owner} of the failure"]


def wording_of_failure(
    definition: Definition,
    *,
    period: str,
    segment: str | None,
    language: Language,
    error: CxError,
    attempts: int,
    environment: Mapping[str, str],
) -> Wording:
    """What the owner is told: what, when, where it stopped, the end of the error, and how to make it."""
    when = language.period(parse_period(period, definition.period))
    cell = None
    if isinstance(error, CellError):
        name = plain_line(error.cell_name)
        cell = language.text("post.failure.cell", number=language.number(error.cell_number), name=name)
    command = ["cx", "report", definition.name, "--period", period, "--language", language.code]
    if segment is not None:
        command += ["--segment", plain_line(segment)]
        when = language.text("post.failure.subtitle", period=when, segment=plain_line(segment))
    title = plain_line(definition.title(language.code))
    content = {
        "title": title,
        "subtitle": when[:1].upper() + when[1:],
        "lead": (
            language.text("post.failure.lead")
            if attempts == 1
            else language.text("post.failure.lead_attempts", n=language.number(attempts))
        ),
        "cell": cell,
        "heading_error": language.text("post.failure.error"),
        "lines": last_lines(error, environment),
        "heading_again": language.text("post.failure.again"),
        "command": shlex.join(command),
    }
    subject = language.text("post.failure.subject", title=title, period=when)
    return failure_wording(content, language=language, subject=subject)


def last_lines(error: CxError, environment: Mapping[str, str]) -> list[str]:
    """The end of an error and of what is known besides, line by line, without secrets and without letters that are
    not seen."""
    texts = [str(error), *getattr(error, "__notes__", [])]
    lines = [line for text in texts for line in without_secrets(text, environment).splitlines()]
    # The indentation of a traceback is worth keeping, and is all that `plain_line` would take from it.
    seen = [line[: len(line) - len(line.lstrip(" "))] + plain_line(line) for line in lines if line.strip()]
    short = [line if len(line) <= MOST_LETTERS else line[:MOST_LETTERS] + " …" for line in seen]
    return short if len(short) <= MOST_LINES else [short[0], "…", *short[-(MOST_LINES - 2) :]]
