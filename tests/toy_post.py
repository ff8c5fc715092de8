"""A report by hand that is to be posted, and a mail server and a web server of our own to post it to."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from cxlib.reporting.definition import Definition
from cxlib.reporting.post.settings import PostSettings
from cxlib.reporting.record import RECORD, RunRecord

PASSWORD, USER = "Hemligt-Losen-77", "rapport-konto"

# 250 of 1 000 at risk is 25.0 %, up from 200 of 1 000; 30 of 100 answers less 10 of 100 is an NPS of +20.
FIGURES = {
    "period": "2026-10",
    "previous_period": "2026-09",
    "study": "Små & Co",
    "segment": None,
    "note": None,
    "labels": {"sv": {"Monthly invoice": "Månadsfaktura"}},
    "recent_months": 3,
    "rules": {"loss_weight": 2.25},
    "movers": [
        {
            "touchpoint": "Monthly invoice",
            "net_capital": -120.0,
            "previous_net_capital": 14.0,
            "change": -134.0,
            "n_customers": 310,
        }
    ],
    "data": {
        "n_experiences": 5000,
        "n_experiences_assumed": 100,
        "n_customers_listed": 1000,
        "n_customers_not_listed": 0,
        "n_customers_experienced": 990,
    },
    "headline": {
        "customers": {"value": 1000, "previous": 1000},
        "at_risk_share": {
            "value": 0.25,
            "count": 250,
            "low": 0.2242,
            "high": 0.2777,
            "base": 1000,
            "previous": 0.2,
            "previous_base": 1000,
            "may_be_chance": False,
        },
        "capital_median": {
            "value": 1.84,
            "low_quartile": 0.74,
            "high_quartile": 2.86,
            "base": 1000,
            "previous": 2.04,
            "previous_base": 1000,
        },
        "negative_share": {
            "value": 0.34,
            "count": 340,
            "low": 0.3114,
            "high": 0.3699,
            "base": 1000,
            "previous": 0.33,
            "previous_base": 1000,
            "may_be_chance": True,
        },
        "nps_points": {
            "value": 20.0,
            "low": 7.4,
            "high": 31.8,
            "base": 100,
            "previous": 24.0,
            "previous_base": 110,
            "may_be_chance": True,
        },
        "churned_share": None,
    },
}


def make_definition(project: Path, *, post: PostSettings | None, **changed) -> Definition:
    """The definition of the report `monthly` of a project that is not there."""
    given = {
        "name": "monthly",
        "project": project,
        "titles": {"en": "Monthly report", "sv": "Månadsrapport – åäö"},
        "notebook": project / "notebooks" / "report.ipynb",
        "period": "month",
        "study": project / "data",
        "language": None,
        "parameters": (),
        "owner": "owner@example.org",
    }
    return Definition(**given | {"post": post} | changed)


@dataclass(frozen=True)
class MadeRun:
    """A run whose report stands in `folder`."""

    folder: Path


def make_run(
    project: Path,
    *,
    report: str = "monthly",
    name: str = "2026-10",
    language: str = "sv",
    segment: str | None = None,
    figures: dict | None = None,
    subtitle: str | None = None,
    period: str = "2026-10",
    before: str = "",
) -> MadeRun:
    """A report as a run leaves it, in the project's `reports/`; its files hold bytes of every kind."""
    folder = project / "reports" / report / name
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>Rapport åäö</p>", encoding="utf-8")
    for number, output in enumerate(("pdf", "xlsx", "pptx")):
        (folder / f"report.{output}").write_bytes(
            bytes(range(256)) * (3 + number) + b"\r\n.\r\n\n.\n" + output.encode()
        )
    content = json.dumps(FIGURES if figures is None else figures, ensure_ascii=False)
    (folder / "metrics.json").write_text(content, encoding="utf-8")
    month = {"sv": "Oktober 2026", "en": "October 2026"}[language]
    record = RunRecord(
        id=f"run-of-{name}",
        report=report,
        period=period,
        segment=segment,
        language=language,
        study="Små & Co",
        folder=f"{report}/{name}",
        titles={"en": "Monthly report"},
        subtitle=subtitle or " · ".join(part for part in (month, "Små & Co", segment) if part),
        parameters={"study_path": "../data/small", "metrics_before": before},
        inputs=(),
        started_at="2026-11-01T06:00:00.000+00:00",
        finished_at="2026-11-01T06:00:30.000+00:00",
    )
    (folder / RECORD).write_text(record.to_json(), encoding="utf-8")
    return MadeRun(folder)


class Memory:
    """A history that remembers what was posted, as that of the runs does."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, str]] = []

    def posted(self, run_id: str, kind: str, target_sha256: str) -> bool:
        return (run_id, kind, target_sha256) in self.noted

    def note_post(self, run_id: str, kind: str, target_sha256: str) -> None:
        self.noted.append((run_id, kind, target_sha256))


@dataclass
class MailBox:
    """What a mail server took, and whom it does not know."""

    port: int = 0
    unknown: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    envelopes: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for _, _, content in self.envelopes]

    # aiosmtpd finds these by their names
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.unknown:
            return f"550 5.1.1 no box for <{address}> here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 OK"


class _Recording(SMTP):
    """A server that keeps every line that it was sent in the open."""

    def data_received(self, data: bytes) -> None:
        if self._tls_protocol is None and self.event_handler.listens:
            self.event_handler.commands.append(data)
        super().data_received(data)


@dataclass
class _Box(MailBox):
    listens: bool = True


@contextmanager
def mail_server(
    *,
    security: str | None = "starttls",
    named: str = "localhost",
    with_login: bool = False,
    unknown: tuple[str, ...] = (),
    most_bytes: int = 30_000_000,
    folder: Path,
) -> Iterator[MailBox]:
    """A mail server on this machine.

    Parameters
    ----------
    security : "starttls", "tls" or None
        None offers neither.
    named : str
        The host that the server's certificate is for.
    with_login : bool
        Whether it wants USER and PASSWORD.
    unknown : tuple of str
        Addresses that it refuses.
    most_bytes : int
        The size that it announces.
    folder : Path
        Where the certificate of its authority is put.

    Yields
    ------
    MailBox
        Its `environment` is what one sets to use the server.
    """
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(named).configure_cert(context)
    ca_file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    box = _Box(unknown=unknown, listens=security != "tls")

    def check(server, session, envelope, mechanism, data):
        is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=is_right, auth_data=data)

    def protocol() -> SMTP:
        return _Recording(
            box,
            hostname="localhost",
            data_size_limit=most_bytes,
            tls_context=context if security == "starttls" else None,
            authenticator=check if with_login else None,
            auth_require_tls=security == "starttls",
            auth_exclude_mechanism=None if with_login else ["LOGIN", "PLAIN"],
            loop=loop,
        )

    loop = asyncio.new_event_loop()
    # All of the loop's work is done in its own thread: this one may have a loop already (a browser's, say).
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listening = loop.create_server(protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
    box.port = server.sockets[0].getsockname()[1]
    box.environment = {
        "CX_SMTP_HOST": "localhost",
        "CX_SMTP_PORT": str(box.port),
        "CX_SMTP_FROM": "Rapporter åäö <reports@example.org>",
        "CX_SMTP_SECURITY": security or "starttls",
        "CX_SMTP_CA_FILE": str(ca_file),
    }
    if with_login:
        box.environment |= {"CX_SMTP_USER": USER, "CX_SMTP_PASSWORD": PASSWORD}
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        asyncio.run_coroutine_threadsafe(loop.shutdown_asyncgens(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await server.wait_closed()
