"""A message as it goes over the wire: its head, the text twice (plain and HTML), the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path

from cxlib.reporting.failures import reason_of
from cxlib.reporting.outputs.names import FILE_NAMES
from cxlib.reporting.post.errors import PostError
from cxlib.reporting.post.report import PostedReport
from cxlib.reporting.post.settings import PostSettings
from cxlib.reporting.post.wording import Wording, report_wording, too_large_words

TYPES = {
    "html": ("text", "html", {"charset": "utf-8"}),
    "pdf": ("application", "pdf", {}),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet", {}),
    "pptx": ("application", "vnd.openxmlformats-officedocument.presentationml.presentation", {}),
}

# Any server and any relay takes seven bits; eight it would have to announce.
_WIRE = SMTP.clone(cte_type="7bit")
_BASE64_GROWTH = 4 / 3 * 78 / 76
_NO_NAMES = "undisclosed-recipients:;"


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message that is ready to go.

    Attributes
    ----------
    content : bytes
    attached : tuple of str
        The names of the files in it.
    is_lighter : bool
        Whether files were left out because they are too large.
    """

    content: bytes
    attached: tuple[str, ...] = ()
    is_lighter: bool = False


def report_mail(
    report: PostedReport, settings: PostSettings, *, sender: Address, at: datetime, most_bytes: int
) -> Mail:
    """The mail about a report.

    Parameters
    ----------
    report : PostedReport
    settings : PostSettings
    sender : Address
    at : datetime with a zone
        The mail's date.
    most_bytes : int
        Where the mail would be larger with its files, it goes without them, and says so.

    Raises
    ------
    PostError
        A file that is to be attached is not there.
    """
    files = files_to_attach(report, settings.attach)
    n_bytes = int(sum(path.stat().st_size for path in files.values()) * _BASE64_GROWTH)
    if n_bytes <= most_bytes:
        content = _report_message(report, settings, files, sender=sender, at=at)
        n_bytes = len(content)
        if n_bytes <= most_bytes or not files:
            names = tuple(report.attachment_name(output) for output in files)
            return Mail(content=content, attached=names)
    too_large = too_large_words(report.language, n_bytes=n_bytes, most_bytes=most_bytes)
    content = _report_message(report, settings, {}, sender=sender, at=at, too_large=too_large)
    return Mail(content=content, is_lighter=True)


def message_of(
    wording: Wording, *, sender: Address, to: Sequence[str], at: datetime, headers: Mapping[str, str]
) -> EmailMessage:
    """A message without files; `headers` are those beside the ones that every message has."""
    message = EmailMessage(policy=_WIRE)
    message["From"] = sender
    message["To"] = ", ".join(to) or _NO_NAMES
    for name, value in headers.items():
        message[name] = value
    message["Subject"] = wording.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # So that nobody's holiday notice answers a machine (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(wording.text, cte="quoted-printable")
    message.add_alternative(wording.html, subtype="html", cte="quoted-printable")
    return message


def files_to_attach(report: PostedReport, attach: Sequence[str]) -> dict[str, Path]:
    """The report's files that come with a mail, by their kind.

    Raises
    ------
    PostError
        One is not there.
    """
    files = {output: report.folder / FILE_NAMES[output] for output in attach}
    missing = [path.name for path in files.values() if not path.is_file()]
    if missing:
        raise PostError(
            f"{report.folder} has no {', '.join(missing)} to attach; make the report anew with --again, or take it out "
            "of `attach`"
        )
    return files


def _report_message(
    report: PostedReport,
    settings: PostSettings,
    files: Mapping[str, Path],
    *,
    sender: Address,
    at: datetime,
    too_large: str | None = None,
) -> bytes:
    segment = report.record.segment
    to = settings.to if segment is None else settings.recipients(segment)
    headers = {}
    if segment is None and settings.cc:
        headers["Cc"] = ", ".join(settings.cc)
    if report.owner is not None:
        headers["Reply-To"] = report.owner
    wording = report_wording(report, attached=tuple(files), too_large=too_large)
    message = message_of(wording, sender=sender, to=to, at=at, headers=headers)
    for output, path in files.items():
        maintype, subtype, parameters = TYPES[output]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise PostError(f"{path.name} cannot be attached: {reason_of(error)}") from error
        message.add_attachment(
            content,
            maintype=maintype,
            subtype=subtype,
            filename=report.attachment_name(output),
            params=parameters,
        )
    return message.as_bytes()
