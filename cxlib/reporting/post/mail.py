"""A mail goes out by SMTP, over a connection whose certificate was verified, or not at all."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from cxlib.plain_line import plain_line
from cxlib.reporting.failures import reason_of
from cxlib.reporting.post.environment import MailServer, without_secrets
from cxlib.reporting.post.errors import PostError

TIMEOUT_SECONDS = 30

MOST_BYTES = 20_000_000
"""A larger mail is not offered: most servers refuse it, and where they do not, the recipient's box may."""


class MailConnection:
    """A connection to a mail server, open and verified; made by `mail_connection`."""

    def __init__(self, connection: smtplib.SMTP, server: MailServer, environment: Mapping[str, str]) -> None:
        self._connection = connection
        self._server = server
        self._environment = environment

    @property
    def most_bytes(self) -> int:
        """How large a mail may be: what the server says, and never more than MOST_BYTES."""
        self._connection.ehlo_or_helo_if_needed()
        stated = self._connection.esmtp_features.get("size", "").strip()
        # 0 is a server's way to say that it has no limit (RFC 1870).
        return min(int(stated) or MOST_BYTES, MOST_BYTES) if stated.isascii() and stated.isdecimal() else MOST_BYTES

    def send(self, content: bytes, recipients: Sequence[str]) -> dict[str, str]:
        """Hand a mail over for all recipients in one go.

        Parameters
        ----------
        content : bytes, head and body
        recipients : sequence of str
            Whom the server is told to bring it to, whatever the mail's head says.

        Returns
        -------
        dict of str to str
            The recipients that the server refused, each with its words; empty where it took all.
        """
        try:
            refused = self._connection.sendmail(self._server.sender.addr_spec, list(recipients), content)
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        return {address: without_secrets(_reply(*answer), self._environment) for address, answer in refused.items()}


@contextmanager
def mail_connection(
    server: MailServer, *, environment: Mapping[str, str], timeout_seconds: float = TIMEOUT_SECONDS
) -> Iterator[MailConnection]:
    """A connection to the mail server, signed in where the environment gives a user.

    Parameters
    ----------
    server : MailServer
    environment : mapping of str to str
        The secrets in it are taken out of what the server says.
    timeout_seconds : float
        How long each answer of the server is waited for.

    Raises
    ------
    PostError
        For whatever goes wrong with the server, in the block too; nothing was then handed over.
    """
    try:
        connection = _connected(server, timeout_seconds)
        try:
            if server.user is not None:
                _sign_in(connection, server)
            yield MailConnection(connection, server, environment)
            _take_leave(connection)
        finally:
            connection.close()
    except (smtplib.SMTPException, OSError) as error:
        raise PostError(without_secrets(_what_failed(error, server, timeout_seconds), environment)) from None


def _connected(server: MailServer, timeout_seconds: float) -> smtplib.SMTP:
    """A connection that nobody can read or stand in for.

    Raises
    ------
    smtplib.SMTPException, OSError
        Also where the server does not offer STARTTLS: there is no falling back to an open connection.
    """
    # The system's authorities, or only the one's own; verified, with the server's name in it.
    context = ssl.create_default_context(cafile=None if server.ca_file is None else str(server.ca_file))
    # smtplib would ask the network for this machine's whole name, which may take seconds; what it says where there is
    # none, it says at once here.
    name = socket.gethostname()
    name = name if "." in name else "[127.0.0.1]"
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, name, timeout=timeout_seconds, context=context)
    connection = smtplib.SMTP(server.host, server.port, name, timeout=timeout_seconds)
    try:
        connection.starttls(context=context)
    except (smtplib.SMTPException, OSError):
        connection.close()
        raise
    return connection


def _take_leave(connection: smtplib.SMTP) -> None:
    """Close in the order that servers expect. What was handed over is theirs, however they answer to this."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()


def _sign_in(connection: smtplib.SMTP, server: MailServer) -> None:
    try:
        connection.login(server.user, server.password)
    except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
        raise
    except smtplib.SMTPException as error:
        raise PostError(
            f"{_place(server)} takes no user and password, or in no way that is known here; leave CX_SMTP_USER and "
            f"CX_SMTP_PASSWORD out if it needs none ({plain_line(str(error))})"
        ) from None


def _place(server: MailServer) -> str:
    return f"the mail server {server.host}, port {server.port},"


def _what_failed(error: smtplib.SMTPException | OSError, server: MailServer, timeout_seconds: float) -> str:
    """What stopped a mail, and what to do about it. Neither user nor password is in it."""
    place = _place(server)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"{place} did not accept CX_SMTP_USER with CX_SMTP_PASSWORD ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return (
            f"{place} does not offer STARTTLS, and mail is never sent in the open; if it speaks TLS from the first "
            "byte (often on port 465), set CX_SMTP_SECURITY=tls"
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"{place} shows a certificate that cannot be trusted: {error.verify_message}; check CX_SMTP_HOST, and name "
            "an authority of your own with CX_SMTP_CA_FILE"
        )
    if isinstance(error, ssl.SSLError):
        other = "starttls" if server.security == "tls" else "tls"
        return (
            f"{place} does not speak TLS as CX_SMTP_SECURITY={server.security} expects it "
            f"({plain_line(error.reason or type(error).__name__)}); try {other}"
        )
    if isinstance(error, smtplib.SMTPSenderRefused):
        return f"{place} refused the sender CX_SMTP_FROM: {_reply(error.smtp_code, error.smtp_error)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{place} refused: {_reply(error.smtp_code, error.smtp_error)}"
    # smtplib says of a server that it waited for in vain that it closed the connection.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"{place} did not answer within {timeout_seconds:g} seconds"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return f"{place} cannot be reached: {reason_of(error)}"
    return f"{place} broke off: {plain_line(str(error))}"


def _reply(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {plain_line(text)}"
